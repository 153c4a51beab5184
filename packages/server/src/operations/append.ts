// Mails that a device made, stored at the mail server. The spool keeps their bytes until the mail server has them.
import type { Placement } from '@packetboat/mail';
import { write, type AccountContext, type Writing } from '../account/context.ts';
import { dropSpool, spoolSize } from '../store/spool.ts';
import { flagChange } from '../tracking/mail-flags.ts';
import { folderOfRole } from '../tracking/rows.ts';
import { lookEverywhere } from '../tracking/track.ts';
import { appendFolder, begunAppend } from './args.ts';
import { done, type Execute, type Revert } from './outcome.ts';
import { findUnbound, pathOf } from './place.ts';
import type { Operation } from './rows.ts';
import { spoolSource } from './spool-source.ts';

export const executeAppend: Execute = async (context, operations) => {
  const [operation] = operations;
  if (operation === undefined) return { done: [] };
  const { spool } = operation;
  const parent = appendFolder(operation.args);
  if (operation.remoteUid !== null || spool === null || parent === undefined) return { done: done(operations) };
  const path = await pathOf(context, parent);
  if (path === undefined) return withoutFolder(context, operation, parent);
  const size = await spoolSize(context.store.db, spool);
  if (size === null) return { done: done(operations) };
  if (operation.attempts > 0) {
    const earlier = await findEarlier(context, parent, path, operation);
    if (earlier !== undefined) {
      return { done: [{ operation, settle: (writing) => place(writing, operation, parent, earlier) }], touched: path };
    }
  }
  // A mail that was deleted while an attempt was under way is not stored once more.
  if (operation.gone === 1) return { done: [{ operation, settle: ({ tx }) => forgetContent(tx, operation.item, spool) }] };
  const role = await roleOf(context, parent);
  const flags = { ...flagChange(operation.flags, 0), ...(role === 'drafts' ? { draft: true } : {}) };
  const placement = await context.server.append(path, spoolSource(context.store.db, spool, size), flags, operation.received);
  return {
    done: [{ operation, settle: (writing) => place(writing, operation, parent, placement) }],
    touched: path,
  };
};

/** What an earlier attempt left: in the folder, by Message-ID; else wherever another program has moved it since, as passes over all folders tell. */
async function findEarlier(context: AccountContext, folder: number, path: string, operation: Operation): Promise<Placement | undefined> {
  const uid = await findUnbound(context, folder, path, operation);
  if (uid !== undefined) return { uid };
  await lookEverywhere(context);
  const row = await context.store.db.selectFrom('item').select('remote_uid').where('id', '=', operation.item).executeTakeFirst();
  return row?.remote_uid == null ? undefined : { uid: row.remote_uid };
}

/** A folder that is still to be made is waited for. From one that has vanished the mail goes to the inbox: it must not get lost. */
async function withoutFolder(context: AccountContext, operation: Operation, parent: number): ReturnType<Execute> {
  const coming = await context.store.db
    .selectFrom('operation')
    .select('id')
    .where('item', '=', parent)
    .where('kind', '=', 'create-folder')
    .executeTakeFirst();
  const inbox = await folderOfRole(context.store.db, context.account, 'inbox');
  if (coming === undefined && inbox !== undefined && inbox !== parent) await moveHere(context, operation, inbox);
  return { done: [], putOff: [operation] };
}

async function moveHere(context: AccountContext, operation: Operation, inbox: number): Promise<void> {
  await write(context, async ({ tx, revision }) => {
    await tx
      .updateTable('item')
      .set({ parent: inbox, rev: await revision.take() })
      .where('id', '=', operation.item)
      .where('gone', '=', 0)
      .execute();
    await tx
      .updateTable('operation')
      .set({ args: begunAppend(inbox) })
      .where('id', '=', operation.id)
      .execute();
  });
}

async function roleOf(context: AccountContext, folder: number): Promise<string | null> {
  const row = await context.store.db.selectFrom('item').select('role').where('id', '=', folder).executeTakeFirst();
  return row?.role ?? null;
}

/**
 * With a uid the mail server has the mail and our copy goes, and a listing confirms its place; without one the next pass over the folder
 * binds it. The item is found by the content that was stored: a draft may have got another meanwhile.
 */
async function place({ tx, context }: Writing, { spool }: Operation, folder: number, { uid }: Placement): Promise<void> {
  const row = await tx.selectFrom('item').select(['id', 'remote_uid']).where('spool', '=', spool).executeTakeFirst();
  if (row === undefined || row.remote_uid !== null) return;
  await tx
    .updateTable('item')
    .set({ remote_folder: folder, remote_uid: uid ?? null, ...(uid === undefined ? {} : { spool: null, missing_since: context.now() }) })
    .where('id', '=', row.id)
    .execute();
  if (uid !== undefined && spool !== null) await dropSpool(tx, spool);
}

async function forgetContent(tx: Writing['tx'], item: number, spool: string): Promise<void> {
  await tx.updateTable('item').set({ spool: null }).where('id', '=', item).execute();
  await dropSpool(tx, spool);
}

/** The only copy is ours: it stays, and says why it is nowhere else. */
export const revertAppend: Revert = async ({ tx, revision }, operation, reason) => {
  await tx
    .updateTable('item')
    .set({ send_error: reason, rev: await revision.take() })
    .where('id', '=', operation.item)
    .where('gone', '=', 0)
    .execute();
};
