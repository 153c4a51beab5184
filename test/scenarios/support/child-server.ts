// Starts and stops the server of `server-child.ts`.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

const script = new URL('./server-child.ts', import.meta.url).pathname;

export interface ChildServer {
  readonly url: string;
  /** It ends itself right before its nth commit from now on. */
  killAtCommit(n: number): Promise<void>;
  /** Whether it still runs. */
  readonly running: boolean;
  /** Ends it in good order, if it runs. */
  stop(): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
}

/** `port` 0: any. */
export async function startChildServer(data: string, port: number): Promise<ChildServer> {
  const child = spawn(process.execPath, ['--conditions=packetboat-source', script, data, String(port)], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let faults = '';
  child.stderr.on('data', (text: Buffer) => (faults += text.toString()));
  const ended = once(child, 'close').then(() => undefined);
  const url = await Promise.race([nextLine(child), ended.then(() => Promise.reject(new Error(`the server did not start: ${faults}`)))]);
  return {
    url,
    ended,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    killAtCommit: async (n) => {
      const armed = nextLine(child);
      child.stdin.write(`kill ${n}\n`);
      await armed;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function nextLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the process has no output');
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  return text.toString().trim();
}
