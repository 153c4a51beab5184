// Broken and large mails arrive on devices byte for byte as the mail server holds them, however they travel.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClientSettings } from '@packetboat/client';
import type { MailServer } from '@packetboat/mail';
import { type RunningServer, startServer } from '@packetboat/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rawMail } from '../../packages/mail/test/imap/raw-imap.ts';
import { describePeer } from '../peers/describe-peer.ts';
import { type Dovecot, dovecotPeer, startDovecot } from '../peers/dovecot.ts';
import { nastyMails, sampleMails } from '../support/mail-samples.ts';
import { inOne, listFolder, text, withMailbox } from './look.ts';
import { devicePassword, type MailWorld, openDevice, startMailWorld, type TestDevice } from './mail-world.ts';

interface Way {
  readonly title: string;
  readonly settings: Partial<ClientSettings>;
  /** Headers come first, and each mail is fetched by itself. */
  readonly oneByOne?: boolean;
}

const ways: readonly Way[] = [
  { title: 'profile, WBXML', settings: {} },
  { title: 'profile, XML', settings: { encoding: 'xml' } },
  { title: 'profile, WBXML, fetched one by one', settings: { mails: 'headers' }, oneByOne: true },
  { title: 'plain, WBXML 1.2', settings: { profile: false } },
  { title: 'plain, XML 1.2', settings: { profile: false, encoding: 'xml' } },
  { title: 'plain, XML 1.2, fetched one by one', settings: { profile: false, encoding: 'xml', mails: 'headers' }, oneByOne: true },
  { title: 'plain, WBXML 1.1', settings: { profile: false, version: '1.1' } },
  { title: 'plain, XML 1.1', settings: { profile: false, version: '1.1', encoding: 'xml' } },
];

// Some are larger than a message may be: they travel in chunks, through the spool.
const large = sampleMails({ count: 6, seed: 3, meanBytes: 120_000, sigma: 0.8 });
const mails: readonly Uint8Array[] = [...nastyMails.map(({ bytes }) => bytes), ...large.map(({ bytes }) => bytes)];

test('some mails are larger than a message, and some hold what XML cannot', () => {
  expect(mails.filter((mail) => mail.length > 65_536).length).toBeGreaterThan(3);
  expect(mails.filter((mail) => mail.includes(0)).length).toBeGreaterThan(0);
});

describe('from the integrated store', () => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-nasty-'));
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer({
      config: {
        listen: '127.0.0.1:0',
        data: folder,
        challenge: 'md5',
        log: { level: 'warn' },
        integrated: { maxSize: 33_554_432 },
        people: [
          { user: 'alice', password: { variable: 'DEVICE' }, accounts: [{ name: 'mail', address: 'alice@example.test', aliases: [] }] },
        ],
      },
      base: folder,
      env: { DEVICE: devicePassword },
    });
    const mailbox = server.integrated?.mailServer('alice');
    if (mailbox === undefined) throw new Error('there is no integrated store');
    await appendAll(mailbox, mails);
  });
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(ways)('$title', async (way) => {
    expect(await contentOnDevice(server.url, 'alice', way)).toEqual(mails.map(text).toSorted());
  });
});

describePeer('from Dovecot', dovecotPeer, () => {
  let dovecot: Dovecot;
  let world: MailWorld;
  let held: readonly string[];

  beforeAll(async () => {
    dovecot = await startDovecot();
    // It refuses NUL in APPEND, as RFC 3501 §4.3 has it.
    const taken = mails.filter((mail) => !mail.includes(0));
    held = await withMailbox(dovecot, 'alice', async (mailbox) => {
      await appendAll(mailbox, taken);
      return contentAtServer(dovecot, mailbox);
    });
    expect(held).toHaveLength(taken.length);
    world = await startMailWorld({ dovecot, users: ['alice'] });
  });
  afterAll(async () => {
    await world?.close();
    await dovecot?.stop();
  });

  test.each(ways)('$title', async (way) => {
    expect(await contentOnDevice(world.server.url, 'alice', way)).toEqual(held);
  });
});

async function appendAll(mailbox: MailServer, all: readonly Uint8Array[]): Promise<void> {
  for (const [index, mail] of all.entries()) {
    await mailbox.append('INBOX', { size: mail.length, open: () => inOne(mail) }, {}, 1_768_000_000_000 + index * 60_000);
  }
}

/** By a program that shares no code with ours. */
async function contentAtServer(dovecot: Dovecot, mailbox: MailServer): Promise<readonly string[]> {
  const [user] = dovecot.users;
  const found: string[] = [];
  for (const { uid } of await listFolder(mailbox, 'INBOX')) {
    const number = Number(uid.slice(uid.indexOf('.') + 1));
    const mail = await rawMail({
      port: dovecot.imapPort,
      user: user?.name ?? '',
      password: user?.password ?? '',
      folder: 'INBOX',
      uid: number,
    });
    found.push(text(mail));
  }
  return found.toSorted();
}

/** The mails of a new device, sorted. */
async function contentOnDevice(url: string, user: string, { title, settings, oneByOne = false }: Way): Promise<readonly string[]> {
  const deviceId = title.replaceAll(/\W+/g, '-');
  const device = openDevice(url, { user, deviceId, settings: { headers: 'all', mails: 'full', ...settings } });
  try {
    await device.sync();
    const luids = (await device.client.ls({ limit: 1_000 })).map(({ luid }) => luid);
    if (oneByOne) await fetchAll(device, luids);
    const contents: string[] = [];
    for (const luid of luids) contents.push(text((await device.store.get(luid))?.content));
    return contents.toSorted();
  } finally {
    await device.client.close();
  }
}

async function fetchAll(device: TestDevice, luids: readonly string[]): Promise<void> {
  for (const luid of luids) {
    const { whole, sync } = await device.client.read(luid, { fetch: true });
    if (!whole) throw new Error(`a mail was not fetched: ${sync?.outcome ?? 'no sync'}, ${sync?.error?.message ?? 'no reason'}`);
  }
}
