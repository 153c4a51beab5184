// Changes that a device makes to items: flags, folder, deletion. The item changes here at once and takes a revision; the
// mail server follows by the queue; the row of that device takes note, so that it is not told of its own change.
import type { FlagSet, ServerWrite } from '@packetboat/datasync';
import { openGeneration } from './generations.ts';
import { limits } from './limits.ts';
import { DELETED_HERE } from './plan.ts';
import { queue, queueFlags, queueMove, queueRemove } from './queue.ts';
import { buryItem, type Item, type ItemChanges, touchItem } from './revision.ts';
import { nothingThere } from './rows.ts';
import { itemOf, type Unit } from './unit.ts';

type Write<Name extends ServerWrite['write']> = Extract<ServerWrite, { write: Name }>;

/** What the device says it has. */
interface Told {
  readonly flags?: FlagSet;
  readonly parent?: number;
}

export async function writeFlags(unit: Unit, write: Write<'flags'>): Promise<void> {
  const before = await itemOf(unit, write.account, write.guid);
  if (before.gone === 1) return;
  const after = await change(unit, before, { flags: write.flags });
  await queueFlags(unit, after, after.flags & ~before.flags, before.flags & ~after.flags);
  await noteTold(unit, write.ackBy, before, after, { flags: write.ackFlags });
}

export async function writeMove(unit: Unit, write: Write<'move'>): Promise<void> {
  const before = await itemOf(unit, write.account, write.guid);
  if (before.gone === 1) return;
  const parent = await itemOf(unit, write.account, write.parent);
  const after = await moveTo(unit, before, parent);
  await noteTold(unit, write.ackBy, before, after, { parent: parent.id });
}

/** Into the trash or archive; for good where there is none, from the trash, and for what only we have. */
export async function writeDelete(unit: Unit, write: Write<'delete'>): Promise<void> {
  const item = await itemOf(unit, write.account, write.guid);
  if (item.gone === 1) return dropRowOf(unit, write.ackBy, item.id);
  if (item.kind === 'folder') return deleteFolder(unit, item, write.ackBy);
  const target = await folderOfRole(unit, item.account, write.archive ? 'archive' : 'trash');
  if (write.archive && target !== undefined) {
    if (item.parent !== target.id) await moveTo(unit, item, target);
    return holdRow(unit, write.ackBy, item.id, target.id);
  }
  const trash = write.archive ? await folderOfRole(unit, item.account, 'trash') : target;
  if (trash !== undefined && !(await isOutgoing(unit, item)) && !(await isBelow(unit, item, trash.id))) {
    await moveTo(unit, item, trash);
    return holdRow(unit, write.ackBy, item.id, trash.id);
  }
  await bury(unit, item);
  await dropRowOf(unit, write.ackBy, item.id);
}

/** An empty folder goes for good. One that holds something stays, and goes back to the device, which has it no more. */
async function deleteFolder(unit: Unit, folder: Item, ackBy: number): Promise<void> {
  const held = await unit.tx
    .selectFrom('item')
    .select('id')
    .where('parent', '=', folder.id)
    .where('gone', '=', 0)
    .limit(1)
    .executeTakeFirst();
  if (held !== undefined) {
    await unit.tx
      .updateTable('map_row')
      .set({ state: 'todo', reason: null, ...nothingThere })
      .where('generation', '=', ackBy)
      .where('item', '=', folder.id)
      .execute();
    return;
  }
  await bury(unit, folder);
  await dropRowOf(unit, ackBy, folder.id);
}

/** Makes a tombstone, here and at the mail server. Content that only we had is swept when nothing needs it any more. */
async function bury(unit: Unit, item: Item): Promise<void> {
  await queueRemove(unit, item);
  await buryItem(unit.tx, item.id, unit.now);
}

