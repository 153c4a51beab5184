// SyncEvolution starts again: refresh from the server, lost anchors, a slow sync over mails that both sides hold.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { decodeMessage, parseEmail } from '@packetboat/syncml';
import { describePeer } from '../peers/describe-peer.ts';
import { type Dovecot, dovecotPeer, startDovecot } from '../peers/dovecot.ts';
import { type SyncEvolution, syncEvolutionPeer } from '../peers/syncevolution.ts';
import { wbxmlToolsPeer } from '../peers/wbxml-tools.ts';
import { judgeReplies } from '../support/judge-wbxml.ts';
import { sampleMails } from '../support/mail-samples.ts';
import { addItem, emails, expectInStep, findMail, phoneMails, setItemFlag, syncMoves } from '../support/phone-content.ts';
import { type Mailbox, passwordOf, type PlainWorld, startPlainWorld } from '../support/plain-world.ts';

const mine = Buffer.from(
  'From: alice@example.test\r\nTo: bob@example.test\r\nSubject: mine\r\nMessage-ID: <mine@example.test>\r\n\r\nWritten here: é.\r\n',
);
const mineObject = Buffer.from(`<Email><read>true</read><emailitem><![CDATA[${mine.toString()}]]></emailitem></Email>`);

/** Two copies of one mail and two mails without Message-ID that look alike: what a careless match would fold into one. */
const twins = [
  'From: a@northgate.example\r\nSubject: twice\r\nMessage-ID: <twin@northgate.example>\r\n\r\nthe same\r\n',
  'From: a@northgate.example\r\nSubject: twice\r\nMessage-ID: <twin@northgate.example>\r\n\r\nthe same\r\n',
  'From: a@northgate.example\r\nSubject: alike\r\n\r\nbody A\r\n',
  'From: a@northgate.example\r\nSubject: alike\r\n\r\nbody B\r\n',
].map((text) => Buffer.from(text));

/** Alert codes that the device asked with since `from`. */
function alertCodes(world: PlainWorld, from: number): string[] {
  return world.exchanges
    .slice(from)
    .flatMap(({ request, requestType }) =>
      decodeMessage(request, requestType.includes('wbxml') ? 'wbxml' : 'xml').commands.flatMap((command) =>
        command.name === 'Alert' && command.data !== undefined ? [command.data] : [],
      ),
    );
}

const stores = [
  { store: 'the integrated store', needs: [syncEvolutionPeer, wbxmlToolsPeer] },
  { store: 'Dovecot', needs: [syncEvolutionPeer, wbxmlToolsPeer, dovecotPeer] },
];

