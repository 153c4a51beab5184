// The server under measurement: `packetboat serve` in a process of its own, its memory and CPU time read from /proc, its line counted.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServe } from '../test/journey/child-process.ts';
import type { Dovecot } from '../test/peers/dovecot.ts';
import { releasePorts, reservePorts } from '../test/peers/ports.ts';
import type { Postfix } from '../test/peers/postfix.ts';
import { startCountProxy, type CountProxy } from '../test/support/count-proxy.ts';

export const devicePassword = 'device password';

export interface MeasuredServer {
  /** The address that devices know: it leads through `proxy`, which counts. */
  readonly url: string;
  readonly proxy: CountProxy;
  /** Resident bytes now, and the most there have ever been. */
  memory(): { readonly now: number; readonly peak: number };
  /** Milliseconds of CPU used so far by all threads. */
  cpu(): number;
  /** Resolves when the mailbox has been looked at in full and nothing is being done. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface MeasuredServerOptions {
  readonly dovecot: Dovecot;
  /** Sends through it; without it nothing can be sent. */
  readonly postfix: Postfix | undefined;
  readonly user: string;
}

export async function startMeasuredServer(options: MeasuredServerOptions): Promise<MeasuredServer> {
  const ports = await reservePorts(1);
  const [port = 0] = ports;
  const proxy = await startCountProxy({ targetPort: port });
  const url = `http://127.0.0.1:${proxy.port}/sync`;
  const data = mkdtempSync(join(tmpdir(), 'packetboat-bench-'));
  const file = join(data, 'packetboat.json');
  // JSON is YAML too.
  writeFileSync(file, JSON.stringify(configuration(options, { port, url, data: join(data, 'data') })));
  const password = options.dovecot.users.find(({ name }) => name === options.user)?.password ?? '';
  const child = await startServe(file, {
    env: { DEVICE: devicePassword, MAIL: password },
    execArgv: (process.env['BENCH_SERVER_ARGS'] ?? '').split(' ').filter((arg) => arg !== ''),
  });
  const { pid } = child;
  return {
    url,
    proxy,
    memory: () => ({ now: statusBytes(pid, 'VmRSS'), peak: statusBytes(pid, 'VmHWM') }),
    cpu: () => cpuMilliseconds(pid),
    settled: () => settled(pid, `http://127.0.0.1:${port}/healthz`),
    stop: async () => {
      await child.stop();
      await proxy.stop();
      releasePorts(ports);
      rmSync(data, { recursive: true, force: true });
      const logs = child.logs();
      if (logs !== '') process.stderr.write(`the server logged:\n${logs.slice(0, 4_000)}\n`);
    },
  };
}

function configuration(
  { dovecot, postfix, user }: MeasuredServerOptions,
  { port, url, data }: { readonly port: number; readonly url: string; readonly data: string },
): object {
  const password = { variable: 'MAIL' };
  const imap = { host: dovecot.host, port: dovecot.imapPort, security: 'none', user, password };
  // Port 9 (discard) where nothing is sent.
  const smtp = { host: dovecot.host, port: postfix?.submissionPort ?? 9, security: 'starttls', user, password, ca: dovecot.certFile };
  const accounts = [{ name: 'mail', address: `${user}@example.test`, imap, smtp }];
  return {
    listen: `127.0.0.1:${port}`,
    publicUrl: url,
    data,
    log: { level: 'warn' },
    people: [{ user, password: { variable: 'DEVICE' }, accounts }],
  };
}

async function settled(pid: number, health: string): Promise<void> {
  for (let quiet = 0, before = 0; quiet < 4;) {
    await sleep(250);
    const { accounts } = (await (await fetch(health)).json()) as { readonly accounts: Readonly<Record<string, number>> };
    const cpu = cpuMilliseconds(pid);
    quiet = accounts['up'] === 1 && cpu - before <= 20 ? quiet + 1 : 0;
    before = cpu;
  }
}

function statusBytes(pid: number, field: string): number {
  const found = new RegExp(`^${field}:\\s*(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? Number.NaN) * 1_024;
}

function cpuMilliseconds(pid: number): number {
  // Fields 14 and 15, utime and stime, in ticks of 10 ms; the name before them may hold blanks.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
