// Lost links, lying servers and large mails: what a healthy Dovecot alone does not show.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePeer } from '../../../../test/peers/describe-peer.ts';
import { type Dovecot, dovecotPeer, startDovecot } from '../../../../test/peers/dovecot.ts';
import type { ImapOptions, MailEvent, MailLogEntry, MailServer } from '../../src/index.ts';
import { drain, largeMail, latin1, plainMail, source } from '../contract/harness.ts';
import { pull, put, Replica } from '../contract/replica.ts';
import { startProxy, type Proxy, type ProxyOptions } from '../proxy.ts';
import { serverOf } from './dovecot-harness.ts';

describePeer('IMAP over a bad link', dovecotPeer, () => {
  let dovecot: Dovecot;
  let direct: MailServer;
  const open: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    dovecot = await startDovecot();
    direct = serverOf(dovecot);
  });
  afterAll(async () => {
    for (const close of open) await close();
    await direct.close();
    await dovecot.stop();
  });

  async function throughProxy(
    change: Omit<ProxyOptions, 'port'> = {},
    options: Partial<ImapOptions> = {},
  ): Promise<{ server: MailServer; proxy: Proxy }> {
    const proxy = await startProxy({ port: dovecot.imapPort, ...change });
    const server = serverOf(dovecot, { port: proxy.port, compress: false, ...options });
    open.push(async () => {
      await server.close();
      await proxy.close();
    });
    return { server, proxy };
  }

  async function folderOf(name: string): Promise<string> {
    const path = await direct.childPath(undefined, name);
    await direct.createFolder(path);
    return path;
  }

  it('reads again on a new connection when the link is lost between or under calls', async () => {
    const folder = await folderOf('Lost');
    const mail = largeMail(900_000);
    const uid = await put(direct, folder, mail);
    let cuts = 0;
    const { server, proxy } = await throughProxy({
      fromServer: (data, cut) => {
        if (cuts > 0 || !data.includes('BODY[]<262144>')) return data;
        cuts++;
        cut();
        return Buffer.alloc(0);
      },
    });
    const { bytes } = await drain((await server.content(folder, uid)) ?? source(new Uint8Array()).open());
    expect(Buffer.compare(bytes, mail.bytes)).toBe(0);
    expect(cuts).toBe(1);
    expect(proxy.connections()).toBe(2);
    proxy.cut();
    expect((await server.folders()).length).toBeGreaterThan(0);
    expect(proxy.connections()).toBe(3);
  });

  it('does not repeat a change when the link is lost under it, and says that it may have been made', async () => {
    const folder = await folderOf('Twice');
    let cutNow = false;
    const { server, proxy } = await throughProxy({
      fromServer: (data, cut) => {
        if (!cutNow || !data.includes('APPENDUID')) return data;
        cut();
        return Buffer.alloc(0);
      },
    });
    await server.folders();
    cutNow = true;
    const mail = plainMail('appended once');
    const append = server.append(folder, source(mail.bytes), {}, Date.now());
    await expect(append).rejects.toMatchObject({ code: 'ERR_MAIL_CONNECTION', scope: 'account', retryable: true });
    expect(proxy.connections()).toBe(1);
    expect(await server.find(folder, mail.messageId)).toHaveLength(1);
  });

  it('does not hammer a server that refuses connections or log-ins', async () => {
    const { server, proxy } = await throughProxy({}, { password: 'wrong' });
    for (let n = 0; n < 5; n++) await expect(server.folders()).rejects.toMatchObject({ code: 'ERR_MAIL_AUTH' });
    expect(proxy.connections()).toBe(1);
    await proxy.close();
    const gone = serverOf(dovecot, { port: proxy.port });
    await expect(gone.open()).rejects.toMatchObject({ code: 'ERR_MAIL_CONNECTION', retryable: true });
    await expect(gone.folders()).rejects.toMatchObject({ code: 'ERR_MAIL_CONNECTION' });
    await gone.close();
  });

  it('goes on watching after the link was lost, and says that anything may have changed', async () => {
    const { server, proxy } = await throughProxy();
    const events: MailEvent[] = [];
    const watch = await server.watch((event) => events.push(event));
    proxy.cut();
    await expect.poll(() => events, { timeout: 10_000 }).toContainEqual({});
    events.length = 0;
    await dovecot.deliver('alice@example.test', plainMail('after the cut').bytes);
    await expect.poll(() => events, { timeout: 10_000 }).toContainEqual({ folder: 'INBOX' });
    await watch.close();
  });

  it('notices by the count when the server does not tell what has vanished', async () => {
    const folder = await folderOf('Vanished');
    const { server } = await throughProxy({
      fromServer: (data) => Buffer.from(data.toString('latin1').replaceAll('* VANISHED', '* XVANISHE'), 'latin1'),
    });
    const uids = [
      await put(direct, folder, plainMail('a')),
      await put(direct, folder, plainMail('b')),
      await put(direct, folder, plainMail('c')),
    ];
    const replica = new Replica(server, folder);
    await replica.pull();
    await direct.remove(folder, uids.slice(0, 1));
    expect((await replica.pull()).gone).toEqual(uids.slice(0, 1));
    await replica.expectComplete();
  });

  it('does not ask what the caller holds when the server tells what has vanished', async () => {
    const folder = await folderOf('Told');
    const uids = [await put(direct, folder, plainMail('a')), await put(direct, folder, plainMail('b'))];
    const { cursor } = await pull(direct, folder);
    await direct.remove(folder, uids.slice(0, 1));
    const gone: string[] = [];
    for await (const page of direct.changes(folder, cursor, asked)) gone.push(...page.gone);
    expect(gone).toEqual(uids.slice(0, 1));
    const { server } = await throughProxy({}, { qresync: false });
    await expect(async () => {
      for await (const page of server.changes(folder, cursor, asked)) expect(page.gone).toEqual([]);
    }).rejects.toThrow('asked');
  });

  it('issues IDLE anew before a NAT device forgets the link, and goes on telling', async () => {
    let idles = 0;
    const { server } = await throughProxy(
      {
        fromClient: (data) => {
          if (/^\w+ IDLE/m.test(data.toString('latin1'))) idles++;
          return data;
        },
      },
      { idleMinutes: 0.002, pollSeconds: 3600 },
    );
    const events: MailEvent[] = [];
    const watch = await server.watch((event) => events.push(event));
    await expect.poll(() => idles, { timeout: 10_000 }).toBeGreaterThan(3);
    expect(events).toEqual([]);
    await dovecot.deliver('alice@example.test', plainMail('told after many idles').bytes);
    await expect.poll(() => events, { timeout: 10_000 }).toContainEqual({ folder: 'INBOX' });
    await watch.close();
  });

  it('compares all uids once in a while even when all seems well', async () => {
    const folder = await folderOf('Compared');
    let now = Date.UTC(2026, 10, 23);
    const { server } = await throughProxy({}, { now: () => now });
    const uid = await put(direct, folder, plainMail('there'));
    const { cursor } = await pull(server, folder);
    // The caller holds a mail that is not there and lacks one that is.
    const held = [`${uid.slice(0, uid.indexOf('.'))}.4711`];
    expect(await pull(server, folder, cursor, held)).toMatchObject({ gone: [], added: [], cursor });
    now += 25 * 3_600_000;
    const compared = await pull(server, folder, cursor, held);
    expect(compared).toMatchObject({ reset: false, gone: held, added: [{ uid }] });
    expect(await pull(server, folder, compared.cursor, [uid])).toMatchObject({ gone: [], added: [], cursor: compared.cursor });
  });

  it('lists the other mails when one makes the server refuse', async () => {
    const folder = await folderOf('Refused');
    const uids: string[] = [];
    for (let n = 0; n < 9; n++) uids.push(await put(direct, folder, plainMail(`mail ${n}`)));
    const log: MailLogEntry[] = [];
    // The server answers every FETCH that covers uid 4 with NO: the command is made one that it refuses.
    const { server } = await throughProxy(
      {
        fromClient: (data) => {
          const fetch = /^(\w+) UID FETCH (\S+) \(UID FLAGS INTERNALDATE/m.exec(data.toString('latin1'));
          return fetch !== null && covers(fetch[2] ?? '', 4) ? Buffer.from(`${fetch[1]} UID COPY 1:* "not there"\r\n`) : data;
        },
      },
      { log: (entry) => log.push(entry) },
    );
    const { added, cursor } = await pull(server, folder);
    expect(added.map((mail) => mail.uid)).toEqual(uids.filter((_, index) => index !== 3));
    expect(log).toContainEqual({ level: 'warn', event: 'mails left out of a listing', host: '127.0.0.1', detail: 1 });
    expect(JSON.stringify(log)).not.toMatch(/alicepw|mail 1|Refused/);
    expect(cursor).not.toBe('');
  });

  it('gives a header block of more than 64 kB whole', async () => {
    const folder = await folderOf('Headers');
    const header = `From: x@example.test\r\n${Array.from({ length: 3000 }, (_, n) => `X-Line-${n}: ${'y'.repeat(40)}\r\n`).join('')}Subject: end\r\n\r\n`;
    await direct.append(folder, source(latin1(`${header}body\r\n`)), {}, Date.now());
    const [mail] = (await pull(direct, folder)).added;
    const blocks: string[] = [];
    for await (const each of direct.headers(folder, [mail?.uid ?? ''])) blocks.push(Buffer.from(each.header).toString('latin1'));
    expect(blocks).toEqual([header]);
  });

  it('refuses to append what would not fit into memory, and a source that does not keep its size', async () => {
    const folder = await folderOf('Large');
    const large = { size: 100_000_000, open: () => source(new Uint8Array()).open() };
    await expect(direct.append(folder, large, {}, 0)).rejects.toMatchObject({ code: 'ERR_MAIL_LIMIT', scope: 'message' });
    await expect(direct.append(folder, { ...large, size: 5 }, {}, 0)).rejects.toThrow(RangeError);
    const mail = plainMail('still works');
    await direct.append(folder, source(mail.bytes), {}, Date.now());
    expect((await pull(direct, folder)).added).toHaveLength(1);
  });

  it('appends the content of one mail to another folder, through the same connection', async () => {
    const [from, to] = [await folderOf('Here'), await folderOf('There')];
    const mail = largeMail(600_000);
    const uid = await put(direct, from, mail);
    async function* read(): AsyncIterable<Uint8Array> {
      yield* (await direct.content(from, uid)) ?? [];
    }
    await direct.append(to, { size: mail.bytes.length, open: read }, {}, Date.now());
    expect((await pull(direct, to)).added).toMatchObject([{ size: mail.bytes.length, messageId: mail.messageId }]);
  });

  it('closes the connection for calls when nobody calls, and makes it again', async () => {
    const { server, proxy } = await throughProxy({}, { lingerSeconds: 0.05 });
    await server.folders();
    await expect.poll(() => proxy.live(), { timeout: 5000 }).toBe(0);
    await server.folders();
    expect(proxy.connections()).toBe(2);
  });

  it('fails calls that wait or come when it is closed', async () => {
    const server = serverOf(dovecot);
    await server.open();
    const waiting = server.folders();
    await server.close();
    await waiting.catch((error: unknown) => expect(error).toMatchObject({ code: 'ERR_MAIL_CONNECTION' }));
    await expect(server.folders()).rejects.toMatchObject({ code: 'ERR_MAIL_CONNECTION', retryable: false });
  });

  it('does not log in where the certificate cannot be trusted', async () => {
    const server = serverOf(dovecot, { security: 'tls', port: dovecot.imapsPort });
    await expect(server.open()).rejects.toMatchObject({ code: 'ERR_MAIL_CONNECTION', retryable: false });
    await server.close();
  });
});

function covers(set: string, uid: number): boolean {
  return set.split(',').some((range) => {
    const [first = 0, last = first] = range.split(':').map(Number);
    return first <= uid && uid <= last;
  });
}

async function asked(): Promise<never> {
  throw new Error('asked');
}
