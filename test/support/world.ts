// A whole world for tests: a server with its mail store, devices with their stores, and a line between them that can fail.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import {
  createClient,
  createMemoryClientStore,
  flagBits,
  type Client,
  type ClientSettings,
  type ClientStore,
  type FlagName,
  type FlagSet,
  type SyncOutcome,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
} from '@packetboat/client';
import type { MailServer } from '@packetboat/mail';
import { contentTypes } from '@packetboat/syncml';
import { startServer, type AccountSettings, type Config, type Log, type RunningServer } from '@packetboat/server';
import { noteEmitted } from './emitted.ts';

export interface WorldOptions {
  /** Accounts of alice; one in the integrated store when absent. */
  readonly accounts?: readonly AccountSettings[];
  readonly bob?: boolean;
  readonly smtp?: boolean;
  /** Of every person; `password` when absent. */
  readonly password?: string;
  /** More of the configuration. */
  readonly config?: Partial<Config>;
  /** A folder that is there already, and stays. */
  readonly data?: string;
  /** What the server says; only warnings and worse to standard error when absent. */
  readonly log?: Log;
}

export interface World {
  server: RunningServer;
  readonly data: string;
  /** Starts the server again on the same data and address; `meanwhile` it is down. */
  restart(meanwhile?: () => Promise<void>): Promise<void>;
  /** Goes on at the same address with the data of another folder, which a power cut left behind. */
  goOnWith(data: string): Promise<void>;
  deliver(mail: Uint8Array | string, to?: string): Promise<void>;
  /** A fresh connection to the mailbox. */
  mailbox(user?: string): MailServer;
  device(options?: DeviceOptions): Device;
  /** The same device after it has lost its power: what its store had committed is there, nothing else. */
  reborn(device: Device): Device;
  /** Waits until the server has looked at every mailbox and has nothing left to tell the mail server. */
  settle(): Promise<void>;
  /** Reads the server's own database. */
  rows(sql: string, ...values: readonly string[]): readonly Record<string, SQLOutputValue>[];
  close(): Promise<void>;
}

export interface DeviceOptions {
  readonly deviceId?: string;
  readonly user?: string;
  readonly settings?: Partial<ClientSettings>;
  readonly store?: ClientStore;
  /** What the server must log in with. */
  readonly serverLogin?: { readonly name: string; readonly password: string };
}

/** What happens to the nth exchange; counted from 1 over the life of the line. */
export type Fault = 'lose request' | 'lose reply' | 'repeat' | 'die before' | 'die after' | 'cut after';

export interface Device {
  readonly options: DeviceOptions;
  readonly client: Client;
  readonly store: ClientStore;
  readonly line: Line;
  /** Syncs and expects that it went well. */
  sync(mode?: 'two-way' | 'slow' | 'send' | 'receive' | 'refresh'): Promise<SyncOutcome>;
}

/** Of every person. */
export const password = 'correct-horse';

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const folders = options.data === undefined ? [await mkdtemp(join(memoryFolder(), 'packetboat-world-'))] : [];
  let data = options.data ?? folders[0] ?? '';
  const start = (listen: string): Promise<RunningServer> =>
    startServer({
      config: configOf(options, data, listen),
      base: data,
      env: { PASSWORD: options.password ?? password, SERVER_PASSWORD: 'OhBehave' },
      ...(options.log === undefined ? {} : { log: options.log }),
    });
  const devices: Device[] = [];
  const world: World = {
    server: await start('127.0.0.1:0'),
    get data() {
      return data;
    },
    restart: async (meanwhile) => {
      const { port } = world.server;
      await world.server.close();
      await meanwhile?.();
      world.server = await start(`127.0.0.1:${port}`);
    },
    goOnWith: (folder) => {
      folders.push(folder);
      return world.restart(() => {
        data = folder;
        return Promise.resolve();
      });
    },
    deliver: async (mail, to = 'alice@example.test') => {
      const bytes = typeof mail === 'string' ? new TextEncoder().encode(mail) : mail;
      const results = await integrated(world).deliver({ from: 'sender@elsewhere.test', to: [to] }, source(bytes));
      for (const result of results) if (result.outcome !== 'delivered') throw new Error(`the mail was not delivered: ${result.outcome}`);
    },
    mailbox: (user = 'alice') => integrated(world).mailServer(user),
    device: (more = {}) => {
      const made = makeDevice(world.server.url, more, devices.length + 1);
      devices.push(made);
      return made;
    },
    reborn: (device) => world.device({ ...device.options, store: device.store }),
    settle: async () => {
      // A mail that has left its folder is believed to be gone by the second look.
      for (let look = 0; look < 2; look += 1) {
        for (const { worker } of world.server.accounts.list()) {
          await worker.idle();
          await worker.refresh();
          await worker.idle();
        }
      }
    },
    rows: (sql, ...values) => {
      const database = new DatabaseSync(join(data, 'packetboat.db'), { readOnly: true });
      try {
        return database.prepare(sql).all(...values);
      } finally {
        database.close();
      }
    },
    close: async () => {
      for (const device of devices) await device.client.close();
      await world.server.close();
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
    },
  };
  return world;
}

