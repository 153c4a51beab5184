// A device with the SQLite store of the Node client, its line counted by a proxy: TCP payload and turns.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSettings, createClient, type Client, type ClientSettings, type SyncOutcome } from '@packetboat/client';
import { httpTransport, openClientStore } from '@packetboat/client/node';
import { devicePassword, type MeasuredServer } from './server.ts';

export interface Measured {
  readonly outcome: SyncOutcome;
  readonly up: number;
  readonly down: number;
  readonly turns: number;
  readonly milliseconds: number;
  /** CPU time of the server. */
  readonly serverMs: number;
}

export interface BenchDevice {
  readonly client: Client;
  /** One sync, measured; throws unless it went well. `onMails` is told of the mails received so far. */
  sync(onMails?: (count: number) => void): Promise<Measured>;
  close(): Promise<void>;
}

export async function openBenchDevice(server: MeasuredServer, user: string, settings: Partial<ClientSettings> = {}): Promise<BenchDevice> {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-bench-'));
  const client = createClient({
    store: openClientStore(join(folder, 'client.db')),
    transport: httpTransport(),
    settings: checkSettings({
      server: server.url,
      user,
      address: `${user}@example.test`,
      deviceId: `bench-${user}`,
      ...settings,
    }),
    password: () => Promise.resolve(devicePassword),
    now: Date.now,
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });
  return {
    client,
    sync: (onMails) => measure(client, server, onMails),
    close: async () => {
      await client.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function measure(client: Client, server: MeasuredServer, onMails?: (count: number) => void): Promise<Measured> {
  server.proxy.reset();
  const cpu = server.cpu();
  const started = performance.now();
  const outcome = await client.sync({ mode: 'two-way' }, onMails === undefined ? {} : { onProgress: ({ received }) => onMails(received) });
  const milliseconds = performance.now() - started;
  if (outcome.outcome !== 'done') throw new Error(`the sync failed: ${outcome.error?.message ?? outcome.outcome}`);
  const { up, down, turns } = server.proxy.counts();
  return { outcome, up, down, turns, milliseconds, serverMs: server.cpu() - cpu };
}
