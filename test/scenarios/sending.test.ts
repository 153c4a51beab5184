// A mail in the Outbox leaves once, whatever is repeated, lost or killed; or its writer is told why it did not leave.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryClientStore, Flag } from '@packetboat/client';
import { SMTPServer } from 'smtp-server';
import { startDovecot } from '../peers/dovecot.ts';
import { listen } from '../support/listen.ts';
import { DeviceDied, mailboxState, makeDevice, password, startWorld, type Device, type World } from '../support/world.ts';
import { everyKind, folderOf, letter, oneOfEach } from './support/clients.ts';
import { startChildServer, type ChildServer } from './support/child-server.ts';
import { deviceInStep, expectQuiet, expectSettled } from './support/in-step.ts';
import { alert, RawDevice } from './support/raw-device.ts';
import { answersTo, firstRun, guidOfFolder, ownLuid } from './support/raw-run.ts';
import { alertOf, equalBytes, exchangesOf, itemsOf, statusesOf } from './support/wire.ts';

function mailTo(address: string, name: string, text = `This is ${name}.`): Uint8Array {
  const lines = ['From: alice@example.test', `To: ${address}`, `Subject: ${name}`, `Message-ID: <${name}@alice.test>`];
  return new TextEncoder().encode([...lines, 'Date: Mon, 05 Jan 2026 08:00:00 +0000', '', text, ''].join('\r\n'));
}

async function writeToOutbox(device: Device, mail: Uint8Array): Promise<string> {
  return device.store.write(mail, await folderOf(device, 'outbox'), Flag.Read, Date.now());
}

async function inboxOfBob(world: World): Promise<readonly string[]> {
  return (await mailboxState(world.mailbox('bob'))).get('inbox') ?? [];
}

