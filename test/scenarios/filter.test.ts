// Filters of an Alert: a window that mails come into and leave, some mails asked for by what they are, and nonsense. DS Protocol 1.2 (filtering).
import type { Message } from '@packetboat/syncml';
import { contentTypes, type Delete, type Filter } from '@packetboat/syncml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { source, startWorld, type World } from '../support/world.ts';
import { idOf, letter, placeOf } from './support/clients.ts';
import { RawDevice } from './support/raw-device.ts';
import { firstRun, luidOf, plainRun, profileRun, type RawRun } from './support/raw-run.ts';
import { alertOf, codesFor, itemsOf } from './support/wire.ts';

const record = (text: string, filterType?: Filter['filterType']): Filter => ({
  record: text,
  recordType: contentTypes.filterCgi,
  ...(filterType === undefined ? {} : { filterType }),
});

const hour = 3_600_000;
const stamp = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');

let world: World;
const now = Date.now();
beforeEach(async () => {
  world = await startWorld();
  const box = world.mailbox();
  // Three mails of three days; the second is read.
  for (const [at, name] of ['old', 'middle', 'new'].entries())
    await box.append('INBOX', source(letter(name)), { read: name === 'middle' }, now - (2 - at) * 24 * hour);
  await world.settle();
});
afterEach(() => world.close());

/** The names of the mails in what was sent, with the command. */
function sent(replies: readonly Message[]): readonly string[] {
  return replies
    .flatMap(itemsOf)
    .filter((item) => item.type?.includes('folder') !== true)
    .map((item) => `${item.command} ${/Message-ID: <(\w+)@/i.exec(new TextDecoder().decode(item.bytes))?.[1] ?? item.id}`)
    .toSorted();
}

const guidOf = (name: string): string => String(world.rows('select id from item where message_id = ?', idOf(name))[0]?.['id']);

describe.each([
  { name: 'a plain device', profile: false },
  { name: 'a profile device', profile: true },
])('$name', ({ profile }) => {
  let device: RawDevice;
  let last: string;
  beforeEach(() => {
    device = new RawDevice(world, { profile });
    last = '';
  });
  /** A run that goes on from the one before. */
  const run = async (next: string, more: Omit<RawRun, 'next' | 'last'> = {}): Promise<readonly Message[]> => {
    const anchors = { next: profile ? '0' : next, ...(last === '' ? {} : { last }) };
    const replies = await (profile ? profileRun : plainRun)(device, { type: last === '' ? 201 : 200, ...anchors, ...more });
    last = profile ? (replies.map(alertOf).findLast((found) => found !== undefined)?.next ?? '') : next;
    return replies;
  };
  const own = (guid: string): string => (profile ? guid : luidOf(guid));

  it('gets the mails of its window and no others, from the first sync on', async () => {
    const since = record(`received&GE;${stamp(now - 30 * hour)}`);
    expect(sent(await run('a', { filter: since }))).toEqual(['Add middle', 'Add new']);
    expect(sent(await run('b', { filter: since }))).toEqual([]);
  });

  it('loses softly what its window has left behind, and gets back what comes into it', async () => {
    await run('a', { filter: record(`received&GE;${stamp(now - 30 * hour)}`) });
    const moved = await run('b', { filter: record(`received&GE;${stamp(now - 6 * hour)}`) });
    expect(sent(moved)).toEqual([`Delete ${own(guidOf('middle'))}`]);
    const syncs = moved.flatMap((reply) => reply.commands.flatMap((command) => (command.name === 'Sync' ? command.commands : [])));
    expect(syncs.filter((command): command is Delete => command.name === 'Delete').map((command) => command.sftDel)).toEqual([true]);
    expect(await placeOf(world, 'middle')).toMatchObject({ folder: 'INBOX' });
    expect(sent(await run('c', { filter: record(`received&GE;${stamp(now - 30 * hour)}`) }))).toEqual(['Add middle']);
    expect(sent(await run('d'))).toEqual(['Add old']);
  });

  it('holds unread mails only: a mail that is read at the mail server leaves it, one that becomes unread comes', async () => {
    const unread = record('read&EQ;false', 'EXCLUSIVE');
    expect(sent(await run('a', { filter: unread }))).toEqual(['Add new', 'Add old']);
    const box = world.mailbox();
    const [newer, middle] = [await placeOf(world, 'new'), await placeOf(world, 'middle')];
    await box.setFlags(newer.folder, [newer.uid], { read: true });
    await box.setFlags(middle.folder, [middle.uid], { read: false });
    await world.settle();
    expect(sent(await run('b', { filter: unread }))).toEqual(['Add middle', `Delete ${own(guidOf('new'))}`]);
    expect(await placeOf(world, 'new')).toMatchObject({ folder: 'INBOX' });
  });

  it('joins comparisons, by date, size and status', async () => {
    const both = record(`SINCE&EQ;${stamp(now - 30 * hour)}&AND;(read&EQ;true&OR;size&GT;1000000)`);
    expect(sent(await run('a', { filter: both }))).toEqual(['Add middle']);
  });

  it('is sent what an INCLUSIVE filter asks for, and keeps the rest', async () => {
    ({ last } = await firstRun(device));
    await world.deliver(letter('four'));
    await world.deliver(letter('five'));
    const box = world.mailbox();
    const five = await placeOf(world, 'five');
    await box.setFlags(five.folder, [five.uid], { flagged: true });
    await world.settle();
    expect(sent(await run('b', { filter: record('flagged&EQ;true', 'INCLUSIVE') }))).toEqual(['Add five']);
    expect(sent(await run('c'))).toEqual(['Add four']);
  });

  it('is told of nonsense, and nothing happens', async () => {
    ({ last } = await firstRun(device));
    for (const text of ['read', 'read&EQ;maybe', 'received&GE;yesterday', 'colour&EQ;red', '(read&EQ;true', 'size&CON;1']) {
      device.newSession();
      const reply = await device.send({
        commands: [
          {
            name: 'Alert',
            data: '200',
            items: [
              {
                target: { locUri: './mail', filter: record(text) },
                source: { locUri: './mail' },
                meta: { anchor: { last, next: profile ? '0' : 'b' } },
              },
            ],
          },
        ],
      });
      expect(codesFor(reply, 'Alert'), text).toEqual(['422']);
    }
    expect(sent(await run('c'))).toEqual([]);
  });
});

it('asks with the URI of the datastore in SyncML 1.1', async () => {
  const device = new RawDevice(world, { profile: false, version: '1.1', encoding: 'xml' });
  const datastore = `./mail?received&GE;${stamp(now - 30 * hour)}`;
  const replies = await plainRun(device, { type: 201, next: 'a', datastore });
  expect(sent(replies)).toEqual(['Add middle', 'Add new']);
});
