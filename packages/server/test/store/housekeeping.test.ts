import { describe, expect, it } from 'vitest';
import { sweep, trimTombstones } from '../../src/store/housekeeping.ts';
import { hierarchical, makeWorld, type World } from './world.ts';

const day = 86_400_000;

async function buried(world: World, more: Parameters<World['mail']>[0] = {}): Promise<number> {
  const mail = await world.mail(more);
  await world.bury(mail.id);
  return mail.id;
}

async function isThere(world: World, id: number): Promise<boolean> {
  return (await world.store.db.selectFrom('item').select('id').where('id', '=', id).execute()).length === 1;
}

async function floor(world: World): Promise<number> {
  return (await world.store.db.selectFrom('account').select('floor').executeTakeFirstOrThrow()).floor;
}

describe('tombstones', () => {
  it('stay until every live device has planned them', async () => {
    const world = await makeWorld();
    const [one, two] = [await world.device(), await world.device()];
    await one.settle();
    await two.settle();
    const tombstone = await buried(world);
    await one.settle();
    expect(await trimTombstones(world.store, world.clock.time)).toBe(0);
    await two.settle();
    expect(await trimTombstones(world.store, world.clock.time)).toBe(1);
    expect(await isThere(world, tombstone)).toBe(false);
    expect(await floor(world)).toBe(0);
  });

  it('stay while a device has the item', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    await device.settle();
    await world.bury(mail.id);
    await device.plan();
    expect(await trimTombstones(world.store, world.clock.time)).toBe(0);
    await device.settle();
    expect(await trimTombstones(world.store, world.clock.time)).toBe(1);
  });

  it('stay no longer than 90 days: below that floor a device must do a slow sync', async () => {
    const world = await makeWorld();
    const bound = { person: 'ann', deviceId: 'old', serverUri: 'mail', clientUri: 'm', account: String(world.account) };
    const { id } = await world.ask.binding(bound);
    await world.ask.newGeneration({ binding: id, view: hierarchical, viewHash: 'h', wanted: 'full' });
    await world.commit({ write: 'switch', binding: id });
    const away = await buried(world);
    const after = await world.rev();
    world.clock.time += 50 * day;
    const device = await world.device();
    await device.settle();
    const recent = await buried(world);
    world.clock.time += 41 * day;
    expect(await trimTombstones(world.store, world.clock.time)).toBe(1);
    expect(await isThere(world, away)).toBe(false);
    expect(await isThere(world, recent)).toBe(true);
    expect(await floor(world)).toBe(after);
    expect((await world.ask.binding(bound)).current).toBeNull();
    // The device that stayed away holds nothing back any more.
    await device.settle();
    expect(await trimTombstones(world.store, world.clock.time)).toBe(1);
    expect(await floor(world)).toBe(after);
  });

  it('stay while the mail server has not been told, and while a folder holds others', async () => {
    const world = await makeWorld();
    const folder = await world.folder('f');
    const inside = await buried(world, { parent: folder.id });
    await world.bury(folder.id);
    await world.store.db
      .insertInto('operation')
      .values({ account: world.account, item: inside, kind: 'remove', args: '{}', next_at: 0, created: 0, last_error: null })
      .execute();
    expect(await trimTombstones(world.store, world.clock.time)).toBe(0);
    await world.store.db.deleteFrom('operation').execute();
    expect(await trimTombstones(world.store, world.clock.time)).toBe(2);
  });

  it('go in parts when there are many', async () => {
    const world = await makeWorld();
    await world.store.transaction(async (tx) => {
      const row = { epoch: 0, account: world.account, kind: 'mail' as const, parent: world.inbox, rev: 9, gone: 1, gone_at: 1 };
      for (let i = 0; i < 12; i += 1)
        await tx
          .insertInto('item')
          .values(Array.from({ length: 100 }, () => row))
          .execute();
    });
    expect(await trimTombstones(world.store, world.clock.time)).toBe(1200);
  });
});

describe('a sweep', () => {
  it('throws away sessions older than a day', async () => {
    const world = await makeWorld();
    const session = {
      person: 'ann',
      deviceId: 'd',
      sessionId: '1',
      state: '',
      lastMsgId: '1',
      lastHash: '',
      lastReply: new Uint8Array(0),
      version: 0,
    };
    await world.commit({ write: 'session', session: { ...session, token: 'old' } });
    world.clock.time += day;
    await world.commit({ write: 'session', session: { ...session, token: 'new' } });
    expect(await sweep(world.store, world.clock.time)).toMatchObject({ sessions: 0 });
    expect(await sweep(world.store, world.clock.time + 1)).toMatchObject({ sessions: 1 });
    expect(await world.ask.session({ token: 'old' })).toBeNull();
    expect(await world.ask.session({ token: 'new' })).not.toBeNull();
  });

  it('throws away spool objects of a day that no mail needs', async () => {
    const world = await makeWorld();
    for (const spool of ['orphan', 'held', 'gone', 'filing', 'sending'])
      await world.commit({ write: 'spool', spool, at: 0, bytes: Uint8Array.of(1) });
    await world.mail({ spool: 'held' });
    await buried(world, { spool: 'gone' });
    const filing = await buried(world, { spool: 'filing' });
    const sending = await buried(world, { spool: 'sending' });
    await world.store.db
      .insertInto('operation')
      .values({ account: world.account, item: filing, kind: 'append', args: '{}', next_at: 0, created: 0, last_error: null })
      .execute();
    const submission = {
      queue_id: 'q',
      account: world.account,
      item: sending,
      message_id: 'm',
      envelope: '{}',
      state: 'uncertain' as const,
      next_at: 0,
      text: null,
      created: 0,
    };
    await world.store.db.insertInto('submission').values(submission).execute();
    world.clock.time += day + 1;
    await world.commit({ write: 'spool', spool: 'fresh', at: 0, bytes: Uint8Array.of(1) });
    expect(await sweep(world.store, world.clock.time)).toMatchObject({ spools: 2 });
    const left = await world.store.db.selectFrom('spool').select('id').orderBy('id').execute();
    expect(left.map((row) => row.id)).toEqual(['filing', 'fresh', 'held', 'sending']);
  });

  it('throws away finished submissions of which no device can ask', async () => {
    const world = await makeWorld();
    const device = await world.device();
    const [asked, done] = [await world.mail(), await world.mail()];
    for (const { id } of [asked, done]) {
      await world.store.db
        .insertInto('submission')
        .values({
          queue_id: `q${id}`,
          account: world.account,
          item: id,
          message_id: 'm',
          envelope: '{}',
          state: 'sent',
          next_at: 0,
          text: null,
          created: world.clock.time,
        })
        .execute();
    }
    const record = { key: 'k', status: '201', text: null, guid: world.guid(asked.id), queueId: null, batch: 1 };
    await world.commit({ write: 'received', generation: device.generation, record });
    expect(await sweep(world.store, world.clock.time)).toMatchObject({ submissions: 0 });
    expect(await sweep(world.store, world.clock.time + 91 * day)).toMatchObject({ submissions: 1 });
    expect(await world.store.db.selectFrom('submission').select('item').execute()).toEqual([{ item: asked.id }]);
  });
});
