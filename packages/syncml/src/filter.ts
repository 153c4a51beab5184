// Filter in a Target (1.2): `Meta, Field?, Record?, FilterType?`, read in any order; Funambol's clients leave Meta out.
import type { Element } from '@packetboat/wbxml';
import { contentTypes } from './content-types.ts';
import { SyncmlError } from './errors.ts';
import { generateMeta, metaOf } from './meta.ts';
import { generateProperty } from './property.ts';
import { parsePropertyList } from './property-list.ts';
import { badValue, child, defined, text, token } from './read.ts';
import type { Node } from './read.ts';
import type { Filter, Meta, Version } from './types.ts';
import { writer } from './write.ts';

const { el, leaf } = writer('syncml');

/** `recordType` is the type as sent, undefined where the Record has none; Symbian writes it with two colons, we hand on one. */
export function parseFilter(node: Node): Filter {
  const field = child(node, 'Field');
  const record = child(node, 'Record');
  const recordItem = record && (child(record, 'Item') ?? record);
  const recordData = recordItem && child(recordItem, 'Data');
  const filterType = child(node, 'FilterType');
  return defined({
    meta: metaOf(node),
    field: field && parseField(field),
    record: recordData && text(recordData),
    recordType: recordItem && recordType(recordItem),
    filterType: filterType && parseFilterType(filterType),
  });
}

function recordType(item: Node): string | undefined {
  const type = metaOf(item)?.type;
  return type === 'syncml::filtertype-cgi' ? contentTypes.filterCgi : type;
}

function parseField(node: Node): NonNullable<Filter['field']> {
  const item = child(node, 'Item') ?? node;
  return parsePropertyList(child(item, 'Data') ?? item);
}

/** A word that we do not know is refused: taken for EXCLUSIVE it would delete items on the device. */
function parseFilterType(node: Node): NonNullable<Filter['filterType']> {
  const type = token(node).toUpperCase();
  return type === 'INCLUSIVE' || type === 'EXCLUSIVE' ? type : badValue(node, 'neither INCLUSIVE nor EXCLUSIVE');
}

/** Throws ERR_SYNCML_VERSION below 1.2, which would give the whole mailbox instead of what was asked for. */
export function generateFilter(filter: Filter | undefined, version: Version): Element | undefined {
  if (!filter) return undefined;
  if (version !== '1.2') throw new SyncmlError('ERR_SYNCML_VERSION', `there is no Filter in SyncML ${version}`);
  const { field, record, recordType: stated } = filter;
  const item = (type: string, data?: Element): Element => el('Item', generateMeta({ type } satisfies Meta, version), data);
  return el(
    'Filter',
    generateMeta(filter.meta, version),
    field && el('Field', item(contentTypes.devInfXml, el('Data', field.map(generateProperty)))),
    record === undefined && stated === undefined
      ? undefined
      : el('Record', item(stated ?? contentTypes.filterCgi, record === undefined ? undefined : el('Data', record === '' ? [] : record))),
    leaf('FilterType', filter.filterType),
  );
}
