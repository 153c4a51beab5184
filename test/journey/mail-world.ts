// A Packetboat server before a real Dovecot and a real Postfix: its people and their devices.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  checkSettings,
  createClient,
  createMemoryClientStore,
  type Client,
  type ClientSettings,
  type ClientStore,
  type SyncOutcome,
} from '@packetboat/client';
import { httpTransport } from '@packetboat/client/node';
import { startServer, type AccountSettings, type Config, type RunningServer } from '@packetboat/server';
import type { Dovecot } from '../peers/dovecot.ts';
import type { Postfix } from '../peers/postfix.ts';

/** What a person logs in with at Packetboat; the mail server has another password. */
export const devicePassword = 'device password';

export interface MailWorld {
  readonly server: RunningServer;
  /** Stops the server and removes its data. */
  close(): Promise<void>;
}

/** Serves these users of Dovecot. IMAP goes by STARTTLS for the first, by TLS for the others; mail is sent by STARTTLS and AUTH. */
export async function startMailWorld({
  dovecot,
  postfix,
  users,
}: {
  dovecot: Dovecot;
  postfix?: Postfix;
  users: readonly string[];
}): Promise<MailWorld> {
  const data = mkdtempSync(join(tmpdir(), 'packetboat-journey-'));
  const config: Config = {
    listen: '127.0.0.1:0',
    data,
    challenge: 'md5',
    log: { level: 'warn' },
    integrated: { maxSize: 33_554_432 },
    people: users.map((user, index) => ({ user, password: { variable: 'DEVICE' }, accounts: [account(user, index)] })),
  };
  const env = Object.fromEntries(dovecot.users.map(({ name, password }) => [variableOf(name), password]));
  const server = await startServer({ config, base: data, env: { ...env, DEVICE: devicePassword } });
  return {
    server,
    close: async () => {
      await server.close();
      rmSync(data, { recursive: true, force: true });
    },
  };

  function account(user: string, index: number): AccountSettings {
    const { host, imapPort, imapsPort, certFile: ca } = dovecot;
    const password = { variable: variableOf(user) };
    const imap = index === 0 ? { port: imapPort, security: 'starttls' as const } : { port: imapsPort, security: 'tls' as const };
    return {
      name: 'mail',
      address: `${user}@example.test`,
      aliases: [],
      imap: { host, ...imap, password, ca },
      // Port 9 (discard) where nothing is sent.
      smtp: { host, port: postfix?.submissionPort ?? 9, security: 'starttls', user, password, ca },
    };
  }
}

function variableOf(user: string): string {
  return `MAIL_${user.replaceAll('-', '_')}`;
}

export interface TestDevice {
  readonly client: Client;
  readonly store: ClientStore;
  /** Syncs; throws unless it went well. */
  sync(): Promise<SyncOutcome>;
}

export interface TestDeviceOptions {
  readonly user: string;
  readonly deviceId: string;
  readonly store?: ClientStore;
  readonly settings?: Partial<ClientSettings>;
}

/** A device over real HTTP. */
export function openDevice(
  url: string,
  { user, deviceId, store = createMemoryClientStore(), settings = {} }: TestDeviceOptions,
): TestDevice {
  const client = createClient({
    store,
    transport: httpTransport(),
    settings: checkSettings({ server: url, user, address: `${user}@example.test`, deviceId, ...settings }),
    password: () => Promise.resolve(devicePassword),
    now: Date.now,
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 50))),
  });
  return {
    client,
    store,
    sync: async () => {
      const outcome = await client.sync();
      if (outcome.outcome !== 'done') throw new Error(`the sync failed: ${outcome.outcome}, ${outcome.error?.message ?? 'no reason'}`);
      return outcome;
    },
  };
}
