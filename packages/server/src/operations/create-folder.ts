// Folders that a device made.
import type { AccountContext } from '../account/context.ts';
import { isMailError } from '../account/errors.ts';
import { buryItems } from '../tracking/missing.ts';
import { folderOfRole } from '../tracking/rows.ts';
import type { Execute, Revert } from './outcome.ts';
import { pathOf } from './place.ts';

export const executeCreateFolder: Execute = async (context, operations) => {
  const [operation] = operations;
  if (operation === undefined) return { done: [] };
  if (operation.remotePath !== null || operation.gone === 1 || operation.name === null) return { done: [{ operation }] };
  const parent = await pathOf(context, operation.parent);
  // The folder above is made by an operation before this one; a refused one has taken this with it.
  if (operation.parent !== null && parent === undefined) return { done: [], putOff: operations };
  const path = await context.server.childPath(parent, operation.name);
  await createUnlessThere(context, path);
  return {
    done: [
      {
        operation,
        settle: async ({ tx }) => void (await tx.updateTable('item').set({ remote_path: path }).where('id', '=', operation.item).execute()),
      },
    ],
  };
};

/** Made by an earlier attempt, or by somebody else: that is the folder. */
async function createUnlessThere(context: AccountContext, path: string): Promise<void> {
  try {
    await context.server.createFolder(path);
  } catch (error) {
    if (!isMailError(error) || error.code !== 'ERR_MAIL_REFUSED') throw error;
    if (!(await context.server.folders()).some((folder) => folder.path === path)) throw error;
  }
}

/** The folder goes; what was put into it goes to the inbox. */
export const revertCreateFolder: Revert = async (writing, operation) => {
  const { tx, context, revision } = writing;
  const inbox = await folderOfRole(tx, context.account, 'inbox');
  const inside = await tx
    .selectFrom('item')
    .select(['id', 'remote_folder', 'kind'])
    .where('parent', '=', operation.item)
    .where('gone', '=', 0)
    .execute();
  for (const row of inside) {
    const parent = row.kind === 'folder' ? null : (row.remote_folder ?? inbox ?? null);
    await tx
      .updateTable('item')
      .set({ parent, rev: await revision.take() })
      .where('id', '=', row.id)
      .execute();
    await tx.deleteFrom('operation').where('item', '=', row.id).where('kind', '=', 'move').execute();
  }
  await buryItems(writing, [operation.item]);
};