/** A commit waits for the disk; a folder in memory makes thousands of small worlds quick, where there is one. */
export function memoryFolder(): string {
  return existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}

/** The server of a world. */
export function configOf(options: WorldOptions, data: string, listen: string): Config {
  return {
    listen,
    data,
    challenge: 'md5',
    log: { level: 'warn' },
    integrated: { maxSize: 33_554_432, ...(options.smtp === true ? { smtp: '127.0.0.1:0', lmtp: '127.0.0.1:0' } : {}) },
    ...options.config,
    people: [person('alice', options.accounts ?? [local('alice')]), ...(options.bob === true ? [person('bob', [local('bob')])] : [])],
  };
}

function person(user: string, accounts: readonly AccountSettings[]): Config['people'][number] {
  return { user, password: { variable: 'PASSWORD' }, accounts };
}

function local(user: string): AccountSettings {
  return { name: 'home', address: `${user}@example.test`, aliases: [] };
}

function integrated(world: World): NonNullable<RunningServer['integrated']> {
  if (world.server.integrated === undefined) throw new Error('this world keeps no mail of its own');
  return world.server.integrated;
}

export function source(bytes: Uint8Array): { size: number; open(): AsyncIterable<Uint8Array> } {
  return {
    size: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}

/** A device of a server at `url`; `seed`: another one for each device. */
export function makeDevice(url: string, options: DeviceOptions, seed: number): Device {
  const store = options.store ?? createMemoryClientStore();
  const line = new Line();
  const settings: ClientSettings = {
    server: url,
    user: options.user ?? 'alice',
    address: `${options.user ?? 'alice'}@example.test`,
    datastore: './mail',
    encoding: 'wbxml',
    version: '1.2',
    auth: 'basic',
    profile: true,
    mails: 'headers',
    headers: 'needed',
    deviceId: options.deviceId ?? 'test-device-1',
    ...options.settings,
  } as ClientSettings;
  // Another seed for each device: two of them must not make the same Message-ID.
  let random = seed * 7919;
  const client = createClient({
    store,
    transport: line,
    settings,
    ...(options.serverLogin === undefined ? {} : { serverLogin: options.serverLogin }),
    password: () => Promise.resolve(password),
    now: Date.now,
    random: (bytes) => Uint8Array.from({ length: bytes }, () => (random = (random * 48_271) % 2_147_483_647) & 0xff),
    sleep: () => Promise.resolve(),
  });
  return {
    options,
    client,
    store,
    line,
    sync: async (mode = 'two-way') => {
      const outcome = await client.sync({ mode });
      if (outcome.outcome !== 'done') throw new Error(`the sync failed: ${outcome.error?.message ?? ''}`);
      return outcome;
    },
  };
}

/** The line: every exchange can be made to fail, once. */
export class Line implements Transport {
  /** Exchanges so far. */
  count = 0;
  readonly faults = new Map<number, Fault>();
  readonly messages: { readonly request: Uint8Array; readonly reply: Uint8Array | null; readonly contentType: string }[] = [];
  /** What the device has tried to send, whether or not it arrived. */
  readonly attempts: Uint8Array[] = [];
  /** Called before each exchange goes out and after its answer has come; `lost`: the device does not get that answer. */
  onMessage: ((when: 'before' | 'after', count: number) => Promise<void | 'lost'>) | undefined;

  async attempt(request: TransportRequest): Promise<TransportAnswer> {
    this.count += 1;
    this.attempts.push(request.body);
    if (request.contentType.startsWith(contentTypes.syncmlWbxml)) noteEmitted(request.body);
    const fault = this.faults.get(this.count);
    this.faults.delete(this.count);
    await this.onMessage?.('before', this.count);
    if (fault === 'die before') throw new DeviceDied();
    if (fault === 'lose request') return { kind: 'failed', reason: 'the request was lost', retry: true };
    const answers = fault === 'repeat' ? await Promise.all([post(request), post(request)]) : [await post(request)];
    const [answer, twin] = answers;
    if (twin !== undefined && !(answer?.kind === 'reply' && twin.kind === 'reply' && Buffer.from(answer.body).equals(twin.body)))
      throw new Error('a repeated message got another answer');
    if (answer === undefined) throw new Error('no answer');
    this.messages.push({ request: request.body, reply: answer.kind === 'reply' ? answer.body : null, contentType: request.contentType });
    const verdict = await this.onMessage?.('after', this.count);
    if (fault === 'die after') throw new DeviceDied();
    if (fault === 'cut after') return { kind: 'failed', reason: 'the line was cut', retry: false };
    if (fault === 'lose reply' || verdict === 'lost') return { kind: 'failed', reason: 'the reply was lost', retry: true };
    return answer;
  }

  traffic(): null {
    return null;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** The device lost its power: what it had not committed is gone. */
export class DeviceDied extends Error {}

async function post(request: TransportRequest): Promise<TransportAnswer> {
  try {
    const response = await fetch(request.url, {
      method: 'POST',
      headers: { 'content-type': request.contentType, ...(request.mac === undefined ? {} : { 'x-syncml-hmac': request.mac }) },
      body: Buffer.from(request.body),
    });
    const body = new Uint8Array(await response.arrayBuffer());
    if (!response.ok)
      return { kind: 'failed', reason: new TextDecoder().decode(body), httpStatus: response.status, retry: response.status >= 500 };
    const mac = response.headers.get('x-syncml-hmac');
    return { kind: 'reply', contentType: response.headers.get('content-type') ?? '', body, ...(mac === null ? {} : { mac }) };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.message : 'no connection', retry: true };
  }
}

/** A mailbox as it is at the mail server, ready to be compared: by folder path, Message-ID or digest with its flags. */
export async function mailboxState(server: MailServer): Promise<Map<string, string[]>> {
  const state = new Map<string, string[]>();
  for (const folder of await server.folders()) {
    if (!folder.selectable) continue;
    const mails: string[] = [];
    for await (const page of server.changes(folder.path, undefined, () => Promise.resolve([]))) {
      for (const mail of page.added) mails.push(`${mail.messageId ?? mail.digest} ${flagText((name) => mail.flags[name])}`);
    }
    if (mails.length > 0) state.set(folderKey(folder.role, folder.path), mails.toSorted());
  }
  return state;
}

/** A folder by its role, where the folder object of OMA DS has that role, else by its name. */
function folderKey(role: string | null | undefined, name: string): string {
  return role !== null && role !== undefined && ['inbox', 'outbox', 'drafts', 'sent', 'trash'].includes(role) ? role : name;
}

/** The names of the fields that are set, in the order of `flagBits`. */
export function flagText(isSet: (name: FlagName, bit: FlagSet) => boolean): string {
  return flagBits.flatMap(([name, bit]) => (isSet(name, bit) ? [name] : [])).join(',');
}

/** What a device shows, in the same form. */
export async function deviceState(device: Device): Promise<Map<string, string[]>> {
  const state = new Map<string, string[]>();
  const folders = new Map((await device.client.folders()).map((folder) => [folder.luid, folderKey(folder.role, folder.name)]));
  for (const mail of await device.client.ls({ limit: 100_000 })) {
    const folder = folders.get(mail.folder ?? '') ?? '';
    const flags = flagText((_, bit) => (mail.flags & bit) !== 0);
    state.set(folder, [...(state.get(folder) ?? []), `${mail.summary.messageId ?? ''} ${flags}`].toSorted());
  }
  return state;
}
