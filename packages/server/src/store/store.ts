// The store behind the server: one SQLite file with one writing connection. Everything that is durable goes through it.
import { setImmediate } from 'node:timers/promises';
import { Kysely, type Transaction } from 'kysely';
import { openSqlite, sqlite } from './dialect.ts';
import {
  beginEpoch,
  countCommit,
  databaseId,
  isRestored,
  type Mark,
  openSideFile,
  readEpochs,
  readMark,
  readSideFile,
  setMeta,
} from './epoch.ts';
import { Guids } from './guid.ts';
import { migrate } from './migrations/migrate.ts';
import type { Database } from './schema.ts';

/** A transaction of the store. */
export type Tx = Transaction<Database>;

export interface Store {
  /**
   * For reads, and for writes that stand alone. Never inside `transaction`: there is one connection, and it would wait for
   * itself. Writes of items, maps and queues go through `transaction`, so that a restored backup is noticed.
   */
  readonly db: Kysely<Database>;
  /**
   * Runs `work` in one transaction; rolled back when it throws. Transactions and queries never interleave: each waits for
   * the one before it. So `work` awaits nothing but its own queries.
   */
  readonly transaction: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly meta: {
    readonly get: (key: string) => Promise<string | undefined>;
    readonly set: (key: string, value: string) => Promise<void>;
  };
  /** Id of this database, made with it: a few letters and digits, kept by its backups. */
  readonly database: string;
  /** Restore epoch: 0 until a backup has been restored. */
  readonly epoch: number;
  /** Row ids as GUIDs. */
  readonly guids: Guids;
  /** ms since 1970. */
  readonly now: () => number;
  /** Ends the connection; nothing may be running. */
  readonly close: () => Promise<void>;
}

export interface StoreOptions {
  /** Path of the database, or `:memory:`. The restore epoch is kept beside it in PATH.epoch, which is no part of a backup. */
  readonly file: string;
  readonly now: () => number;
}

/**
 * Opens the store, brings it to the newest migration, and raises the restore epoch if it is an older copy of itself.
 * Throws `ERR_STORE_MIGRATION`, and SQLite's own errors for a file that is no database or cannot be written.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const sidePath = options.file === ':memory:' ? null : `${options.file}.epoch`;
  const opened = openSqlite(options.file);
  const db = new Kysely<Database>({ dialect: opened.kysely });
  try {
    await migrate(db, sqlite);
    let mark = await db.transaction().execute((tx) => checkEpoch(tx, sidePath));
    const database = await databaseId(db);
    const side = sidePath === null ? null : openSideFile(sidePath);
    side?.write(mark);
    const guids = new Guids(await readEpochs(db));
    const transaction = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
      const done = await db.transaction().execute(async (tx) => {
        const before = opened.rowsWritten();
        const result = await work(tx);
        return { result, commits: opened.rowsWritten() === before ? null : await countCommit(tx) };
      });
      if (done.commits !== null) {
        mark = { ...mark, commits: done.commits };
        side?.write(mark);
      }
      // The database answers at once: without a pause, one who commits much would keep everybody else waiting.
      await setImmediate();
      return done.result;
    };
    return {
      db,
      transaction,
      meta: { get: (key) => getMeta(db, key), set: (key, value) => transaction((tx) => setMeta(tx, key, value)) },
      database,
      epoch: mark.epoch,
      guids,
      now: options.now,
      close: async () => {
        await db.destroy();
        side?.close();
      },
    };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/**
 * For an operator who restored a backup together with its side file, which hides that it is one: raises the restore
 * epoch. Takes effect when the store is opened next.
 */
export async function raiseEpoch(store: Store): Promise<void> {
  // A life that the side file does not know is what a restored database looks like.
  await store.meta.set('life', 'restored');
}

async function checkEpoch(tx: Tx, sidePath: string | null): Promise<Mark> {
  const mark = await readMark(tx);
  if (mark === null) return beginEpoch(tx, null, null);
  const side = sidePath === null ? mark : readSideFile(sidePath);
  return isRestored(mark, side) ? beginEpoch(tx, mark, side) : mark;
}

async function getMeta(db: Kysely<Database>, key: string): Promise<string | undefined> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', key).executeTakeFirst();
  return row?.value;
}
