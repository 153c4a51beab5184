// A draft that was written further on the device: the only received mail whose content a Replace changes.
import { contentTypes, type EmailObject } from '@packetboat/syncml';
import { need, type Step } from '../step.ts';
import type { Guid, ItemRecord, RowItem, ServerNeeds } from './port.ts';
import type { Receiving } from './receive.ts';

/** Writes the content if it is another, and whole. A part of a mail never takes the place of the mail. */
export function* rewriteDraft(r: Receiving, { row, item }: RowItem, email: EmailObject): Step<ServerNeeds, void> {
  const bytes = email.emailItem;
  if (row === null || item === null || bytes === undefined || row.shape !== 'full' || isMarkedPartial(email)) return;
  if (item.kind !== 'mail' || r.folders.get(item.parent ?? '')?.role !== 'drafts') return;
  if (yield* isSame(r, item, bytes)) return;
  r.turn.writes.push({ write: 'content', account: r.ds.account, guid: item.guid, mail: { bytes }, ackBy: r.ds.generation });
}

/** Something of it stayed at the server, if only header fields. */
function isMarkedPartial(email: EmailObject): boolean {
  return email.ext.some(({ xNam }) => xNam === 'x-funambol-body' || xNam === 'x-funambol-size');
}

/** A device that does not take flags alone repeats the mail with each change of them. */
function* isSame(r: Receiving, item: ItemRecord, bytes: Uint8Array): Step<ServerNeeds, boolean> {
  if (item.size !== bytes.length) return false;
  const here = yield* contentOf(r, item.guid);
  return here !== undefined && here.length === bytes.length && here.every((byte, at) => byte === bytes[at]);
}

function* contentOf(r: Receiving, guid: Guid): Step<ServerNeeds, Uint8Array | undefined> {
  const wish = { guid, rev: 0, shape: 'full', headers: 'all', contentType: contentTypes.rfc822, encoding: 'wbxml' } as const;
  const [object] = yield* need<ServerNeeds, 'objects'>('objects', { account: r.ds.account, wishes: [wish] });
  if (object?.kind !== 'spool') return object?.kind === 'bytes' ? object.bytes : undefined;
  r.turn.dropped.push(object.spool);
  return yield* need<ServerNeeds, 'spool'>('spool', { spool: object.spool, from: 0, length: object.size });
}
