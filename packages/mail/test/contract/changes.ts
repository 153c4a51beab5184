// Listings and changes since a cursor.
import { describe, expect, it } from 'vitest';
import { mailDigest } from '../../src/digest.ts';
import type { MailServer } from '../../src/index.ts';
import { latin1, plainMail, source, unique } from './harness.ts';
import type { PlainMail } from './harness.ts';
import type { Harness } from './mail-server.contract.ts';
import { NO_FLAGS, Replica, pull, put } from './replica.ts';

export function changesContract(harness: Harness): void {
  describe('changes', () => {
    listing(harness);
    sinceCursor(harness);
    resets(harness);
  });
}

async function makeFolder(server: MailServer): Promise<string> {
  const path = await server.childPath(undefined, unique('Changes'));
  await server.createFolder(path);
  return path;
}

async function fill(server: MailServer, folder: string, count: number): Promise<PlainMail[]> {
  const mails = Array.from({ length: count }, (_, n) => plainMail(`mail ${n}`));
  for (let at = 0; at < count; at += 20) await Promise.all(mails.slice(at, at + 20).map((mail) => put(server, folder, mail)));
  return mails;
}

function listing(harness: Harness): void {
  it('lists an empty folder with a cursor and nothing else', async () => {
    const { server } = harness();
    const pulled = await pull(server, await makeFolder(server));
    expect(pulled).toMatchObject({ added: [], changed: [], gone: [] });
    expect(pulled.cursor).not.toBe('');
  });

  it('tells flags, size, time, Message-ID and digest of each mail', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const received = Date.UTC(2021, 1, 28, 23, 59, 58);
    const plain = plainMail('=?utf-8?q?caf=C3=A9?=\r\n folded');
    const bare = latin1('Subject: no date, no from, no id \xe9\r\n\r\nx\r\n');
    const folded = latin1('From: x@example.test\r\nmessage-id:\r\n <folded.\r\n  part@example.test>\r\n\r\nx\r\n');
    await server.append(folder, source(plain.bytes), { read: true, flagged: true }, received);
    await server.append(folder, source(bare), {}, received + 1000);
    await server.append(folder, source(folded), {}, received + 2000);
    const { added } = await pull(server, folder);
    const bySize = new Map(added.map((mail) => [mail.size, mail]));
    expect(added).toHaveLength(3);
    expect(bySize.get(plain.bytes.length)).toMatchObject({
      flags: { ...NO_FLAGS, read: true, flagged: true },
      received,
      messageId: plain.messageId,
      digest: mailDigest(plain.bytes, plain.bytes.length),
    });
    expect(bySize.get(bare.length)).toMatchObject({ flags: NO_FLAGS, digest: mailDigest(bare, bare.length), received: received + 1000 });
    expect(bySize.get(bare.length)?.messageId).toBeUndefined();
    expect(bySize.get(folded.length)?.messageId).toBe('<folded.part@example.test>');
  });

  it('lists a folder of 620 mails in pages, each mail once and oldest first', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const mails = await fill(server, folder, 620);
    const pulled = await pull(server, folder);
    expect(pulled.pages.length).toBeGreaterThan(1);
    expect(pulled.added.map(idOf).toSorted(byText)).toEqual(mails.map(idOf).toSorted(byText));
    expect(new Set(pulled.added.map((mail) => mail.uid)).size).toBe(620);
    const order = new Map((await pull(server, folder)).added.map((mail, index) => [mail.uid, index]));
    for (const page of pulled.pages) {
      const places = page.added.map((mail) => order.get(mail.uid) ?? -1);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
    }
  });
}

