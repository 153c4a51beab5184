// Sessions with SyncEvolution that are cut: whatever was lost, the next session brings both sides in step, and nothing is doubled.
// From 1.2 on the client then asks to resume (Alert 225); in 1.1 it begins a normal session, has no way to send a Map that was lost,
// and sends those mails as its own.
import { decodeMessage } from '@packetboat/syncml';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { describePeer } from '../peers/describe-peer.ts';
import { type SyncEvolution, syncEvolutionPeer } from '../peers/syncevolution.ts';
import { wbxmlToolsPeer } from '../peers/wbxml-tools.ts';
import { judgeReplies } from '../support/judge-wbxml.ts';
import { addItem, emails, expectInStep, findMail, phoneMails, setItemFlag, syncMoves } from '../support/phone-content.ts';
import { type Mailbox, type PlainWorld, startPlainWorld } from '../support/plain-world.ts';

const carriers = [
  { name: 'XML 1.2', user: 'xml12', wbxml: false, syncMlVersion: '1.2' },
  { name: 'WBXML 1.2', user: 'wbxml12', wbxml: true, syncMlVersion: '1.2' },
  { name: 'WBXML 1.1', user: 'wbxml11', wbxml: true, syncMlVersion: '1.1' },
] as const;

const losses = [1, 2, 3].flatMap((count) => [
  { what: 'request' as const, count },
  { what: 'reply' as const, count },
]);

// A test is a dozen sessions and more.
vi.setConfig({ testTimeout: 120_000 });

let number = 0;
const mail = (from: string): Buffer => {
  number += 1;
  const subject = `cut ${number}`;
  return Buffer.from(`From: ${from}\r\nSubject: ${subject}\r\nMessage-ID: <cut-${number}@${from}>\r\n\r\n${subject}\r\n`);
};
const objectOf = (bytes: Buffer): Buffer =>
  Buffer.from(`<Email><read>false</read><emailitem><![CDATA[${bytes.toString()}]]></emailitem></Email>`);

const agrees = async (phone: SyncEvolution, mailbox: Mailbox, count: number): Promise<void> => {
  await vi.waitFor(async () => expect(await mailbox.mails()).toHaveLength(count), 5_000);
  await expectInStep(phone, mailbox);
};

describePeer('SyncEvolution whose sessions are cut', [syncEvolutionPeer, wbxmlToolsPeer], () => {
  let world: PlainWorld;
  beforeAll(async () => {
    world = await startPlainWorld({ people: carriers.flatMap(({ user }) => [user, `${user}first`, `${user}slow`]) });
  });
  afterAll(() => world.close());

  const alertCodes = (from: number): string[] =>
    world.exchanges
      .slice(from)
      .flatMap(({ request, requestType }) =>
        decodeMessage(request, requestType.includes('wbxml') ? 'wbxml' : 'xml').commands.flatMap((command) =>
          command.name === 'Alert' && command.data !== undefined ? [command.data] : [],
        ),
      );

  /** A session in which that is lost; whether it failed. */
  const cut = async (phone: SyncEvolution, loss: (typeof losses)[number]): Promise<boolean> => {
    world.lose(loss.what, loss.count);
    return (await phone.run()).exitCode !== 0;
  };

  for (const { name, user, ...carrier } of carriers) {
    test(`${name}: changes of both sides, cut at each message`, async () => {
      const phone = await world.phone(user, carrier);
      const mailbox = world.mailbox(user);
      for (let count = 0; count < 3; count += 1) await mailbox.deliver(mail('start.example'));
      await syncMoves(phone, { local: { added: 3 } });
      let expected = 3;
      const asked = new Set<string>();
      for (const loss of name === 'XML 1.2' ? losses.slice(3) : losses) {
        const [theirs, ours] = [mail('server.example'), mail('device.example')];
        await mailbox.deliver(theirs);
        addItem(phone, `own-${number}`, objectOf(ours));
        const read = phoneMails(phone).find(({ email }) => email.read === false);
        if (read !== undefined) setItemFlag(phone, read.luid, 'read', true);
        const gone = phoneMails(phone).findLast(({ luid }) => luid !== read?.luid && luid !== `own-${number}`);
        if (gone !== undefined) emails(phone).delete(gone.luid);
        expected += 1;
        const failed = await cut(phone, loss);
        expect(failed, `${loss.what} ${loss.count} is lost`).toBe(true);
        const before = world.exchanges.length;
        const again = await phone.run();
        expect(again.exitCode, `after losing ${loss.what} ${loss.count}:\n${again.output}`).toBe(0);
        for (const code of alertCodes(before)) asked.add(code);
        await agrees(phone, mailbox, expected);
        findMail(phone, theirs);
        findMail(phone, ours);
        expect(phoneMails(phone).some(({ bytes }) => gone !== undefined && bytes.equals(gone.bytes))).toBe(false);
      }
      await syncMoves(phone, {});
      await expectInStep(phone, mailbox);
      // In 1.2 it has asked to resume, or this test proves less than it says; a slow sync was never needed.
      expect(asked.has('225')).toBe(carrier.syncMlVersion === '1.2');
      expect(asked.has('201')).toBe(false);
    });

    if (name !== 'WBXML 1.2') continue;

    test(`${name}: the first sync, cut at each message`, async () => {
      const mailbox = world.mailbox(`${user}first`);
      for (let count = 0; count < 5; count += 1) await mailbox.deliver(mail('start.example'));
      for (const loss of losses.slice(1)) {
        const phone = await world.phone(`${user}first`, { ...carrier, auth: 'basic', deviceId: `${user}-${loss.what}-${loss.count}` });
        expect(await cut(phone, loss)).toBe(true);
        const again = await phone.run();
        expect(again.exitCode, `after losing ${loss.what} ${loss.count}:\n${again.output}`).toBe(0);
        await agrees(phone, mailbox, 5);
      }
    });

    test(`${name}: a slow sync of a full device, cut at each message`, async () => {
      const mailbox = world.mailbox(`${user}slow`);
      for (let count = 0; count < 5; count += 1) await mailbox.deliver(mail('start.example'));
      const phone = await world.phone(`${user}slow`, { ...carrier, auth: 'basic' });
      await syncMoves(phone, { local: { added: 5 } });
      let expected = 5;
      for (const loss of losses.slice(1)) {
        phone.forgetState();
        await mailbox.deliver(mail('server.example'));
        addItem(phone, `own-${loss.what}-${loss.count}`, objectOf(mail('device.example')));
        expected += 2;
        expect(await cut(phone, loss)).toBe(true);
        const again = await phone.run();
        expect(again.exitCode, `after losing ${loss.what} ${loss.count}:\n${again.output}`).toBe(0);
        await agrees(phone, mailbox, expected);
      }
      await syncMoves(phone, {});
      await expectInStep(phone, mailbox);
    });
  }

  test('every WBXML reply is read by libwbxml, which knows each tag', async () => {
    expect(await judgeReplies(world.exchanges)).toBeGreaterThan(50);
  });
});
