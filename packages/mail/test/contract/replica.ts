// A caller of the port in small: it keeps what `changes` tells, as every real caller does, and checks the rules of pages.
import { expect } from 'vitest';
import type { ChangePage, FlagChange, MailFlags, MailServer, RemoteMail } from '../../src/index.ts';

export const NO_FLAGS: MailFlags = { read: false, replied: false, forwarded: false, flagged: false, deleted: false, draft: false };

export interface Pulled {
  readonly reset: boolean;
  readonly added: readonly RemoteMail[];
  readonly changed: readonly FlagChange[];
  readonly gone: readonly string[];
  readonly cursor: string;
  readonly pages: readonly ChangePage[];
}

/** Reads all pages of `changes` and checks what the port says of pages. */
export async function pull(server: MailServer, folder: string, cursor?: string, known: readonly string[] = []): Promise<Pulled> {
  const pages: ChangePage[] = [];
  for await (const page of server.changes(folder, cursor, async () => known)) pages.push(page);
  expect(pages.length).toBeGreaterThan(0);
  for (const [index, page] of pages.entries()) {
    expect(page.added.length).toBeLessThanOrEqual(500);
    expect(page.cursor !== undefined, 'only the last page has the cursor').toBe(index === pages.length - 1);
    if (index > 0) expect(page.reset ?? false, 'reset stands on the first page').toBe(false);
  }
  return {
    reset: pages[0]?.reset === true,
    added: pages.flatMap((page) => page.added),
    changed: pages.flatMap((page) => page.changed),
    gone: pages.flatMap((page) => page.gone),
    cursor: pages.at(-1)?.cursor ?? '',
    pages,
  };
}

/** The copy of one folder that a caller holds. */
export class Replica {
  readonly mails: Map<string, RemoteMail> = new Map();
  cursor: string | undefined;
  readonly #server: MailServer;
  readonly #folder: string;

  constructor(server: MailServer, folder: string) {
    this.#server = server;
    this.#folder = folder;
  }

  async pull(): Promise<Pulled> {
    const pulled = await pull(this.#server, this.#folder, this.cursor, [...this.mails.keys()]);
    if (pulled.reset) this.mails.clear();
    for (const mail of pulled.added) this.mails.set(mail.uid, mail);
    for (const { uid, flags } of pulled.changed) {
      const mail = this.mails.get(uid);
      if (mail !== undefined) this.mails.set(uid, { ...mail, flags });
    }
    for (const uid of pulled.gone) this.mails.delete(uid);
    this.cursor = pulled.cursor;
    return pulled;
  }

  /** The copy equals what a listing from nothing gives. */
  async expectComplete(): Promise<void> {
    const { added } = await pull(this.#server, this.#folder);
    expect([...this.mails.values()].toSorted(byUid)).toEqual(added.toSorted(byUid));
  }

  /** The uid of the mail with this Message-ID. */
  uid(messageId: string): string {
    const found = [...this.mails.values()].find((mail) => mail.messageId === messageId);
    if (found === undefined) throw new Error(`no mail ${messageId} in the copy`);
    return found.uid;
  }
}

function byUid(a: RemoteMail, b: RemoteMail): number {
  return a.uid.localeCompare(b.uid, 'en', { numeric: true });
}

/** Puts a mail into a folder and gives its uid, whatever the server tells. */
export async function put(
  server: MailServer,
  folder: string,
  mail: { messageId: string; bytes: Uint8Array },
  flags: Partial<MailFlags> = {},
): Promise<string> {
  const bytes = mail.bytes;
  async function* open(): AsyncIterable<Uint8Array> {
    yield bytes;
  }
  const placed = await server.append(folder, { size: bytes.length, open }, flags, Date.UTC(2026, 10, 23, 9, 0, 0));
  if (placed.uid !== undefined) return placed.uid;
  const uid = (await server.find(folder, mail.messageId)).at(-1);
  if (uid === undefined) throw new Error(`${mail.messageId} was appended and cannot be found`);
  return uid;
}
