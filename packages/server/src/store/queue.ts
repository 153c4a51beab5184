// The queue of what the mail server has to be told. What has not begun yet takes up what follows it, so that the mail
// server is told once.
import type { OperationTable } from './schema.ts';
import type { Selectable } from 'kysely';
import { readFlagArgs } from './json.ts';
import type { Item } from './revision.ts';
import type { Unit } from './unit.ts';

export type Operation = Selectable<OperationTable>;
type Kind = Operation['kind'];

/** Operations of an item, oldest first. */
export function operationsOf(unit: Unit, item: number): Promise<Operation[]> {
  return unit.tx.selectFrom('operation').selectAll().where('item', '=', item).orderBy('id').execute();
}

/** Whether the mail server has the item, or will get it: it must be told of changes. */
export function isFollowed(item: Item, operations: readonly Operation[]): boolean {
  if (item.remote_uid !== null || item.remote_folder !== null || item.remote_path !== null) return true;
  return operations.some((operation) => operation.kind === 'append' || operation.kind === 'create-folder');
}

export async function queue(unit: Unit, item: Item, kind: Kind, args: object = {}): Promise<void> {
  await unit.tx
    .insertInto('operation')
    .values({ account: item.account, item: item.id, kind, args: JSON.stringify(args), next_at: unit.now, created: unit.now })
    .execute();
}

/** Sets and clears flag bits of an item at the mail server. */
export async function queueFlags(unit: Unit, item: Item, set: number, clear: number): Promise<void> {
  if ((set | clear) === 0) return;
  const operations = await operationsOf(unit, item.id);
  if (!isFollowed(item, operations)) return;
  const waiting = operations.find((operation) => operation.kind === 'flags' && operation.attempts === 0);
  if (waiting === undefined) return queue(unit, item, 'flags', { set, clear });
  const before = readFlagArgs(waiting.args);
  await setArgs(unit, waiting.id, { set: (before.set & ~clear) | set, clear: (before.clear & ~set) | clear });
}

/** Moves an item at the mail server, into the folder that it has here by now. */
export async function queueMove(unit: Unit, item: Item, to: number): Promise<void> {
  const operations = await operationsOf(unit, item.id);
  if (!isFollowed(item, operations)) return;
  // An append that has not begun goes to where the item is by then.
  if (operations.some((operation) => operation.kind === 'append' && operation.attempts === 0)) return;
  const waiting = operations.find((operation) => operation.kind === 'move' && operation.attempts === 0);
  if (waiting === undefined) await queue(unit, item, 'move', { to });
  else await setArgs(unit, waiting.id, { to });
}

/** Removes an item at the mail server for good. What has not begun of it need not happen any more. */
export async function queueRemove(unit: Unit, item: Item): Promise<void> {
  const operations = await operationsOf(unit, item.id);
  const cancelled = operations.filter((operation) => operation.attempts === 0);
  const begun = operations.filter((operation) => operation.attempts > 0);
  for (const { id } of cancelled) await unit.tx.deleteFrom('operation').where('id', '=', id).execute();
  if (isFollowed(item, begun)) await queue(unit, item, 'remove');
}

async function setArgs(unit: Unit, operation: number, args: object): Promise<void> {
  await unit.tx
    .updateTable('operation')
    .set({ args: JSON.stringify(args) })
    .where('id', '=', operation)
    .execute();
}
