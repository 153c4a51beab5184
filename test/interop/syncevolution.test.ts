// SyncEvolution (libsynthesis) as a plain OMA DS client of our server: every encoding and version it can speak, both ways.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { describePeer } from '../peers/describe-peer.ts';
import { type Dovecot, dovecotPeer, startDovecot } from '../peers/dovecot.ts';
import { type SyncEvolution, syncEvolutionPeer } from '../peers/syncevolution.ts';
import { wbxmlToolsPeer } from '../peers/wbxml-tools.ts';
import { judgeReplies } from '../support/judge-wbxml.ts';
import { sampleMails } from '../support/mail-samples.ts';
import { addItem, emails, expectInStep, findMail, phoneMails, setItemFlag, syncMoves } from '../support/phone-content.ts';
import { type Mailbox, passwordOf, type PlainWorld, type PhoneOptions, startPlainWorld } from '../support/plain-world.ts';

interface Way extends PhoneOptions {
  readonly name: string;
  readonly user: string;
}

/** Each carries the whole life of a device … */
const ways: readonly Way[] = [
  { name: 'XML 1.2, md5', user: 'xml12md5', syncMlVersion: '1.2', wbxml: false, auth: 'md5' },
  { name: 'WBXML 1.2, md5', user: 'wbxml12md5', syncMlVersion: '1.2', wbxml: true, auth: 'md5' },
  { name: 'WBXML 1.1, md5', user: 'wbxml11md5', syncMlVersion: '1.1', wbxml: true, auth: 'md5' },
];

/** … and each of these differs in log-in or version only. The digest of 1.0 cannot be checked: the client is asked for basic. */
const otherWays: readonly Way[] = [
  { name: 'XML 1.2, basic', user: 'xml12basic', syncMlVersion: '1.2', wbxml: false, auth: 'basic' },
  { name: 'WBXML 1.2, basic', user: 'wbxml12basic', syncMlVersion: '1.2', wbxml: true, auth: 'basic' },
  { name: 'WBXML 1.1, basic', user: 'wbxml11basic', syncMlVersion: '1.1', wbxml: true, auth: 'basic' },
  { name: 'XML 1.1, basic', user: 'xml11basic', syncMlVersion: '1.1', wbxml: false, auth: 'basic' },
  { name: 'XML 1.0, md5', user: 'xml10md5', syncMlVersion: '1.0', wbxml: false, auth: 'md5' },
  { name: 'WBXML 1.0, basic', user: 'wbxml10basic', syncMlVersion: '1.0', wbxml: true, auth: 'basic' },
];

/** Written by hand, so that no generator of ours stands behind what the server is asked to read. */
const written = Buffer.from(`From: Alice Example <alice@example.test>\r
To: Bob <bob@example.test>\r
Subject: written on the device\r
Date: Tue, 06 Jan 2026 10:00:00 +0000\r
Message-ID: <device-1@example.test>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
\r
Grüße vom Gerät & <b>markup</b>.\r
`);
const writtenObject = `<?xml version="1.0" encoding="UTF-8"?>
<Email><read>true</read><flagged>true</flagged><emailitem><![CDATA[${written.toString()}]]></emailitem></Email>`;

