// docs/dependencies.md is what people read before they trust a checkout: it must name what the package.json files name, no more, no less.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';

const top = join(import.meta.dirname, '..');

interface Row {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly users: string;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}

function manifest(path: string): Readonly<Record<string, unknown>> {
  return record(JSON.parse(readFileSync(path, 'utf8')));
}

function folders(): string[] {
  const packages = readdirSync(join(top, 'packages')).map((name) => join('packages', name));
  return ['.', ...packages].filter((folder) => existsSync(join(top, folder, 'package.json')));
}

/** The licence that the installed package itself declares, found as the package that depends on it finds it. */
function licenceOf(name: string, folder: string): string {
  const paths = createRequire(join(top, folder, 'package.json')).resolve.paths(name) ?? [];
  const found = paths.map((path) => join(path, name, 'package.json')).find((path) => existsSync(path));
  return found === undefined ? `${name} is not installed below ${dirname(folder)}` : String(manifest(found)['license']);
}

function declared(): Row[] {
  const rows = new Map<string, Row>();
  for (const folder of folders()) {
    const own = manifest(join(top, folder, 'package.json'));
    const user = folder === '.' ? 'workspace' : folder.slice('packages/'.length);
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
      for (const [name, version] of Object.entries(record(own[kind]))) {
        if (name.startsWith('@packetboat/')) continue;
        const key = `${name} ${String(version)}`;
        const users = rows.get(key)?.users;
        rows.set(key, {
          name,
          version: String(version),
          licence: licenceOf(name, folder),
          users: users === undefined ? user : `${users}, ${user}`,
        });
      }
    }
  }
  return [...rows.values()];
}

function documented(): Row[] {
  const text = readFileSync(join(top, 'docs/dependencies.md'), 'utf8');
  const rows = text.matchAll(/^\| `([^`]+)` \| (\S+) \| (\S+) \| ([^|]+) \| [^|]+ \|$/gm);
  return Array.from(rows, ([, name = '', version = '', licence = '', users = '']) => ({ name, version, licence, users }));
}

function sorted(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => `${a.name} ${a.version}`.localeCompare(`${b.name} ${b.version}`));
}

it('lists every direct dependency with its version, licence and users', () => {
  expect(sorted(documented())).toEqual(sorted(declared()));
});

it('pins every version exactly and takes only permissive licences', () => {
  for (const row of declared()) {
    expect(row.version, row.name).toMatch(/^(?:npm:[a-z@/-]+@)?\d+\.\d+\.\d+$/);
    expect(row.licence, row.name).toMatch(/^(?:MIT|MIT-0|ISC|BSD-[23]-Clause|Apache-2\.0)$/);
  }
});