describe('in one process', () => {
  let world: World;
  beforeEach(async () => {
    world = await startWorld({ bob: true });
    await world.deliver(letter('one'));
  });
  afterEach(() => world.close());

  describe.each(everyKind)('$name', (kind) => {
    it('has its mail delivered once, and its own copy moves to the sent mails without travelling', async () => {
      const device = await deviceInStep(world, kind);
      const luid = await writeToOutbox(device, mailTo('bob@example.test', 'hello'));
      const from = device.line.messages.length;
      await device.sync();
      await world.settle();
      await device.sync();
      const down = exchangesOf(device.line, from).flatMap(({ reply }) => itemsOf(reply));
      if (kind.settings.version === '1.1') expect(down.map((item) => item.command).toSorted()).toEqual(['Add', 'Delete']);
      else
        expect(down.map(({ command, id, hasMail }) => ({ command, id, hasMail }))).toEqual([{ command: 'Move', id: luid, hasMail: false }]);
      expect(await inboxOfBob(world)).toEqual(['<hello@alice.test> ']);
      expect((await mailboxState(world.mailbox())).get('sent')).toEqual(['<hello@alice.test> read']);
      await expectSettled(world, device);
    });

    it('died before it knew that its mail had left: it is not sent again', async () => {
      const device = await deviceInStep(world, kind);
      await writeToOutbox(device, mailTo('bob@example.test', 'hello'));
      device.line.faults.set(device.line.count + (kind.profile ? 1 : 2), 'die after');
      await expect(device.client.sync()).rejects.toThrow(DeviceDied);
      await world.settle();
      expect(await inboxOfBob(world)).toHaveLength(1);
      const again = world.reborn(device);
      const outcome = await again.sync();
      expect(outcome.refused).toEqual([]);
      await expectSettled(world, again);
      expect(await inboxOfBob(world)).toHaveLength(1);
      expect((await mailboxState(world.mailbox())).get('sent')).toHaveLength(1);
    });

    it('begins a slow sync before it knew that its mail had left: it is not sent again, and shown once', async () => {
      const device = await deviceInStep(world, kind);
      await writeToOutbox(device, mailTo('bob@example.test', 'hello'));
      device.line.faults.set(device.line.count + (kind.profile ? 1 : 2), 'die after');
      await expect(device.client.sync()).rejects.toThrow(DeviceDied);
      const again = world.reborn(device);
      await again.sync('slow');
      await expectSettled(world, again);
      expect(await inboxOfBob(world)).toHaveLength(1);
      expect((await mailboxState(world.mailbox())).get('sent')).toHaveLength(1);
    });

    it("is told in the mail server's words why its mail was refused, keeps it in the Outbox, and is told the same again", async () => {
      const device = await deviceInStep(world, kind);
      const luid = await writeToOutbox(device, mailTo('nobody@example.test', 'lost'));
      device.line.faults.set(device.line.count + (kind.profile ? 1 : 2), 'die after');
      await expect(device.client.sync()).rejects.toThrow(DeviceDied);
      const again = world.reborn(device);
      const outcome = await again.sync();
      expect(outcome.refused.map((each) => [each.luid, each.status])).toEqual([[luid, '500']]);
      const [first] = exchangesOf(device.line, device.line.messages.length - 1).flatMap(({ reply }) => failures(reply));
      const [second] = exchangesOf(again.line).flatMap(({ reply }) => failures(reply));
      expect(second).toBe(first);
      expect(outcome.refused[0]?.text).toMatch(/no such mailbox|mailbox/i);
      const kept = (await again.client.ls()).find((mail) => mail.luid === luid);
      expect(kept?.folder).toBe(await folderOf(again, 'outbox'));
      expect(kept?.sendError).toMatch(/mailbox/i);
      await again.sync();
      await expectQuiet(again);
      expect((await again.client.ls()).filter((mail) => mail.sendError !== null)).toHaveLength(1);
    });
  });

  describe.each(oneOfEach)('$name', (kind) => {
    it('may try a refused mail again, which then leaves', async () => {
      const device = await deviceInStep(world, kind);
      const luid = await writeToOutbox(device, mailTo('carol@example.test', 'patience'));
      const outcome = await device.sync();
      expect(outcome.refused.map((each) => each.status)).toEqual(['500']);
      await device.sync();
      await world.server.integrated?.addPerson({ user: 'carol', address: 'carol@example.test' });
      await device.client.move(luid, await folderOf(device, 'outbox'));
      const again = await device.sync();
      expect(again.refused).toEqual([]);
      await expectSettled(world, device);
      expect((await mailboxState(world.mailbox('carol'))).get('inbox')).toHaveLength(1);
      expect((await mailboxState(world.mailbox())).get('sent')).toEqual(['<patience@alice.test> read']);
    });

    it('keeps a refused mail in its Outbox through a slow sync, and it is not tried again by that', async () => {
      const device = await deviceInStep(world, kind);
      const luid = await writeToOutbox(device, mailTo('carol@example.test', 'stuck'));
      await device.sync();
      await device.sync();
      await world.server.integrated?.addPerson({ user: 'carol', address: 'carol@example.test' });
      await device.sync('slow');
      await world.settle();
      await device.sync();
      expect(await mailboxState(world.mailbox('carol'))).toEqual(new Map());
      const kept = (await device.client.ls()).filter((mail) => mail.sendError !== null);
      expect(kept.map((mail) => mail.luid)).toEqual([luid]);
    });

    async function opened(): Promise<{ device: RawDevice; outbox: string; last: string }> {
      const device = new RawDevice(world, { profile: kind.profile });
      const { last, replies } = await firstRun(device);
      return { device, last, outbox: ownLuid(device, guidOfFolder(replies, 'outbox')) };
    }

    it('gets the stored answer for the very same message, and the mail leaves once', async () => {
      const { device, last, outbox } = await opened();
      device.newSession();
      device.msgId = 1;
      const sync = device.sync([device.add('~1', outbox, mailTo('bob@example.test', 'same'))]);
      const body = device.bytes({ commands: [alert(200, { last, next: device.profile ? '1' : 'b' }), sync] });
      const first = await device.post(body);
      await world.settle();
      const second = await device.post(body);
      expect(equalBytes(first.body, second.body)).toBe(true);
      await world.settle();
      expect(await inboxOfBob(world)).toHaveLength(1);
    });

    it('may hand in the same mail under another LUID: it gets the stored Status, and loses the one too many', async () => {
      const { device, last, outbox } = await opened();
      const mail = mailTo('bob@example.test', 'twice');
      device.newSession();
      await device.send({
        commands: [alert(200, { last, next: device.profile ? '1' : 'b' }), device.sync([device.add('~1', outbox, mail)])],
      });
      // The answer never arrived, and it has forgotten how it called the mail.
      device.newSession();
      const reply = await device.send({
        commands: [alert(200, { last, next: device.profile ? '2' : 'c' }), device.sync([device.add('~2', outbox, mail)])],
      });
      const codes = statusesOf(reply).filter((status) => status.cmd === 'Add');
      // A profile client is told failures only.
      expect(codes.map((status) => status.data)).toEqual(device.profile ? [] : ['201']);
      const sent = itemsOf(reply);
      expect(sent.filter((item) => item.command === 'Delete').map((item) => item.id)).toEqual(['~2']);
      if (!device.profile) await device.send({ commands: answersTo(reply) });
      await world.settle();
      expect(await inboxOfBob(world)).toHaveLength(1);
      expect((await mailboxState(world.mailbox())).get('sent')).toHaveLength(1);
    });

    it('sends another mail under a LUID that it has used before', async () => {
      const { device, last, outbox } = await opened();
      device.newSession();
      let anchor = last;
      for (const [at, name] of ['first', 'second'].entries()) {
        device.newSession();
        const next = device.profile ? String(at + 1) : name;
        const reply = await device.send({
          commands: [alert(200, { last: anchor, next }), device.sync([device.add('~1', outbox, mailTo('bob@example.test', name))])],
        });
        if (!device.profile) await device.send({ commands: answersTo(reply) });
        anchor = device.profile ? (alertOf(reply)?.next ?? '') : next;
      }
      await world.settle();
      expect(await inboxOfBob(world)).toEqual(['<first@alice.test> ', '<second@alice.test> ']);
    });
  });
});

