// The command as a process of its own, from the sources: for what only a process has, such as signals and exit codes.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const bin = join(import.meta.dirname, '../bin/packetboat.mjs');

export interface CommandProcess {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Resolves when its standard output holds the text; rejects when it ends before. */
  said(text: string): Promise<void>;
  /** The exit code, or the signal that ended it. */
  readonly end: Promise<number | string>;
}

export function startCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}): CommandProcess {
  // Not through the command's own file: that would start another process, and signals would have one more way to go.
  const script = `import(${JSON.stringify(join(bin, '../../src/main.ts'))}).then(({ main }) => main(process.argv.slice(1)))`;
  const child = spawn(process.execPath, ['--conditions=packetboat-source', '-e', script, '--', ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  const listeners = new Set<() => void>();
  for (const name of ['out', 'err'] as const) {
    child[`std${name}`].setEncoding('utf8').on('data', (piece: string) => {
      text[name] += piece;
      for (const listener of listeners) listener();
    });
  }
  const end = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return {
    child,
    out: () => text.out,
    err: () => text.err,
    end,
    said: (wanted) =>
      new Promise<void>((resolve, reject) => {
        const look = (): void => {
          if (text.out.includes(wanted)) resolve();
        };
        listeners.add(look);
        void end.then((code) => reject(new Error(`ended with ${code} before it said "${wanted}":\n${text.out}${text.err}`)));
        look();
      }),
  };
}
