// Headers and content, whole and by range, byte for byte.
import { describe, expect, it } from 'vitest';
import type { MailServer } from '../../src/index.ts';
import { drain, largeMail, nastyMails, plainMail, source, unique } from './harness.ts';
import type { Harness } from './mail-server.contract.ts';
import { pull, put } from './replica.ts';

export function contentContract(harness: Harness): void {
  describe('content', () => {
    whole(harness);
    ranges(harness);
    headers(harness);
  });
}

async function makeFolder(server: MailServer): Promise<string> {
  const path = await server.childPath(undefined, unique('Content'));
  await server.createFolder(path);
  return path;
}

async function read(server: MailServer, folder: string, uid: string, from?: number, length?: number): Promise<Uint8Array> {
  const range = from === undefined || length === undefined ? undefined : { from, length };
  const stream = await server.content(folder, uid, range);
  if (stream === undefined) throw new Error(`mail ${uid} has vanished`);
  const { bytes, largest } = await drain(stream);
  expect(largest).toBeLessThanOrEqual(65_536);
  return bytes;
}

function whole(harness: Harness): void {
  it.each([...nastyMails])('keeps every byte of a mail with %s', async (_, bytes) => {
    const { server, raw } = harness();
    const folder = await makeFolder(server);
    await server.append(folder, source(bytes, 7), {}, Date.now());
    const [mail] = (await pull(server, folder)).added;
    const uid = mail?.uid ?? '';
    const kept = raw === undefined ? bytes : await raw(folder, uid);
    const got = await read(server, folder, uid);
    expect(Buffer.from(got).toString('latin1')).toBe(Buffer.from(kept).toString('latin1'));
    expect(mail?.size).toBe(kept.length);
    for (const [from, length] of [
      [0, 1],
      [1, 10],
      [kept.length - 5, 5],
      [13, kept.length],
    ] as const) {
      expect(await read(server, folder, uid, from, length)).toEqual(new Uint8Array(kept.slice(from, from + length)));
    }
  });

  it('keeps the bytes of a well-formed mail exactly as they were appended', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const mail = plainMail('exact', '.\r\n..dots\r\n\r\n\r\n');
    expect(await read(server, folder, await put(server, folder, mail))).toEqual(mail.bytes);
  });
}

function ranges(harness: Harness): void {
  it('gives a large mail in pieces of at most 64 kB, and any range of it', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const mail = largeMail(700_000);
    const uid = await put(server, folder, mail);
    expect(Buffer.compare(await read(server, folder, uid), mail.bytes)).toBe(0);
    const size = mail.bytes.length;
    for (const [from, length] of [
      [0, 65_536],
      [65_535, 2],
      [123_456, 300_001],
      [size - 1, 1],
      [size - 10, 1000],
    ] as const) {
      const got = await read(server, folder, uid, from, length);
      expect(Buffer.compare(got, mail.bytes.slice(from, from + length)), `${from}+${length}`).toBe(0);
    }
  });

  it('gives no bytes for a range past the end or of no length', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const mail = plainMail('short');
    const uid = await put(server, folder, mail);
    expect(await read(server, folder, uid, mail.bytes.length, 10)).toHaveLength(0);
    expect(await read(server, folder, uid, mail.bytes.length + 5000, 10)).toHaveLength(0);
    expect(await read(server, folder, uid, 3, 0)).toHaveLength(0);
  });

  it('answers other calls while a content is half read, and after it was left', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const mail = largeMail(400_000);
    const uid = await put(server, folder, mail);
    const left = await server.content(folder, uid);
    for await (const piece of left ?? []) {
      expect(piece.length).toBeGreaterThan(0);
      expect(await server.setFlags(folder, [uid], { flagged: true })).toEqual([uid]);
      break;
    }
    const never = await server.content(folder, uid);
    expect(never).toBeDefined();
    expect(Buffer.compare(await read(server, folder, uid), mail.bytes)).toBe(0);
  });

  it('reads several mails at the same time', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const mails = [1, 2, 3].map((n) => largeMail(150_000 + n * 1000));
    const uids = await Promise.all(mails.map((mail) => put(server, folder, mail)));
    const got = await Promise.all(uids.map((uid) => read(server, folder, uid)));
    for (const [index, mail] of mails.entries()) expect(Buffer.compare(got[index] ?? new Uint8Array(), mail.bytes)).toBe(0);
  });
}

function headers(harness: Harness): void {
  it('gives the raw header blocks of many mails and leaves out the vanished', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const mails = [plainMail('one'), plainMail('two', 'b\r\n', 'X-Folded: a\r\n\tb\r\nX-8: \u00e9\r\n'), plainMail('three')];
    const uids: string[] = [];
    for (const mail of mails) uids.push(await put(server, folder, mail));
    const vanished = uids[2] ?? '';
    await server.remove(folder, [vanished]);
    const found = new Map<string, Uint8Array>();
    for await (const { uid, header } of server.headers(folder, [...uids, '999999'])) found.set(uid, header);
    expect([...found.keys()].toSorted()).toEqual(uids.slice(0, 2).toSorted());
    for (const index of [0, 1]) {
      const text = Buffer.from(mails[index]?.bytes ?? []).toString('latin1');
      const block = text.slice(0, text.indexOf('\r\n\r\n') + 4);
      expect(Buffer.from(found.get(uids[index] ?? '') ?? []).toString('latin1')).toBe(block);
    }
  });

  it.each([...nastyMails])('gives the header block of a mail with %s', async (_, bytes) => {
    const { server } = harness();
    const folder = await makeFolder(server);
    await server.append(folder, source(bytes), {}, Date.now());
    const uid = (await pull(server, folder)).added[0]?.uid ?? '';
    const text = Buffer.from(bytes).toString('latin1');
    const blocks: string[] = [];
    for await (const { header } of server.headers(folder, [uid])) blocks.push(Buffer.from(header).toString('latin1'));
    expect(blocks).toEqual([text.slice(0, text.indexOf('\r\n\r\n') + 4)]);
  });

  it('gives the header blocks of more mails than one command may name', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const mails = Array.from({ length: 130 }, (_, n) => plainMail(`header ${n}`));
    for (let at = 0; at < mails.length; at += 26) await Promise.all(mails.slice(at, at + 26).map((mail) => put(server, folder, mail)));
    const uids = (await pull(server, folder)).added.map((mail) => mail.uid);
    const found = new Set<string>();
    for await (const { uid, header } of server.headers(folder, uids)) if (header.length > 100) found.add(uid);
    expect(found.size).toBe(130);
  });

  it('tells of a vanished mail that it has no content', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const uid = await put(server, folder, plainMail('gone soon'));
    await server.remove(folder, [uid]);
    expect(await server.content(folder, uid)).toBeUndefined();
    expect(await server.content(folder, '4000000', { from: 0, length: 10 })).toBeUndefined();
  });
}
