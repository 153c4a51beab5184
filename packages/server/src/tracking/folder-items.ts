// The folder items of an account as the folder pass needs them.
import type { Kysely } from 'kysely';
import type { Database } from '../store/schema.ts';
import type { ItemRow } from './rows.ts';

const columns = ['id', 'parent', 'name', 'role', 'selectable', 'remote_path', 'remote_cursor', 'missing_since'] as const;

export type FolderItem = Pick<ItemRow, (typeof columns)[number]>;

/** Live folders, missing ones included. */
export function folderItems(db: Kysely<Database>, account: number): Promise<FolderItem[]> {
  return db
    .selectFrom('item')
    .select(columns)
    .where('account', '=', account)
    .where('kind', '=', 'folder')
    .where('gone', '=', 0)
    .orderBy('id')
    .execute();
}