for (const { store, needs } of stores) {
  describePeer(`SyncEvolution starting again, with ${store}`, needs, () => {
    const wbxml = store === 'Dovecot';
    const people = ['refresh', 'refresh205', 'forgetful', 'reset', 'conflict', 'alike'];
    let dovecot: Dovecot | undefined;
    let world: PlainWorld;
    beforeAll(async () => {
      if (store === 'Dovecot') dovecot = await startDovecot({ users: people.map((name) => ({ name, password: passwordOf(name) })) });
      world = await startPlainWorld({ people, ...(dovecot === undefined ? {} : { dovecot }) });
    });
    afterAll(async () => {
      await world.close();
      await dovecot?.stop();
    });

    /** A device in step with a mailbox of some mails, one of which it wrote itself. */
    const settled = async (user: string): Promise<{ phone: SyncEvolution; mailbox: Mailbox }> => {
      const mailbox = world.mailbox(user);
      const phone = await world.phone(user, { wbxml });
      for (const { bytes } of sampleMails({ count: 6, seed: 3, meanBytes: 4_000 })) await mailbox.deliver(bytes);
      for (const mail of twins) await mailbox.deliver(mail);
      await syncMoves(phone, { local: { added: 10 } });
      addItem(phone, 'mine', mineObject);
      await syncMoves(phone, { remote: { added: 1 } });
      await vi.waitFor(async () => expect(await mailbox.mails()).toHaveLength(11), 5_000);
      return { phone, mailbox };
    };

    test('a refresh from the server brings everything again, the mail that the device had written included', async () => {
      const { phone, mailbox } = await settled('refresh');
      const [some] = phoneMails(phone);
      if (some !== undefined) emails(phone).delete(some.luid);
      addItem(phone, 'unsent', Buffer.from('<Email><emailitem>Subject: never sent\r\n\r\n</emailitem></Email>'));
      const before = world.exchanges.length;
      const result = await phone.run({ mode: 'refresh-from-remote' });
      expect(result.exitCode, result.output).toBe(0);
      expect(alertCodes(world, before)).toContain('201');
      await expectInStep(phone, mailbox);
      findMail(phone, mine);
      expect(await mailbox.mails()).toHaveLength(11);
      await syncMoves(phone, {});
    });

    test('a device that lost its anchors and map gets a slow sync that doubles nothing on either side', async () => {
      const { phone, mailbox } = await settled('forgetful');
      phone.forgetState();
      const result = await syncMoves(phone, { remote: { added: 11 } });
      expect(result.report?.stores['email']?.mode).toBe('slow');
      expect(await mailbox.mails()).toHaveLength(11);
      await expectInStep(phone, mailbox);
      await syncMoves(phone, {});
      // The map is right again: a change of one mail reaches that mail.
      const { luid } = findMail(phone, mine);
      emails(phone).delete(luid);
      await syncMoves(phone, { remote: { removed: 1 } });
      await vi.waitFor(async () => expect((await mailbox.mails('trash')).some(({ bytes }) => bytes.equals(mine))).toBe(true), 5_000);
      await expectInStep(phone, mailbox);
    });

    test('what both sides did before a slow sync holds: new mail each way, and a mail deleted at the server stays deleted', async () => {
      const { phone, mailbox } = await settled('conflict');
      const news = Buffer.from('From: a@northgate.example\r\nSubject: news\r\nMessage-ID: <news@northgate.example>\r\n\r\nnew\r\n');
      const own = Buffer.from('From: alice@example.test\r\nSubject: own\r\nMessage-ID: <own@example.test>\r\n\r\nown\r\n');
      await mailbox.deliver(news);
      const found = (await mailbox.mails()).find(({ bytes }) => bytes.equals(mine));
      await mailbox.remove(found?.uid ?? '');
      addItem(phone, 'own', Buffer.from(`<Email><emailitem><![CDATA[${own.toString()}]]></emailitem></Email>`));
      setItemFlag(phone, phoneMails(phone).find(({ email }) => email.read === false)?.luid ?? '', 'read', true);
      phone.forgetState();
      const result = await phone.run();
      expect(result.exitCode, result.output).toBe(0);
      await vi.waitFor(async () => expect((await mailbox.mails()).some(({ bytes }) => bytes.equals(own))).toBe(true), 5_000);
      const there = await mailbox.mails();
      expect(there).toHaveLength(12);
      expect(there.some(({ bytes }) => bytes.equals(mine))).toBe(false);
      expect(phoneMails(phone).some(({ bytes }) => bytes.equals(mine))).toBe(false);
      expect(there.filter(({ flags }) => flags.read)).toHaveLength(1);
      await syncMoves(phone, {});
      await expectInStep(phone, mailbox);
    });

    // What differs between mail servers has been seen by now.
    if (store === 'the integrated store') {
      test('a refresh asked for as alert 205 does the same', async () => {
        const { phone, mailbox } = await settled('refresh205');
        const [some] = phoneMails(phone);
        if (some !== undefined) emails(phone).delete(some.luid);
        const before = world.exchanges.length;
        const result = await phone.run({ mode: 'refresh-from-remote', extra: ['enableRefreshSync=1'] });
        expect(result.exitCode, result.output).toBe(0);
        expect(alertCodes(world, before)).toContain('205');
        await expectInStep(phone, mailbox);
        findMail(phone, mine);
        expect(await mailbox.mails()).toHaveLength(11);
        await syncMoves(phone, {});
      });

      test('after a slow sync, mails that look alike are still told apart', async () => {
        const mailbox = world.mailbox('alike');
        const phone = await world.phone('alike', { wbxml });
        const alike = ['A', 'B', 'C'].map((body) => Buffer.from(`From: a@northgate.example\r\nSubject: alike\r\n\r\nbody ${body}\r\n`));
        for (const mail of alike) await mailbox.deliver(mail);
        await syncMoves(phone, { local: { added: 3 } });
        const stored = (await mailbox.mails()).map(({ bytes }) => bytes);
        phone.forgetState();
        await syncMoves(phone, { remote: { added: 3 } });
        for (const bytes of stored.slice(0, 2)) {
          emails(phone).delete(findMail(phone, bytes).luid);
          await syncMoves(phone, { remote: { removed: 1 } });
          await vi.waitFor(async () => expect((await mailbox.mails('trash')).some((mail) => mail.bytes.equals(bytes))).toBe(true), 5_000);
          await expectInStep(phone, mailbox);
        }
      });

      test('a device that was reset, items and all, gets everything once', async () => {
        const { phone, mailbox } = await settled('reset');
        for (const luid of emails(phone).list()) emails(phone).delete(luid);
        phone.forgetState();
        await syncMoves(phone, { local: { added: 11 } });
        await expectInStep(phone, mailbox);
        expect(phoneMails(phone).filter(({ luid }) => parseEmail(emails(phone).read(luid)).emailItem !== undefined)).toHaveLength(11);
        await syncMoves(phone, {});
      });
    }

    test('every WBXML reply is read by libwbxml, which knows each tag', async () => {
      expect(await judgeReplies(world.exchanges)).toBeGreaterThanOrEqual(wbxml ? 30 : 0);
    });
  });
}
