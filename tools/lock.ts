// Keeps package-lock.json complete for every platform. npm leaves out of it the optional packages (compiled parts for
// other systems) that the registry at hand could not show, and `npm ci` then refuses the whole lock, everywhere.
//   node tools/lock.ts            says what is missing
//   node tools/lock.ts --write    adds it
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface Lock {
  readonly packages: Readonly<Record<string, LockEntry>>;
  readonly [field: string]: unknown;
}

export interface MissingPackage {
  readonly path: string;
  readonly version: string;
  readonly dev: boolean;
}

export const lockFile: string = join(import.meta.dirname, '..', 'package-lock.json');

/** Optional packages of an exact version that some package of the lock names and the lock does not hold. */
export function missingFromLock({ packages }: Lock): MissingPackage[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {}, dev = false }]) =>
    Object.entries(optionalDependencies)
      .filter(([, version]) => /^\d+\.\d+\.\d+/.test(version))
      .filter(([name]) => packages[`node_modules/${name}`] === undefined && packages[`${path}/node_modules/${name}`] === undefined)
      .map(([name, version]) => ({ path: `node_modules/${name}`, version, dev })),
  );
}

const platform = /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|x64|ia32|ppc64|riscv64|s390x|loong64)(?:-(gnu|musl))?/;

/** The entry npm would have written, without what only the registry knows (integrity, licence). */
function entryOf({ path, version, dev }: MissingPackage): LockEntry {
  const [, os, cpu, libc] = platform.exec(path) ?? [];
  if (os === undefined) throw new Error(`${path}: cannot tell its platform from its name`);
  const c = os === 'linux' && libc !== undefined ? { libc: [libc === 'musl' ? 'musl' : 'glibc'] } : {};
  return { version, cpu: [cpu], ...(dev ? { dev } : {}), ...c, optional: true, os: [os] };
}

export function completeLock(lock: Lock): Lock {
  const added = missingFromLock(lock).map((missing) => [missing.path, entryOf(missing)] as const);
  const entries = [...Object.entries(lock.packages), ...added].toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(entries) };
}

if (import.meta.main) {
  const lock: Lock = JSON.parse(readFileSync(lockFile, 'utf8'));
  const missing = missingFromLock(lock);
  if (process.argv.includes('--write')) writeFileSync(lockFile, `${JSON.stringify(completeLock(lock), null, 2)}\n`);
  else if (missing.length > 0) {
    console.log(`package-lock.json lacks ${missing.map(({ path }) => path).join(', ')}: run node tools/lock.ts --write`);
    process.exitCode = 1;
  }
}
