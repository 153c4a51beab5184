// Steps on mail rows that several operations share; all of them run inside the caller's transaction.
import type { Transaction } from 'kysely';
import type { Tables } from './tables.ts';

export interface FolderRow {
  readonly id: number;
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly revision: number;
  readonly tombstoneFloor: number;
}

/** Takes the next revision of a folder, and `uids` uids: the first of them is `firstUid`. */
export async function takeRevision(
  trx: Transaction<Tables>,
  folder: number,
  uids: number,
): Promise<{ readonly revision: number; readonly firstUid: number }> {
  const row = await trx
    .updateTable('folder')
    .set((eb) => ({ revision: eb('revision', '+', 1), uid_next: eb('uid_next', '+', uids) }))
    .where('id', '=', folder)
    .returning(['revision', 'uid_next'])
    .executeTakeFirstOrThrow();
  return { revision: row.revision, firstUid: row.uid_next - uids };
}

/** Deletes mail rows and counts anew who still names their bodies. What nobody names any more, the sweeper takes. */
export async function dropMails(
  trx: Transaction<Tables>,
  mails: readonly { readonly id: number; readonly body_id: number }[],
): Promise<void> {
  if (mails.length === 0) return;
  await trx
    .deleteFrom('mail')
    .where(
      'id',
      'in',
      mails.map((mail) => mail.id),
    )
    .execute();
  await trx
    .updateTable('body')
    .set((eb) => ({
      refs: eb
        .selectFrom('mail')
        .whereRef('mail.body_id', '=', 'body.id')
        .select((count) => count.fn.countAll<number>().as('refs')),
    }))
    .where('id', 'in', [...new Set(mails.map((mail) => mail.body_id))])
    .execute();
}

/** Remembers that uids left a folder. */
export async function buryUids(
  trx: Transaction<Tables>,
  folder: number,
  uids: readonly number[],
  revision: number,
  vanished: number,
): Promise<void> {
  if (uids.length === 0) return;
  await trx
    .insertInto('tombstone')
    .values(uids.map((uid) => ({ folder_id: folder, uid, revision, vanished })))
    .execute();
}

/** A list in steps of at most `size`. */
export function* steps<T>(list: readonly T[], size: number): Generator<readonly T[], void, undefined> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}
