// Processes that run our sources: started, waited for, and ended by their own number.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Child {
  readonly pid: number;
  /** The first line that it wrote to standard output: by then it is ready. */
  readonly firstLine: string;
  /** Everything it has written to standard error. */
  logs(): string;
  /** Writes a line to its standard input and gives the line that it answers. Rejects when the process ends instead. */
  ask(line: string): Promise<string>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when the process is gone. */
  stop(): Promise<void>;
  /** Resolves with its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

export interface ChildOptions {
  readonly script: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of Node itself. */
  readonly execArgv?: readonly string[];
}

/** `packetboat serve` on our sources, as people start it. */
export function startServe(configFile: string, more: Omit<ChildOptions, 'script' | 'args'> = {}): Promise<Child> {
  const script = new URL('../../packages/cli/bin/packetboat.mjs', import.meta.url).pathname;
  return startChild({ ...more, script, args: ['serve', '--config', configFile], env: { PACKETBOAT_SOURCE: '1', ...more.env } });
}

/** Starts a script and waits for its first line. Rejects with what it wrote to standard error when it ends before. */
export async function startChild({ script, args, env = {}, execArgv = [] }: ChildOptions): Promise<Child> {
  const child = spawn(
    process.execPath,
    ['--conditions=packetboat-source', '--disable-warning=ExperimentalWarning', ...execArgv, script, ...args],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '', ...env } },
  );
  let logs = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    logs += text;
  });
  const ended = once(child, 'exit').then(() => child.exitCode);
  // No child outlives the process that started it.
  const last = (): void => void child.kill('SIGKILL');
  process.once('exit', last);
  void ended.then(() => process.off('exit', last));
  const lines = createInterface({ input: child.stdout });
  const next = async (): Promise<string | undefined> =>
    Promise.race([once(lines, 'line').then(([line]) => String(line)), ended.then(() => undefined)]);
  const first = await next();
  if (first === undefined) throw new Error(`the process ended before it was ready:\n${logs}`);
  // What is written to a process that has just been killed.
  child.stdin.on('error', () => {});
  const end = (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => endChild(child, signal, ended);
  return {
    pid: child.pid ?? 0,
    firstLine: first,
    logs: () => logs,
    ask: async (line) => {
      const answer = next();
      child.stdin.write(`${line}\n`);
      const text = await answer;
      if (text === undefined) throw new ChildEnded(logs);
      return text;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    ended,
  };
}

/** The process that was asked has ended. */
export class ChildEnded extends Error {
  constructor(logs: string) {
    super(`the process ended instead of answering: ${logs.slice(-2_000)}`);
  }
}

async function endChild(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM', ended: Promise<unknown>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill(signal);
  await ended;
}
