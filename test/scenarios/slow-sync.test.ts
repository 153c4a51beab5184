// When both sides have lost their common past: a slow sync finds again what they share, doubles nothing and brings nothing back.
// And what must not cause one: new uids at the mail server; what must: an older copy of the server's database.
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Flag } from '@packetboat/client';
import { createImapMailServer } from '@packetboat/mail';
import { startDovecot } from '../peers/dovecot.ts';
import { deviceState, mailboxState, password, startWorld, type Device, type World } from '../support/world.ts';
import { draft, everyKind, letter, mark, oneOfEach, pathOf, placeOf, plainKinds, profileKinds, shown } from './support/clients.ts';
import { deviceInStep, expectQuiet, expectSettled } from './support/in-step.ts';
import { RawDevice } from './support/raw-device.ts';
import { firstRun, guidOfFolder, luidOf, plainRun } from './support/raw-run.ts';
import { codesFor, exchangesOf, itemsOf, type SentItem } from './support/wire.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld();
  for (const name of ['one', 'two', 'three']) await world.deliver(letter(name));
});
afterEach(() => world.close());

async function slow(device: Device): Promise<{ readonly up: readonly SentItem[]; readonly down: readonly SentItem[] }> {
  const from = device.line.messages.length;
  const outcome = await device.sync('slow');
  expect(outcome.type).toBe('slow');
  const exchanges = exchangesOf(device.line, from);
  return { up: exchanges.flatMap(({ request }) => itemsOf(request)), down: exchanges.flatMap(({ reply }) => itemsOf(reply)) };
}

/** A mail that says of itself neither when it was written nor which it is. */
function nameless(text: string): Uint8Array {
  return new TextEncoder().encode(`From: Sender <sender@elsewhere.test>\r\nSubject: ${text}\r\n\r\n${text}\r\n`);
}

describe.each(everyKind)('$name', (kind) => {
  it('finds all its mails again, and nothing moves down', async () => {
    const device = await deviceInStep(world, kind);
    const { up, down } = await slow(device);
    expect(down).toEqual([]);
    if (kind.profile) expect(up.some((item) => item.hasMail)).toBe(false);
    else expect(up.filter((item) => item.hasMail)).toHaveLength(3);
    await expectSettled(world, device);
  });

  it('keeps several mails of one Message-ID as many as they are', async () => {
    await world.deliver(letter('twin'));
    await world.deliver(letter('twin'));
    const device = await deviceInStep(world, kind);
    await world.deliver(letter('twin'));
    const { down } = await slow(device);
    expect(down.filter((item) => item.command === 'Add')).toHaveLength(1);
    await expectSettled(world, device);
    const state = await mailboxState(world.mailbox());
    expect(state.get('inbox')?.filter((mail) => mail.startsWith('<twin@'))).toHaveLength(3);
  });

  it('finds mails without a Message-ID by what else they say', async () => {
    await world.deliver(nameless('first'));
    await world.deliver(nameless('second'));
    const device = await deviceInStep(world, kind);
    const before = await mailboxState(world.mailbox());
    const { down } = await slow(device);
    expect(down).toEqual([]);
    await world.settle();
    expect(await mailboxState(world.mailbox())).toEqual(before);
    await expectQuiet(device);
  });

  it('deletes on the device what was deleted at the server, and does not bring it back', async () => {
    const device = await deviceInStep(world, kind);
    const place = await placeOf(world, 'two');
    await world.mailbox().remove(place.folder, [place.uid]);
    await world.settle();
    const { down } = await slow(device);
    expect(down.map((item) => item.command)).toEqual(['Delete']);
    await expectSettled(world, device);
    expect((await mailboxState(world.mailbox())).get('inbox')).toHaveLength(2);
  });

  it('follows a mail that was moved at the server, and leaves no second one where it was', async () => {
    const device = await deviceInStep(world, kind);
    const place = await placeOf(world, 'two');
    await world.mailbox().move(place.folder, [place.uid], await pathOf(world, 'trash'));
    await world.settle();
    await slow(device);
    await expectSettled(world, device);
    await placeOf(world, 'two');
  });

  it('keeps what both sides did to the flags of a mail meanwhile, where it only ever goes up', async () => {
    const device = await deviceInStep(world, kind);
    await mark(device, 'one', Flag.Read);
    const place = await placeOf(world, 'one');
    await world.mailbox().setFlags(place.folder, [place.uid], { replied: true });
    await slow(device);
    await expectSettled(world, device);
    expect((await shown(device, 'one')).flags).toBe(Flag.Read | Flag.Replied);
  });

  it("brings the user's own changes with it: marks, a draft, a removal", async () => {
    const device = await deviceInStep(world, kind);
    await mark(device, 'one', Flag.Flagged);
    await draft(device, 'sketch');
    await device.client.rm((await shown(device, 'three')).luid);
    await slow(device);
    await expectSettled(world, device);
    const state = await mailboxState(world.mailbox());
    expect(state.get('drafts')).toEqual(['<sketch@sender.test> read']);
    expect(state.get('trash')).toEqual(['<three@sender.test> ']);
    expect(state.get('inbox')).toEqual(['<one@sender.test> flagged', '<two@sender.test> ']);
  });

  it('replaces everything on the device in a refresh, and loses no mail written there', async () => {
    const device = await deviceInStep(world, kind);
    await draft(device, 'sketch');
    const outcome = await device.sync('refresh');
    expect(outcome.type).toBe('refresh');
    await expectSettled(world, device);
    expect((await mailboxState(world.mailbox())).get('drafts')).toEqual(['<sketch@sender.test> read']);
  });
});