async function moveTo(unit: Unit, item: Item, folder: Item): Promise<Item> {
  if (item.parent === folder.id) return item;
  const after = await change(unit, item, { parent: folder.id });
  const leavesOutbox = await isOutgoing(unit, item);
  // A mail that only we have is new to the mail server where it goes.
  if (leavesOutbox && item.spool !== null && folder.role !== 'outbox' && !(await isQueued(unit, item.id)))
    await queue(unit, after, 'append');
  else await queueMove(unit, after, folder.id);
  return after;
}

async function change(unit: Unit, item: Item, changes: ItemChanges): Promise<Item> {
  const rev = await touchItem(unit.tx, item.id, changes);
  if (rev === null) return item;
  return unit.tx.selectFrom('item').selectAll().where('id', '=', item.id).executeTakeFirstOrThrow();
}

/** Whether a mail is one that a device wrote and that the mail server is not to have (yet): it lies in the Outbox. */
async function isOutgoing(unit: Unit, item: Item): Promise<boolean> {
  if (item.parent === null || item.remote_folder !== null || item.remote_uid !== null) return false;
  const parent = await unit.tx.selectFrom('item').select('role').where('id', '=', item.parent).executeTakeFirst();
  return parent?.role === 'outbox';
}

/** Whether the mail may still be sent. */
async function isQueued(unit: Unit, item: number): Promise<boolean> {
  const open = await unit.tx
    .selectFrom('submission')
    .select('queue_id')
    .where('item', '=', item)
    .where('state', 'in', ['waiting', 'sending', 'uncertain'])
    .limit(1)
    .executeTakeFirst();
  return open !== undefined;
}

function folderOfRole(unit: Unit, account: number, role: string): Promise<Item | undefined> {
  return unit.tx
    .selectFrom('item')
    .selectAll()
    .where('account', '=', account)
    .where('kind', '=', 'folder')
    .where('gone', '=', 0)
    .where('role', '=', role)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
}

/** Whether an item lies in a folder or in one below it. */
async function isBelow(unit: Unit, item: Item, folder: number): Promise<boolean> {
  let above = item.parent;
  for (let steps = 0; above !== null && steps < limits.folderDepth; steps += 1) {
    if (above === folder) return true;
    const next = await unit.tx.selectFrom('item').select('parent').where('id', '=', above).executeTakeFirst();
    above = next?.parent ?? null;
  }
  return false;
}

/**
 * Notes what the device has after its own change. If it was up to date before and has all of the result, it is up to date
 * again; otherwise the row is `todo`. A row that is on its way is looked at again when it is acknowledged.
 */
export async function noteTold(unit: Unit, generationId: number, before: Item, after: Item, told: Told): Promise<void> {
  const { seen } = await openGeneration(unit.tx, generationId);
  const row = await unit.tx
    .selectFrom('map_row')
    .selectAll()
    .where('generation', '=', generationId)
    .where('item', '=', after.id)
    .executeTakeFirst();
  if (row === undefined) return;
  const flags = told.flags ?? row.ack_flags;
  const parent = told.parent ?? row.ack_parent;
  const isPlaced = seen.kind === 'flat' ? after.parent === seen.folder : parent === after.parent;
  const upToDate = row.ack_rev === before.rev && flags === after.flags && isPlaced && row.ack_name === after.name;
  await unit.tx
    .updateTable('map_row')
    .set({
      ack_flags: flags,
      ack_parent: parent,
      ack_rev: upToDate ? after.rev : row.ack_rev,
      state: row.state === 'ok' && !upToDate ? 'todo' : row.state,
    })
    .where('generation', '=', generationId)
    .where('item', '=', after.id)
    .execute();
}

/** The device has deleted it and is not told of it while it stays in `folder`. */
async function holdRow(unit: Unit, generation: number, item: number, folder: number): Promise<void> {
  await unit.tx
    .updateTable('map_row')
    .set({ state: 'held', reason: DELETED_HERE, ...nothingThere, ack_parent: folder })
    .where('generation', '=', generation)
    .where('item', '=', item)
    .execute();
}

async function dropRowOf(unit: Unit, generation: number, item: number): Promise<void> {
  await unit.tx.deleteFrom('map_row').where('generation', '=', generation).where('item', '=', item).execute();
}