function sinceCursor(harness: Harness): void {
  it('says nothing and keeps the cursor when nothing has changed', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    await fill(server, folder, 5);
    const replica = new Replica(server, folder);
    const first = await replica.pull();
    const second = await replica.pull();
    expect(second).toMatchObject({ reset: false, added: [], changed: [], gone: [], cursor: first.cursor });
  });

  it('tells only what was added, changed and removed by another connection', async () => {
    const { server, second } = harness();
    const folder = await makeFolder(server);
    const mails = await fill(server, folder, 12);
    const replica = new Replica(server, folder);
    await replica.pull();
    const other = await second();
    const uids = mails.map((mail) => replica.uid(mail.messageId));
    await other.setFlags(folder, uids.slice(0, 2), { read: true });
    await other.remove(folder, uids.slice(4, 7));
    const fresh = plainMail('fresh');
    const freshUid = await put(other, folder, fresh, { flagged: true });
    await other.setFlags(folder, [freshUid], { read: true });
    await other.close();
    const pulled = await replica.pull();
    expect(pulled.reset).toBe(false);
    const read = uids.slice(0, 2).map((uid) => ({ uid, flags: { ...NO_FLAGS, read: true } }));
    expect(pulled.changed.toSorted((a, b) => byText(a.uid, b.uid))).toEqual(read.toSorted((a, b) => byText(a.uid, b.uid)));
    expect(pulled.gone.toSorted()).toEqual(uids.slice(4, 7).toSorted());
    expect(pulled.added).toMatchObject([{ uid: freshUid, messageId: fresh.messageId, flags: { ...NO_FLAGS, flagged: true, read: true } }]);
    await replica.expectComplete();
  });

  it('tells the same again from the same cursor until the caller stores the new one', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const [first] = await fill(server, folder, 3);
    const { cursor, added } = await pull(server, folder);
    const known = added.map((mail) => mail.uid);
    const uid = added.find((mail) => mail.messageId === first?.messageId)?.uid ?? '';
    await server.remove(folder, [uid]);
    await put(server, folder, plainMail('later'));
    const once = await pull(server, folder, cursor, known);
    const twice = await pull(server, folder, cursor, known);
    expect(once.gone).toEqual([uid]);
    expect(twice).toEqual(once);
    const after = [...known.filter((each) => each !== uid), ...once.added.map((mail) => mail.uid)];
    expect(await pull(server, folder, once.cursor, after)).toMatchObject({ added: [], changed: [], gone: [] });
  });

  it('follows our own changes as well as those of others through many rounds', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    const replica = new Replica(server, folder);
    for (let round = 0; round < 6; round++) {
      await fill(server, folder, 3);
      await replica.pull();
      const uids = [...replica.mails.keys()];
      await server.setFlags(folder, uids.slice(0, 2), { flagged: round % 2 === 0 });
      await server.remove(folder, uids.slice(-1));
      await replica.pull();
      await replica.expectComplete();
    }
    expect(replica.mails.size).toBe(12);
  });

  it('reports a mail delivered to the inbox as unread', async () => {
    const { server, deliver } = harness();
    const inbox = (await server.folders()).find((folder) => folder.role === 'inbox')?.path ?? '';
    const replica = new Replica(server, inbox);
    await replica.pull();
    const mail = plainMail('delivered');
    await deliver(mail.bytes);
    const pulled = await expectSoon(async () => {
      const found = await replica.pull();
      return found.added.length > 0 ? found : undefined;
    });
    expect(pulled.added).toMatchObject([{ messageId: mail.messageId, flags: NO_FLAGS }]);
  });
}

async function expectSoon<T>(attempt: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const result = await attempt();
    if (result !== undefined) return result;
    if (Date.now() > end) throw new Error('it did not happen within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function resets(harness: Harness): void {
  it('starts again from nothing with a cursor that it does not know', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    await fill(server, folder, 2);
    for (const cursor of ['rubbish', '', '{"v":99}']) {
      const pulled = await pull(server, folder, cursor, ['1', '77']);
      expect(pulled.reset).toBe(true);
      expect(pulled.added).toHaveLength(2);
    }
  });

  it('leads to the right copy when a folder is removed and made again under the same path', async () => {
    const { server } = harness();
    const folder = await makeFolder(server);
    await fill(server, folder, 4);
    const replica = new Replica(server, folder);
    await replica.pull();
    await server.removeFolder(folder);
    await server.createFolder(folder);
    const mails = await fill(server, folder, 2);
    await replica.pull();
    expect([...replica.mails.values()].map(idOf).toSorted(byText)).toEqual(mails.map(idOf).toSorted(byText));
    await replica.expectComplete();
  });
}

function idOf(mail: { readonly messageId?: string }): string {
  return mail.messageId ?? '';
}

function byText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
