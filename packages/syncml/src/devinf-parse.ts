// Reads DevInf 1.0, 1.1 and 1.2 (DS Device Information) in any order of children; what real devices leave out may be missing.
import type { Document, Element } from '@packetboat/wbxml';
import { parseFlatCTCap } from './ctcap-flat.ts';
import { SyncmlError } from './errors.ts';
import { parseProperty } from './property.ts';
import { child, children, defined, flagOf, number, numberOf, required, rootNode, text, textOf, token, tokenOf } from './read.ts';
import type { Node } from './read.ts';
import type { CTCap, ContentType, DevInf, DevInfDataStore, DevInfExt, FilterCap, Version } from './types.ts';
import { isVersion } from './version.ts';

/**
 * Reads device information from a document or from the DevInf element itself.
 * The CTCaps of 1.0 and 1.1 are found in `DevInf.ctCaps`, those of 1.2 in their datastore: each where it stood.
 * Throws ERR_SYNCML_MALFORMED (another element), _VERSION (a VerDTD we do not know), _MISSING_ELEMENT (DevID, SourceRef,
 * CTType, PropName, XNam; VerDTD where the document does not tell either), _BAD_VALUE (a number that is none).
 */
export function parseDevInf(source: Document | Element): DevInf {
  const document = 'root' in source ? source : undefined;
  const node = rootNode('root' in source ? source.root : source);
  if (node.element.name !== 'DevInf') throw new SyncmlError('ERR_SYNCML_MALFORMED', 'no DevInf document', { path: node.path });
  const version = versionOf(node, document);
  const caps = children(node, 'CTCap');
  return defined({
    version,
    man: textOf(node, 'Man'),
    mod: textOf(node, 'Mod'),
    oem: textOf(node, 'OEM'),
    fwV: textOf(node, 'FwV'),
    swV: textOf(node, 'SwV'),
    hwV: textOf(node, 'HwV'),
    devId: text(required(node, 'DevID')),
    devTyp: tokenOf(node, 'DevTyp') ?? '',
    utc: flagOf(node, 'UTC'),
    supportLargeObjs: flagOf(node, 'SupportLargeObjs'),
    supportNumberOfChanges: flagOf(node, 'SupportNumberOfChanges'),
    dataStores: children(node, 'DataStore').map(parseDataStore),
    ctCaps: caps.flatMap(parseCTCap),
    ext: children(node, 'Ext').map(parseExt),
  });
}

function versionOf(node: Node, document: Document | undefined): Version {
  const stated = child(node, 'VerDTD');
  if (!stated) {
    const named = document?.type.replace(/^DevInf /, '');
    return named !== undefined && isVersion(named) ? named : versionMissing(node);
  }
  const version = token(stated);
  if (isVersion(version)) return version;
  throw new SyncmlError('ERR_SYNCML_VERSION', 'unknown version of DevInf', { path: stated.path });
}

function versionMissing(node: Node): never {
  throw new SyncmlError('ERR_SYNCML_MISSING_ELEMENT', 'VerDTD is missing', { path: `${node.path}/VerDTD` });
}

function parseDataStore(node: Node): DevInfDataStore {
  const rxPref = child(node, 'Rx-Pref');
  const txPref = child(node, 'Tx-Pref');
  const dsMem = child(node, 'DSMem');
  const syncCap = child(node, 'SyncCap');
  return defined({
    sourceRef: text(required(node, 'SourceRef')),
    displayName: textOf(node, 'DisplayName'),
    maxGuidSize: numberOf(node, 'MaxGUIDSize'),
    rxPref: rxPref && parseContentType(rxPref),
    rx: children(node, 'Rx').map(parseContentType),
    txPref: txPref && parseContentType(txPref),
    tx: children(node, 'Tx').map(parseContentType),
    ctCaps: children(node, 'CTCap').flatMap(parseCTCap),
    dsMem: dsMem && parseDsMem(dsMem),
    supportHierarchicalSync: flagOf(node, 'SupportHierarchicalSync'),
    syncCap: syncCap ? children(syncCap, 'SyncType').map(number) : [],
    filterRx: children(node, 'Filter-Rx').map(parseContentType),
    filterCaps: children(node, 'FilterCap').map(parseFilterCap),
  });
}

function parseDsMem(node: Node): NonNullable<DevInfDataStore['dsMem']> {
  return defined({ sharedMem: flagOf(node, 'SharedMem'), maxMem: numberOf(node, 'MaxMem'), maxId: numberOf(node, 'MaxID') });
}

function parseContentType(node: Node): ContentType {
  return defined({ ctType: token(required(node, 'CTType')), verCt: tokenOf(node, 'VerCT') });
}

/** Nested where there are Property elements, flat where PropName stands in the CTCap itself. */
function parseCTCap(node: Node): CTCap[] {
  if (!child(node, 'Property')) return parseFlatCTCap(node);
  const properties = children(node, 'Property').map(parseProperty);
  return [defined({ ...parseContentType(node), fieldLevel: flagOf(node, 'FieldLevel'), properties })];
}

function parseFilterCap(node: Node): FilterCap {
  return {
    ...parseContentType(node),
    filterKeywords: children(node, 'FilterKeyword').map(token),
    propNames: children(node, 'PropName').map(token),
  };
}

/** An extension: DevInf and the email and folder objects share its form. */
export function parseExt(node: Node): DevInfExt {
  return { xNam: token(required(node, 'XNam')), xVal: children(node, 'XVal').map(text) };
}
