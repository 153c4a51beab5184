// Mails and folders that have disappeared: provisional until a pass over all folders has not found them elsewhere (design 4.4).
import { write, type AccountContext, type Writing } from '../account/context.ts';
import { folderOfRole, parts } from './rows.ts';

/** Since when the oldest missing item of the account is missing; undefined when there is none. */
export async function oldestMissing(context: AccountContext): Promise<number | undefined> {
  const row = await context.store.db
    .selectFrom('item')
    .select('missing_since')
    .where('account', '=', context.account)
    .where('missing_since', 'is not', null)
    .where('gone', '=', 0)
    .orderBy('missing_since')
    .limit(1)
    .executeTakeFirst();
  return row?.missing_since ?? undefined;
}

/** Makes tombstones of what has been missing since `until` or longer, but for what may still be in the `unread` folders. Returns how many. */
export async function buryMissing(context: AccountContext, until: number, unread: readonly number[] = []): Promise<number> {
  let buried = 0;
  for (;;) {
    const part = await write(context, (writing) => buryPart(writing, until, unread));
    buried += part;
    if (part === 0) return buried;
  }
}

/** Mails before folders, so that a device empties a folder before it takes it away. */
async function buryPart(writing: Writing, until: number, unread: readonly number[]): Promise<number> {
  const { tx, context } = writing;
  const rows = await tx
    .selectFrom('item')
    .select(['id', 'kind'])
    .where('account', '=', context.account)
    .where('missing_since', 'is not', null)
    .where('missing_since', '<=', until)
    .where((eb) => eb.or([eb('remote_folder', 'is', null), eb('remote_folder', 'not in', unread)]))
    .where('gone', '=', 0)
    .orderBy('kind', 'desc')
    .orderBy('id')
    .limit(500)
    .execute();
  if (rows.length === 0) return 0;
  const idsOf = (kind: string): readonly number[] => rows.flatMap((row) => (row.kind === kind ? row.id : []));
  await buryItems(writing, idsOf('mail'));
  for (const folder of idsOf('folder')) await evacuate(writing, folder);
  await buryItems(writing, idsOf('folder'));
  return rows.length;
}

/** What the mail server had in a vanished folder has vanished with it; what was only on its way there stays, somewhere else. */
async function evacuate(writing: Writing, folder: number): Promise<void> {
  const { tx, context, revision } = writing;
  const lost = await tx.selectFrom('item').select('id').where('remote_folder', '=', folder).where('gone', '=', 0).execute();
  await buryItems(
    writing,
    lost.map((row) => row.id),
  );
  await tx
    .updateTable('item')
    .set({ parent: null })
    .where('parent', '=', folder)
    .where('kind', '=', 'folder')
    .where('gone', '=', 0)
    .execute();
  const left = await tx.selectFrom('item').select(['id', 'remote_folder']).where('parent', '=', folder).where('gone', '=', 0).execute();
  if (left.length === 0) return;
  const inbox = await folderOfRole(tx, context.account, 'inbox');
  for (const { id, remote_folder: parent } of left) {
    await tx
      .updateTable('item')
      .set({ parent: parent ?? inbox ?? null, rev: await revision.take() })
      .where('id', '=', id)
      .execute();
    await tx.deleteFrom('operation').where('item', '=', id).where('kind', '=', 'move').execute();
  }
}

/** Makes tombstones; what was still to be told of these items to the mail server falls away. */
export async function buryItems({ tx, context, revision }: Writing, items: readonly number[]): Promise<void> {
  for (const part of parts(items)) {
    await tx
      .updateTable('item')
      .set({ gone: 1, gone_at: context.now(), rev: await revision.take(), missing_since: null })
      .where('id', 'in', part)
      .execute();
    await tx.deleteFrom('operation').where('item', 'in', part).execute();
  }
}