function failures(reply: Parameters<typeof statusesOf>[0]): readonly string[] {
  return statusesOf(reply).flatMap((status) => {
    const data = status.items[0]?.data;
    return status.cmd === 'Add' && Number(status.data) >= 300 ? [`${status.data} ${data?.kind === 'text' ? data.text : ''}`] : [];
  });
}

describe('through a mail server that takes its time', () => {
  it.each(oneOfEach.flatMap((kind) => ['accepts', 'refuses'].map((answer) => ({ kind, name: kind.name, answer }))))(
    'and then $answer it, the mail of $name is told of later, and is sent once',
    async ({ kind, answer }) => {
      const taken: string[] = [];
      const slow = new SMTPServer({
        authOptional: true,
        disabledCommands: ['STARTTLS'],
        onAuth: (_auth, _session, done) => done(null, { user: 'alice' }),
        onData: (stream, _session, done) => {
          let text = '';
          stream.on('data', (part: Buffer) => (text += part.toString()));
          stream.on('end', () => {
            taken.push(text);
            // Longer than a device is kept waiting.
            setTimeout(
              () => (answer === 'accepts' ? done(null, 'queued') : done(Object.assign(new Error('too dull'), { responseCode: 554 }))),
              2_600,
            );
          });
        },
      });
      const port = await listen(slow.server);
      const dovecot = await startDovecot({ users: [{ name: 'alice', password }] });
      const link = { host: '127.0.0.1', security: 'none' as const, user: 'alice' };
      const home = {
        name: 'home',
        address: 'alice@example.test',
        aliases: [],
        imap: { ...link, port: dovecot.imapPort },
        smtp: { ...link, port },
      };
      const world = await startWorld({ accounts: [home] });
      try {
        const device = world.device({ settings: kind.settings });
        await device.sync();
        const luid = await writeToOutbox(device, mailTo('somebody@elsewhere.test', 'dull'));
        const outcome = await device.sync();
        expect(outcome.refused).toEqual([]);
        expect((await device.client.ls()).map((mail) => [mail.luid, mail.folder])).toEqual([[luid, await folderOf(device, 'outbox')]]);
        const [account] = world.server.accounts.list();
        // It goes on by itself; the device hears of it in its next sync.
        for (let look = 0; look < 60 && world.rows("select 1 from submission where state in ('waiting', 'sending')").length > 0; look += 1)
          await new Promise((resolve) => setTimeout(resolve, 100));
        await account?.worker.idle();
        await device.sync();
        const [mail] = await device.client.ls();
        expect(mail?.luid).toBe(luid);
        expect(mail?.folder).toBe(await folderOf(device, answer === 'accepts' ? 'sent' : 'outbox'));
        if (answer === 'accepts') expect(mail?.sendError).toBeNull();
        else expect(mail?.sendError).toContain('too dull');
        await world.settle();
        await expectQuiet(device);
        expect(taken).toHaveLength(1);
      } finally {
        await world.close();
        await dovecot.stop();
        await new Promise<void>((resolve) => slow.close(resolve));
      }
    },
  );
});

describe('with a server that loses its power', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'packetboat-sending-'));
  });
  afterEach(() => rm(data, { recursive: true, force: true }));

  // Each kind begins at another commit and goes on in steps; PACKETBOAT_EVERY_COMMIT=1 leaves none out.
  const step = process.env['PACKETBOAT_EVERY_COMMIT'] === undefined ? 6 : 1;
  it.each(oneOfEach.map((kind, at) => ({ kind, name: kind.name, first: at + 1 })))(
    'at any commit, the mail of $name leaves once and is shown once',
    async ({ kind, first }) => {
      let server: ChildServer = await startChildServer(data, 0);
      const port = Number(new URL(server.url).port);
      const store = createMemoryClientStore();
      const device = makeDevice(server.url, { settings: kind.settings, store }, 1);
      await device.sync();
      const names: string[] = [];
      for (let commit = first; ; commit += step) {
        const name = `mail-${commit}`;
        names.push(name);
        await writeToOutbox(device, mailTo('bob@example.test', name));
        await server.killAtCommit(commit);
        await device.client.sync();
        // What the device was told is not all that the server does with the mail.
        await Promise.race([server.ended, new Promise((resolve) => setTimeout(resolve, 200))]);
        if (server.running) break;
        server = await startChildServer(data, port);
        await device.sync();
      }
      await server.stop();
      expect(names.length).toBeGreaterThan(3);
      const world = await startWorld({ bob: true, data });
      try {
        const back = world.device({ settings: kind.settings, store });
        await expectSettled(world, back);
        const all = names.map((name) => `<${name}@alice.test>`).toSorted();
        expect((await inboxOfBob(world)).map((mail) => mail.trim())).toEqual(all);
        expect((await mailboxState(world.mailbox())).get('sent')?.map((mail) => mail.replace(' read', ''))).toEqual(all);
      } finally {
        await world.close();
      }
    },
    180_000,
  );
});
