// A server in a process and a device in a process, with a line between them on which either can be killed at a message's boundary.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Flag } from '@packetboat/client';
import { openIntegratedStore, type MailServer } from '@packetboat/mail';
import { summarise } from '@packetboat/message';
import { releasePorts, reservePorts } from '../peers/ports.ts';
import { deliverByLmtp } from '../support/lmtp.ts';
import { type Child, startServe } from './child-process.ts';
import { type DeviceProcess, type DeviceProcessOptions, startDevice } from './device-process.ts';
import { listFolder } from './look.ts';
import { type Boundary, type MessageProxy, startMessageProxy } from './message-proxy.ts';

const password = 'device password';

export type Victim = 'server' | 'device';

export interface KillWorld {
  readonly phone: DeviceProcess;
  /** Another device of the same person, whose syncs are never disturbed. */
  readonly tablet: DeviceProcess;
  readonly deliver: (to: string, mail: Uint8Array) => Promise<void>;
  /** Syncs the phone, killing somebody at each boundary of one kind. Gives how many messages there were and how many kills. */
  readonly syncWithKills: () => Promise<{ readonly messages: number; readonly kills: number; readonly changes: number }>;
  /** Ends all processes in order and reads what the mailboxes hold, a line for each mail. */
  readonly end: () => Promise<{ readonly phone: string; readonly alice: string; readonly bob: string }>;
  /** Ends what is left after a failure. */
  readonly abandon: () => Promise<void>;
}

export interface KillWorldOptions {
  readonly settings: object;
  readonly kill: { readonly victim: Victim; readonly boundary: Boundary } | undefined;
}

export async function startKillWorld({ settings, kill }: KillWorldOptions): Promise<KillWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-kill-'));
  // Processes that start again and again find their code compiled.
  const env = { NODE_COMPILE_CACHE: join(tmpdir(), 'packetboat-compile-cache'), PASSWORD: password };
  const ports = await reservePorts(2);
  const [port = 0, lmtpPort = 0] = ports;
  const proxy = await startMessageProxy(port);
  const config = join(folder, 'packetboat.json');
  writeFileSync(config, JSON.stringify(configuration(proxy.url, { port, lmtpPort, data: join(folder, 'data') })));
  const start = (): Promise<Child> => startServe(config, { env });
  const line = new KillLine(await start(), start, proxy, kill);
  const device = (name: string): Promise<DeviceProcess> =>
    startDevice(deviceOptions(join(folder, `${name}.db`), proxy.url, { name, settings, env }));
  const phone = await device('phone');
  const tablet = await device('tablet');
  const stopAll = async (): Promise<void> => {
    for (const each of [phone, tablet]) await each.kill();
    await line.stop();
    await proxy.stop();
    releasePorts(ports);
  };
  return {
    phone,
    tablet,
    deliver: (to, mail) => deliverByLmtp({ port: lmtpPort, from: 'sender@elsewhere.test', to, mail }),
    syncWithKills: () => line.sync(phone),
    end: async () => {
      const shown = await phone.run({ do: 'state' });
      await stopAll();
      const mailboxes = await readMailboxes(join(folder, 'data', 'mail.db'));
      rmSync(folder, { recursive: true, force: true });
      return { phone: shown.text, ...mailboxes };
    },
    abandon: async () => {
      await stopAll();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function configuration(publicUrl: string, { port, lmtpPort, data }: { port: number; lmtpPort: number; data: string }): object {
  const people = ['alice', 'bob'].map((user) => ({
    user,
    password: { variable: 'PASSWORD' },
    accounts: [{ name: 'mail', address: `${user}@example.test` }],
  }));
  return { listen: `127.0.0.1:${port}`, publicUrl, data, log: { level: 'warn' }, integrated: { lmtp: `127.0.0.1:${lmtpPort}` }, people };
}

function deviceOptions(
  file: string,
  server: string,
  { name, settings, env }: { name: string; settings: object; env: Readonly<Record<string, string>> },
): DeviceProcessOptions {
  return {
    file,
    password,
    env,
    settings: { server, user: 'alice', address: 'alice@example.test', deviceId: name, mails: 'full', ...settings },
  };
}

/** Decides at each boundary who is killed. */
class KillLine {
  #server: Child;
  readonly #start: () => Promise<Child>;
  readonly #proxy: MessageProxy;
  readonly #kill: KillWorldOptions['kill'];

  constructor(server: Child, start: () => Promise<Child>, proxy: MessageProxy, kill: KillWorldOptions['kill']) {
    this.#server = server;
    this.#start = start;
    this.#proxy = proxy;
    this.#kill = kill;
  }

  async sync(phone: DeviceProcess): Promise<{ messages: number; kills: number; changes: number }> {
    const counts = { messages: 0, kills: 0 };
    let inAttempt = 0;
    let attempt = 0;
    let retried = false;
    this.#proxy.atBoundary = async (boundary) => {
      if (boundary === 'arrived') {
        counts.messages += 1;
        inAttempt += 1;
      }
      if (boundary !== this.#kill?.boundary) return 'pass';
      if (this.#kill.victim === 'device') {
        // The first attempt ends at its first message, the second at its second: each boundary is reached, and at last all pass.
        if (inAttempt !== attempt) return 'pass';
        counts.kills += 1;
        await phone.kill();
        return 'lost';
      }
      // What was lost comes again and passes. After `delivered` nothing comes again.
      retried = boundary !== 'delivered' && !retried;
      if (boundary !== 'delivered' && !retried) return 'pass';
      counts.kills += 1;
      await this.#server.kill();
      this.#server = await this.#start();
      return 'lost';
    };
    const { changes } = await phone.sync((number) => {
      attempt = number;
      inAttempt = 0;
    });
    await this.#proxy.idle();
    this.#proxy.atBoundary = undefined;
    return { ...counts, changes };
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }
}

async function readMailboxes(file: string): Promise<{ alice: string; bob: string }> {
  const store = await openIntegratedStore({ file, now: Date.now });
  try {
    const [alice, bob] = [store.mailServer('alice'), store.mailServer('bob')];
    return { alice: await readMailbox(alice), bob: await readMailbox(bob) };
  } finally {
    await store.close();
  }
}

/** In the words of a device's `state`. */
async function readMailbox(mailbox: MailServer): Promise<string> {
  const lines: string[] = [];
  for (const { path, role, name } of await mailbox.folders()) {
    const mails = await listFolder(mailbox, path);
    const subjects = new Map<string, string>();
    const uids = mails.map(({ uid }) => uid);
    for await (const { uid, header } of mailbox.headers(path, uids)) subjects.set(uid, summarise(header).subject);
    for (const { uid, size, flags } of mails) {
      const bits = [
        flags.read ? Flag.Read : 0,
        flags.replied ? Flag.Replied : 0,
        flags.forwarded ? Flag.Forwarded : 0,
        flags.flagged ? Flag.Flagged : 0,
        flags.deleted ? Flag.Deleted : 0,
      ];
      lines.push(`${role ?? name.toLowerCase()}: ${subjects.get(uid)}, ${size} bytes, ${bits.reduce((sum, bit) => sum + bit, 0)}`);
    }
  }
  return lines.toSorted().join('\n');
}
