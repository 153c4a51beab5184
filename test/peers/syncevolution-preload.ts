// Compiles the library that is preloaded into SyncEvolution (syncevolution-curl.c) into .peers/ of the checkout, once.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { requireProgram } from './peer.ts';

const source = join(import.meta.dirname, 'syncevolution-curl.c');
const folder = join(import.meta.dirname, '..', '..', '.peers');

/** Path of the compiled library; compiles it if this version of the source has not been compiled yet. */
export function syncEvolutionPreload(): string {
  const digest = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12);
  const library = join(folder, `syncevolution-curl-${process.arch}-${digest}.so`);
  if (existsSync(library)) return library;
  mkdirSync(folder, { recursive: true });
  // Another test process may be compiling it too: each makes its own and puts it in place in one step.
  const unfinished = `${library}.${process.pid}`;
  const flags = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror'];
  execFileSync(requireProgram('gcc'), [...flags, '-o', unfinished, source, '-ldl'], { stdio: 'pipe' });
  renameSync(unfinished, library);
  return library;
}
