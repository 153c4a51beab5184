import { describe, expect, it } from 'vitest';
import { ensureAccount } from '../../src/store/account.ts';
import { addItem } from '../../src/store/revision.ts';
import { makeWorld, sentRow } from './world.ts';

describe('acknowledgement', () => {
  it('takes what was sent as what the device has, batch by batch', async () => {
    const world = await makeWorld();
    const [first, second] = [await world.mail({ flags: 1 }), await world.mail({ flags: 8 })];
    const device = await world.device();
    await device.plan();
    const rows = await device.work();
    const of = (id: number): typeof rows => rows.filter((row) => row.item?.guid === world.guid(id));
    await device.send(of(first.id), 1, { acknowledged: false });
    await device.send(of(second.id), 2, { acknowledged: false });
    expect(await device.row(first.id)).toMatchObject({
      state: 'sent',
      batch: 1,
      luid: null,
      sent: { rev: first.rev, flags: 1, shape: 'headers', gone: false },
    });
    await device.acknowledge(1);
    expect(await device.row(first.id)).toEqual({
      guid: world.guid(first.id),
      luid: world.guid(first.id),
      state: 'ok',
      reason: null,
      batch: 1,
      ackRev: first.rev,
      ackFlags: 1,
      ackParent: world.guid(world.inbox),
      ackName: null,
      shape: 'headers',
      sent: null,
    });
    expect(await device.row(second.id)).toMatchObject({ state: 'sent' });
    await device.acknowledge(7);
    expect(await device.row(second.id)).toMatchObject({ state: 'ok', ackFlags: 8, luid: world.guid(second.id) });
  });

  it('leaves rows without a LUID sent until their Map has come, for devices with LUIDs of their own', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    await device.plan();
    await device.send(await device.work(), 1, { acknowledged: false });
    await device.acknowledge(1, false);
    const row = await device.row(mail.id);
    expect(row).toMatchObject({ state: 'sent', luid: null });
    if (row === null) throw new Error('no row');
    await device.write({ ...row, luid: 'mine' });
    await device.acknowledge(1, false);
    expect(await device.row(mail.id)).toMatchObject({ state: 'ok', luid: 'mine' });
    expect(await world.ask.rowsByLuid({ generation: device.generation, luids: ['mine', 'other'] })).toMatchObject([
      { row: { luid: 'mine' }, item: { guid: world.guid(mail.id) } },
    ]);
  });

  it('forgets rows of items that the device has deleted', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    await device.settle();
    await world.bury(mail.id);
    await device.plan();
    await device.send(await device.work(), 9, { acknowledged: false });
    expect(await device.row(mail.id)).toMatchObject({ state: 'sent', sent: { gone: true } });
    await device.acknowledge(9);
    expect(await device.row(mail.id)).toBeNull();
  });

  it('starts anew with an item that came back while its Delete was on the way', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const view = { kind: 'flat', folder: world.guid(world.inbox) } as const;
    const device = await world.device({ view });
    await device.settle();
    await world.touch(mail.id, { parent: world.archive });
    await device.plan();
    await device.send(await device.work(), 9, { acknowledged: false });
    await world.touch(mail.id, { parent: world.inbox });
    await device.plan();
    await device.acknowledge(9);
    expect(await device.row(mail.id)).toMatchObject({ state: 'todo', luid: null, shape: 'none', ackRev: 0, sent: null });
    expect(await device.todo()).toEqual([mail.id]);
  });

  it('sends a Delete after an Add that was on the way when its mail went', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    await device.plan();
    await device.send(await device.work(), 1, { acknowledged: false });
    await world.bury(mail.id);
    await device.plan();
    await device.acknowledge(1);
    expect(await device.row(mail.id)).toMatchObject({ state: 'todo', luid: world.guid(mail.id) });
    await device.send(await device.work(), 2);
    expect(await device.row(mail.id)).toBeNull();
  });

  it('names the restore epoch in a LUID that is the GUID', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    await world.store.db.updateTable('item').set({ epoch: 2 }).where('id', '=', mail.id).execute();
    const device = await world.device();
    await device.settle();
    const row = await world.store.db.selectFrom('map_row').select('luid').where('item', '=', mail.id).executeTakeFirst();
    expect(row?.luid).toBe(`${mail.id}-e2`);
  });
});

