import { describe, expect, it } from 'vitest';
import type { Generation } from '@packetboat/datasync';
import { ensureAccount } from '../../src/store/account.ts';
import { hierarchical, makeWorld } from './world.ts';

const key = { person: 'ann', deviceId: 'phone', serverUri: 'mail', clientUri: './mail' };

const pair = (name: string): Generation['pending'] => ({ client: name, server: `s${name}`, batch: 4 });

describe('a binding', () => {
  it('is made once for person, device and both URIs', async () => {
    const world = await makeWorld();
    const ask = { ...key, account: String(world.account) };
    const made = await world.ask.binding(ask);
    expect(made).toEqual({ id: made.id, account: String(world.account), current: null, building: null });
    expect(await world.ask.binding(ask)).toEqual(made);
    for (const other of [{ person: 'bob' }, { deviceId: 'x' }, { serverUri: 'mail/home' }, { clientUri: './m' }]) {
      expect((await world.ask.binding({ ...ask, ...other })).id).not.toBe(made.id);
    }
    await expect(world.ask.binding({ ...ask, account: '99' })).rejects.toMatchObject({ code: 'ERR_STORE_NOT_FOUND' });
    await expect(world.ask.binding({ ...ask, account: 'x' })).rejects.toMatchObject({ code: 'ERR_STORE_NOT_FOUND' });
  });

  it('keeps the old account until a refresh of the new one has completed', async () => {
    const world = await makeWorld();
    const work = String(
      await world.store.transaction((tx) => ensureAccount(tx, { person: 'ann', name: 'work', address: 'a@work', now: 1 })),
    );
    const home = String(world.account);
    const bound = await world.ask.binding({ ...key, account: home });
    const mine = await world.ask.newGeneration({ binding: bound.id, view: hierarchical, viewHash: 'h', wanted: 'full' });
    await world.commit({ write: 'switch', binding: bound.id });
    // Nothing of the other account can be gone on from, and the change can be seen.
    expect(await world.ask.binding({ ...key, account: work })).toEqual({ id: bound.id, account: home, current: null, building: null });
    const refresh = await world.ask.newGeneration({ binding: bound.id, view: hierarchical, viewHash: 'h', wanted: 'full' });
    expect(await world.ask.binding({ ...key, account: work })).toMatchObject({
      account: home,
      current: null,
      building: { id: refresh.id },
    });
    expect(await world.ask.work({ generation: refresh.id, limit: 9, skip: [] })).toMatchObject([{ item: { role: 'outbox' } }]);
    // Back to the first account before it completed: all is as it was.
    expect(await world.ask.binding({ ...key, account: home })).toMatchObject({ account: home, current: { id: mine.id }, building: null });
    await world.ask.binding({ ...key, account: work });
    await world.commit({ write: 'switch', binding: bound.id });
    expect(await world.ask.binding({ ...key, account: work })).toMatchObject({
      account: work,
      current: { id: refresh.id },
      building: null,
    });
  });

  it('cannot go on from a generation below the floor of forgotten tombstones', async () => {
    const world = await makeWorld();
    const ask = { ...key, account: String(world.account) };
    const bound = await world.ask.binding(ask);
    const made = await world.ask.newGeneration({ binding: bound.id, view: hierarchical, viewHash: 'h', wanted: 'full' });
    await world.commit({ write: 'switch', binding: bound.id });
    await world.store.db.updateTable('account').set({ floor: made.planned }).execute();
    expect((await world.ask.binding(ask)).current?.id).toBe(made.id);
    await world.store.db
      .updateTable('account')
      .set({ floor: made.planned + 1 })
      .execute();
    expect((await world.ask.binding(ask)).current).toBeNull();
  });
});

