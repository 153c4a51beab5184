// A mail that came to one folder and looks like one in another: moved, or copied? The other folder is asked, after the arrival was seen.
import type { AccountContext } from '../account/context.ts';
import { write } from '../account/context.ts';
import { isMailError } from '../account/errors.ts';
import { fileArrivals, type Suspect } from './arrivals.ts';
import type { Pass } from './journal.ts';
import { noteGone, storeCursor } from './page.ts';
import { knownUids } from './rows.ts';

/** Files held arrivals of a folder: those whose other place is empty now were moved and keep their GUID, the others are copies. */
export async function fileSuspects(
  context: AccountContext,
  folder: number,
  suspects: readonly Suspect[],
  options: { readonly pass: Pass; readonly cursor: string | undefined },
): Promise<void> {
  const left = new Map<number, readonly string[]>();
  const places = suspects.flatMap((suspect) => suspect.places);
  for (const [other, here] of Map.groupBy(places, (place) => place.folder)) {
    left.set(
      other,
      await leftOf(
        context,
        other,
        here.map((place) => place.uid),
      ),
    );
  }
  // One transaction, since the cursor may only stand with all of them.
  await write(context, async (writing) => {
    for (const [other, uids] of left) await noteGone(writing, other, uids);
    await fileArrivals(
      writing,
      folder,
      suspects.map((suspect) => suspect.mail),
      { pass: options.pass, decided: true },
    );
    if (options.cursor !== undefined) await storeCursor(writing, folder, options.cursor);
  });
}

/** Which of these uids a folder no longer has. Its cursor stays where it is: its own pass will be told all of it. */
async function leftOf(context: AccountContext, folder: number, uids: readonly string[]): Promise<readonly string[]> {
  const row = await context.store.db
    .selectFrom('item')
    .select(['remote_path', 'remote_cursor'])
    .where('id', '=', folder)
    .executeTakeFirst();
  if (row?.remote_path == null) return uids;
  const wanted = new Set(uids);
  const left: string[] = [];
  try {
    for await (const page of context.server.changes(row.remote_path, row.remote_cursor ?? undefined, () =>
      knownUids(context.store, folder),
    )) {
      // Its uids are void: its own pass will tell which of its mails are still there.
      if (page.reset === true) return [];
      left.push(...page.gone.filter((uid) => wanted.has(uid)));
    }
  } catch (error) {
    // Where the folder itself has vanished, all its mails have left it; one that is only refused may still hold them.
    const isGone = isMailError(error) && error.code === 'ERR_MAIL_REFUSED' && !(await isListed(context, row.remote_path));
    if (isGone) return uids;
    throw error;
  }
  return left;
}

async function isListed(context: AccountContext, path: string): Promise<boolean> {
  return (await context.server.folders()).some((folder) => folder.path === path);
}
