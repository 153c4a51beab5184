// A folder renamed by another mail program: one path is gone, another has come, and the mails are the same. The cursor tells:
// it is good only for the folder that it was made for (UIDVALIDITY).
import { messageIdOf, type RemoteFolder } from '@packetboat/mail';
import type { AccountContext } from '../account/context.ts';
import { isMailError } from '../account/errors.ts';
import type { FolderItem } from './folder-items.ts';
import { limits } from './limits.ts';
import { knownUids } from './rows.ts';

/** New paths of folders that are no longer at their old one, by item id. */
export async function findRenames(
  context: AccountContext,
  listed: readonly RemoteFolder[],
  items: readonly FolderItem[],
): Promise<Map<number, string>> {
  const paths = new Set(listed.map((folder) => folder.path));
  const known = new Set(items.map((item) => item.remote_path));
  const vanished = items.filter((item) => item.remote_path !== null && !paths.has(item.remote_path) && item.remote_cursor !== null);
  const come = listed.filter((folder) => folder.selectable && !known.has(folder.path));
  const renames = new Map<number, string>();
  let checks = 0;
  for (const item of vanished) {
    const free = come.filter((folder) => ![...renames.values()].includes(folder.path));
    // A child of a renamed folder keeps its last name, a renamed folder mostly its place.
    for (const folder of free.toSorted((a, b) => Number(b.name === item.name) - Number(a.name === item.name))) {
      if (checks >= limits.renameChecks) return renames;
      checks += 1;
      if (await isSameFolder(context, item, folder.path)) {
        renames.set(item.id, folder.path);
        break;
      }
    }
  }
  return renames;
}

/** The same folder goes on from the cursor, and most of the mails that we know are in it. A folder without mails is nobody. */
async function isSameFolder(context: AccountContext, item: FolderItem, path: string): Promise<boolean> {
  const known = new Set(await knownUids(context.store, item.id));
  if (known.size === 0) return false;
  let gone = 0;
  try {
    for await (const page of context.server.changes(path, item.remote_cursor ?? undefined, async () => [...known])) {
      if (page.reset === true) return false;
      gone += page.gone.filter((uid) => known.has(uid)).length;
    }
  } catch (error) {
    if (isMailError(error) && error.scope !== 'account') return false;
    throw error;
  }
  return gone * 2 <= known.size && holdsOurMails(context, item.id, path);
}

/** Two folders made in the same second may have one UIDVALIDITY: a few mails are looked at. */
async function holdsOurMails(context: AccountContext, folder: number, path: string): Promise<boolean> {
  const rows = await context.store.db
    .selectFrom('item')
    .select(['remote_uid', 'message_id'])
    .where('remote_folder', '=', folder)
    .where('remote_uid', 'is not', null)
    .where('gone', '=', 0)
    .orderBy('id', 'desc')
    .limit(3)
    .execute();
  const expected = new Map(rows.map((row) => [row.remote_uid ?? '', row.message_id ?? undefined]));
  let same = 0;
  for await (const { uid, header } of context.server.headers(path, [...expected.keys()])) {
    if (messageIdOf(header) !== expected.get(uid)) return false;
    same += 1;
  }
  return same > 0;
}
