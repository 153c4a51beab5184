// Whether a mailbox has been read in full at least once. Until then what we do not know of may still be there.
import type { Kysely } from 'kysely';
import type { Database } from '../store/schema.ts';
import { watchedFolders } from './rows.ts';

/** Every folder of the account has a cursor, which is stored when the last page of its listing has come. */
export async function hasBeenRead(db: Kysely<Database>, account: number): Promise<boolean> {
  const folders = await watchedFolders(db, account);
  return folders.length > 0 && folders.every((folder) => folder.remote_cursor !== null);
}
