// Notices that the database is an older copy than the one that devices have seen, and raises the restore epoch.
// `commits` counts the writing transactions inside the database; the side file FILE.epoch holds the same count, written
// after each of them. A database that is behind its side file (or has lost it) was restored. After a crash between
// commit and side file the database is ahead, which is no restore. `life` tells apart two databases that have gone
// different ways from one backup. The side file must not be in the backup; whoever restores one with it calls `raiseEpoch`.
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { type Kysely, sql } from 'kysely';
import type { EpochStart } from './guid.ts';
import { readEpochStarts } from './json.ts';
import type { Database } from './schema.ts';

/** Where the database stands. */
export interface Mark {
  readonly life: string;
  readonly epoch: number;
  readonly commits: number;
}

/** The side file, kept open. In memory only (`:memory:`) it is absent. */
export interface SideFile {
  readonly write: (mark: Mark) => void;
  readonly close: () => void;
}

/** What the side file says; null when it is missing or unreadable. */
export function readSideFile(path: string): Mark | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  const match = /^([0-9a-f]{16}) (\d{9}) (\d{16})\n/.exec(text);
  return match === null ? null : { life: match[1] ?? '', epoch: Number(match[2]), commits: Number(match[3]) };
}

/** Opens the side file for writing; made if it is not there. One line of fixed length, written over in place. */
export function openSideFile(path: string): SideFile {
  const file = openSync(path, 'a+');
  closeSync(file);
  const fd = openSync(path, 'r+');
  const write = (mark: Mark): void => {
    const line = `${mark.life} ${String(mark.epoch).padStart(9, '0')} ${String(mark.commits).padStart(16, '0')}\n`;
    writeSync(fd, line, 0);
  };
  return {
    write,
    close: () => {
      fsyncSync(fd);
      closeSync(fd);
    },
  };
}

/** Reads where the database stands; null when it is new. */
export async function readMark(db: Kysely<Database>): Promise<Mark | null> {
  const rows = await db.selectFrom('meta').selectAll().where('key', 'in', ['life', 'epoch', 'commits']).execute();
  const value = (key: string): string | undefined => rows.find((row) => row.key === key)?.value;
  const life = value('life');
  return life === undefined ? null : { life, epoch: Number(value('epoch') ?? 0), commits: Number(value('commits') ?? 0) };
}

/** Whether a database that stands at `mark` is older than what was written last, by the side file. */
export function isRestored(mark: Mark, side: Mark | null): boolean {
  return side === null || side.life !== mark.life || side.commits > mark.commits;
}

/** Begins a new database, or a new epoch above both `mark` and `side`: items made from now on carry it in their GUIDs. */
export async function beginEpoch(db: Kysely<Database>, mark: Mark | null, side: Mark | null): Promise<Mark> {
  const epoch = mark === null ? 0 : Math.max(mark.epoch, side?.epoch ?? 0) + 1;
  const next: Mark = { life: randomBytes(8).toString('hex'), epoch, commits: (mark?.commits ?? 0) + 1 };
  await setMeta(db, 'life', next.life);
  await setMeta(db, 'epoch', String(next.epoch));
  await setMeta(db, 'commits', String(next.commits));
  if (epoch > 0) {
    const last = await db
      .selectFrom('item')
      .select((eb) => eb.fn.max('id').as('id'))
      .executeTakeFirst();
    const starts = [...(await readEpochs(db)), { epoch, after: last?.id ?? 0 }];
    await setMeta(db, 'epochs', JSON.stringify(starts));
  }
  return next;
}

/** Tells a database from one that was there before it: of both, the numbers of items begin at 1. Made when there is none yet. */
export async function databaseId(db: Kysely<Database>): Promise<string> {
  const found = await db.selectFrom('meta').select('value').where('key', '=', 'database').executeTakeFirst();
  if (found !== undefined) return found.value;
  const made = randomBytes(3).readUIntBE(0, 3).toString(36);
  await setMeta(db, 'database', made);
  return made;
}

/** The epochs begun by restores, oldest first. */
export async function readEpochs(db: Kysely<Database>): Promise<readonly EpochStart[]> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', 'epochs').executeTakeFirst();
  return row === undefined ? [] : readEpochStarts(row.value);
}

/** Counts a writing transaction, inside it. Returns the new count. */
export async function countCommit(tx: Kysely<Database>): Promise<number> {
  const row = await tx
    .updateTable('meta')
    .set({ value: sql<string>`cast(cast(value as integer) + 1 as text)` })
    .where('key', '=', 'commits')
    .returning('value')
    .executeTakeFirstOrThrow();
  return Number(row.value);
}

export async function setMeta(db: Kysely<Database>, key: string, value: string): Promise<void> {
  await db
    .insertInto('meta')
    .values({ key, value })
    .onConflict((conflict) => conflict.column('key').doUpdateSet({ value }))
    .execute();
}