describe.each(plainKinds)('$name', (kind) => {
  it('that remembers no GUIDs has its mails tied to those that are here, and what is unknown comes in', async () => {
    const device = new RawDevice(world, { profile: false, encoding: kind.settings.encoding ?? 'wbxml' });
    const { replies } = await firstRun(device);
    const inbox = luidOf(guidOfFolder(replies, 'inbox'));
    const listing = ['one', 'two', 'three', 'fourth'].map((name, at) => device.add(`new-${at}`, inbox, letter(name)));
    const folders = replies.flatMap(itemsOf).filter((item) => item.type?.includes('folder') === true);
    const adds = folders.map((item) => ({
      name: 'Add' as const,
      meta: { type: item.type ?? '' },
      items: [{ source: { locUri: luidOf(item.id) }, sourceParent: '/', data: device.data(item.bytes ?? new Uint8Array()) }],
    }));
    // The first slow sync is cut after its listing; the second one says the same words again.
    device.newSession();
    await device.send({ commands: [device.put(), { name: 'Alert', data: '201', items: alertItems('cut') }] });
    const cut = await device.send({ commands: [device.sync([...adds, ...listing])] });
    expect(codesFor(cut, 'Add').slice(-4)).toEqual(['200', '200', '200', '201']);
    const again = await plainRun(device, { type: 201, next: 'again', changes: [...adds, ...listing] });
    expect(again.flatMap(itemsOf)).toEqual([]);
    await world.settle();
    // The device says that it has read them all.
    expect((await mailboxState(world.mailbox())).get('inbox')).toEqual(
      ['fourth', 'one', 'three', 'two'].map((name) => `<${name}@sender.test> read`),
    );
    const next = await plainRun(device, { last: 'again', next: 'next' });
    expect(next.flatMap(itemsOf)).toEqual([]);
  });
});

function alertItems(next: string): { target: { locUri: string }; source: { locUri: string }; meta: { anchor: { next: string } } }[] {
  return [{ target: { locUri: './mail' }, source: { locUri: './mail' }, meta: { anchor: { next } } }];
}

describe.each(oneOfEach)('$name', (kind) => {
  it('newer than a restored database gets a slow sync in which no mail of before goes over the line again', async () => {
    const device = await deviceInStep(world, kind);
    await world.settle();
    const database = join(world.data, 'packetboat.db');
    const copy = join(world.data, 'copy.db');
    await world.restart(() => copyFile(database, copy));
    // The life goes on: mails come, are marked and written.
    await device.sync();
    await world.deliver(letter('four'));
    await mark(device, 'one', Flag.Flagged);
    await draft(device, 'sketch');
    await expectSettled(world, device);
    const given = world.rows('select max(id) as last from item')[0]?.['last'];
    await world.restart(async () => {
      for (const end of ['-wal', '-shm']) await rm(`${database}${end}`, { force: true });
      await copyFile(copy, database);
    });
    const from = device.line.messages.length;
    const outcome = await device.sync();
    expect(outcome.type).toBe('slow');
    const down = exchangesOf(device.line, from).flatMap(({ reply }) => itemsOf(reply));
    const up = exchangesOf(device.line, from).flatMap(({ request }) => itemsOf(request));
    if (kind.profile) {
      // The server asks for what was written on the device after the copy, and sends what came in after it.
      expect(up.filter((item) => item.hasMail).map((item) => item.id)).toEqual(['~1']);
      expect(down.filter((item) => item.hasMail)).toHaveLength(1);
    } else expect(down.filter((item) => item.hasMail)).toEqual([]);
    await expectSettled(world, device);
    const state = await mailboxState(world.mailbox());
    expect(state.get('inbox')).toHaveLength(4);
    expect(state.get('drafts')).toHaveLength(1);
    // No GUID of before is given to another item: those of the new epoch say so.
    const fresh = world.rows('select id, epoch from item where id > ? and epoch = 0', String(given));
    expect(fresh).toEqual([]);
    expect(world.rows('select epoch from item where epoch > 0').length).toBeGreaterThan(0);
  });
});

describe.each(profileKinds)('$name', (kind) => {
  it('lists its mails in two slow syncs one after the other, and nothing moves', async () => {
    const device = await deviceInStep(world, kind);
    await draft(device, 'sketch');
    await slow(device);
    const { up, down } = await slow(device);
    expect(up.some((item) => item.hasMail)).toBe(false);
    expect(down).toEqual([]);
    await expectSettled(world, device);
  });
});

