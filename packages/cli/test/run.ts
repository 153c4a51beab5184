// Runs the command as a process of its own, from the sources, and catches what it says.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const bin = join(import.meta.dirname, '..', 'bin', 'packetboat.mjs');

export interface Said {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The Node that starts it; default the one that runs the tests. */
  readonly node?: string;
}

export async function packetboat(args: readonly string[], options: RunOptions = {}): Promise<Said> {
  const { PACKETBOAT_PASSWORD: _, PACKETBOAT_HOME: __, ...outer } = process.env;
  // With the condition given the command need not start itself once more.
  const node = options.node === undefined ? [process.execPath, '--conditions=packetboat-source'] : [options.node];
  const child = spawn(node[0] ?? '', [...node.slice(1), bin, ...args], {
    env: { ...outer, PACKETBOAT_SOURCE: '1', TZ: 'UTC', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A command that does not end is a fault too, and must not outlive the test.
    timeout: 25_000,
    killSignal: 'SIGKILL',
  });
  const [out, err]: Buffer[][] = [[], []];
  child.stdout.on('data', (data: Buffer) => out?.push(data));
  child.stderr.on('data', (data: Buffer) => err?.push(data));
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  await once(child, 'close');
  return { exit: child.exitCode, out: Buffer.concat(out ?? []).toString(), err: Buffer.concat(err ?? []).toString() };
}

export interface TemporaryFolder {
  readonly path: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A folder that is taken away again. */
export async function temporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'packetboat-cli-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
