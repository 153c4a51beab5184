// Mails that break careless code, carried to SyncEvolution and back: equal to the byte on the device, or the test says where not.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describePeer } from '../peers/describe-peer.ts';
import { type SyncEvolution, syncEvolutionPeer } from '../peers/syncevolution.ts';
import { wbxmlToolsPeer } from '../peers/wbxml-tools.ts';
import { judgeReplies } from '../support/judge-wbxml.ts';
import { nastyMails } from '../support/nasty-mails.ts';
import { addItem, emails, expectInStep, findMail, phoneMails, syncMoves } from '../support/phone-content.ts';
import { type Mailbox, type PlainWorld, startPlainWorld } from '../support/plain-world.ts';

const carriers = [
  { user: 'xml12', wbxml: false, syncMlVersion: '1.2' },
  { user: 'wbxml12', wbxml: true, syncMlVersion: '1.2' },
  { user: 'wbxml11', wbxml: true, syncMlVersion: '1.1' },
] as const;

/** More of what text carriers stumble over. */
const extra = [
  { name: 'byte order mark first', bytes: Buffer.from('\uFEFFSubject: bom\r\n\r\ntext\r\n') },
  { name: 'characters that XML has not', bytes: Buffer.from('Subject: controls\r\n\r\n\x01\x08\x0b\x1f\x7f\uFFFE\r\n') },
  { name: 'line separators of Unicode', bytes: Buffer.from('Subject: separators\r\n\r\none\u0085two\u2028three\u2029\r\n') },
  { name: 'bare LF', bytes: Buffer.from('Subject: unix\n\none\ntwo\n') },
  { name: 'blanks at the end of lines and of the mail', bytes: Buffer.from('Subject: blanks  \r\n\r\ntext \t \r\n \r\n\t') },
  { name: 'markup and entities', bytes: Buffer.from('Subject: &amp; <x> &#13;\r\n\r\n</emailitem></Email>&lt;![CDATA[ <!-- -->\r\n') },
  { name: 'nothing but byte order marks', bytes: Buffer.from(`Subject: marks\r\n\r\n${'\uFEFF'.repeat(50_000)}\r\n`) },
  { name: 'emoji across everything', bytes: Buffer.from(`Subject: emoji\r\n\r\n${'🚢'.repeat(30_000)}\r\n`) },
];

const mails = [...nastyMails.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes) })), ...extra];

/** How the device's copy of a mail is written inside its object. */
const encOf = (phone: SyncEvolution, mail: string): string | undefined => {
  const { luid } = findMail(phone, mails.find(({ name: each }) => each === mail)?.bytes ?? Buffer.alloc(0));
  return /<emailitem(?: enc="(.*?)")?>/.exec(Buffer.from(emails(phone).read(luid)).toString('latin1'))?.[1];
};

describePeer('SyncEvolution with nasty mails', [syncEvolutionPeer, wbxmlToolsPeer], () => {
  let world: PlainWorld;
  beforeAll(async () => {
    world = await startPlainWorld({ people: carriers.flatMap(({ user }) => [user, `${user}up`]) });
  });
  afterAll(() => world.close());

  for (const { user, ...carrier } of carriers) {
    const name = `${carrier.wbxml ? 'WBXML' : 'XML'} ${carrier.syncMlVersion}`;
    let phone: SyncEvolution;
    let mailbox: Mailbox;

    test(`${name}: all of them reach the device, equal to the byte`, async () => {
      phone = await world.phone(user, carrier);
      mailbox = world.mailbox(user);
      for (const { bytes } of mails) await mailbox.deliver(bytes);
      await syncMoves(phone, { local: { added: mails.length } });
      const there = await mailbox.mails();
      const here = phoneMails(phone);
      for (const mail of mails) {
        expect(
          there.filter(({ bytes }) => bytes.equals(mail.bytes)),
          `${mail.name}, at the mail server`,
        ).toHaveLength(1);
        expect(
          here.filter(({ bytes }) => bytes.equals(mail.bytes)),
          `${mail.name}, on the device`,
        ).toHaveLength(1);
      }
      await expectInStep(phone, mailbox);
    });

    test(`${name}: what text cannot hold comes as base64, the rest as it is`, () => {
      expect(encOf(phone, 'NUL in the body')).toBe('base64');
      expect(encOf(phone, '8-bit body without a declaration')).toBe('base64');
      expect(encOf(phone, 'characters that XML has not')).toBe('base64');
      expect(encOf(phone, 'end of CDATA in the body')).toBeUndefined();
      expect(encOf(phone, 'lone CR')).toBeUndefined();
      expect(encOf(phone, 'body line of 100,000 characters')).toBeUndefined();
    });

    test(`${name}: a device that lost its state sends them all back, and nothing is doubled or changed`, async () => {
      phone.forgetState();
      await syncMoves(phone, { remote: { added: mails.length } });
      expect(await mailbox.mails()).toHaveLength(mails.length);
      await expectInStep(phone, mailbox);
      await syncMoves(phone, {});
    });

    test(`${name}: put on a device, they reach an empty mailbox, equal to the byte`, async () => {
      const other = await world.phone(`${user}up`, carrier);
      const empty = world.mailbox(`${user}up`);
      for (const luid of emails(phone).list()) addItem(other, luid, emails(phone).read(luid));
      await syncMoves(other, { remote: { added: mails.length } });
      await vi.waitFor(async () => expect(await empty.mails()).toHaveLength(mails.length), 10_000);
      const there = await empty.mails();
      for (const mail of mails)
        expect(
          there.some(({ bytes }) => bytes.equals(mail.bytes)),
          mail.name,
        ).toBe(true);
      await syncMoves(other, {});
      await expectInStep(other, empty);
    });
  }

  test('every WBXML reply is read by libwbxml, which knows each tag', async () => {
    expect(await judgeReplies(world.exchanges)).toBeGreaterThan(20);
  });
});
