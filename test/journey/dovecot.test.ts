// The whole way of mail with real mail servers: delivered by LMTP into Dovecot, sent through Postfix, and what a device did read
// back from Dovecot by a connection of its own. The tests of a group follow each other: they are one journey.
import { Flag, type ClientSettings } from '@packetboat/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describePeer } from '../peers/describe-peer.ts';
import { type Dovecot, dovecotPeer, startDovecot } from '../peers/dovecot.ts';
import { type Postfix, postfixPeer, startPostfix } from '../peers/postfix.ts';
import { sampleMails } from '../support/mail-samples.ts';
import { eventually, newestIn, readContent, sendThrough, shownMail, stateAtServer, stateOnDevice, text, withMailbox } from './look.ts';
import { type MailWorld, openDevice, startMailWorld, type TestDevice } from './mail-world.ts';

interface Mode {
  readonly title: string;
  readonly settings: Partial<ClientSettings>;
}

const modes: readonly Mode[] = [
  { title: 'profile, WBXML 1.2', settings: {} },
  { title: 'plain, XML 1.2', settings: { profile: false, encoding: 'xml', auth: 'md5' } },
  { title: 'plain, WBXML 1.2', settings: { profile: false } },
  { title: 'plain, XML 1.1', settings: { profile: false, encoding: 'xml', version: '1.1' } },
  { title: 'plain, WBXML 1.1', settings: { profile: false, version: '1.1', auth: 'md5' } },
];

const users = modes.flatMap((_, index) => [`alice-${index}`, `bob-${index}`]);

