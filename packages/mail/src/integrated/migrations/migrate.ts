// Brings a database to the newest step. One file per step, named by its number.
import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { Dialect } from '../dialect.ts';
import type { Tables } from '../tables.ts';
import { mailTables } from './0001-mail.ts';
import { submissionKeys } from './0002-submission-keys.ts';

export function migrations(dialect: Dialect): Record<string, Migration> {
  return { '0001-mail': mailTables(dialect), '0002-submission-keys': submissionKeys(dialect) };
}

/** Runs the steps that are missing, each in a transaction. Throws what went wrong; the database is then as the last good step left it. */
export async function migrate(db: Kysely<Tables>, dialect: Dialect): Promise<void> {
  const provider = { getMigrations: () => Promise.resolve(migrations(dialect)) };
  const { error } = await new Migrator({ db, provider }).migrateToLatest();
  if (error !== undefined) throw new Error('the mail store could not be brought to the newest step', { cause: error });
}
