// The folders of an account: what the mail server lists, as items; and the Outbox, which is ours alone.
import type { RemoteFolder } from '@packetboat/mail';
import { write, type AccountContext, type Writing } from '../account/context.ts';
import { FOLDERS } from './journal.ts';
import { findRenames } from './rename.ts';
import { type FolderItem, folderItems } from './folder-items.ts';

/**
 * Makes the folder items what the mail server lists. A folder that is no longer listed is only noted as missing, with its mails;
 * a renamed one stays the item it was. An empty listing is taken for a fault of the server and changes nothing.
 */
export async function syncFolders(context: AccountContext): Promise<void> {
  const pass = context.journal.begin();
  try {
    const all = await context.server.folders();
    await placeFolders(context, uniqueRoles(all.filter((folder) => !pass.hasLeft(FOLDERS, folder.path))));
  } finally {
    pass.end();
  }
}

async function placeFolders(context: AccountContext, listed: readonly RemoteFolder[]): Promise<void> {
  const items = await folderItems(context.store.db, context.account);
  const renames = listed.length === 0 ? new Map<number, string>() : await findRenames(context, listed, items);
  await write(context, async (writing) => {
    await keepOutbox(writing);
    if (listed.length === 0) return;
    const paths = new Set(listed.map((folder) => folder.path));
    for (const [item, path] of renames) await writing.tx.updateTable('item').set({ remote_path: path }).where('id', '=', item).execute();
    const known = await folderItems(writing.tx, context.account);
    const ids = new Map<string, number>();
    const pending = await pendingFolders(writing);
    for (const folder of parentsFirst(listed)) {
      if (pending.removed.has(folder.path)) continue;
      ids.set(folder.path, await placeFolder(writing, folder, { known, ids, moving: pending.moving }));
    }
    for (const item of known) if (item.remote_path !== null && !paths.has(item.remote_path)) await noteMissing(writing, item);
  });
}

/** Two folders cannot have one role: the first keeps it. Outbox is the name of ours. */
function uniqueRoles(listed: readonly RemoteFolder[]): readonly RemoteFolder[] {
  const taken = new Set<string>(['outbox']);
  return listed.map((folder) => {
    if (folder.role === undefined) return folder;
    const { role, ...rest } = folder;
    if (taken.has(role)) return rest;
    taken.add(role);
    return folder;
  });
}

function parentsFirst(listed: readonly RemoteFolder[]): readonly RemoteFolder[] {
  const byPath = new Map(listed.map((folder) => [folder.path, folder]));
  const depth = (folder: RemoteFolder, seen = 0): number => {
    const parent = folder.parent === undefined ? undefined : byPath.get(folder.parent);
    return parent === undefined || seen > listed.length ? 0 : 1 + depth(parent, seen + 1);
  };
  const depths = new Map(listed.map((folder) => [folder, depth(folder)]));
  return listed.toSorted((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
}

/** What devices did to folders and the mail server has still to be told: there the listing is out of date. */
async function pendingFolders({
  tx,
  context,
}: Writing): Promise<{ readonly moving: ReadonlySet<number>; readonly removed: ReadonlySet<string> }> {
  const rows = await tx
    .selectFrom('operation')
    .innerJoin('item', 'item.id', 'operation.item')
    .select(['operation.kind', 'item.id', 'item.remote_path'])
    .where('operation.account', '=', context.account)
    .where('item.kind', '=', 'folder')
    .execute();
  return {
    moving: new Set(rows.flatMap((row) => (row.kind === 'move' ? row.id : []))),
    removed: new Set(rows.flatMap((row) => (row.kind === 'remove' ? (row.remote_path ?? []) : []))),
  };
}

interface Placing {
  readonly known: readonly FolderItem[];
  /** Items of the folders placed so far, by path. */
  readonly ids: ReadonlyMap<string, number>;
  readonly moving: ReadonlySet<number>;
}

/** The item of a listed folder, made or brought up to date. Returns its id. */
async function placeFolder(writing: Writing, folder: RemoteFolder, { known, ids, moving }: Placing): Promise<number> {
  const { tx, context, revision } = writing;
  const above = folder.parent === undefined ? null : (ids.get(folder.parent) ?? null);
  const item =
    known.find((each) => each.remote_path === folder.path) ??
    known.find((each) => each.remote_path === null && each.role !== 'outbox' && each.parent === above && each.name === folder.name);
  const parent = item !== undefined && moving.has(item.id) ? item.parent : above;
  const facts = { parent, name: folder.name, role: folder.role ?? null };
  if (item === undefined) {
    const { id } = await tx
      .insertInto('item')
      .values({
        ...facts,
        epoch: context.store.epoch,
        account: context.account,
        kind: 'folder',
        rev: await revision.take(),
        selectable: folder.selectable ? 1 : 0,
        remote_path: folder.path,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return id;
  }
  const isSeen = item.parent !== parent || item.name !== folder.name || item.role !== facts.role;
  const columns = { selectable: folder.selectable ? 1 : 0, remote_path: folder.path, missing_since: null };
  const isKnown = item.selectable === columns.selectable && item.remote_path === folder.path && item.missing_since === null;
  if (!folder.selectable && item.selectable === 1) await noteMailsMissing(writing, item.id);
  if (item.missing_since !== null) await listAnew(writing, item.id);
  if (isSeen)
    await tx
      .updateTable('item')
      .set({ ...facts, ...columns, rev: await revision.take() })
      .where('id', '=', item.id)
      .execute();
  else if (!isKnown) await tx.updateTable('item').set(columns).where('id', '=', item.id).execute();
  return item.id;
}

async function noteMissing(writing: Writing, folder: FolderItem): Promise<void> {
  if (folder.missing_since !== null) return;
  await writing.tx.updateTable('item').set({ missing_since: writing.context.now() }).where('id', '=', folder.id).execute();
  await noteMailsMissing(writing, folder.id);
}

/** A folder that was not listed and is again: which of its mails are there, only a whole listing can tell. They get time for it. */
async function listAnew({ tx, context }: Writing, folder: number): Promise<void> {
  await tx.updateTable('item').set({ remote_cursor: null }).where('id', '=', folder).execute();
  await tx
    .updateTable('item')
    .set({ missing_since: context.now() })
    .where('remote_folder', '=', folder)
    .where('gone', '=', 0)
    .where('missing_since', 'is not', null)
    .execute();
}

async function noteMailsMissing({ tx, context }: Writing, folder: number): Promise<void> {
  await tx
    .updateTable('item')
    .set({ missing_since: context.now() })
    .where('remote_folder', '=', folder)
    .where('gone', '=', 0)
    .where('missing_since', 'is', null)
    .execute();
}

/** Mails to be sent are added there by devices; the mail server never sees it. */
async function keepOutbox({ tx, context, revision }: Writing): Promise<void> {
  const outbox = await tx
    .selectFrom('item')
    .select('id')
    .where('account', '=', context.account)
    .where('role', '=', 'outbox')
    .where('gone', '=', 0)
    .executeTakeFirst();
  if (outbox !== undefined) return;
  await tx
    .insertInto('item')
    .values({
      epoch: context.store.epoch,
      account: context.account,
      kind: 'folder',
      name: 'Outbox',
      role: 'outbox',
      rev: await revision.take(),
      selectable: 1,
    })
    .execute();
}
