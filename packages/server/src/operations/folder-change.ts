// Folders that a device has moved or deleted.
import type { AccountContext } from '../account/context.ts';
import { isMailError } from '../account/errors.ts';
import { FOLDERS } from '../tracking/journal.ts';
import { moveTarget } from './args.ts';
import { done, type Execute } from './outcome.ts';
import { pathOf } from './place.ts';
import type { Operation } from './rows.ts';

/** Renames a folder to its place below another; what is below it moves along, and the next pass takes note of that. */
export async function moveFolder(context: AccountContext, operation: Operation): ReturnType<Execute> {
  const { remotePath, name, item } = operation;
  if (remotePath === null || name === null) return { done: done([operation]) };
  const parent = await pathOf(context, moveTarget(operation.args));
  if (parent === undefined) return { done: done([operation]) };
  const path = await context.server.childPath(parent, name);
  if (path !== remotePath && !(await isThere(context, path, remotePath))) await context.server.renameFolder(remotePath, path);
  context.journal.noteLeft(FOLDERS, remotePath);
  return {
    done: [
      {
        operation,
        settle: async ({ tx }) => void (await tx.updateTable('item').set({ remote_path: path }).where('id', '=', item).execute()),
      },
    ],
  };
}

/** Whether an attempt of which we did not hear the end has done it: the new path is there and the old one is not. */
async function isThere(context: AccountContext, path: string, old: string): Promise<boolean> {
  const paths = new Set((await context.server.folders()).map((folder) => folder.path));
  return paths.has(path) && !paths.has(old);
}

export async function removeFolder(context: AccountContext, operation: Operation): ReturnType<Execute> {
  const { remotePath } = operation;
  if (remotePath === null) return { done: done([operation]) };
  try {
    await context.server.removeFolder(remotePath);
  } catch (error) {
    if (!isMailError(error) || error.code !== 'ERR_MAIL_REFUSED') throw error;
    if ((await context.server.folders()).some((folder) => folder.path === remotePath)) throw error;
  }
  context.journal.noteLeft(FOLDERS, remotePath);
  return { done: done([operation]) };
}
