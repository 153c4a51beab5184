// The server has lost its database and begins with an empty one before the same mailbox. Devices still hold numbers of the old
// one, and the new one gives the same numbers to other items: both sides find out what they share by what mails say of themselves.
import { readdirSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Flag } from '@packetboat/client';
import { deviceState, mailboxState, startWorld, type Device, type World } from '../support/world.ts';
import {
  draft,
  folderOf,
  idOf,
  largeLetter,
  letter,
  mark,
  pathOf,
  placeOf,
  plainWbxml,
  profileKinds,
  profileWbxml,
  shown,
} from './support/clients.ts';
import { expectSettled } from './support/in-step.ts';
import { exchangesOf, itemsOf, type SentItem } from './support/wire.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld({ bob: true });
  for (const name of ['one', 'two', 'three', 'four']) await world.deliver(letter(name));
});
afterEach(() => world.close());

/** The server begins anew on an empty database; `meanwhile` something may happen in the mailbox, seen by nobody. */
async function loseDatabase(): Promise<void> {
  await world.restart(loseFiles);
}

function databaseFiles(): readonly string[] {
  return readdirSync(world.data).filter((name) => name.startsWith('packetboat.db'));
}

async function loseFiles(): Promise<void> {
  for (const name of databaseFiles()) await rm(join(world.data, name));
}

/** Removes a mail at the mail server, so that the ones behind it get other numbers in a new database. */
async function removeThere(name: string): Promise<void> {
  const place = await placeOf(world, name);
  await world.mailbox().remove(place.folder, [place.uid]);
}

function itemsSince(device: Device, from: number): { readonly up: readonly SentItem[]; readonly down: readonly SentItem[] } {
  const exchanges = exchangesOf(device.line, from);
  return { up: exchanges.flatMap(({ request }) => itemsOf(request)), down: exchanges.flatMap(({ reply }) => itemsOf(reply)) };
}

function bytesOf(items: readonly SentItem[]): number {
  return items.reduce((sum, item) => sum + (item.bytes?.length ?? 0), 0);
}

describe.each([
  ...profileKinds,
  { name: 'a profile client with whole mails', profile: true, settings: { profile: true, mails: 'full' as const } },
])('$name', ({ settings }) => {
  it('finds all its mails again without moving one, and takes what is new', async () => {
    for (const name of ['large', 'huge']) await world.deliver(largeLetter(name, 30_000));
    const device = world.device({ settings });
    await device.sync();
    await device.sync();
    await removeThere('one');
    await world.deliver(letter('five'));
    await loseDatabase();
    const from = device.line.messages.length;
    const outcome = await device.sync();
    expect(outcome.type).toBe('slow');
    const { up, down } = itemsSince(device, from);
    expect(bytesOf(up)).toBeLessThan(8_000);
    expect(down.filter((item) => item.hasMail)).toHaveLength(1);
    expect((await shown(device, 'five')).summary.subject).toBe('About five');
    if (settings.mails !== 'full') await expect(shown(device, 'one')).rejects.toThrow('shows 0 mails');
    await expectSettled(world, device);
  });

  it('keeps what it has whole', async () => {
    const device = world.device({ settings });
    await device.sync();
    const { luid } = await shown(device, 'three');
    await device.client.read(luid, { fetch: true });
    await removeThere('one');
    await loseDatabase();
    await device.sync();
    const from = device.line.count;
    const { luid: now } = await shown(device, 'three');
    const { mail } = await device.client.read(now, { fetch: true });
    expect(mail.text).toContain('The text of three.');
    expect(device.line.count).toBe(from);
  });

  it('sends its unsent changes to the mails that they were made to', async () => {
    const device = world.device({ settings });
    await device.sync();
    await mark(device, 'three', Flag.Flagged);
    await device.client.move((await shown(device, 'four')).luid, await folderOf(device, 'drafts'));
    await draft(device, 'note');
    await device.client.send({ to: ['bob@example.test'], subject: 'Hello', text: 'From before' }, { sync: false });
    await removeThere('one');
    await loseDatabase();
    await device.sync();
    await world.settle();
    expect((await placeOf(world, 'four')).folder).toBe(await pathOf(world, 'drafts'));
    expect((await placeOf(world, 'note')).folder).toBe(await pathOf(world, 'drafts'));
    const state = await mailboxState(world.mailbox());
    const inbox = [`${idOf('three')} flagged`, `${idOf('two')} `];
    // What the device has whole, nobody knows to have been deleted: it comes back.
    expect(state.get('inbox')).toEqual(settings.mails === 'full' ? [`${idOf('one')} `, ...inbox] : inbox);
    expect(state.get('sent')).toHaveLength(1);
    expect((await mailboxState(world.mailbox('bob'))).get('inbox')).toHaveLength(1);
    await expectSettled(world, device);
  });
});

it('a mail that the new server lacks and the device has whole comes back', async () => {
  const device = world.device({ settings: { mails: 'full' } });
  await device.sync();
  await removeThere('two');
  await loseDatabase();
  await device.sync();
  await world.settle();
  expect((await placeOf(world, 'two')).folder).toBe(await pathOf(world, 'inbox'));
  await expectSettled(world, device);
});

it('a cut at any message of it costs nothing', async () => {
  for (const fault of ['die before', 'die after'] as const) {
    for (let at = 1; at <= 4; at += 1) {
      let device = world.device({ deviceId: `${fault} ${at}` });
      await device.sync();
      await loseDatabase();
      device.line.faults.set(device.line.count + at, fault);
      await device.client.sync().catch(() => undefined);
      device = world.reborn(device);
      await expectSettled(world, device);
    }
  }
}, 60_000);

it('is noticed when the old database comes back, too', async () => {
  const device = world.device();
  const other = world.device({ deviceId: 'other' });
  await device.sync();
  await other.sync();
  await mkdir(join(world.data, 'old'));
  await world.restart(async () => {
    for (const name of databaseFiles()) await rename(join(world.data, name), join(world.data, 'old', name));
  });
  await removeThere('one');
  await device.sync();
  await other.sync('slow');
  await world.restart(async () => {
    await loseFiles();
    for (const name of readdirSync(join(world.data, 'old'))) await rename(join(world.data, 'old', name), join(world.data, name));
  });
  await expectSettled(world, other);
  await expectSettled(world, device);
});

it('a plain client takes no new mail for one that it has', async () => {
  const device = world.device({ settings: plainWbxml.settings });
  await device.sync();
  await removeThere('one');
  await world.deliver(letter('five'));
  await loseDatabase();
  await device.sync();
  await world.settle();
  await device.sync();
  const names = ['two', 'three', 'four', 'five'].map((name) => `${idOf(name)} `).toSorted();
  expect((await deviceState(device)).get('inbox')).toEqual(names);
  expect((await mailboxState(world.mailbox())).get('inbox')).toEqual(names);
  await expectSettled(world, device);
});

it('two devices agree afterwards', async () => {
  const [one, two] = [world.device(), world.device({ deviceId: 'two', settings: profileWbxml.settings })];
  await one.sync();
  await two.sync();
  await removeThere('one');
  await loseDatabase();
  await one.sync();
  await two.sync();
  await mark(one, 'four', Flag.Read);
  await one.sync();
  await two.sync();
  expect((await shown(two, 'four')).flags).toBe(Flag.Read);
  await expectSettled(world, one);
  await expectSettled(world, two);
});
