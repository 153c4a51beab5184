// Moves between folders of the mail server. Where a mail went is written down as its new place, so that its GUID stays.
import type { Placement } from '@packetboat/mail';
import type { AccountContext, Writing } from '../account/context.ts';
import { moveTarget } from './args.ts';
import { moveFolder } from './folder-change.ts';
import { type Done, done, type Execute, type Revert } from './outcome.ts';
import { checkPlaces, findUnbound, pathOf } from './place.ts';
import type { Operation } from './rows.ts';

export const executeMove: Execute = async (context, operations) => {
  const [first] = operations;
  if (first === undefined) return { done: [] };
  if (first.itemKind === 'folder') return moveFolder(context, first);
  const target = moveTarget(first.args);
  if (first.remoteFolder === target) return { done: done(operations) };
  const [from, to] = [await pathOf(context, first.remoteFolder), await pathOf(context, target)];
  if (to === undefined && (await isComing(context, target))) return { done: [], putOff: operations };
  if (from === undefined || to === undefined)
    return { done: operations.map((operation) => ({ operation, settle: (writing) => revertMove(writing, operation, '') })) };
  const moved = await context.server.move(
    from,
    operations.flatMap((operation) => operation.remoteUid ?? []),
    to,
  );
  const placed: Done[] = [];
  const left: Operation[] = [];
  for (const operation of operations) {
    const placement = moved.get(operation.remoteUid ?? '') ?? (await placementAfterCrash(context, target, to, operation));
    if (placement === undefined) left.push(operation);
    else placed.push({ operation, settle: (writing) => place(writing, operation, target, placement) });
  }
  const { back, putOff } = await leftBehind(context, from, left);
  return { done: [...placed, ...back], putOff, touched: to };
};

/** Mails that were not moved: one that is still there goes back here too; one that is not is moved once a pass has told where it is. */
async function leftBehind(
  context: AccountContext,
  path: string,
  operations: readonly Operation[],
): Promise<{ readonly back: readonly Done[]; readonly putOff: readonly Operation[] }> {
  if (operations.length === 0) return { back: [], putOff: [] };
  const { present, vanished, strange } = await checkPlaces(context, path, operations);
  return {
    back: present.map((operation): Done => ({ operation, settle: (writing) => revertMove(writing, operation, '') })),
    putOff: [...vanished, ...strange],
  };
}

/** Whether the folder will be made by an operation before. */
async function isComing(context: AccountContext, target: number): Promise<boolean> {
  const row = await context.store.db
    .selectFrom('operation')
    .select('id')
    .where('item', '=', target)
    .where('kind', '=', 'create-folder')
    .executeTakeFirst();
  return row !== undefined;
}

/** A mail that is gone from its place may have been moved by an attempt of which we did not hear the end. Otherwise tracking tells what became of it. */
async function placementAfterCrash(
  context: AccountContext,
  target: number,
  path: string,
  operation: Operation,
): Promise<Placement | undefined> {
  if (operation.attempts === 0) return undefined;
  const uid = await findUnbound(context, target, path, operation);
  return uid === undefined ? undefined : { uid };
}

/**
 * Writes down where the mail is now. When a pass has seen more meanwhile, the item is where that has seen it. The place counts as
 * missing until a listing has confirmed it: a mail that leaves again before its folder was listed is never reported as gone.
 */
async function place(writing: Writing, operation: Operation, target: number, { uid }: Placement): Promise<void> {
  const { tx, context } = writing;
  const { item, remoteFolder, remoteUid } = operation;
  if (remoteFolder !== null && remoteUid !== null) context.journal.noteLeft(remoteFolder, remoteUid);
  const row = await tx.selectFrom('item').select(['remote_folder', 'remote_uid']).where('id', '=', item).executeTakeFirst();
  if (row === undefined) return;
  if (row.remote_folder !== remoteFolder || row.remote_uid !== remoteUid) return revertMove(writing, operation, '');
  await tx
    .updateTable('item')
    .set({ remote_folder: target, remote_uid: uid ?? null, missing_since: context.now() })
    .where('id', '=', item)
    .execute();
}

/** The mail is where the mail server has it, but for one that a later change takes elsewhere. */
export const revertMove: Revert = async ({ tx, revision }, operation) => {
  const row = await tx
    .selectFrom('item')
    .select(['parent', 'remote_folder'])
    .where('id', '=', operation.item)
    .where('gone', '=', 0)
    .executeTakeFirst();
  if (row === undefined || row.remote_folder === null || row.parent === row.remote_folder) return;
  const later = await tx
    .selectFrom('operation')
    .select('id')
    .where('item', '=', operation.item)
    .where('kind', '=', 'move')
    .where('id', '>', operation.id)
    .executeTakeFirst();
  if (later !== undefined) return;
  await tx
    .updateTable('item')
    .set({ parent: row.remote_folder, rev: await revision.take() })
    .where('id', '=', operation.item)
    .execute();
};