describe('what was not acknowledged', () => {
  it('goes out again, and keeps what was sent for a late Map', async () => {
    const world = await makeWorld();
    const [first, second] = [await world.mail(), await world.mail()];
    const device = await world.device();
    await device.plan();
    const rows = await device.work();
    await device.send(
      rows.filter((row) => row.item?.guid !== world.guid(second.id)),
      1,
    );
    await device.send(
      rows.filter((row) => row.item?.guid === world.guid(second.id)),
      2,
      { acknowledged: false },
    );
    await world.commit({ write: 'requeue', generation: device.generation, batch: 1 });
    expect(await device.todo()).toEqual([second.id]);
    expect(await device.row(second.id)).toMatchObject({ state: 'todo', batch: 2, sent: { rev: second.rev } });
    expect(await device.row(first.id)).toMatchObject({ state: 'ok' });
    // Acknowledged by its batch only once it is on its way again.
    await device.acknowledge(2);
    expect(await device.row(second.id)).toMatchObject({ state: 'todo' });
  });
});

describe('rows', () => {
  it('are written whole and read again as they were', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    const row = {
      guid: world.guid(mail.id),
      luid: 'l',
      state: 'refused',
      reason: '413',
      batch: 4,
      ackRev: 3,
      ackFlags: 9,
      ackParent: world.guid(world.trash),
      ackName: 'n',
      shape: 'full',
      sent: { rev: 5, flags: 1, parent: world.guid(world.inbox), name: 'm', shape: 'headers', gone: true },
    } as const;
    await device.write(row);
    expect(await device.row(mail.id)).toEqual(row);
    await device.write({ ...row, sent: null, ackParent: null });
    expect(await device.row(mail.id)).toEqual({ ...row, sent: null, ackParent: null });
    await world.commit({ write: 'dropRow', generation: device.generation, guid: row.guid });
    expect(await device.row(mail.id)).toBeNull();
    await expect(device.write({ ...row, guid: '77-e4' })).rejects.toMatchObject({ code: 'ERR_STORE_NOT_FOUND' });
  });

  it('of one commit are written in their order, whatever stands between them', async () => {
    const world = await makeWorld();
    const mails: number[] = [];
    for (let i = 0; i < 230; i += 1) mails.push((await world.mail()).id);
    const [one, two] = [await world.device(), await world.device()];
    await one.settle();
    const row = await one.row(mails[0] ?? 0);
    if (row === null) throw new Error('no row');
    const first = { ...row, luid: 'first' };
    const write = (generation: number, written: typeof row) => ({ write: 'row', generation, row: written }) as const;
    await world.commit(
      ...mails.map((id) => write(one.generation, { ...row, guid: world.guid(id), luid: `l${id}` })),
      write(one.generation, first),
      write(two.generation, { ...row, luid: 'other device' }),
      { write: 'dropRow', generation: two.generation, guid: row.guid },
      write(two.generation, { ...row, luid: 'again' }),
    );
    expect(await one.row(mails[0] ?? 0)).toEqual(first);
    expect(await two.row(mails[0] ?? 0)).toEqual({ ...row, luid: 'again' });
    for (const id of mails.slice(1)) expect((await one.row(id))?.luid).toBe(`l${id}`);
  });

  it('are held until tried again for their reason', async () => {
    const world = await makeWorld();
    const mails = [await world.mail(), await world.mail()];
    const device = await world.device();
    await device.plan();
    for (const [i, row] of (await device.work()).filter((each) => each.item?.kind === 'mail').entries()) {
      await device.write({ ...sentRow(row, 1, 'full'), state: 'held', reason: ['420', 'budget'][i] ?? null, sent: null });
    }
    const folders = 4;
    expect(await device.todo()).toHaveLength(folders);
    await world.commit({ write: 'retryHeld', generation: device.generation, reasons: [] });
    expect(await device.todo()).toHaveLength(folders);
    await world.commit({ write: 'retryHeld', generation: device.generation, reasons: ['420'] });
    expect((await device.todo()).slice(folders)).toEqual([mails[1]?.id]);
  });

  it('and items are found by GUID only within the account', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    const other = await world.store.transaction(async (tx) => {
      const account = await ensureAccount(tx, { person: 'bob', name: 'home', address: 'bob@example.org', now: 1 });
      return addItem(tx, account, { kind: 'mail', parent: null });
    });
    const guids = [world.guid(other.id), world.guid(mail.id), '99', 'nonsense'];
    expect(await world.ask.rowsByGuid({ generation: device.generation, guids })).toMatchObject([
      { row: null, item: { guid: world.guid(mail.id), gone: false } },
    ]);
    const write = {
      write: 'flags',
      account: String(world.account),
      guid: world.guid(other.id),
      flags: 1,
      ackBy: device.generation,
      ackFlags: 1,
    } as const;
    await expect(world.commit(write)).rejects.toMatchObject({ code: 'ERR_STORE_NOT_FOUND' });
  });
});
