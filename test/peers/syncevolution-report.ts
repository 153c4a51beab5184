// What SyncEvolution writes about a session into status.ini: flat lines `key = value`, the stores' under `source-NAME-`.
import { existsSync, readFileSync } from 'node:fs';

export interface SyncEvolutionChanges {
  readonly added: number;
  readonly updated: number;
  readonly removed: number;
  readonly errors: number;
}

export interface SyncEvolutionStoreReport {
  /** The mode that was negotiated, e.g. `two-way`, `slow`, `disabled`. */
  readonly mode: string;
  /** Status of the store's sync, 0 or 200 for success; codes from 10000 up are the engine's own. */
  readonly status: number;
  /** Changes made to the client's items. */
  readonly local: SyncEvolutionChanges;
  /** Changes the client made at the server. */
  readonly remote: SyncEvolutionChanges;
}

export interface SyncEvolutionReport {
  readonly status: number;
  /** The first error in the client's words; undefined when there was none. */
  readonly error: string | undefined;
  readonly stores: Readonly<Record<string, SyncEvolutionStoreReport>>;
}

/** Reads the report; undefined when the client has not written one. */
export function readStatus(path: string): SyncEvolutionReport | undefined {
  return existsSync(path) ? parseStatus(readFileSync(path, 'utf8')) : undefined;
}

export function parseStatus(text: string): SyncEvolutionReport {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, key, value] = /^([^=]+?) = ?(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, value);
  }
  const names = [...values.keys()].flatMap((key) => /^source-(.+)-mode$/.exec(key)?.[1] ?? []);
  return {
    status: Number(values.get('status') ?? 0),
    error: values.get('error'),
    stores: Object.fromEntries(names.map((name) => [name, storeReport(values, `source-${name}`)])),
  };
}

function storeReport(values: ReadonlyMap<string, string>, prefix: string): SyncEvolutionStoreReport {
  const count = (name: string): number => Number(values.get(`${prefix}-stat-${name}`) ?? 0);
  const changes = (side: string): SyncEvolutionChanges => ({
    added: count(`${side}-added-total`),
    updated: count(`${side}-updated-total`),
    removed: count(`${side}-removed-total`),
    errors: count(`${side}-any-error`),
  });
  return {
    mode: values.get(`${prefix}-mode`) ?? '',
    status: Number(values.get(`${prefix}-status`) ?? 0),
    local: changes('local'),
    remote: changes('remote'),
  };
}
