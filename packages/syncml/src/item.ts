// Item and what addresses it: Target, Source, the parents; Cred and Chal. DS Representation 1.2, order as in the DTD.
import type { Element } from '@packetboat/wbxml';
import { isDevInfType } from './content-types.ts';
import { generateData, parseData } from './data.ts';
import { SyncmlError } from './errors.ts';
import { generateFilter, parseFilter } from './filter.ts';
import { generateMeta, metaOf, parseMeta } from './meta.ts';
import { child, children, defined, flagOf, required, text, textOf } from './read.ts';
import type { Node } from './read.ts';
import type { Chal, Cred, Encoding, Item, MapItem, Meta, Source, Target, Version } from './types.ts';
import { writer } from './write.ts';

const { el, flag, leaf } = writer('syncml');

/** What decides how an element is written. */
export interface Form {
  readonly encoding: Encoding;
  readonly version: Version;
}

/** An empty LocURI is kept: some phones send it in an Alert. */
export function parseTarget(node: Node): Target {
  const filter = child(node, 'Filter');
  return defined({ ...parseSource(node), filter: filter && parseFilter(filter) });
}

export function parseSource(node: Node): Source {
  return defined({ locUri: text(required(node, 'LocURI')), locName: textOf(node, 'LocName') });
}

export function targetOf(node: Node): Target | undefined {
  const target = child(node, 'Target');
  return target && parseTarget(target);
}

export function sourceOf(node: Node): Source | undefined {
  const source = child(node, 'Source');
  return source && parseSource(source);
}

export function generateTarget(target: Target, { version }: Form): Element {
  return el('Target', leaf('LocURI', target.locUri), leaf('LocName', target.locName), generateFilter(target.filter, version));
}

export function generateSource(source: Source): Element {
  return el('Source', leaf('LocURI', source.locUri), leaf('LocName', source.locName));
}

/** The items of a command. `meta` is that of the command, which holds for items that have none. */
export function itemsOf(node: Node, meta: Meta | undefined): Item[] {
  return children(node, 'Item').map((item) => parseItem(item, meta));
}

function parseItem(node: Node, commandMeta: Meta | undefined): Item {
  const target = targetOf(node);
  const source = sourceOf(node);
  const meta = metaOf(node);
  const sourceParent = child(node, 'SourceParent');
  const targetParent = child(node, 'TargetParent');
  const type = meta?.type ?? commandMeta?.type;
  const isDevInf = type === undefined ? isDevInfUri(source) || isDevInfUri(target) : isDevInfType(type);
  const data = child(node, 'Data');
  return defined({
    target,
    source,
    sourceParent: sourceParent && text(required(sourceParent, 'LocURI')),
    targetParent: targetParent && text(required(targetParent, 'LocURI')),
    meta,
    data: data && parseData(data, isDevInf),
    moreData: flagOf(node, 'MoreData'),
  });
}

function isDevInfUri(place: Source | undefined): boolean {
  return place !== undefined && /^(\.\/)?devinf1[0-2]$/i.test(place.locUri);
}

/** Throws ERR_SYNCML_VERSION for MoreData in 1.0: the peer would take the chunk for the whole. */
export function generateItem(item: Item, form: Form): Element {
  const { encoding, version } = form;
  if (item.moreData === true && version === '1.0') throw new SyncmlError('ERR_SYNCML_VERSION', 'there is no MoreData in SyncML 1.0');
  return el(
    'Item',
    item.target && generateTarget(item.target, form),
    item.source && generateSource(item.source),
    item.sourceParent === undefined ? undefined : el('SourceParent', leaf('LocURI', item.sourceParent)),
    item.targetParent === undefined ? undefined : el('TargetParent', leaf('LocURI', item.targetParent)),
    generateMeta(item.meta, version),
    generateData(item.data, encoding),
    flag('MoreData', item.moreData),
  );
}

export function mapItemsOf(node: Node): MapItem[] {
  return children(node, 'MapItem').map((item) => ({
    target: parseTarget(required(item, 'Target')),
    source: parseSource(required(item, 'Source')),
  }));
}

export function generateMapItem(item: MapItem, form: Form): Element {
  return el('MapItem', generateTarget(item.target, form), generateSource(item.source));
}

/** Cred of a header or command: base64 text or the raw digest, as it came. */
export function credOf(node: Node): Cred | undefined {
  const cred = child(node, 'Cred');
  return cred && defined({ meta: metaOf(cred), data: parseData(required(cred, 'Data'), false) });
}

export function generateCred(cred: Cred | undefined, { encoding, version }: Form): Element | undefined {
  return cred && el('Cred', generateMeta(cred.meta, version), generateData(cred.data, encoding));
}

export function chalOf(node: Node): Chal | undefined {
  const chal = child(node, 'Chal');
  return chal && { meta: parseMeta(required(chal, 'Meta')) };
}

export function generateChal(chal: Chal | undefined, { version }: Form): Element | undefined {
  return chal && el('Chal', generateMeta(chal.meta, version));
}