describePeer('a device, Packetboat, Dovecot and Postfix', [dovecotPeer, postfixPeer], () => {
  let dovecot: Dovecot;
  let postfix: Postfix;
  let world: MailWorld;

  beforeAll(async () => {
    dovecot = await startDovecot({ users: users.map((name) => ({ name, password: `${name}-at-dovecot` })) });
    postfix = await startPostfix({ dovecot });
    world = await startMailWorld({ dovecot, postfix, users: users.filter((name) => name.startsWith('alice')) });
  });
  afterAll(async () => {
    await world?.close();
    await postfix?.stop();
    await dovecot?.stop();
  });

  for (const [run, { title, settings }] of modes.entries()) {
    const [alice, bob] = [`alice-${run}`, `bob-${run}`];
    describe(title, () => {
      // 1.1 has no way to ask for a part of a mail.
      const headersFirst = settings.version !== '1.1';
      let device: TestDevice;
      const mails = sampleMails({
        count: 12,
        seed: 10 + run,
        to: { name: 'Alice', address: `${alice}@example.test` },
      });

      const deliver = async (bytes: Uint8Array): Promise<void> => dovecot.deliver(`${alice}@example.test`, bytes);
      const id = (index: number): string => mails[index]?.messageId ?? '';
      const folder = async (name: string): Promise<string> =>
        (await device.client.folders()).find((each) => each.name === name)?.luid ?? '';
      const folderOf = async (luid: string | null | undefined): Promise<string | null> =>
        (await device.client.folders()).find((each) => each.luid === luid)?.role ?? null;
      const inStep = async (): Promise<void> => {
        await eventually(async () => expect(await stateOnDevice(device)).toEqual(await stateAtServer(dovecot, alice)));
        expect((await device.client.info()).stats.unsentChanges).toBe(0);
      };

      beforeAll(async () => {
        for (const { bytes } of mails.slice(0, 10)) await deliver(bytes);
        device = openDevice(world.server.url, { user: alice, deviceId: 'phone', settings });
      });
      afterAll(() => device.client.close());

      test('the first sync brings the folders and the headers of all mails', async () => {
        const outcome = await device.sync();
        expect(outcome.type).toBe('slow');
        expect((await device.client.folders()).map(({ name }) => name)).toEqual(
          expect.arrayContaining(['Sent', 'Drafts', 'Trash', 'Archive', 'Junk']),
        );
        const listed = await device.client.ls({ limit: 1_000 });
        expect(new Set(listed.map(({ summary }) => summary.messageId))).toEqual(
          new Set(mails.slice(0, 10).map(({ messageId }) => messageId)),
        );
        expect(new Set(listed.map(({ shape }) => shape))).toEqual(new Set([headersFirst ? 'headers' : 'full']));
        expect(listed.map(({ summary }) => summary.subject).toSorted()).toEqual(
          mails
            .slice(0, 10)
            .map(({ subject }) => subject)
            .toSorted(),
        );
        await inStep();
      });

      test('a sync with nothing to do carries nothing', async () => {
        const outcome = await device.sync();
        expect(outcome).toMatchObject({ type: 'two-way', received: none, sent: none, refused: [] });
        expect(outcome.roundTrips).toBe(settings.profile === false ? 3 : 1);
      });

      test('mail that arrives comes with the next sync, and nothing else', async () => {
        await deliver(mails[10]?.bytes ?? new Uint8Array());
        expect((await device.sync()).received).toEqual({ ...none, added: 1 });
        expect(await shownMail(device, id(10))).toMatchObject({ flags: 0 });
        await inStep();
      });

      test('a mail is read whole on demand', async () => {
        const { luid } = await shownMail(device, id(10));
        const opened = await device.client.read(luid, { fetch: true });
        expect(opened.whole).toBe(true);
        const atServer = await contentAtServer(id(10));
        const here = (await device.client.read(luid)).mail;
        expect(here.summary.subject).toBe(mails[10]?.subject);
        const content = (await device.store.get(luid))?.content ?? null;
        // Profile devices leave transport headers at the server unless they ask for them.
        const [own, all] = [text(content), text(atServer)];
        if (settings.profile === false) expect(own).toBe(all);
        expect(bodyOf(own)).toBe(bodyOf(all));
        expect(own.length).toBeGreaterThan(100);
      });

      test('read and flagged on the device is read and flagged at Dovecot', async () => {
        const { luid } = await shownMail(device, id(10));
        await device.client.mark(luid, Flag.Read | Flag.Flagged, Flag.Read | Flag.Flagged);
        expect((await device.sync()).sent).toEqual({ ...none, changed: 1 });
        await eventually(async () => expect((await stateAtServer(dovecot, alice))['INBOX']).toContain(`${id(10)} read,flagged`));
        expect((await device.sync()).received).toEqual(none);
        await inStep();
      });

      test('read at Dovecot is read on the device', async () => {
        await withMailbox(dovecot, alice, async (mailbox) => {
          await mailbox.setFlags('INBOX', [await uidOf('INBOX', id(0))], { read: true });
          await mailbox.setFlags('INBOX', [await uidOf('INBOX', id(10))], { flagged: false });
        });
        expect((await device.sync()).received).toEqual({ ...none, changed: 2 });
        expect((await shownMail(device, id(0))).flags).toBe(Flag.Read);
        expect((await shownMail(device, id(10))).flags).toBe(Flag.Read);
        await inStep();
      });

      test('both sides change one mail, and neither change is lost', async () => {
        await device.client.mark((await shownMail(device, id(1))).luid, Flag.Flagged, Flag.Flagged);
        await withMailbox(dovecot, alice, async (mailbox) => mailbox.setFlags('INBOX', [await uidOf('INBOX', id(1))], { read: true }));
        await device.sync();
        await eventually(async () => expect((await stateAtServer(dovecot, alice))['INBOX']).toContain(`${id(1)} read,flagged`));
        await device.sync();
        expect((await shownMail(device, id(1))).flags).toBe(Flag.Read | Flag.Flagged);
        await inStep();
      });

      test('a mail that is sent reaches bob and stands in Sent', async () => {
        const { luid } = await device.client.send({
          to: [`${bob}@example.test`],
          bcc: [`${alice}@example.test`],
          subject: 'Grüße aus Lübeck',
          text: 'Is the tide with us?\n',
        });
        await eventually(async () => expect(Object.values(await stateAtServer(dovecot, bob)).flat()).toHaveLength(1));
        const sent = await newestIn(dovecot, bob, 'INBOX');
        expect(sent.text).toContain('Is the tide with us?');
        expect(sent.text.toLowerCase()).not.toContain('bcc:');
        expect(sent.text).not.toMatch(/x-packetboat/i);
        await device.sync();
        await eventually(async () => expect((await stateAtServer(dovecot, alice))['Sent']).toEqual([`${sent.messageId} read`]));
        // The copy for alice herself, by Bcc, has the same Message-ID.
        await eventually(async () => {
          await device.sync();
          expect((await stateOnDevice(device))['INBOX']).toContain(sent.messageId);
        });
        expect((await stateOnDevice(device))['Sent']).toEqual([`${sent.messageId} read`]);
        expect((await stateOnDevice(device))['(outbox)']).toBeUndefined();
        expect((await device.client.ls({ limit: 1_000 })).filter((mail) => mail.luid === luid && mail.sendError !== null)).toEqual([]);
        await inStep();
      });

      test('a mail that Postfix refuses stays in the Outbox with its reason', async () => {
        await device.client.send({ to: ['nobody@elsewhere.test'], subject: 'to nowhere', text: 'text' });
        await device.sync();
        const refused = (await device.client.ls({ limit: 1_000 })).find(({ summary }) => summary.subject === 'to nowhere');
        expect(refused?.sendError).toContain('no outside mail here');
        expect(await folderOf(refused?.folder)).toBe('outbox');
        await device.client.rm(refused?.luid ?? '');
        await device.sync();
        await inStep();
      });

      test("bob's answer arrives, and answering it marks it", async () => {
        const sent = await newestIn(dovecot, bob, 'INBOX');
        const answer = `From: ${bob}@example.test\r\nTo: ${alice}@example.test\r\nSubject: Re: tide\r\nMessage-ID: <answer-${bob}@example.test>\r\nIn-Reply-To: ${sent.messageId}\r\nDate: Mon, 12 Jan 2026 09:00:00 +0000\r\n\r\nIt is.\r\n`;
        await sendThrough(postfix, dovecot, { from: bob, to: alice, text: answer });
        await eventually(async () => {
          await device.sync();
          await shownMail(device, `<answer-${bob}@example.test>`);
        });
        const { luid } = await shownMail(device, `<answer-${bob}@example.test>`);
        await device.client.read(luid, { fetch: true });
        await device.client.reply(luid, { text: 'Good.' });
        await eventually(async () =>
          expect((await stateAtServer(dovecot, alice))['INBOX']).toContain(`<answer-${bob}@example.test> replied`),
        );
        await eventually(async () => expect((await newestIn(dovecot, bob, 'INBOX')).text).toContain('> It is.'));
        expect((await newestIn(dovecot, bob, 'INBOX')).text).toContain(`In-Reply-To: <answer-${bob}@example.test>`);
        await device.sync();
        await inStep();
      });

      test('deleted on the device is in the trash at Dovecot, and deleted there it is gone', async () => {
        await device.client.rm((await shownMail(device, id(2))).luid);
        await device.sync();
        await eventually(async () => expect((await stateAtServer(dovecot, alice))['Trash']).toContain(id(2)));
        await device.sync();
        await inStep();
        await device.client.rm((await shownMail(device, id(2))).luid);
        await device.sync();
        await eventually(async () =>
          expect(
            Object.values(await stateAtServer(dovecot, alice))
              .flat()
              .join(),
          ).not.toContain(id(2)),
        );
        await device.sync();
        await inStep();
      });

      test('deleted at Dovecot is gone on the device', async () => {
        await withMailbox(dovecot, alice, async (mailbox) => mailbox.remove('INBOX', [await uidOf('INBOX', id(3))]));
        await eventually(async () => {
          await device.sync();
          await expect(shownMail(device, id(3))).rejects.toThrow('does not show');
        });
        await inStep();
      });

      test('moved on the device is moved at Dovecot, and the other way round', async () => {
        await device.client.move((await shownMail(device, id(4))).luid, await folder('Archive'));
        expect((await device.sync()).sent).toEqual({ ...none, moved: 1 });
        await eventually(async () => expect((await stateAtServer(dovecot, alice))['Archive']).toEqual([id(4)]));
        await withMailbox(dovecot, alice, async (mailbox) => {
          await mailbox.createFolder('Ferries');
          await mailbox.move('INBOX', [await uidOf('INBOX', id(5))], 'Ferries');
        });
        await eventually(async () => {
          await device.sync();
          expect((await stateOnDevice(device))['Ferries']).toEqual([id(5)]);
        });
        await inStep();
      });

      test('a second device shows the same and hears of the first', async () => {
        const tablet = openDevice(world.server.url, { user: alice, deviceId: 'tablet', settings });
        try {
          await tablet.sync();
          expect(await stateOnDevice(tablet)).toEqual(await stateAtServer(dovecot, alice));
          await device.client.mark((await shownMail(device, id(6))).luid, Flag.Read, Flag.Read);
          await tablet.client.mark((await shownMail(tablet, id(6))).luid, Flag.Flagged, Flag.Flagged);
          await device.sync();
          await tablet.sync();
          await device.sync();
          expect((await shownMail(device, id(6))).flags).toBe(Flag.Read | Flag.Flagged);
          expect(await stateOnDevice(tablet)).toEqual(await stateOnDevice(device));
          await inStep();
        } finally {
          await tablet.client.close();
        }
      });

      test('at the end there is nothing left to do', async () => {
        await device.sync();
        expect(await device.sync()).toMatchObject({ type: 'two-way', received: none, sent: none, refused: [] });
        await inStep();
      });

      async function uidOf(path: string, messageId: string): Promise<string> {
        return withMailbox(dovecot, alice, async (mailbox) => (await mailbox.find(path, messageId))[0] ?? '');
      }

      async function contentAtServer(messageId: string): Promise<Uint8Array> {
        return withMailbox(dovecot, alice, async (mailbox) =>
          readContent(mailbox, 'INBOX', (await mailbox.find('INBOX', messageId))[0] ?? ''),
        );
      }
    });
  }
});

const none = { added: 0, changed: 0, deleted: 0, moved: 0 };

function bodyOf(mail: string): string {
  return mail.slice(mail.indexOf('\r\n\r\n') + 4);
}
