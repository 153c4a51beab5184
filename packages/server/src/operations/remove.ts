// Removal for good. The item is a tombstone already; the mail server follows.
import { removeFolder } from './folder-change.ts';
import { done, type Execute, type Revert } from './outcome.ts';
import { checkPlaces, findUnbound, pathOf } from './place.ts';
import type { Operation } from './rows.ts';

export const executeRemove: Execute = async (context, operations) => {
  const [first] = operations;
  if (first === undefined) return { done: [] };
  if (first.itemKind === 'folder') return removeFolder(context, first);
  const folder = first.remoteFolder;
  const path = await pathOf(context, folder);
  if (folder === null || path === undefined) return { done: done(operations) };
  const located: Operation[] = [];
  for (const operation of operations) {
    // A move or append of which nobody told us the uid.
    const uid = operation.remoteUid ?? (await findUnbound(context, folder, path, operation));
    if (uid !== undefined) located.push({ ...operation, remoteUid: uid });
  }
  const { present, strange } = await checkPlaces(context, path, located);
  const uids = present.flatMap((operation) => operation.remoteUid ?? []);
  await context.server.remove(path, uids);
  for (const uid of uids) context.journal.noteLeft(folder, uid);
  const off = new Set(strange.map((operation) => operation.id));
  return {
    done: done(operations.filter((operation) => !off.has(operation.id))),
    putOff: operations.filter((operation) => off.has(operation.id)),
  };
};

/** The mail is still there, and GUIDs are never used again: it comes back as a new item. */
export const revertRemove: Revert = async ({ tx, context, revision }, operation) => {
  const row = await tx.selectFrom('item').selectAll().where('id', '=', operation.item).executeTakeFirst();
  if (row === undefined || row.gone === 0 || (row.remote_folder === null && row.remote_path === null)) return;
  await tx.updateTable('item').set({ remote_uid: null, remote_path: null }).where('id', '=', row.id).execute();
  const { id: _id, ...facts } = row;
  await tx
    .insertInto('item')
    .values({
      ...facts,
      epoch: context.store.epoch,
      rev: await revision.take(),
      gone: 0,
      gone_at: null,
      parent: row.kind === 'mail' ? row.remote_folder : row.parent,
      missing_since: null,
    })
    .execute();
};
