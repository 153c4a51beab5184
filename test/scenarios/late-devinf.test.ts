// A device that was challenged has said what it is in the message that was refused, and says it again only when it is asked, behind its
// Alert: from the first session on it is treated as what it is.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { contentTypes, type Filter, type Message } from '@packetboat/syncml';
import { startWorld, type World } from '../support/world.ts';
import { letter, pathOf, placeOf } from './support/clients.ts';
import { alert, RawDevice, type Unnumbered } from './support/raw-device.ts';
import { answersTo, luidOf, plainRun } from './support/raw-run.ts';
import { alertOf, codesFor, itemsOf } from './support/wire.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  for (const name of ['one', 'two']) await world.deliver(letter(name));
  const { folder, uid } = await placeOf(world, 'two');
  await world.mailbox().move(folder, [uid], await pathOf(world, 'drafts'));
  await world.settle();
});
afterEach(() => world.close());

/** Alert, then the DevInf that the server has asked for, with the Sync; then answers to all. */
async function lateRun(device: RawDevice, datastore: string, filter?: Filter): Promise<readonly Message[]> {
  device.msgId = 0;
  const challenged = await device.send({ commands: [device.put(), alert(200, { next: 'a' }, datastore)], cred: 'none' });
  expect(codesFor(challenged, 'SyncHdr')).toEqual(['407']);
  const first = await device.send({ commands: [alert(201, { next: 'a' }, datastore, filter)], cred: 'basic' });
  const asked = first.commands.find((command) => command.name === 'Get');
  if (asked === undefined) throw new Error('the server has not asked what the device is');
  const { meta, items } = device.put();
  const results: Unnumbered = {
    name: 'Results',
    msgRef: first.header.msgId,
    cmdRef: asked.cmdId,
    ...(meta === undefined ? {} : { meta }),
    items,
  };
  const replies = [first];
  for (let commands: readonly Unnumbered[] = [results, device.sync([], datastore)]; ;) {
    const reply = await device.send({ commands });
    replies.push(reply);
    commands = answersTo(reply, undefined, datastore);
    if (reply.final && commands.length === 0) return replies;
  }
}

it.each(['1.1', '1.2'] as const)('a hierarchical device in %s gets folders and all mails in its first session', async (version) => {
  const device = new RawDevice(world, { profile: false, version });
  const replies = await lateRun(device, './mail');
  const items = replies.flatMap(itemsOf);
  const folders = items.filter((item) => item.type?.includes('folder') === true);
  expect(folders.length).toBeGreaterThan(3);
  const mails = items.filter((item) => item.hasMail);
  expect(mails).toHaveLength(2);
  expect(mails.every((mail) => mail.parent !== undefined)).toBe(true);
  // What its anchors say of that session holds, and nothing is sent again.
  await world.deliver(letter('three'));
  const again = await plainRun(device, { last: 'a', next: 'b' });
  expect(again.map(alertOf)[0]?.code).toBe('200');
  expect(again.flatMap(itemsOf).map((item) => item.command)).toEqual(['Add']);
});

it('a filter of its first Alert holds in the folders as well', async () => {
  const device = new RawDevice(world, { profile: false });
  const filter: Filter = { record: 'received&LT;20000101T000000Z', recordType: contentTypes.filterCgi };
  const items = (await lateRun(device, './mail', filter)).flatMap(itemsOf);
  expect(items.length).toBeGreaterThan(3);
  expect(items.filter((item) => item.hasMail)).toEqual([]);
});

it('a folder that is a datastore stays one folder', async () => {
  const device = new RawDevice(world, { profile: false });
  const replies = await lateRun(device, './mail/home/INBOX');
  const items = replies.flatMap(itemsOf);
  expect(items.map(({ command, parent }) => [command, parent])).toEqual([['Add', undefined]]);
  expect(luidOf(items[0]?.id ?? '')).not.toBe('L');
});
