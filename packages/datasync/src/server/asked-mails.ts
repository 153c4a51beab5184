// Which mails an Alert asks for: all, those that pass a filter from now on, or some now and nothing else. OMA-TS-DS_Protocol 1.2 (filtering);
// below 1.2 the expression stands in the query part of the datastore's URI.
import { contentTypes, luidName, luidOf, parseRecord, StatusCode, type Filter, type Item, type RecordExpression } from '@packetboat/syncml';
import { mailFilter, type MailFilter } from '../filter/mail-filter.ts';

export type AskedMails =
  | { readonly asked: 'all' }
  /** EXCLUSIVE: the device holds these and no others. */
  | { readonly asked: 'window'; readonly filter: MailFilter }
  /** INCLUSIVE: these are sent, the others stay as they are. */
  | { readonly asked: 'some'; readonly filter: MailFilter }
  | { readonly asked: 'luids'; readonly luids: readonly string[] }
  | { readonly asked: 'nonsense'; readonly code: number; readonly text: string };

export function askedMails(target: Item['target'], version: string): AskedMails {
  const filter = target?.filter;
  if (filter?.record !== undefined) return ofRecord(filter.record, filter);
  const query = target?.locUri.indexOf('?') ?? -1;
  if (target === undefined || query < 0 || version === '1.2') return { asked: 'all' };
  return ofRecord(target.locUri.slice(query + 1), undefined);
}

function ofRecord(text: string, filter: Filter | undefined): AskedMails {
  if (text.trim() === '') return { asked: 'all' };
  if (filter?.recordType !== undefined && filter.recordType !== contentTypes.filterCgi)
    return nonsense(StatusCode.UnknownSearchGrammar, `A Record is of type ${contentTypes.filterCgi}.`);
  let expression: RecordExpression;
  try {
    expression = parseRecord(text);
  } catch (error) {
    return nonsense(StatusCode.BadCgiScript, error instanceof Error ? error.message : '');
  }
  const luids = listOfLuids(expression);
  if (luids !== undefined) {
    return filter?.filterType === 'INCLUSIVE'
      ? { asked: 'luids', luids }
      : nonsense(StatusCode.BadCgiScript, 'A filter of LUIDs is INCLUSIVE: others would leave the device.');
  }
  const found = mailFilter(expression);
  if ('nonsense' in found) return nonsense(StatusCode.BadCgiScript, found.nonsense);
  return { asked: filter?.filterType === 'INCLUSIVE' ? 'some' : 'window', filter: found };
}

function nonsense(code: number, text: string): AskedMails {
  return { asked: 'nonsense', code, text };
}

/** The LUIDs of `&LUID;&EQ;a&OR;&LUID;&EQ;b…`; undefined for anything else. */
function listOfLuids(expression: RecordExpression): readonly string[] | undefined {
  if (expression.kind === 'any') {
    const [left, right] = [listOfLuids(expression.left), listOfLuids(expression.right)];
    return left === undefined || right === undefined ? undefined : [...left, ...right];
  }
  if (expression.kind !== 'test' || expression.name !== luidName) return undefined;
  const luid = luidOf(expression);
  return luid === undefined ? undefined : [luid];
}
