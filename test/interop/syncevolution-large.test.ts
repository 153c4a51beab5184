// Large objects in chunks, and many objects in many messages, with SyncEvolution. DS Protocol 1.2 §3.7.
import { decodeMessage, type Message, type Sync } from '@packetboat/syncml';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describePeer } from '../peers/describe-peer.ts';
import { type SyncEvolution, syncEvolutionPeer } from '../peers/syncevolution.ts';
import { wbxmlToolsPeer } from '../peers/wbxml-tools.ts';
import { judgeReplies } from '../support/judge-wbxml.ts';
import { generateMails } from '../support/mail-samples.ts';
import { addItem, expectInStep, findMail, syncMoves } from '../support/phone-content.ts';
import { type Mailbox, type PlainWorld, startPlainWorld } from '../support/plain-world.ts';
import type { Exchange } from '../support/record-proxy.ts';
import { seededRandom } from '../support/random.ts';

const carriers = [
  { name: 'XML 1.2', wbxml: false, syncMlVersion: '1.2' },
  { name: 'WBXML 1.2', wbxml: true, syncMlVersion: '1.2' },
  { name: 'WBXML 1.1', wbxml: true, syncMlVersion: '1.1' },
] as const;

/** Text in several scripts, so that chunks would cut characters; no two lines alike, so that a lost or doubled piece shows. */
function largeMail(name: string, size: number): Buffer {
  const random = seededRandom(size);
  const words = ['harbour', 'Überfahrt', 'ветер', '港', '🚢', 'a < b && c > d', 'Fähre', ']]'] as const;
  const lines = [`From: a@northgate.example`, 'To: alice@example.test', `Subject: ${name}`, `Message-ID: <${name}@northgate.example>`, ''];
  let length = 0;
  for (let number = 0; length < size; number += 1) {
    const line = `${number} ${Array.from({ length: 8 }, () => random.pick(words)).join(' ')}`;
    length += Buffer.byteLength(line) + 2;
    lines.push(line);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n`);
}

const messagesOf = (exchanges: readonly Exchange[], which: 'request' | 'reply'): Message[] =>
  exchanges.map((exchange) => decodeMessage(exchange[which], exchange.replyType.includes('wbxml') ? 'wbxml' : 'xml'));

/** Items in the Syncs of these messages that are chunks with more to come. */
const chunks = (messages: readonly Message[]): number =>
  messages
    .flatMap(({ commands }) => commands)
    .flatMap((command) => (command.name === 'Sync' ? command.commands : []))
    .flatMap((command) => ('items' in command ? command.items : []))
    .filter((item) => item.moreData === true).length;

const syncsOf = (messages: readonly Message[]): Sync[] =>
  messages.flatMap(({ commands }) => commands.filter((command): command is Sync => command.name === 'Sync'));

const person = (kind: string, { name }: { readonly name: string }): string => `${kind}${name.replace(/\W/g, '')}`.toLowerCase();

describePeer('SyncEvolution with large and many mails', [syncEvolutionPeer, wbxmlToolsPeer], () => {
  let world: PlainWorld;
  beforeAll(async () => {
    world = await startPlainWorld({ people: carriers.flatMap((carrier) => [person('large', carrier), person('many', carrier)]) });
  });
  afterAll(() => world.close());

  for (const carrier of carriers) {
    let phone: SyncEvolution;
    let mailbox: Mailbox;

    test(`${carrier.name}: mails of 200 kB and 1 MB come down in chunks, equal to the byte`, async () => {
      phone = await world.phone(person('large', carrier), carrier);
      mailbox = world.mailbox(person('large', carrier));
      const mails = [largeMail('200 kB', 200_000), largeMail('1 MB', 1_000_000)];
      for (const mail of mails) await mailbox.deliver(mail);
      const before = world.exchanges.length;
      await syncMoves(phone, { local: { added: 2 } });
      for (const mail of mails) findMail(phone, mail);
      await expectInStep(phone, mailbox);
      expect(chunks(messagesOf(world.exchanges.slice(before), 'reply'))).toBeGreaterThan(1_200_000 / 65_536 - 2);
      for (const { reply } of world.exchanges.slice(before)) expect(reply.length).toBeLessThanOrEqual(65_536);
    });

    test(`${carrier.name}: a mail of 200 kB put on the device goes up in chunks, equal to the byte`, async () => {
      const mail = largeMail('from the device', 200_000);
      const body = mail.toString().replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#13;');
      addItem(phone, 'large', Buffer.from(`<Email><read>true</read><emailitem>${body}</emailitem></Email>`));
      const before = world.exchanges.length;
      await syncMoves(phone, { remote: { added: 1 } });
      expect(chunks(messagesOf(world.exchanges.slice(before), 'request'))).toBeGreaterThanOrEqual(3);
      await vi.waitFor(async () => expect((await mailbox.mails()).some(({ bytes }) => bytes.equals(mail))).toBe(true), 5_000);
      await syncMoves(phone, {});
      await expectInStep(phone, mailbox);
    });

    test(`${carrier.name}: 300 mails come in several messages, each once`, async () => {
      phone = await world.phone(person('many', carrier), carrier);
      mailbox = world.mailbox(person('many', carrier));
      for (const { bytes } of generateMails({ count: 300, seed: 7, meanBytes: 1_500, sigma: 0.5 })) await mailbox.deliver(bytes);
      const before = world.exchanges.length;
      await syncMoves(phone, { local: { added: 300 } });
      await expectInStep(phone, mailbox);
      expect(syncsOf(messagesOf(world.exchanges.slice(before), 'reply')).length).toBeGreaterThan(5);
    });

    test(`${carrier.name}: 200 status changes and 100 deletions of the mail server come in one session, their number told first`, async () => {
      const uids = (await mailbox.mails()).map(({ uid }) => uid);
      await mailbox.setFlags(uids.slice(0, 200), { read: true });
      await mailbox.remove(uids.slice(200));
      const before = world.exchanges.length;
      await syncMoves(phone, { local: { updated: 200, removed: 100 } });
      await expectInStep(phone, mailbox);
      const syncs = syncsOf(messagesOf(world.exchanges.slice(before), 'reply'));
      expect(syncs.flatMap(({ numberOfChanges = [] }) => numberOfChanges)).toEqual([300]);
      await syncMoves(phone, {});
    });
  }

  test('every WBXML reply is read by libwbxml, which knows each tag', async () => {
    expect(await judgeReplies(world.exchanges)).toBeGreaterThan(100);
  });
});
