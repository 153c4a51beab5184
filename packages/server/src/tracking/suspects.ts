// A mail that came to one folder and looks like one in another: moved, or copied? The other folder is asked, after the arrival was seen.
import type { AccountContext } from '../account/context.ts';
import { isMailError } from '../account/errors.ts';
import type { Asked, Place, Suspect } from './arrivals.ts';
import { knownUids } from './rows.ts';

const keyOf = ({ folder, uid }: Place): string => `${folder} ${uid}`;

/** Asks where suspects were before, and adds what was learnt to `before`: those whose other place is empty now were moved, the others are copies. */
export async function askPlaces(context: AccountContext, suspects: readonly Suspect[], before: Asked): Promise<Asked> {
  const places = suspects.flatMap((suspect) => suspect.places);
  const keys = new Set(places.map(keyOf));
  const left = new Map(before.left);
  for (const [other, here] of Map.groupBy(places, (place) => place.folder)) {
    const uids = await leftOf(context, other, [...new Set(here.map((place) => place.uid))]);
    left.set(other, [...(left.get(other) ?? []), ...uids]);
  }
  return { isAsked: (place) => keys.has(keyOf(place)) || before.isAsked(place), left };
}

/** Which of these uids a folder no longer has. Its cursor stays where it is: its own pass will be told all of it. */
async function leftOf(context: AccountContext, folder: number, uids: readonly string[]): Promise<readonly string[]> {
  const row = await context.store.db
    .selectFrom('item')
    .select(['remote_path', 'remote_cursor'])
    .where('id', '=', folder)
    .executeTakeFirst();
  if (row?.remote_path == null) return uids;
  try {
    return await (row.remote_cursor === null
      ? absentFrom(context, row.remote_path, uids)
      : goneSince(context, folder, { path: row.remote_path, cursor: row.remote_cursor, uids }));
  } catch (error) {
    // Where the folder itself has vanished, all its mails have left it; one that is only refused may still hold them.
    const isGone = isMailError(error) && error.code === 'ERR_MAIL_REFUSED' && !(await isListed(context, row.remote_path));
    if (isGone) return uids;
    throw error;
  }
}

async function goneSince(
  { server, store }: AccountContext,
  folder: number,
  { path, cursor, uids }: { readonly path: string; readonly cursor: string; readonly uids: readonly string[] },
): Promise<readonly string[]> {
  const wanted = new Set(uids);
  const left: string[] = [];
  for await (const page of server.changes(path, cursor, () => knownUids(store, folder))) {
    // Its uids are void: its own pass will tell which of its mails are still there.
    if (page.reset === true) return [];
    left.push(...page.gone.filter((uid) => wanted.has(uid)));
  }
  return left;
}

/** A folder that is being listed from nothing tells nobody what has gone. A change of no flags tells which uids are there. */
async function absentFrom({ server }: AccountContext, path: string, uids: readonly string[]): Promise<readonly string[]> {
  const there = new Set(await server.setFlags(path, uids, {}));
  return uids.filter((uid) => !there.has(uid));
}

async function isListed(context: AccountContext, path: string): Promise<boolean> {
  return (await context.server.folders()).some((folder) => folder.path === path);
}
