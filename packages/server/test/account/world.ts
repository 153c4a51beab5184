// A world for tests of the mail side: a real store, a real mail server with people in it, and workers that follow their mailboxes.
import type { Guid, NewMail, ServerWrite } from '@packetboat/datasync';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ByteSource,
  type IntegratedStore,
  type MailFlags,
  type MailServer,
  openIntegratedStore,
  type Submission,
} from '@packetboat/mail';
import type { Selectable } from 'kysely';
import type { Log } from '../../src/account/log.ts';
import { AccountWorker } from '../../src/account/worker.ts';
import { ensureAccount } from '../../src/store/account.ts';
import type { ItemTable } from '../../src/store/schema.ts';
import { storeAnswers } from '../../src/store/answers.ts';
import type { Operation } from '../../src/store/queue.ts';
import { openStore, type Store } from '../../src/store/store.ts';

export type Item = Selectable<ItemTable>;

let counter = 0;

export interface TestMail {
  readonly messageId: string;
  readonly bytes: Uint8Array;
}

/** A small mail with its own Message-ID. Characters of `body` are bytes. */
export function testMail(subject: string, body = 'Hello.\r\n', header = ''): TestMail {
  counter += 1;
  const messageId = `<${process.pid}-${counter}@example.test>`;
  const text =
    `Received: from relay.example.test by mx.example.test; Mon, 23 Nov 2026 10:00:01 +0000\r\nFrom: Ann Example <ann@example.test>\r\n` +
    `To: alice@example.test\r\nSubject: ${subject}\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: ${messageId}\r\n${header}\r\n${body}`;
  return { messageId, bytes: Uint8Array.from(text, (c) => c.charCodeAt(0)) };
}

export function source(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async *open() {
      for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
    },
  };
}

export async function drain(content: AsyncIterable<Uint8Array> | undefined): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of content ?? []) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

