// The server's power is cut right after one of its commits: what its databases held at that moment is copied, and another server
// goes on with the copy. What the first one still does goes to files that nobody reads again.
import { cpSync, mkdtempSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';

/** Folders whose commits are counted, with what to do at each. */
const watched = new Map<string, () => void>();

const prepare = Reflect.get(Database.prototype, 'prepare') as (this: Database.Database, text: string) => Database.Statement;
// Every transaction of the store and of the integrated mailboxes ends with this statement.
Reflect.set(Database.prototype, 'prepare', function prepareCounted(this: Database.Database, text: string) {
  const statement = prepare.call(this, text);
  if (text !== 'commit') return statement;
  const folder = dirname(this.name);
  return new Proxy(statement, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (name !== 'run' || typeof value !== 'function') return typeof value === 'function' ? value.bind(target) : value;
      return (...values: readonly unknown[]): unknown => {
        const result: unknown = Reflect.apply(value, target, values);
        watched.get(folder)?.();
        return result;
      };
    },
  });
});

export interface PowerCut {
  /** Commits since it was armed. */
  readonly commits: number;
  /** The folder with what was there at the cut; undefined before it. */
  readonly copy: string | undefined;
  /** Stops counting. */
  end(): void;
}

/** Counts the commits of the server whose data is in this folder, and cuts its power after the nth; never when absent. */
export function cutPower(data: string, after?: number): PowerCut {
  const cut = {
    commits: 0,
    copy: undefined as string | undefined,
    end: () => void watched.delete(data),
  };
  watched.set(data, () => {
    cut.commits += 1;
    if (cut.commits === after) cut.copy = copyOf(data);
  });
  return cut;
}

function copyOf(data: string): string {
  const copy = mkdtempSync(join(dirname(data), `${basename(data)}-`));
  // The index of the log is made anew from the log.
  for (const file of readdirSync(data)) if (!file.endsWith('-shm')) cpSync(join(data, file), join(copy, file), { recursive: true });
  return copy;
}
