// Sees every commit of the server's databases, in the process that it runs in.
import { dirname } from 'node:path';
import Database from 'better-sqlite3';

/** Called with the folder of the database, right before and right after each commit. */
export interface CommitWatcher {
  readonly before?: (folder: string) => void;
  readonly after?: (folder: string) => void;
}

/** Watches the databases of which no statement has been prepared yet. For the life of the process. */
export function watchCommits({ before, after }: CommitWatcher): void {
  const prepare = Reflect.get(Database.prototype, 'prepare') as (this: Database.Database, text: string) => Database.Statement;
  // Every transaction of the store and of the integrated mailboxes ends with this statement.
  Reflect.set(Database.prototype, 'prepare', function prepareWatched(this: Database.Database, text: string) {
    const statement = prepare.call(this, text);
    if (text !== 'commit') return statement;
    const folder = dirname(this.name);
    return new Proxy(statement, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (name !== 'run' || typeof value !== 'function') return typeof value === 'function' ? value.bind(target) : value;
        return (...values: readonly unknown[]): unknown => {
          before?.(folder);
          const result: unknown = Reflect.apply(value, target, values);
          after?.(folder);
          return result;
        };
      },
    });
  });
}
