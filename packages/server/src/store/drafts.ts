// A newer version of a draft. The item stays, with its GUID; what the mail server has of it becomes a tombstone of its own that is
// removed there, and the new version is filed. Design §4.2: drafts may be replaced whole.
import type { ServerWrite } from '@packetboat/datasync';
import { mailDigest, messageIdOf } from '@packetboat/mail';
import { splitHeader } from '@packetboat/message';
import { noteTold } from './changes.ts';
import { queue, queueRemove } from './queue.ts';
import { type Item, takeRevision } from './revision.ts';
import { writeSpool } from './spool.ts';
import { itemOf, type Unit } from './unit.ts';

export async function writeContent(unit: Unit, write: Extract<ServerWrite, { write: 'content' }>): Promise<void> {
  const before = await itemOf(unit, write.account, write.guid);
  if (before.gone === 1) return;
  const { bytes } = write.mail;
  const { header } = splitHeader(bytes);
  const old = await putAside(unit, before);
  const spool = `item:${write.guid}.${old.id}`;
  await writeSpool(unit.tx, spool, 0, bytes, unit.now);
  const after = await unit.tx
    .updateTable('item')
    .set({
      rev: await takeRevision(unit.tx, before.account),
      size: bytes.length,
      message_id: messageIdOf(header) ?? null,
      digest: mailDigest(header, bytes.length),
      spool,
      ...nowhere,
    })
    .where('id', '=', before.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  await outdateContent(unit, before.id, write.ackBy);
  await queue(unit, after, 'append');
  await noteTold(unit, write.ackBy, before, after, {});
}

/** A place at the mail server that is none (yet). */
const nowhere = {
  remote_folder: null,
  remote_uid: null,
  remote_path: null,
  email_id: null,
  missing_since: null,
  send_error: null,
} as const;

/** The version before as a tombstone that no device has heard of, with its place, its content and what was to be told of it. */
async function putAside(unit: Unit, item: Item): Promise<Item> {
  const { id: _id, ...facts } = item;
  // The spool object goes with it: an append under way finds by that which item it has stored.
  await unit.tx
    .updateTable('item')
    .set({ spool: null, ...nowhere })
    .where('id', '=', item.id)
    .execute();
  const old = await unit.tx
    .insertInto('item')
    .values({ ...facts, rev: await takeRevision(unit.tx, item.account), gone: 1, gone_at: unit.now })
    .returningAll()
    .executeTakeFirstOrThrow();
  await unit.tx.updateTable('operation').set({ item: old.id }).where('item', '=', item.id).execute();
  await queueRemove(unit, old);
  return old;
}

/** Every other device has content that is not the mail's any more. */
async function outdateContent(unit: Unit, item: number, ackBy: number): Promise<void> {
  const others = unit.tx.updateTable('map_row').where('item', '=', item).where('generation', '!=', ackBy);
  await others.set({ shape: 'none' }).where('shape', '!=', 'none').execute();
  await others.set({ sent_shape: 'none' }).where('sent_shape', 'is not', null).execute();
}
