// What changed in a folder since a cursor. A cursor is the folder's uid validity, the uid of its next mail and its revision,
// so that what the caller has is known exactly: every uid below, every change up to. Cost follows the number of changes.
import type { Kysely } from 'kysely';
import type { ChangePage, FlagChange, RemoteMail } from '../port.ts';
import { flagsOf } from './flags.ts';
import { ROWS_PER_STEP } from './limits.ts';
import { type FolderRow, steps } from './mail-rows.ts';
import type { Tables } from './tables.ts';
import { formatUid, uidNumbers } from './uid.ts';

interface Position {
  readonly uidValidity: number;
  readonly uidNext: number;
  readonly revision: number;
}

function writeCursor({ uidValidity, uidNext, revision }: Position): string {
  return `1.${uidValidity}.${uidNext}.${revision}`;
}

/** Undefined for a cursor that was not made for this folder as it is, such as one of the future of a restored backup. */
function readCursor(cursor: string, folder: FolderRow): Position | undefined {
  const match = /^1\.(\d{1,15})\.(\d{1,15})\.(\d{1,15})$/.exec(cursor);
  if (match === null) return undefined;
  const [uidValidity, uidNext, revision] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (uidValidity !== folder.uidValidity || uidNext > folder.uidNext || revision > folder.revision) return undefined;
  return { uidValidity, uidNext, revision };
}

/** Reads a kind of change in pages; `undefined` when it is finished. */
type Pager<T> = () => Promise<readonly T[] | undefined>;

interface AddedRow {
  readonly id: number;
  readonly uid: number;
  readonly flags: number;
  readonly received: number;
  readonly size: number;
  readonly message_id: string | null;
  readonly digest: string;
}

interface ChangedRow {
  readonly uid: number;
  readonly flags: number;
  readonly revision: number;
}

type GoneRow = Omit<ChangedRow, 'flags'>;

function pager<Row, T>(read: (last: Row | undefined) => Promise<readonly Row[]>, map: (row: Row) => T): Pager<T> {
  let last: Row | undefined;
  let finished = false;
  return async () => {
    if (finished) return undefined;
    const rows = await read(last);
    last = rows.at(-1);
    finished = rows.length < ROWS_PER_STEP;
    return rows.map(map);
  };
}

function addedMails(db: Kysely<Tables>, folder: FolderRow, since: Position | undefined): Pager<RemoteMail> {
  return pager<AddedRow, RemoteMail>(
    (last) =>
      db
        .selectFrom('mail')
        .innerJoin('body', 'body.id', 'mail.body_id')
        .select(['mail.id', 'uid', 'flags', 'received', 'size', 'message_id', 'digest'])
        .where('folder_id', '=', folder.id)
        .where('uid', '>', last?.uid ?? (since?.uidNext ?? 1) - 1)
        .where('uid', '<', folder.uidNext)
        .orderBy('uid')
        .limit(ROWS_PER_STEP)
        .execute(),
    (row) => ({
      uid: formatUid(folder, row.uid),
      flags: flagsOf(row.flags),
      size: row.size,
      received: row.received,
      digest: row.digest,
      emailId: String(row.id),
      ...(row.message_id === null ? {} : { messageId: row.message_id }),
    }),
  );
}

function changedFlags(db: Kysely<Tables>, folder: FolderRow, since: Position): Pager<FlagChange> {
  return pager<ChangedRow, FlagChange>(
    (last) =>
      db
        .selectFrom('mail')
        .select(['uid', 'flags', 'revision'])
        .where('folder_id', '=', folder.id)
        .where('revision', '>=', last?.revision ?? since.revision + 1)
        .where('revision', '<=', folder.revision)
        .where('uid', '<', since.uidNext)
        .where((eb) => eb.or([eb('revision', '>', last?.revision ?? since.revision), eb('uid', '>', last?.uid ?? 0)]))
        .orderBy('revision')
        .orderBy('uid')
        .limit(ROWS_PER_STEP)
        .execute(),
    (row) => ({ uid: formatUid(folder, row.uid), flags: flagsOf(row.flags) }),
  );
}

function goneUids(db: Kysely<Tables>, folder: FolderRow, since: Position): Pager<string> {
  return pager<GoneRow, string>(
    (last) =>
      db
        .selectFrom('tombstone')
        .select(['uid', 'revision'])
        .where('folder_id', '=', folder.id)
        .where('revision', '>=', last?.revision ?? since.revision + 1)
        .where('revision', '<=', folder.revision)
        .where('uid', '<', since.uidNext)
        .where((eb) => eb.or([eb('revision', '>', last?.revision ?? since.revision), eb('uid', '>', last?.uid ?? 0)]))
        .orderBy('revision')
        .orderBy('uid')
        .limit(ROWS_PER_STEP)
        .execute(),
    (row) => formatUid(folder, row.uid),
  );
}

/** Where the tombstones since the cursor are no longer there: the known uids that the folder does not have. */
function missingUids(db: Kysely<Tables>, folder: FolderRow, known: () => Promise<readonly string[]>): Pager<string> {
  let left: Iterator<readonly string[]> | undefined;
  return async () => {
    left ??= steps(await known(), ROWS_PER_STEP);
    const step = left.next();
    if (step.done === true) return undefined;
    const uids = uidNumbers(folder, step.value);
    const rows =
      uids.length === 0
        ? []
        : await db.selectFrom('mail').select('uid').where('folder_id', '=', folder.id).where('uid', 'in', uids).execute();
    const present = new Set(rows.map((row) => formatUid(folder, row.uid)));
    return step.value.filter((uid) => !present.has(uid));
  };
}

const nothing: Pager<never> = () => Promise.resolve(undefined);

/** The pages of the port's `changes`. `folder` is the row as it is now: what happens while the pages are read belongs to the next call. */
export async function* readChanges(
  db: Kysely<Tables>,
  folder: FolderRow,
  cursor: string | undefined,
  known: () => Promise<readonly string[]>,
): AsyncGenerator<ChangePage, void, undefined> {
  const since = cursor === undefined ? undefined : readCursor(cursor, folder);
  const reset = cursor !== undefined && since === undefined;
  const forgotten = since !== undefined && since.revision < folder.tombstoneFloor;
  const nextGone = since === undefined ? nothing : forgotten ? missingUids(db, folder, known) : goneUids(db, folder, since);
  const nextChanged = since === undefined ? nothing : changedFlags(db, folder, since);
  const nextAdded = addedMails(db, folder, since);

  let page: ChangePage = reset ? { reset: true, added: [], changed: [], gone: [] } : { added: [], changed: [], gone: [] };
  for (let first = true; ; first = false) {
    const gone = await nextGone();
    const changed = await nextChanged();
    const added = await nextAdded();
    if (gone === undefined && changed === undefined && added === undefined) break;
    if (!first) {
      yield page;
      page = { added: [], changed: [], gone: [] };
    }
    page = { ...page, added: added ?? [], changed: changed ?? [], gone: gone ?? [] };
  }
  yield { ...page, cursor: writeCursor(folder) };
}