/** Waits until `attempt` gives a value. */
export async function soon<T>(attempt: () => Promise<T | undefined> | T | undefined, wait = 20_000): Promise<T> {
  const end = Date.now() + wait;
  for (;;) {
    const value = await attempt();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

export interface Rig {
  readonly store: Store;
  readonly worker: AccountWorker;
  readonly account: number;
  /** What another mail program sees. */
  readonly other: MailServer;
  readonly items: (kind?: 'mail' | 'folder') => Promise<readonly Item[]>;
  /** The only live mail with this Message-ID. */
  readonly mail: (messageId: string) => Promise<Item>;
  readonly folder: (nameOrRole: string) => Promise<Item>;
  readonly rev: () => Promise<number>;
  /** What a session of a device commits; the worker is woken. */
  readonly commit: (...writes: readonly ServerWrite[]) => Promise<void>;
  /** A mail that a device adds to a folder. */
  readonly draft: (folder: Item, mail: TestMail, more?: Partial<NewMail>) => Promise<NewMail>;
  readonly guid: (item: { readonly id: number }) => Guid;
  readonly item: (id: number) => Promise<Item>;
  readonly operations: () => Promise<readonly Operation[]>;
  readonly spools: () => Promise<readonly string[]>;
  /** Waits until nothing is queued or missing any more, as a full pass finds it that began after the call and after the queue was empty. */
  readonly settled: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface RigParts {
  readonly file: string;
  readonly server: MailServer;
  readonly submission: Submission;
  readonly other: MailServer;
  readonly address?: string;
  readonly now?: () => number;
  readonly passInterval?: number;
  readonly log?: Log;
}

/** A worker over parts, not started. Opening the same file again is a restart. */
export async function makeRig(parts: RigParts): Promise<Rig> {
  const now = parts.now ?? Date.now;
  const store = await openStore({ file: parts.file, now });
  const address = parts.address ?? 'alice@example.test';
  const account = await store.transaction((tx) => ensureAccount(tx, { person: 'alice', name: 'home', address, now: now() }));
  const worker = new AccountWorker({
    account,
    address,
    identities: [address],
    store,
    server: parts.server,
    submission: parts.submission,
    now,
    random: () => 0.5,
    ...(parts.log === undefined ? {} : { log: parts.log }),
    ...(parts.passInterval === undefined ? {} : { passInterval: parts.passInterval }),
  });
  const items = (kind?: 'mail' | 'folder'): Promise<readonly Item[]> => {
    let query = store.db.selectFrom('item').selectAll().where('account', '=', account).where('gone', '=', 0).orderBy('id');
    if (kind !== undefined) query = query.where('kind', '=', kind);
    return query.execute();
  };
  const operations = (): Promise<readonly Operation[]> => store.db.selectFrom('operation').selectAll().orderBy('id').execute();
  const generation = async (): Promise<number> => {
    const answers = storeAnswers(store);
    const ask = { person: 'alice', deviceId: 'phone', serverUri: 'mail', clientUri: './mail', account: String(account) };
    const bound = await answers.binding(ask);
    if (bound.current !== null) return bound.current.id;
    const made = await answers.newGeneration({ binding: bound.id, view: { kind: 'hierarchical' }, viewHash: 'h', wanted: 'headers' });
    await answers.commit({ writes: [{ write: 'switch', binding: bound.id }], accountRevs: {} });
    return made.id;
  };
  return {
    store,
    worker,
    account,
    other: parts.other,
    items,
    mail: async (messageId) => {
      const found = (await items('mail')).filter((item) => item.message_id === messageId);
      const [only] = found;
      if (only === undefined || found.length > 1) throw new Error(`${found.length} mails ${messageId}`);
      return only;
    },
    folder: async (name) => {
      const found = (await items('folder')).find((item) => item.role === name || item.name === name);
      if (found === undefined) throw new Error(`no folder ${name}`);
      return found;
    },
    rev: async () => (await store.db.selectFrom('account').select('rev').where('id', '=', account).executeTakeFirstOrThrow()).rev,
    commit: async (...writes) => {
      await storeAnswers(store).commit({ writes, accountRevs: {} });
      worker.wake();
    },
    draft: async (folder, mail, more = {}) => ({
      account: String(account),
      parent: store.guids.of(folder.id),
      flags: 0,
      received: Date.UTC(2026, 10, 23, 11),
      generations: [await generation()],
      luid: `luid${(counter += 1)}`,
      shape: 'full',
      mail: { bytes: mail.bytes },
      ...more,
    }),
    guid: (item) => store.guids.of(item.id),
    item: (id) => store.db.selectFrom('item').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    operations,
    spools: async () => (await store.db.selectFrom('spool').select('id').distinct().orderBy('id').execute()).map((row) => row.id),
    settled: () =>
      soon(async () => {
        await worker.idle();
        const queued = (await operations()).length;
        await worker.refresh(60_000);
        if (queued > 0 || worker.state().tracking !== 'up') return undefined;
        const missing = await store.db.selectFrom('item').select('id').where('missing_since', 'is not', null).execute();
        return missing.length === 0 && (await operations()).length === 0 ? null : undefined;
      }).then(() => undefined),
    close: async () => {
      await worker.close();
      await parts.other.close();
      await store.close();
    },
  };
}

export interface Home {
  readonly folder: string;
  readonly mailStore: IntegratedStore;
  readonly deliver: (mail: TestMail, to?: string) => Promise<void>;
  /** A rig for alice. */
  readonly rig: (change?: Partial<RigParts>) => Promise<Rig>;
  /** Leaves a rig that hangs, as a dead process does: it is not closed. */
  readonly abandon: (rig: Rig) => void;
  readonly close: () => Promise<void>;
}

/** An integrated mail store with alice and bob in it. */
export async function openHome(): Promise<Home> {
  const folder = await mkdtemp(join(tmpdir(), 'packetboat-account-'));
  const mailStore = await openIntegratedStore({ file: join(folder, 'mail.sqlite'), now: Date.now });
  await mailStore.addPerson({ user: 'alice', address: 'alice@example.test' });
  await mailStore.addPerson({ user: 'bob', address: 'bob@example.test' });
  const rigs: Rig[] = [];
  return {
    folder,
    mailStore,
    deliver: async (mail, to = 'alice@example.test') => {
      await mailStore.deliver({ from: 'ann@example.test', to: [to] }, source(mail.bytes));
    },
    rig: async (change = {}) => {
      const rig = await makeRig({
        file: join(folder, 'server.sqlite'),
        server: mailStore.mailServer('alice'),
        submission: mailStore.submission('alice'),
        other: mailStore.mailServer('alice'),
        ...change,
      });
      rigs.push(rig);
      return rig;
    },
    abandon: (rig) => void rigs.splice(rigs.indexOf(rig), 1),
    close: async () => {
      for (const rig of rigs) await rig.close().catch(() => undefined);
      await mailStore.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Puts a mail into a folder as another mail program does; gives its uid. */
export async function put(server: MailServer, folder: string, mail: TestMail, flags: Partial<MailFlags> = {}): Promise<string> {
  const placed = await server.append(folder, source(mail.bytes), flags, Date.UTC(2026, 10, 23, 9));
  const uid = placed.uid ?? (await server.find(folder, mail.messageId)).at(-1);
  if (uid === undefined) throw new Error('the mail was appended and cannot be found');
  return uid;
}

/** Path of the folder with a role. */
export async function pathOf(server: MailServer, role: string): Promise<string> {
  const found = (await server.folders()).find((folder) => folder.role === role);
  if (found === undefined) throw new Error(`no folder for ${role}`);
  return found.path;
}
