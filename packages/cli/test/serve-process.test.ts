// The command's own file starting `serve`: in one process, which keeps its number, with a bounded memory.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { temporaryFolder } from './run.ts';

const bin = join(import.meta.dirname, '..', 'bin', 'packetboat.mjs');

interface Started {
  readonly child: ChildProcess;
  readonly firstLine: string;
}

async function serve(folder: string, options: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const file = join(folder, 'packetboat.yaml');
  writeFileSync(file, 'listen: 127.0.0.1:0\n');
  const child = spawn(process.execPath, [...options, bin, 'serve', '--config', file], {
    env: { ...process.env, PACKETBOAT_SOURCE: '1', ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 25_000,
    killSignal: 'SIGKILL',
  });
  const [firstLine] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, firstLine };
}

/** What a process was started with, by its number: arguments, or variables. */
function startOf(pid: number | undefined, what: 'cmdline' | 'environ'): readonly string[] {
  return readFileSync(`/proc/${pid ?? 0}/${what}`, 'utf8').split('\0');
}

// Elsewhere there is no /proc to look into, and on Windows a process cannot be replaced.
test.runIf(process.platform === 'linux')(
  'bounds its memory in the process that was started, and leaves what the caller has chosen',
  async () => {
    await using folder = await temporaryFolder();
    const { child, firstLine } = await serve(folder.path, ['--max-semi-space-size=32'], { MALLOC_ARENA_MAX: '7' });
    expect(firstLine).toContain('Packetboat serves');
    const args = startOf(child.pid, 'cmdline');
    expect(args).toContain('--heap-growing-percent=10');
    // V8 takes the last one.
    expect(args.findLast((arg) => arg.startsWith('--max-semi-space-size='))).toBe('--max-semi-space-size=32');
    expect(startOf(child.pid, 'environ')).toContain('MALLOC_ARENA_MAX=7');
    child.kill('SIGTERM');
    await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  },
);

test.runIf(process.platform === 'linux')('bounds what the C library keeps for its threads', async () => {
  await using folder = await temporaryFolder();
  const { child } = await serve(folder.path, []);
  expect(startOf(child.pid, 'environ')).toContain('MALLOC_ARENA_MAX=1');
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(child.exitCode).toBe(0);
});