describe('a generation', () => {
  it('begins with the folders to be sent and the mails to be backfilled', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const gone = await world.folder('gone');
    await world.bury(gone.id);
    const bound = await world.ask.binding({ ...key, account: String(world.account) });
    const made = await world.ask.newGeneration({ binding: bound.id, view: hierarchical, viewHash: 'h', wanted: 'headers' });
    expect(made).toEqual({
      id: made.id,
      planned: await world.rev(),
      view: hierarchical,
      viewHash: 'h',
      wanted: 'headers',
      backfilled: false,
      committed: null,
      pending: null,
      previous: null,
      lastBatch: 0,
      executed: 0,
    });
    expect(await world.ask.workCount({ generation: made.id })).toBe(4);
    const rows = await world.ask.work({ generation: made.id, limit: 9, skip: [] });
    expect(rows.map((row) => row.item?.guid)).toEqual([world.outbox, world.inbox, world.archive, world.trash, mail.id].map(world.guid));
    const flat = { kind: 'flat', folder: world.guid(world.archive) } as const;
    const next = await world.ask.newGeneration({ binding: bound.id, view: flat, viewHash: 'f', wanted: 'full' });
    expect(next.view).toEqual(flat);
    expect(await world.ask.work({ generation: next.id, limit: 9, skip: [] })).toEqual([]);
  });

  it('is built beside the current one, which stays until the new one is acknowledged, and replaces one that is still built', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    await device.settle();
    const ask = { binding: device.binding, view: hierarchical, viewHash: 'n', wanted: 'full' } as const;
    const first = await world.ask.newGeneration(ask);
    const second = await world.ask.newGeneration(ask);
    expect(second.id).toBeGreaterThan(first.id);
    expect(await device.row(mail.id)).toMatchObject({ state: 'ok' });
    expect(await world.ask.rowsByGuid({ generation: first.id, guids: [world.guid(world.inbox)] })).toEqual([]);
    await world.commit({ write: 'switch', binding: device.binding });
    expect(await device.row(mail.id)).toBeNull();
    expect(await world.ask.workCount({ generation: device.generation })).toBe(0);
    expect(await world.ask.workCount({ generation: second.id })).toBe(4);
    await expect(world.commit({ write: 'switch', binding: device.binding })).rejects.toMatchObject({ code: 'ERR_STORE_CONFLICT' });
  });

  it('takes over anchors, batch numbers and executed changes, and keeps what was planned and backfilled meanwhile', async () => {
    const world = await makeWorld();
    const device = await world.device();
    const read = await device.plan();
    await world.mail();
    const planned = await device.plan();
    await device.work();
    const written: Generation = {
      ...read,
      committed: pair('b'),
      pending: pair('c'),
      previous: pair('a'),
      lastBatch: 5,
      executed: 17,
      viewHash: 'stale',
    };
    await world.commit({ write: 'generation', generation: written });
    expect(await device.plan()).toEqual({ ...written, viewHash: 'h', planned: planned.planned, backfilled: true });
    await world.commit({ write: 'generation', generation: { ...written, pending: null } });
    expect((await device.plan()).pending).toBeNull();
    await expect(world.commit({ write: 'generation', generation: { ...written, id: 999 } })).rejects.toMatchObject({
      code: 'ERR_STORE_CONFLICT',
    });
  });

  it('goes on from the last batch number of its binding', async () => {
    const world = await makeWorld();
    const device = await world.device();
    const read = await device.plan();
    await world.commit({ write: 'generation', generation: { ...read, lastBatch: 12 } });
    const ask = { binding: device.binding, view: hierarchical, viewHash: 'n', wanted: 'full' } as const;
    const first = await world.ask.newGeneration(ask);
    expect(first.lastBatch).toBe(12);
    await world.commit({ write: 'generation', generation: { ...first, lastBatch: 15 } });
    expect((await world.ask.newGeneration(ask)).lastBatch).toBe(15);
    await expect(world.ask.newGeneration({ ...ask, binding: 99 })).rejects.toMatchObject({ code: 'ERR_STORE_NOT_FOUND' });
  });
});
