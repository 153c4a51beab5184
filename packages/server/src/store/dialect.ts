// All that is SQLite's own: opening the file, its settings, its column types. PostgreSQL needs a second `Dialect`, nothing else.
import Database from 'better-sqlite3';
import {
  type ColumnDefinitionBuilder,
  CompiledQuery,
  type CreateTableBuilder,
  type DatabaseConnection,
  type DialectAdapter,
  type Driver,
  type Dialect as KyselyDialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  sql,
} from 'kysely';
import { limits } from './limits.ts';

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

/** An open database, before the query builder is laid over it. */
export interface OpenDatabase {
  readonly kysely: KyselyDialect;
  /** Rows written over this connection so far: tells whether a transaction has written. */
  readonly rowsWritten: () => number;
}

/** Opens a SQLite file, made if it is not there; `:memory:` for one that ends with the process. */
export function openSqlite(file: string): OpenDatabase {
  const database = new Database(file, { timeout: limits.busyTimeout });
  try {
    database.pragma('journal_mode = WAL');
    // A commit is on the disk when it returns: a mail that we accepted survives a power cut.
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    database.pragma('temp_store = MEMORY');
    // Pages kept, kB. The library's own 16 MB would fill with the mailbox; what is not here is in the system's cache, and as near.
    database.pragma('cache_size = -1000');
    const written = database.prepare<[], { n: number }>('select total_changes() as n');
    return { kysely: new WritingSqliteDialect({ database: withPreparedStatements(database) }), rowsWritten: () => written.get()?.n ?? 0 };
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * The database with its statements kept. Kysely prepares anew for each query, which takes as long as running many of them, and
 * the memory of a statement is SQLite's: the garbage collector does not see it and lets it gather. Every use of a statement ends
 * before the next one begins, since nothing of ours streams rows.
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
      if (kept.size > limits.statements && oldest !== undefined) kept.delete(oldest);
      return statement;
    },
  };
}

class WritingSqliteDialect extends SqliteDialect {
  readonly #database: SqliteDatabase;

  constructor(options: { readonly database: SqliteDatabase }) {
    super(options);
    this.#database = options.database;
  }

  override createDriver(): Driver {
    return new ImmediateDriver({ database: this.#database });
  }

  override createAdapter(): DialectAdapter {
    return new TransactionalAdapter();
  }
}

/** Takes the write lock at once: a transaction that reads first could otherwise fail when it comes to write. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }
}

/** SQLite rolls back table definitions too: a migration that fails leaves nothing behind. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}
