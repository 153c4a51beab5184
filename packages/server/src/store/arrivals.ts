// New mails from a device: into a folder, where the mail server gets them too, or into the Outbox on their way.
import type { NewMail, ServerWrite } from '@packetboat/datasync';
import { mailDigest, messageIdOf } from '@packetboat/mail';
import { splitHeader } from '@packetboat/message';
import { guidOf } from './guid.ts';
import { DELETED_HERE } from './plan.ts';
import { queue } from './queue.ts';
import { writeReceived } from './received.ts';
import { addItem, type Item } from './revision.ts';
import { nothingThere } from './rows.ts';
import { writeSpool } from './spool.ts';
import { accountId, itemOf, type Unit } from './unit.ts';

type Write<Name extends ServerWrite['write']> = Extract<ServerWrite, { write: Name }>;

export async function writeAppend(unit: Unit, write: Write<'append'>): Promise<void> {
  const { item, parent } = await addMail(unit, write.mail);
  if (parent.role !== 'outbox') await queue(unit, item, 'append');
  await remember(unit, write, item);
}

export async function writeSend(unit: Unit, write: Write<'send'>): Promise<void> {
  const { item } = await addMail(unit, write.mail, write.messageId);
  await unit.tx
    .insertInto('submission')
    .values({
      queue_id: write.queueId,
      account: item.account,
      item: item.id,
      message_id: write.messageId,
      envelope: JSON.stringify({ from: write.envelope.from, to: write.envelope.to }),
      state: 'waiting',
      next_at: unit.now,
      text: null,
      created: unit.now,
    })
    .execute();
  await remember(unit, { ...write, received: { ...write.received, queueId: write.queueId } }, item);
}

async function addMail(unit: Unit, mail: NewMail, messageId?: string): Promise<{ readonly item: Item; readonly parent: Item }> {
  const parent = await itemOf(unit, mail.account, mail.parent);
  const { bytes } = mail.mail;
  const { header } = splitHeader(bytes);
  const made = await addItem(unit.tx, accountId(mail.account), {
    kind: 'mail',
    parent: parent.id,
    flags: mail.flags,
    size: bytes.length,
    received: mail.received,
    message_id: messageId ?? messageIdOf(header) ?? null,
    digest: mailDigest(header, bytes.length),
  });
  const spool = `item:${guidOf(made)}`;
  await writeSpool(unit.tx, spool, 0, bytes, unit.now);
  const item = await unit.tx.updateTable('item').set({ spool }).where('id', '=', made.id).returningAll().executeTakeFirstOrThrow();
  for (const generation of mail.generations) await addRow(unit, generation, mail, item);
  return { item, parent };
}

/** The device has what it sent. A mail that had this LUID before is not on the device any more. */
async function addRow(unit: Unit, generation: number, mail: NewMail, item: Item): Promise<void> {
  const { tx } = unit;
  const replaced = await tx
    .selectFrom('map_row')
    .select('item')
    .where('generation', '=', generation)
    .where('luid', '=', mail.luid)
    .execute();
  for (const row of replaced) {
    const old = await tx.selectFrom('item').select('parent').where('id', '=', row.item).executeTakeFirst();
    await tx
      .updateTable('map_row')
      .set({ state: 'held', reason: DELETED_HERE, ...nothingThere, ack_parent: old?.parent ?? null })
      .where('generation', '=', generation)
      .where('item', '=', row.item)
      .execute();
  }
  await tx
    .insertInto('map_row')
    .values({
      generation,
      item: item.id,
      luid: mail.luid,
      state: 'ok',
      ack_rev: item.rev,
      ack_flags: item.flags,
      ack_parent: item.parent,
      shape: mail.shape,
    })
    .execute();
}

async function remember(unit: Unit, write: Write<'append'> | Write<'send'>, item: Item): Promise<void> {
  const [generation] = write.mail.generations;
  if (generation !== undefined) await writeReceived(unit, generation, { ...write.received, guid: guidOf(item) });
}