/** One device's life with one mailbox; each test goes on from the one before. */
function mailTravelsBothWays(world: () => PlainWorld, way: Way): void {
  describe(way.name, () => {
    const [first, second, third, fourth, later] = sampleMails({ count: 5, seed: way.user.length, meanBytes: 6_000 }).map(({ bytes }) =>
      Buffer.from(bytes),
    ) as [Buffer, Buffer, Buffer, Buffer, Buffer];
    let mailbox: Mailbox;
    let phone: SyncEvolution;
    /** By content: the mail server may have put header fields in front. */
    const uidOf = async (mail: Uint8Array, role = 'inbox'): Promise<string> => {
      const found = (await mailbox.mails(role)).find(({ bytes }) => bytes.includes(Buffer.from(mail)));
      if (found === undefined) throw new Error('the mail is not there');
      return found.uid;
    };
    const storedBytes = async (mail: Uint8Array): Promise<Buffer> => {
      const uid = await uidOf(mail);
      return (await mailbox.mails()).find((candidate) => candidate.uid === uid)?.bytes ?? Buffer.alloc(0);
    };
    const flagsOf = async (mail: Uint8Array): Promise<unknown> => {
      const uid = await uidOf(mail);
      return (await mailbox.mails()).find((candidate) => candidate.uid === uid)?.flags;
    };

    beforeAll(async () => {
      mailbox = world().mailbox(way.user);
      phone = await world().phone(way.user, way);
      for (const mail of [first, second, third, fourth]) await mailbox.deliver(mail);
      await mailbox.setFlags(await uidOf(first), { read: true, replied: true });
      await mailbox.setFlags(await uidOf(second), { flagged: true });
      await mailbox.setFlags(await uidOf(third), { read: true, forwarded: true });
    });

    test('the first sync brings the mails that exist, their bytes and flags as the mail server holds them', async () => {
      const result = await syncMoves(phone, { local: { added: 4 } });
      expect(result.report?.stores['email']?.mode).toBe('slow');
      await expectInStep(phone, mailbox);
      const { email, luid } = findMail(phone, await storedBytes(third));
      expect(email).toMatchObject({ read: true, forwarded: true, replied: false, flagged: false, ext: [] });
      // Not by the word of our own parser alone: the mail's text stands in the file.
      expect(Buffer.from(emails(phone).read(luid)).includes(await storedBytes(third))).toBe(true);
    });

    test('a sync with nothing changed moves no item', async () => {
      const before = world().exchanges.length;
      const result = await syncMoves(phone, {});
      expect(result.report?.stores['email']?.mode).toBe('two-way');
      for (const { reply } of world().exchanges.slice(before)) expect(Buffer.from(reply).includes('vnd.omads-email+xml 1')).toBe(false);
      await expectInStep(phone, mailbox);
    });

    test('a new mail arrives, a flag set at the mail server comes with the whole object, and a mail moved away goes', async () => {
      await mailbox.deliver(later);
      await mailbox.setFlags(await uidOf(second), { read: true, replied: true, flagged: false });
      await mailbox.move(await uidOf(fourth), 'trash');
      await syncMoves(phone, { local: { added: 1, updated: 1, removed: 1 } });
      await expectInStep(phone, mailbox);
      expect(findMail(phone, await storedBytes(second)).email).toMatchObject({ read: true, replied: true, flagged: false });
    });

    test('flags changed on the device reach the mail server, the mail itself unchanged, and are not sent back', async () => {
      const bytes = await storedBytes(later);
      const { luid } = findMail(phone, bytes);
      setItemFlag(phone, luid, 'read', true);
      setItemFlag(phone, luid, 'flagged', true);
      await syncMoves(phone, { remote: { updated: 1 } });
      await vi.waitFor(async () => expect(await flagsOf(later)).toMatchObject({ read: true, flagged: true, replied: false }), 5_000);
      expect((await storedBytes(later)).equals(bytes)).toBe(true);
      await expectInStep(phone, mailbox);
      await syncMoves(phone, {});
    });

    test('a mail put on the device is at the mail server, byte for byte, and is not sent back', async () => {
      addItem(phone, 'mine', Buffer.from(writtenObject));
      await syncMoves(phone, { remote: { added: 1 } });
      await vi.waitFor(async () => expect((await mailbox.mails()).some(({ bytes }) => bytes.equals(written))).toBe(true), 5_000);
      expect(await flagsOf(written)).toMatchObject({ read: true, flagged: true, replied: false, forwarded: false });
      await syncMoves(phone, {});
      await expectInStep(phone, mailbox);
    });

    test('a mail deleted on the device is in the trash, a mail removed at the mail server is gone from the device', async () => {
      const deleted = await storedBytes(first);
      emails(phone).delete(findMail(phone, deleted).luid);
      await mailbox.remove(await uidOf(third));
      await syncMoves(phone, { local: { removed: 1 }, remote: { removed: 1 } });
      await vi.waitFor(async () => expect((await mailbox.mails('trash')).some(({ bytes }) => bytes.equals(deleted))).toBe(true), 5_000);
      expect((await mailbox.mails()).some(({ bytes }) => bytes.equals(deleted))).toBe(false);
      await syncMoves(phone, {});
      await expectInStep(phone, mailbox);
    });

    test('both sides change different flags of one mail, and both changes hold on both sides', async () => {
      const bytes = await storedBytes(second);
      setItemFlag(phone, findMail(phone, bytes).luid, 'flagged', true);
      await mailbox.setFlags(await uidOf(second), { forwarded: true });
      await syncMoves(phone, { local: { updated: 1 }, remote: { updated: 1 } });
      await vi.waitFor(async () => expect(await flagsOf(second)).toMatchObject({ read: true, flagged: true, forwarded: true }), 5_000);
      await syncMoves(phone, {});
      await expectInStep(phone, mailbox);
    });
  });
}