describe.each(everyKind)('$name', (kind) => {
  it('that never learned of the end of its first sync is told of a mail that moved since, by Move or in its new place', async () => {
    const device = world.device({ settings: kind.settings });
    // All has been stored; what the device says of it never arrives.
    if (!kind.profile) {
      device.line.faults.set(3, 'die before');
      await expect(device.client.sync()).rejects.toThrow('');
    } else await device.sync();
    const place = await placeOf(world, 'two');
    await world.mailbox().move(place.folder, [place.uid], await pathOf(world, 'trash'));
    await world.settle();
    const again = world.reborn(device);
    const { down } = await slow(again);
    expect(down.some((item) => item.hasMail && kind.settings.version !== '1.1')).toBe(false);
    await expectSettled(world, again);
    await placeOf(world, 'two');
  });

  it('that was away for longer than deletions are remembered is told of what moved, and of what was deleted as far as it is known', async () => {
    const device = await deviceInStep(world, kind);
    const [two, three] = [await placeOf(world, 'two'), await placeOf(world, 'three')];
    await world.mailbox().move(two.folder, [two.uid], await pathOf(world, 'drafts'));
    await world.mailbox().move(three.folder, [three.uid], await pathOf(world, 'trash'));
    await world.settle();
    await world.restart(() => {
      const database = new DatabaseSync(join(world.data, 'packetboat.db'));
      database.exec('update account set floor = rev');
      database.close();
      return Promise.resolve();
    });
    const outcome = await device.sync();
    expect(outcome.type).toBe('slow');
    await expectSettled(world, device);
    await placeOf(world, 'two');
    await placeOf(world, 'three');
  });

  it('that died over the answer that moved a mail is told of it in a slow sync', async () => {
    const device = await deviceInStep(world, kind);
    const place = await placeOf(world, 'two');
    await world.mailbox().move(place.folder, [place.uid], await pathOf(world, 'drafts'));
    await world.settle();
    device.line.faults.set(device.line.count + (kind.profile ? 1 : 2), 'die after');
    await expect(device.client.sync()).rejects.toThrow('');
    const again = world.reborn(device);
    await slow(again);
    await expectSettled(world, again);
    expect((await placeOf(world, 'two')).folder).toBe(await pathOf(world, 'drafts'));
  });

  it('that is strange to the server is told where its mails are and how its folders are called, and of no mail again', async () => {
    const device = await deviceInStep(world, kind);
    await device.store.answers.commit({
      writes: [
        { write: 'anchors', datastore: './mail', anchors: kind.profile ? { server: 'of another world' } : { own: 'of another world' } },
      ],
    });
    const from = device.line.messages.length;
    const outcome = await device.sync();
    expect(outcome.type).toBe('slow');
    const down = exchangesOf(device.line, from).flatMap(({ reply }) => itemsOf(reply));
    expect(down.filter((item) => item.hasMail)).toEqual([]);
    await expectSettled(world, device);
  });
});

describe.each(oneOfEach)('$name of a mailbox at Dovecot', (kind) => {
  it('is sent nothing when the mail server gives all mails new uids', async () => {
    const dovecot = await startDovecot({ users: [{ name: 'alice', password }] });
    const link = { host: dovecot.host, port: dovecot.imapPort, security: 'none' as const, user: 'alice' };
    const account = { name: 'home', address: 'alice@example.test', aliases: [], imap: link, smtp: { ...link, port: 1 } };
    const other = await startWorld({ accounts: [account] });
    const box = createImapMailServer({ ...link, password });
    try {
      for (const name of ['one', 'two', 'three']) await dovecot.deliver('alice@example.test', letter(name));
      const device = other.device({ settings: kind.settings });
      await device.sync();
      await other.settle();
      await expectQuiet(device);
      loseUids(dovecot.maildir('alice'));
      await dovecot.deliver('alice@example.test', letter('four'));
      await other.settle();
      const from = device.line.messages.length;
      await device.sync();
      const down = exchangesOf(device.line, from).flatMap(({ reply }) => itemsOf(reply));
      expect(down.map(({ command, hasMail }) => ({ command, hasMail }))).toEqual([{ command: 'Add', hasMail: true }]);
      expect(await deviceState(device)).toEqual(await mailboxState(box));
      await expectQuiet(device);
    } finally {
      await box.close();
      await other.close();
      await dovecot.stop();
    }
  });
});

/** Makes Dovecot give a folder a new UIDVALIDITY and all its mails new uids, as after a restored mailbox. */
function loseUids(path: string): void {
  const validity = Number(/ V(\d+)/.exec(readFileSync(join(path, 'dovecot-uidlist'), 'utf8'))?.[1] ?? 0);
  for (const name of readdirSync(path)) if (/^dovecot[.-](?:index|uid)/.test(name)) rmSync(join(path, name));
  writeFileSync(join(path, 'dovecot-uidlist'), `3 V${validity + 1000} N900 G${'0'.repeat(31)}1\n`);
}
