// The client's store in one SQLite file, durable at every commit and readable by its owner alone.
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { ClientError } from '../errors.ts';
import { storeOver } from '../store/core.ts';
import type { ClientStore } from '../store/port.ts';
import { applicationId, migrations } from './schema.ts';
import { SqliteRows } from './sqlite-rows.ts';

/** How long a command waits for another process's transaction, ms: those take milliseconds; a second one shows that it hangs. */
const busyMs = 5_000;

/**
 * Opens a store, made when it is not there (mode 0600, its folder 0700). Any number of processes may have it open; one of them
 * syncs at a time. Throws ERR_CLIENT_STORE: no store of ours, of a newer version, or damaged.
 */
export function openClientStore(file: string): ClientStore {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // SQLite gives its side files the mode of the file, so it must have the right one before the first write.
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
  const db = new Database(file, { timeout: busyMs });
  try {
    prepareFile(db, file);
    return storeOver(new SqliteRows(db), { lock: () => lockFile(`${file}-lock`), close: () => db.close() });
  } catch (error) {
    db.close();
    if (error instanceof ClientError) throw error;
    const message = `${file} cannot be opened as a store: move it away and sync again`;
    throw new ClientError('ERR_CLIENT_STORE', message, { cause: error });
  }
}

function prepareFile(db: Database.Database, file: string): void {
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.pragma('foreign_keys = ON');
  const migrate = db.transaction(() => {
    const version = Number(db.pragma('user_version', { simple: true }));
    const owner = Number(db.pragma('application_id', { simple: true }));
    const tables = db.prepare('SELECT count(*) AS count FROM sqlite_schema').get() as { readonly count: number };
    if (owner !== applicationId && tables.count > 0) {
      throw new ClientError('ERR_CLIENT_STORE', `${file} is a database of another program`);
    }
    if (version > migrations.length) {
      throw new ClientError(
        'ERR_CLIENT_STORE',
        `${file} was written by a newer packetboat: use that one, or move the file away and sync again`,
      );
    }
    for (const step of migrations.slice(version)) db.exec(step);
    db.pragma(`user_version = ${migrations.length}`);
    db.pragma(`application_id = ${applicationId}`);
  });
  migrate.immediate();
}

/** An exclusive transaction on a file of its own: the system ends it with the process, however that ends. */
function lockFile(file: string): () => void {
  closeSync(openSync(file, 'a', 0o600));
  const lock = new Database(file, { timeout: 0 });
  try {
    lock.pragma('journal_mode = MEMORY');
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    throw new ClientError('ERR_CLIENT_BUSY', `another sync is running on this device (${file}): wait until it has ended`, { cause: error });
  }
  return () => {
    lock.exec('ROLLBACK');
    lock.close();
  };
}
