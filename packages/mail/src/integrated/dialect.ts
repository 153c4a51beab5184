// All that is SQLite's own: opening the file, its settings, its column types. PostgreSQL needs a second value of `Dialect`, nothing else.
import Database from 'better-sqlite3';
import {
  type ColumnDefinitionBuilder,
  type CreateTableBuilder,
  type Dialect as KyselyDialect,
  type SqliteDatabase,
  SqliteDialect,
  sql,
} from 'kysely';

/** What a migration may ask of the database at hand. */
export interface Dialect {
  /** A whole number up to 2^53. */
  readonly integer: 'integer' | 'bigint';
  readonly bytes: 'blob' | 'bytea';
  /** A row id that is given out once only, also after the row is gone. */
  readonly rowId: (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder;
  /** Last touch of a table: what makes the database refuse values of another type. */
  readonly strict: <Table extends string, Column extends string>(
    table: CreateTableBuilder<Table, Column>,
  ) => CreateTableBuilder<Table, Column>;
}

export const sqlite: Dialect = {
  integer: 'integer',
  bytes: 'blob',
  rowId: (column) => column.primaryKey().autoIncrement(),
  strict: (table) => table.modifyEnd(sql`strict`),
};

/** Statements kept ready. Ours have some fifty texts, more with the lengths of lists. */
const STATEMENTS = 200;

/**
 * The database with its statements kept. Kysely prepares anew for each query, and the memory of a statement is SQLite's: the
 * garbage collector does not see how much it is and lets hundreds of MB gather. Every use of a statement ends before the next.
 */
function withPreparedStatements(database: Database.Database): SqliteDatabase {
  const kept = new Map<string, Database.Statement>();
  return {
    close: () => void database.close(),
    prepare: (text) => {
      const statement = kept.get(text) ?? database.prepare(text);
      // The text last used is at the end, the one to drop at the front.
      kept.delete(text);
      kept.set(text, statement);
      const [oldest] = kept.keys();
      if (kept.size > STATEMENTS && oldest !== undefined) kept.delete(oldest);
      return statement;
    },
  };
}

/**
 * Opens a SQLite file for this process alone: events of a second process would not reach us, and what it is still
 * receiving would look to us like the leftovers of a crash. Throws better-sqlite3's `SQLITE_BUSY` when it is in use.
 */
export function openSqlite(file: string): KyselyDialect {
  // A process that is just ending gets a moment; the wait blocks, so it is short.
  const database = new Database(file, { timeout: 1000 });
  try {
    database.pragma('locking_mode = EXCLUSIVE');
    database.pragma('journal_mode = WAL');
    // A commit is on the disk when it returns: a mail that we accepted survives a power cut.
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    database.pragma('temp_store = MEMORY');
  } catch (error) {
    database.close();
    throw error;
  }
  return new SqliteDialect({ database: withPreparedStatements(database) });
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code === 'SQLITE_FULL';
}
