// What the server refuses a real client, and how: wrong password, unknown user, unknown datastore, a refresh that would empty a mailbox.
import { decodeMessage, type Status } from '@packetboat/syncml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePeer } from '../peers/describe-peer.ts';
import { syncEvolutionPeer, type SyncEvolutionResult } from '../peers/syncevolution.ts';
import { wbxmlToolsPeer } from '../peers/wbxml-tools.ts';
import { judgeReplies } from '../support/judge-wbxml.ts';
import { sampleMails } from '../support/mail-samples.ts';
import { addItem, emails, expectInStep, syncMoves } from '../support/phone-content.ts';
import { type PlainWorld, startPlainWorld } from '../support/plain-world.ts';
import type { Exchange } from '../support/record-proxy.ts';

const statuses = ({ reply, replyType }: Exchange): readonly Status[] =>
  decodeMessage(reply, replyType.includes('wbxml') ? 'wbxml' : 'xml').commands.filter((command) => command.name === 'Status');

/** What was said, apart from names, times and the nonce. */
const shape = (said: readonly Exchange[]): unknown =>
  said.map((exchange) =>
    statuses(exchange).map(({ cmd, data, items, chal }) => ({
      cmd,
      data,
      items,
      chal: { ...chal?.meta, nextNonce: chal?.meta.nextNonce?.length },
    })),
  );

describePeer('SyncEvolution refused', [syncEvolutionPeer, wbxmlToolsPeer], () => {
  let world: PlainWorld;
  beforeAll(async () => {
    world = await startPlainWorld({ people: ['alice', 'bob', 'carol'] });
    for (const user of ['alice', 'bob', 'carol']) {
      for (const { bytes } of sampleMails({ count: 3 })) await world.mailbox(user).deliver(bytes);
    }
  });
  afterAll(() => world.close());

  /** A session that must fail, with what was said in it. */
  const failing = async (
    user: string,
    options: Parameters<PlainWorld['phone']>[1],
  ): Promise<{ result: SyncEvolutionResult; said: readonly Exchange[]; here: string[] }> => {
    const phone = await world.phone(user, options);
    addItem(phone, 'own', Buffer.from('<Email><emailitem>Subject: own\r\n\r\n</emailitem></Email>'));
    const before = world.exchanges.length;
    const result = await phone.run();
    expect(result.exitCode).not.toBe(0);
    return { result, said: world.exchanges.slice(before), here: emails(phone).list() };
  };

  for (const auth of ['md5', 'basic'] as const) {
    for (const wbxml of [false, true]) {
      test(`a wrong password and an unknown user are refused alike, and nothing moves (${auth}, ${wbxml ? 'WBXML' : 'XML'})`, async () => {
        const deviceId = `same-${auth}-${wbxml}`;
        const wrong = await failing('alice', { password: 'wrong', auth, wbxml, deviceId });
        const unknown = await failing('nobody', { password: 'wrong', auth, wbxml, deviceId });
        for (const { result, said, here } of [wrong, unknown]) {
          expect(here).toEqual(['own']);
          expect(result.report?.status).toBe(401);
          expect(said.length).toBeGreaterThan(0);
          for (const exchange of said) {
            expect(exchange.status).toBe(200);
            const { header, commands, final } = decodeMessage(exchange.reply, wbxml ? 'wbxml' : 'xml');
            expect(final).toBe(false);
            expect(header.respUri).toBeUndefined();
            expect(commands.every((command) => command.name === 'Status' && command.data === '401')).toBe(true);
          }
        }
        expect(wrong.result.report?.error).toBe(unknown.result.report?.error);
        expect(shape(wrong.said)).toEqual(shape(unknown.said));
        expect(await world.mailbox('alice').mails()).toHaveLength(3);
      });
    }
  }

  test('after failed log-ins the right password is taken, and everything arrives', async () => {
    const phone = await world.phone('alice', { deviceId: 'same-md5-false' });
    await syncMoves(phone, { local: { added: 3 } });
    await expectInStep(phone, world.mailbox('alice'));
  });

  for (const [uri, why] of [
    ['note', 'a datastore that does not exist'],
    ['mail/work', 'an account that the person does not have'],
    ['mail/home/No such folder', 'a folder that does not exist'],
  ] as const) {
    test(`${why} is answered 404, and nothing moves`, async () => {
      const stores = [{ name: 'email', uri, contentType: 'application/vnd.omads-email+xml' }];
      const { result, said, here } = await failing('bob', { stores, wbxml: true, deviceId: `for ${uri}` });
      expect(here).toEqual(['own']);
      expect(result.report?.stores['email']?.status).toBe(404);
      const alerts = said.flatMap((exchange) => statuses(exchange)).filter(({ cmd, data }) => cmd === 'Alert' && data !== '401');
      expect(alerts.map(({ data }) => data)).toEqual(['404']);
      expect(await world.mailbox('bob').mails()).toHaveLength(3);
    });
  }

  test('a refresh from the device, which would empty the mailbox, is refused with 406', async () => {
    const phone = await world.phone('bob', { deviceId: 'wipes' });
    await syncMoves(phone, { local: { added: 3 } });
    for (const luid of emails(phone).list()) emails(phone).delete(luid);
    const result = await phone.run({ mode: 'refresh-from-local' });
    expect(result.exitCode).not.toBe(0);
    expect(result.report?.stores['email']?.status).toBe(406);
    expect(await world.mailbox('bob').mails()).toHaveLength(3);
    expect(await world.mailbox('bob').mails('trash')).toHaveLength(0);
  });

  test('one person never sees the mail of another, on the same device', async () => {
    const stores = [{ name: 'email', uri: 'mail', contentType: 'application/vnd.omads-email+xml' }];
    const own = Buffer.from('From: a@northgate.example\r\nSubject: for carol\r\n\r\nx\r\n');
    await world.mailbox('carol').deliver(own);
    const phone = await world.phone('carol', { deviceId: 'same-md5-false', stores });
    await syncMoves(phone, { local: { added: 4 } });
    await expectInStep(phone, world.mailbox('carol'));
  });

  test('every WBXML reply is read by libwbxml, which knows each tag', async () => {
    expect(await judgeReplies(world.exchanges)).toBeGreaterThan(5);
  });
});
