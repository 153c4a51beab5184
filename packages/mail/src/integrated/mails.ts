// Operations on the mails of a folder. Each step of at most ROWS_PER_STEP mails is a transaction with a revision of its own.
import { setImmediate as nextTick } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import type { MailFlags, Placement } from '../port.ts';
import type { BodyPins } from './body-pins.ts';
import { completeHeader } from './body-reader.ts';
import { flagMasks } from './flags.ts';
import { HEADERS_PER_STEP, ROWS_PER_STEP } from './limits.ts';
import { buryUids, dropMails, type FolderRow, steps, takeRevision } from './mail-rows.ts';
import type { Tables } from './tables.ts';
import { formatUid, uidNumbers } from './uid.ts';

/** Runs `work` for each step in a transaction; everybody else gets a turn between two steps. */
async function inSteps(
  db: Kysely<Tables>,
  folder: FolderRow,
  uids: readonly string[],
  work: (trx: Transaction<Tables>, uids: readonly number[]) => Promise<void>,
): Promise<void> {
  let first = true;
  for (const step of steps(uidNumbers(folder, uids), ROWS_PER_STEP)) {
    if (!first) await nextTick();
    first = false;
    await db.transaction().execute((trx) => work(trx, step));
  }
}

/** Returns the uids that exist, and whether any flag is another than before. */
export async function setFlags(
  db: Kysely<Tables>,
  folder: FolderRow,
  uids: readonly string[],
  flags: Partial<MailFlags>,
): Promise<{ readonly existing: readonly string[]; readonly changed: boolean }> {
  const { set, keep } = flagMasks(flags);
  const existing: string[] = [];
  let changed = false;
  await inSteps(db, folder, uids, async (trx, step) => {
    const rows = await trx
      .selectFrom('mail')
      .select(['id', 'uid', 'flags'])
      .where('folder_id', '=', folder.id)
      .where('uid', 'in', step)
      .execute();
    const byValue = Map.groupBy(
      rows.filter((row) => ((row.flags | set) & keep) !== row.flags),
      (row) => (row.flags | set) & keep,
    );
    existing.push(...rows.map((row) => formatUid(folder, row.uid)));
    if (byValue.size === 0) return;
    changed = true;
    const { revision } = await takeRevision(trx, folder.id, 0);
    for (const [value, mails] of byValue) {
      await trx
        .updateTable('mail')
        .set({ flags: value, revision })
        .where(
          'id',
          'in',
          mails.map((mail) => mail.id),
        )
        .execute();
    }
  });
  return { existing, changed };
}

/** Gives the mails new uids in `to`, in the order of the old ones. */
export async function moveMails(
  db: Kysely<Tables>,
  folders: { readonly from: FolderRow; readonly to: FolderRow },
  uids: readonly string[],
  now: number,
): Promise<ReadonlyMap<string, Placement>> {
  const moved = new Map<string, Placement>();
  await inSteps(db, folders.from, uids, async (trx, step) => {
    const rows = await trx
      .selectFrom('mail')
      .select(['id', 'uid'])
      .where('folder_id', '=', folders.from.id)
      .where('uid', 'in', step)
      .orderBy('uid')
      .execute();
    if (rows.length === 0) return;
    const left = await takeRevision(trx, folders.from.id, 0);
    const target = await takeRevision(trx, folders.to.id, rows.length);
    await buryUids(
      trx,
      folders.from.id,
      rows.map((row) => row.uid),
      left.revision,
      now,
    );
    await trx
      .updateTable('mail')
      .from((eb) =>
        eb
          .selectFrom('mail as old')
          .select((old) => [
            'old.id as old_id',
            old.fn
              .agg<number>('row_number')
              .over((over) => over.orderBy('old.uid'))
              .as('place'),
          ])
          .where(
            'old.id',
            'in',
            rows.map((row) => row.id),
          )
          .as('numbered'),
      )
      .set((eb) => ({ folder_id: folders.to.id, revision: target.revision, uid: eb('numbered.place', '+', target.firstUid - 1) }))
      .whereRef('mail.id', '=', 'numbered.old_id')
      .execute();
    for (const [place, row] of rows.entries()) {
      moved.set(formatUid(folders.from, row.uid), { uid: formatUid(folders.to, target.firstUid + place) });
    }
  });
  return moved;
}

/** Returns whether any was there. */
export async function removeMails(db: Kysely<Tables>, folder: FolderRow, uids: readonly string[], now: number): Promise<boolean> {
  let removed = false;
  await inSteps(db, folder, uids, async (trx, step) => {
    const rows = await trx
      .selectFrom('mail')
      .select(['id', 'uid', 'body_id'])
      .where('folder_id', '=', folder.id)
      .where('uid', 'in', step)
      .execute();
    if (rows.length === 0) return;
    removed = true;
    const { revision } = await takeRevision(trx, folder.id, 0);
    await buryUids(
      trx,
      folder.id,
      rows.map((row) => row.uid),
      revision,
      now,
    );
    await dropMails(trx, rows);
  });
  return removed;
}

export async function findMails(db: Kysely<Tables>, folder: FolderRow, messageId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('mail')
    .innerJoin('body', 'body.id', 'mail.body_id')
    .select('uid')
    .where('folder_id', '=', folder.id)
    .where('message_id', '=', messageId)
    .orderBy('uid')
    .execute();
  return rows.map((row) => formatUid(folder, row.uid));
}

export async function findBody(
  db: Kysely<Tables>,
  folder: FolderRow,
  uid: string,
): Promise<{ readonly id: number; readonly size: number } | undefined> {
  const [number] = uidNumbers(folder, [uid]);
  if (number === undefined) return undefined;
  return db
    .selectFrom('mail')
    .innerJoin('body', 'body.id', 'mail.body_id')
    .select(['body.id', 'size'])
    .where('folder_id', '=', folder.id)
    .where('uid', '=', number)
    .executeTakeFirst();
}

export async function* readHeaders(
  db: Kysely<Tables>,
  pins: BodyPins,
  folder: FolderRow,
  uids: readonly string[],
): AsyncGenerator<{ readonly uid: string; readonly header: Uint8Array }, void, undefined> {
  for (const step of steps(uidNumbers(folder, uids), HEADERS_PER_STEP)) {
    const rows = await db
      .selectFrom('mail')
      .innerJoin('body', 'body.id', 'mail.body_id')
      .leftJoin('chunk', (join) => join.onRef('chunk.body_id', '=', 'body.id').on('chunk.start', '=', 0))
      .select(['uid', 'body.id', 'header_size', 'data'])
      .where('folder_id', '=', folder.id)
      .where('uid', 'in', step)
      .execute();
    for (const row of rows) {
      const block = { uid: row.uid, body: row.id, size: row.header_size, first: row.data ?? new Uint8Array() };
      yield { uid: formatUid(folder, row.uid), header: await completeHeader(db, pins, block) };
    }
    await nextTick();
  }
}
