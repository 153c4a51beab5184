// A pass over a whole account: its folders, then the mails of each. One failing folder never stops the others.
import type { AccountContext } from '../account/context.ts';
import { faultText, isMailError } from '../account/errors.ts';
import { syncFolder } from './folder-pass.ts';
import { syncFolders } from './folders.ts';
import { limits } from './limits.ts';
import { buryMissing, oldestMissing } from './missing.ts';
import { type FolderRow, watchedFolders } from './rows.ts';

export interface PassResult {
  /** Folders that could not be read; they are read again by the next pass. */
  readonly failed: number;
  /** Whether mails are missing of which it is not known yet if they were moved. */
  readonly unsettled: boolean;
}

/**
 * One full pass. What was missing before it began, and was found in no folder, becomes a tombstone, if nothing at all has happened in
 * the folders meanwhile: a mail that another program takes from a folder not looked at yet to one that was is in neither.
 * Throws when the account as a whole cannot be had (link, log-in).
 */
export async function trackAccount(context: AccountContext, signal?: AbortSignal): Promise<PassResult> {
  const began = context.now();
  await syncFolders(context);
  const folders = await watchedFolders(context.store.db, context.account);
  // Not read in this pass, yet or at all: what is missing from them may still be there.
  const unread = new Set(folders.map((folder) => folder.id));
  let failed = 0;
  let isQuiet = true;
  for (const folder of folders) {
    if (signal?.aborted === true) return { failed, unsettled: true };
    const found = await trySync(context, folder);
    if (found === 'failed') failed += 1;
    else unread.delete(folder.id);
    isQuiet &&= found === 'nothing';
    // A pass that takes longer than that must not keep deletions back.
    if (context.now() - began > limits.missingAge) await buryMissing(context, context.now() - limits.missingAge, [...unread]);
  }
  // Where a mail may still turn up, only what has been missing for long is believed to be gone.
  await buryMissing(context, isQuiet ? began - 1 : context.now() - limits.missingAge, [...unread]);
  return { failed, unsettled: (await oldestMissing(context)) !== undefined };
}

/** A pass over one folder alone, after a hint. Whether anything is missing since. */
export async function trackFolder(context: AccountContext, path: string): Promise<PassResult> {
  const folder = (await watchedFolders(context.store.db, context.account)).find((each) => each.remote_path === path);
  if (folder === undefined) return trackAccount(context);
  const found = await trySync(context, folder);
  return { failed: found === 'failed' ? 1 : 0, unsettled: (await oldestMissing(context)) !== undefined };
}

/** Looks into every folder until nothing happens meanwhile, three times at most: then what is anywhere has been seen. */
export async function lookEverywhere(context: AccountContext): Promise<void> {
  for (let round = 0; round < 3; round += 1) {
    let isQuiet = true;
    for (const folder of await watchedFolders(context.store.db, context.account)) {
      isQuiet = (await trySync(context, folder)) === 'nothing' && isQuiet;
    }
    if (isQuiet) return;
  }
}

/** What a look into a folder found. A fault of the account is thrown, since the other folders would meet it too. */
async function trySync(context: AccountContext, folder: FolderRow): Promise<'nothing' | 'news' | 'failed'> {
  try {
    return (await syncFolder(context, folder)) ? 'news' : 'nothing';
  } catch (error) {
    if (isMailError(error) && error.scope === 'account') throw error;
    context.log.warn(
      { account: context.account, folder: folder.id, fault: faultText(error), ...(isMailError(error) ? {} : { err: error }) },
      'a folder could not be read',
    );
    return 'failed';
  }
}
