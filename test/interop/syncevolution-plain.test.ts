// A device that knows no email object, only the mail itself (message/rfc822): SyncEvolution with that as the type of its items.
import { decodeMessage } from '@packetboat/syncml';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describePeer } from '../peers/describe-peer.ts';
import { syncEvolutionPeer } from '../peers/syncevolution.ts';
import { wbxmlToolsPeer } from '../peers/wbxml-tools.ts';
import { judgeReplies } from '../support/judge-wbxml.ts';
import { nastyMails } from '../support/nasty-mails.ts';
import { addItem, emails, syncMoves } from '../support/phone-content.ts';
import { type PlainWorld, startPlainWorld } from '../support/plain-world.ts';

const carriers = [
  { name: 'XML 1.2', user: 'xml12', wbxml: false, syncMlVersion: '1.2' },
  { name: 'WBXML 1.2', user: 'wbxml12', wbxml: true, syncMlVersion: '1.2' },
  { name: 'WBXML 1.1', user: 'wbxml11', wbxml: true, syncMlVersion: '1.1' },
] as const;

const stores = [{ name: 'email', uri: 'mail', contentType: 'message/rfc822', contentVersion: '1.0' }];
const mails = [
  // The client itself ends an item of this type at its first NUL.
  ...nastyMails.filter(({ containsNul }) => !containsNul).map(({ bytes }) => Buffer.from(bytes)),
  Buffer.concat([Buffer.from('Subject: 200 kB that is no UTF-8\r\n\r\n'), Buffer.alloc(200_000, 0xe9), Buffer.from('\r\n')]),
  Buffer.from(`Subject: 200 kB of text\r\n\r\n${'Grüße vom Kai\r\n'.repeat(12_500)}`),
];
const own = Buffer.from('From: alice@example.test\r\nTo: bob@example.test\r\nSubject: own\r\n\r\nWritten on the device: ü\r\n');

describePeer('SyncEvolution with plain mails', [syncEvolutionPeer, wbxmlToolsPeer], () => {
  let world: PlainWorld;
  beforeAll(async () => {
    world = await startPlainWorld({ people: carriers.map(({ user }) => user) });
  });
  afterAll(() => world.close());

  for (const { name, user, ...carrier } of carriers) {
    test(`${name}: mails come as they are in the first sync, go up as they are, and a flag moves nothing`, async () => {
      const phone = await world.phone(user, { ...carrier, stores });
      const mailbox = world.mailbox(user);
      for (const mail of mails) await mailbox.deliver(mail);
      await syncMoves(phone, { local: { added: mails.length } });
      const here = emails(phone)
        .list()
        .map((luid) => Buffer.from(emails(phone).read(luid)));
      for (const mail of mails)
        expect(
          here.filter((item) => item.equals(mail)),
          mail.toString('latin1', 0, 200),
        ).toHaveLength(1);
      addItem(phone, 'own', own);
      const [first] = await mailbox.mails();
      await mailbox.setFlags(first?.uid ?? '', { read: true });
      await syncMoves(phone, { remote: { added: 1 } });
      await vi.waitFor(async () => expect((await mailbox.mails()).some(({ bytes }) => bytes.equals(own))).toBe(true), 5_000);
      await syncMoves(phone, {});
      expect(await mailbox.mails()).toHaveLength(mails.length + 1);
    });
  }

  test('in XML, what it cannot hold is marked as base64, and nothing else is', () => {
    const items = world.exchanges
      .filter(({ replyType }) => replyType.includes('xml') && !replyType.includes('wbxml'))
      .flatMap(({ reply }) => decodeMessage(reply, 'xml').commands)
      .flatMap((command) => (command.name === 'Sync' ? command.commands : []))
      .flatMap((command) => (command.name === 'Add' ? [{ format: command.meta?.format, item: command.items[0] }] : []));
    const textOf = ({ format, item }: (typeof items)[number]): string => {
      const text = item?.data?.kind === 'text' ? item.data.text : '';
      return format === 'b64' ? Buffer.from(text, 'base64').toString('latin1') : text;
    };
    const isBase64 = (subject: string): boolean[] =>
      items.filter((each) => textOf(each).includes(`Subject: ${subject}`)).map(({ format }) => format === 'b64');
    expect(isBase64('nasty: cdata')).toEqual([false]);
    expect(isBase64('no number')).toEqual([false]);
    expect(isBase64('nasty: latin1')).toEqual([true]);
  });

  test('every WBXML reply is read by libwbxml, which knows each tag', async () => {
    expect(await judgeReplies(world.exchanges)).toBeGreaterThan(20);
  });
});
