import { describe, expect, it } from 'vitest';
import type { Generation, Match, MatchKey, View } from '@packetboat/datasync';
import { makeWorld, type World } from './world.ts';

async function slow(world: World, view: View = { kind: 'hierarchical' }): Promise<Generation> {
  const device = await world.device();
  return world.ask.newGeneration({ binding: device.binding, view, viewHash: 'slow', wanted: 'full' });
}

function key(luid: string, more: Partial<MatchKey> = {}): MatchKey {
  return { luid, messageId: null, digest: '', parent: null, ...more };
}

/** LUID → id of the item, `tombstone` or `nothing`. */
function told(world: World, matches: readonly Match[]): Record<string, number | string> {
  return Object.fromEntries(
    matches.map((match) => [match.luid, match.found === 'item' ? (world.store.guids.id(match.item.guid) ?? 0) : match.found]),
  );
}

describe('slow sync finds a mail of the device', () => {
  it('by folder and Message-ID, as a multiset, oldest first', async () => {
    const world = await makeWorld();
    const inbox = world.guid(world.inbox);
    const newer = await world.mail({ message_id: '<m>', received: 20 });
    const older = await world.mail({ message_id: '<m>', received: 10 });
    await world.mail({ message_id: '<m>', parent: world.archive });
    const generation = (await slow(world)).id;
    const keys = ['a', 'b', 'c'].map((luid) => key(luid, { messageId: '<m>', parent: inbox }));
    expect(told(world, await world.ask.match({ generation, keys }))).toEqual({ a: older.id, b: newer.id, c: 'nothing' });
  });

  it('once, also across calls: an item with a row in the generation is taken', async () => {
    const world = await makeWorld();
    const mail = await world.mail({ message_id: '<m>' });
    const generation = (await slow(world)).id;
    const keys = [key('a', { messageId: '<m>' })];
    const [found] = await world.ask.match({ generation, keys });
    expect(found?.found).toBe('item');
    const row = {
      guid: world.guid(mail.id),
      luid: 'a',
      state: 'ok',
      reason: null,
      batch: 0,
      ackRev: 1,
      ackFlags: 0,
      ackParent: null,
      ackName: null,
      shape: 'full',
      sent: null,
    } as const;
    await world.commit({ write: 'row', generation, row });
    expect(told(world, await world.ask.match({ generation, keys }))).toEqual({ a: 'nothing' });
  });

  it('else by folder and digest, where one of the two has no Message-ID', async () => {
    const world = await makeWorld();
    const inbox = world.guid(world.inbox);
    const named = await world.mail({ message_id: '<m>', digest: 'd1' });
    const bare = await world.mail({ message_id: null, digest: 'd2' });
    const generation = (await slow(world)).id;
    const keys = [
      key('other', { messageId: '<other>', digest: 'd1', parent: inbox }),
      key('a', { digest: 'd1', parent: inbox }),
      key('b', { messageId: '<x>', digest: 'd2', parent: inbox }),
      key('c', { digest: 'd2', parent: world.guid(world.archive) }),
      key('d'),
    ];
    expect(told(world, await world.ask.match({ generation, keys }))).toEqual({
      other: 'nothing',
      a: named.id,
      b: bare.id,
      c: 'nothing',
      d: 'nothing',
    });
  });

  it('by its Message-ID before another key may have it by its digest', async () => {
    const world = await makeWorld();
    const mail = await world.mail({ message_id: '<m>', digest: 'd' });
    const generation = (await slow(world)).id;
    const keys = [key('a', { digest: 'd' }), key('b', { messageId: '<m>', digest: 'd' })];
    expect(told(world, await world.ask.match({ generation, keys }))).toEqual({ a: 'nothing', b: mail.id });
  });

  it('in any folder of the view when the device names none', async () => {
    const world = await makeWorld();
    const filed = await world.mail({ message_id: '<m>', parent: world.archive });
    const keys = [key('a', { messageId: '<m>' })];
    expect(told(world, await world.ask.match({ generation: (await slow(world)).id, keys }))).toEqual({ a: filed.id });
    const flat = await slow(world, { kind: 'flat', folder: world.guid(world.inbox) });
    expect(told(world, await world.ask.match({ generation: flat.id, keys }))).toEqual({ a: 'nothing' });
  });

  it('among the tombstones, and takes no live mail of that name elsewhere for it', async () => {
    const world = await makeWorld();
    const inbox = world.guid(world.inbox);
    const named = await world.mail({ message_id: '<m>', digest: 'd1' });
    const bare = await world.mail({ message_id: null, digest: 'd2' });
    const alike = await world.mail({ message_id: '<n>', digest: 'd3' });
    for (const { id } of [named, bare, alike]) await world.bury(id);
    await world.mail({ message_id: '<m>', parent: world.archive });
    const generation = (await slow(world)).id;
    const keys = [
      key('a', { messageId: '<m>', parent: inbox }),
      key('b', { digest: 'd2', parent: inbox }),
      key('c', { messageId: '<other>', digest: 'd3' }),
    ];
    expect(told(world, await world.ask.match({ generation, keys }))).toEqual({ a: 'tombstone', b: 'tombstone', c: 'nothing' });
  });

  it('among many at once', async () => {
    const world = await makeWorld();
    const mails = new Map<string, number>();
    for (let i = 0; i < 40; i += 1) mails.set(`<${i}>`, (await world.mail({ message_id: `<${i}>` })).id);
    const generation = (await slow(world)).id;
    const keys = Array.from({ length: 1200 }, (_, i) => key(String(i), { messageId: `<${i}>` }));
    const found = told(world, await world.ask.match({ generation, keys }));
    for (let i = 0; i < 1200; i += 1) expect(found[String(i)]).toBe(mails.get(`<${i}>`) ?? 'nothing');
  });
});
