// Brings a database to the newest step. One file per step, named by its number; a released step never changes.
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Dialect } from '../dialect.ts';
import { StoreError } from '../errors.ts';
import type { Database } from '../schema.ts';
import { firstTables } from './0001-first.ts';

export function migrations(dialect: Dialect): Record<string, Migration> {
  return { '0001-first': firstTables(dialect) };
}

/** Runs the steps that are missing, all in one transaction. Throws `ERR_STORE_MIGRATION`. */
export async function migrate(db: Kysely<Database>, dialect: Dialect): Promise<void> {
  const provider = { getMigrations: () => Promise.resolve(migrations(dialect)) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) {
    throw new StoreError('ERR_STORE_MIGRATION', 'the database could not be brought to the newest step', { cause: error });
  }
}