/** The same in one go: what exists comes, then a change each way in one session, then nothing. */
function mailTravels(world: () => PlainWorld, way: Way): void {
  test(`${way.name}: the first sync, a change each way, and nothing after that`, async () => {
    const mailbox = world().mailbox(way.user);
    const phone = await world().phone(way.user, way);
    const [flagged, later, ...rest] = sampleMails({ count: 4, seed: 2, meanBytes: 4_000 }).map(({ bytes }) => bytes);
    for (const mail of [flagged, ...rest]) await mailbox.deliver(mail ?? written);
    const [first] = await mailbox.mails();
    await mailbox.setFlags(first?.uid ?? '', { read: true, replied: true, forwarded: true, flagged: true });
    await syncMoves(phone, { local: { added: 3 } });
    await expectInStep(phone, mailbox);
    await mailbox.deliver(later ?? written);
    const unread = phoneMails(phone).find(({ email }) => email.read === false);
    setItemFlag(phone, unread?.luid ?? '', 'read', true);
    await syncMoves(phone, { local: { added: 1 }, remote: { updated: 1 } });
    await vi.waitFor(async () => expect((await mailbox.mails()).filter(({ flags }) => flags.read)).toHaveLength(2), 5_000);
    await expectInStep(phone, mailbox);
    await syncMoves(phone, {});
  });
}

describePeer('SyncEvolution with the integrated store', [syncEvolutionPeer, wbxmlToolsPeer], () => {
  let world: PlainWorld;
  beforeAll(async () => {
    world = await startPlainWorld({ people: [...ways, ...otherWays].map(({ user }) => user) });
  });
  afterAll(() => world.close());

  for (const way of ways) mailTravelsBothWays(() => world, way);
  for (const way of otherWays) mailTravels(() => world, way);

  test('every WBXML reply is read by libwbxml, which knows each tag', async () => {
    expect(await judgeReplies(world.exchanges)).toBeGreaterThan(50);
  });
});

describePeer('SyncEvolution with Dovecot', [syncEvolutionPeer, dovecotPeer, wbxmlToolsPeer], () => {
  const some = ways.filter(({ name }) => name === 'WBXML 1.2, md5');
  let dovecot: Dovecot;
  let world: PlainWorld;
  beforeAll(async () => {
    dovecot = await startDovecot({ users: some.map(({ user }) => ({ name: user, password: passwordOf(user) })) });
    world = await startPlainWorld({ people: some.map(({ user }) => user), dovecot });
  });
  afterAll(async () => {
    await world.close();
    await dovecot.stop();
  });

  for (const way of some) mailTravelsBothWays(() => world, way);

  test('every WBXML reply is read by libwbxml, which knows each tag', async () => {
    expect(await judgeReplies(world.exchanges)).toBeGreaterThan(10);
  });
});
