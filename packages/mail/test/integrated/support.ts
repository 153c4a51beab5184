// A store in a temporary folder, a plain SMTP client that sends what it is told, and mails that are easily damaged.
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InboundOptions, IntegratedStore, IntegratedStoreOptions } from '../../src/index.ts';
import { startInbound } from '../../src/integrated/inbound.ts';
import { openIntegratedStore } from '../../src/integrated/store.ts';
import { drain } from '../contract/harness.ts';
import { pull } from '../contract/replica.ts';

export async function temporaryFile(): Promise<{ readonly folder: string; readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'packetboat-store-'));
  return { folder, path: join(folder, 'mail.sqlite') };
}

export interface OpenedStore extends AsyncDisposable {
  readonly store: IntegratedStore;
  readonly path: string;
  /** Closes the store and opens the file again. */
  reopen(): Promise<IntegratedStore>;
}

/** A new store with Alice (alias a.liddell), Bob and Zoë. */
export async function openTestStore(options: Partial<IntegratedStoreOptions> = {}): Promise<OpenedStore> {
  const { folder, path } = await temporaryFile();
  const open = (): Promise<IntegratedStore> => openIntegratedStore({ file: path, now: Date.now, ...options });
  let store = await open();
  await store.addPerson({ user: 'alice', address: 'Alice@Example.Test', aliases: ['a.liddell@example.test'], displayName: 'Alice L.' });
  await store.addPerson({ user: 'bob', address: 'bob@example.test' });
  await store.addPerson({ user: 'zoe', address: 'zoë@bücher.test' });
  return {
    store,
    path,
    reopen: async () => {
      await store.close();
      store = await open();
      return store;
    },
    [Symbol.asyncDispose]: async () => {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
}

export interface OpenedInbound extends OpenedStore {
  readonly smtp: number;
  readonly lmtp: number;
}

export const PASSWORD = 'correct horse';

/** A store with both listeners on this machine; Alice and Bob can log in with `PASSWORD`. */
export async function openInbound(
  options: Partial<InboundOptions> = {},
  storeOptions: Partial<IntegratedStoreOptions> = {},
): Promise<OpenedInbound> {
  const opened = await openTestStore(storeOptions);
  const inbound = await startInbound({
    store: opened.store,
    smtp: { host: '127.0.0.1', port: 0 },
    lmtp: { host: '127.0.0.1', port: 0 },
    auth: async (user, password) => user !== 'zoe' && password === PASSWORD,
    maxSize: 1_000_000,
    hostname: 'mx.example.test',
    ...options,
  });
  return {
    ...opened,
    smtp: inbound.smtp?.port ?? 0,
    lmtp: inbound.lmtp?.port ?? 0,
    [Symbol.asyncDispose]: async () => {
      await inbound.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

/** All mails of a folder, oldest first, as text of one character a byte. */
export async function readAll(store: IntegratedStore, user: string, folder = 'INBOX'): Promise<string[]> {
  const server = store.mailServer(user);
  const texts: string[] = [];
  for (const { uid } of (await pull(server, folder)).added) {
    const content = await server.content(folder, uid);
    if (content === undefined) throw new Error(`mail ${uid} has vanished`);
    texts.push(Buffer.from((await drain(content)).bytes).toString('latin1'));
  }
  return texts;
}

/** What is behind the lines that delivery puts in front. */
export function withoutTrace(text: string): string {
  return text.replace(/^Return-Path: <[^>]*>\r\nReceived: [^\r]*\r\n(?:\t[^\r]*\r\n)+/, '');
}

/** A line-wise client: sends exactly the bytes it is given and reads whole replies. */
export class RawClient {
  readonly #socket: Socket;
  #buffered = '';
  #wake: () => void = () => undefined;
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (data: Buffer) => {
      this.#buffered += data.toString('latin1');
      this.#wake();
    });
    const end = (): void => {
      this.#ended = true;
      this.#wake();
    };
    socket.on('close', end).on('error', end);
  }

  static async connect(port: number, host = '127.0.0.1'): Promise<RawClient> {
    const client = new RawClient(connect({ port, host, noDelay: true }));
    await client.reply();
    return client;
  }

  /** The next reply, all its lines. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-[^\r]*\r\n)*\d{3} [^\r]*\r\n/.exec(this.#buffered);
      if (match !== null) {
        this.#buffered = this.#buffered.slice(match[0].length);
        return match[0];
      }
      if (this.#ended) throw new Error(`the connection ended after ${JSON.stringify(this.#buffered)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async command(line: string): Promise<string> {
    this.send(`${line}\r\n`);
    return this.reply();
  }

  /** Sends characters as bytes. */
  send(text: string): void {
    this.#socket.write(Buffer.from(text, 'latin1'));
  }

  /** Resolves when all bytes so far have left. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write('', (error) => (error instanceof Error ? reject(error) : resolve()));
    });
  }

  /** Cuts the connection without a word. */
  cut(): void {
    this.#socket.destroy();
  }
}

/** A mail as DATA sends it (RFC 5321 §4.5.2). */
export function stuffed(text: string): string {
  return `${text.replace(/(^|\r\n)\./g, '$1..')}.\r\n`;
}
