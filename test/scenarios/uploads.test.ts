// What a device sends up in many messages: large mails beside other changes, refused ones, ones of awkward bytes; and who it says it is.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Flag } from '@packetboat/client';
import { contentTypes } from '@packetboat/syncml';
import { startWorld, type World } from '../support/world.ts';
import {
  everyKind,
  folderOf,
  largeLetter,
  letter,
  mark,
  oneOfEach,
  pathOf,
  placeOf,
  plainXml,
  profileKinds,
  profileXml,
  shown,
} from './support/clients.ts';
import { expectSettled } from './support/in-step.ts';
import { RawDevice } from './support/raw-device.ts';
import { firstRun, guidOfFolder, luidOf, plainRun } from './support/raw-run.ts';
import { codesFor } from './support/wire.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.close());

async function bytesOf(name: string): Promise<Uint8Array> {
  const { folder, uid } = await placeOf(world, name);
  const pieces: Uint8Array[] = [];
  for await (const piece of (await world.mailbox().content(folder, uid)) ?? []) pieces.push(piece);
  return Buffer.concat(pieces);
}

describe.each(everyKind)('$name', ({ settings }) => {
  it('loses no flag that is changed before a large mail is sent up', async () => {
    const names = Array.from({ length: 60 }, (_, at) => `m${at}`);
    for (const name of names) await world.deliver(letter(name));
    const device = world.device({ settings });
    await device.sync();
    for (const name of names) await mark(device, name, Flag.Flagged);
    await device.store.write(largeLetter('large', 200_000), await folderOf(device, 'drafts'), Flag.Read, Date.now());
    await mark(device, 'm0', Flag.Read);
    await device.sync();
    await world.settle();
    for (const name of ['m0', 'm30', 'm59']) expect((await shown(device, name)).flags & Flag.Flagged).toBe(Flag.Flagged);
    await expectSettled(world, device);
    expect(await bytesOf('large')).toEqual(Buffer.from(largeLetter('large', 200_000)));
  });

  it('shows a large mail that may not be sent with the reason', async () => {
    const device = world.device({ settings });
    await device.sync();
    const luid = await device.store.write(largeLetter('foreign', 150_000), await folderOf(device, 'outbox'), Flag.Read, Date.now());
    const outcome = await device.sync();
    expect(outcome.refused).toMatchObject([{ luid, status: '500' }]);
    expect((await device.store.get(luid))?.sendError).toMatch(/sender@elsewhere\.test|identit|address/i);
    expect((await device.store.stats()).unsentChanges).toBe(0);
  });
});

it.each([plainXml, profileXml])('$name cuts a mail that is full of U+FEFF without losing one', async ({ settings }) => {
  const device = world.device({ settings });
  await device.sync();
  const mail = letter('marks', '\uFEFF'.repeat(50_000));
  await device.store.write(mail, await folderOf(device, 'drafts'), Flag.Read, Date.now());
  await device.sync();
  await world.settle();
  expect(await bytesOf('marks')).toEqual(Buffer.from(mail));
});

it.each(oneOfEach)('$name is taken for itself after its store was lost', async ({ settings }) => {
  await world.deliver(letter('one'));
  for (let life = 0; life < 3; life += 1) {
    const device = world.device({ settings });
    await device.sync();
    await expectSettled(world, device);
  }
});

it.each(profileKinds)('$name follows a folder to the top', async ({ settings }) => {
  const box = world.mailbox();
  await box.createFolder('Above');
  await box.createFolder('Above/Below');
  await world.settle();
  const device = world.device({ settings });
  await device.sync();
  const find = async (name: string): ReturnType<typeof device.client.folders> =>
    (await device.client.folders()).filter((folder) => folder.name === name);
  const [above] = await find('Above');
  expect(await find('Below')).toMatchObject([{ parent: above?.luid }]);
  await box.renameFolder('Above/Below', 'Below');
  await world.settle();
  await device.sync();
  expect(await find('Below')).toMatchObject([{ parent: null }]);
  await expectSettled(world, device);
});

const coded = Buffer.from(letter('coded', 'ä'.repeat(200))).toString('base64');
const add = (luid: string, text: string, more: object = {}): Parameters<RawDevice['sync']>[0][number] => ({
  name: 'Add',
  meta: { type: contentTypes.rfc822, format: 'b64' },
  items: [{ source: { locUri: luid }, sourceParent: 'Ldrafts', data: { kind: 'text', text }, ...more }],
});

async function send(changes: Parameters<RawDevice['sync']>[0]): Promise<readonly string[]> {
  const device = new RawDevice(world, { profile: false, encoding: 'xml' });
  const { last, replies: first } = await firstRun(device);
  const drafts = luidOf(guidOfFolder(first, 'drafts'));
  const placed = changes.map((command) =>
    command.name === 'Add' ? { ...command, items: command.items.map((item) => ({ ...item, sourceParent: drafts })) } : command,
  );
  const replies = await plainRun(device, { last, next: '2', changes: placed });
  await world.settle();
  return replies.flatMap((reply) => codesFor(reply, 'Add'));
}

describe('a mail in base64 (Meta Format)', () => {
  it('is filed as what it stands for', async () => {
    expect(await send([add('a', coded)])).toEqual(['201']);
    expect((await placeOf(world, 'coded')).folder).toBe(await pathOf(world, 'drafts'));
    expect(await bytesOf('coded')).toEqual(Buffer.from(letter('coded', 'ä'.repeat(200))));
  });

  it('is put together before it is undone, when it comes in pieces', async () => {
    const pieces = [add('a', coded.slice(0, 201), { moreData: true, meta: { size: coded.length } }), add('a', coded.slice(201))];
    expect(await send(pieces)).toEqual(['213', '201']);
    expect(await bytesOf('coded')).toEqual(Buffer.from(letter('coded', 'ä'.repeat(200))));
  });

  it('that is none is refused', async () => {
    expect(await send([add('a', 'From: no@base.64')])).toEqual(['400']);
  });
});
