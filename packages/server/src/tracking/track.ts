// A pass over a whole account: its folders, then the mails of each. One failing folder never stops the others.
import type { AccountContext } from '../account/context.ts';
import { faultText, isMailError } from '../account/errors.ts';
import { syncFolder } from './folder-pass.ts';
import { syncFolders } from './folders.ts';
import { limits } from './limits.ts';
import { buryMissing, oldestMissing } from './missing.ts';
import { watchedFolders } from './rows.ts';

export interface PassResult {
  /** Folders that could not be read; they are read again by the next pass. */
  readonly failed: number;
  /** Whether mails are missing of which it is not known yet if they were moved. */
  readonly unsettled: boolean;
}

/**
 * One full pass. What was missing before it began, and was found in no folder, becomes a tombstone.
 * Throws when the account as a whole cannot be had (link, log-in).
 */
export async function trackAccount(context: AccountContext, signal?: AbortSignal): Promise<PassResult> {
  const began = context.now();
  await syncFolders(context);
  const folders = await watchedFolders(context.store.db, context.account);
  // Not read in this pass, yet or at all: what is missing from them may still be there.
  const unread = new Set(folders.map((folder) => folder.id));
  let failed = 0;
  for (const folder of folders) {
    if (signal?.aborted === true) return { failed, unsettled: true };
    if (await trySync(context, () => syncFolder(context, folder), folder.id)) unread.delete(folder.id);
    else failed += 1;
    // A pass that takes longer than that must not keep deletions back.
    if (context.now() - began > limits.missingAge) await buryMissing(context, context.now() - limits.missingAge, [...unread]);
  }
  // With a folder unread a mail may still turn up there: then only what has been missing for long is believed to be gone.
  await buryMissing(context, failed === 0 ? began - 1 : context.now() - limits.missingAge, [...unread]);
  return { failed, unsettled: (await oldestMissing(context)) !== undefined };
}

/** A pass over one folder alone, after a hint. Whether anything is missing since. */
export async function trackFolder(context: AccountContext, path: string): Promise<PassResult> {
  const folder = (await watchedFolders(context.store.db, context.account)).find((each) => each.remote_path === path);
  if (folder === undefined) return trackAccount(context);
  const synced = await trySync(context, () => syncFolder(context, folder), folder.id);
  return { failed: synced ? 0 : 1, unsettled: (await oldestMissing(context)) !== undefined };
}

/** False when this folder failed; a fault of the account is thrown, since the other folders would meet it too. */
async function trySync(context: AccountContext, work: () => Promise<void>, folder: number): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isMailError(error) && error.scope === 'account') throw error;
    context.log.warn(
      { account: context.account, folder, fault: faultText(error), ...(isMailError(error) ? {} : { err: error }) },
      'a folder could not be read',
    );
    return false;
  }
}
