import { describe, expect, it } from 'vitest';
import type { View } from '@packetboat/datasync';
import { makeWorld, sentRow } from './world.ts';

describe('planning', () => {
  it('turns the changes in (planned, rev] that concern the view into todo rows, and planned becomes rev', async () => {
    const world = await makeWorld();
    const [changed, same] = [await world.mail(), await world.mail()];
    const device = await world.device();
    await device.settle();
    await world.touch(changed.id, { flags: 1 });
    const arrived = await world.mail();
    const generation = await device.plan();
    expect(generation.planned).toBe(await world.rev());
    expect(await device.row(changed.id)).toMatchObject({ state: 'todo', ackFlags: 0 });
    expect(await device.row(arrived.id)).toMatchObject({ state: 'todo', luid: null, shape: 'none' });
    expect(await device.row(same.id)).toMatchObject({ state: 'ok' });
    expect(await device.todo()).toEqual([changed.id, arrived.id]);
    expect(await world.ask.workCount({ generation: device.generation })).toBe(2);
  });

  it('is idempotent', async () => {
    const world = await makeWorld();
    const device = await world.device();
    await world.mail();
    const once = await device.plan();
    const rows = await device.work();
    expect(await device.plan()).toEqual({ ...once, backfilled: true });
    expect(await device.work()).toEqual(rows);
  });

  it('leaves alone what is on its way: a newer revision is found when it is acknowledged', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    await device.plan();
    const rows = await device.work();
    await device.send(rows, 1, { acknowledged: false });
    await world.touch(mail.id, { flags: 1 });
    await device.plan();
    expect(await device.row(mail.id)).toMatchObject({ state: 'sent' });
    expect(await device.work()).toEqual([]);
    await device.acknowledge(1);
    expect(await device.row(mail.id)).toMatchObject({ state: 'todo', ackFlags: 0, shape: 'headers' });
    expect((await device.row(world.inbox))?.state).toBe('ok');
  });

  it('leaves held rows alone, until they are tried again', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    await device.settle();
    const row = await device.row(mail.id);
    if (row === null) throw new Error('no row');
    await device.write({ ...row, state: 'held', reason: '420' });
    await world.touch(mail.id, { flags: 1 });
    await device.plan();
    expect(await device.todo()).toEqual([]);
    await world.commit({ write: 'retryHeld', generation: device.generation, reasons: ['417', '420'] });
    expect(await device.todo()).toEqual([mail.id]);
    expect(await device.row(mail.id)).toMatchObject({ state: 'todo', reason: null });
  });

  it('does not bring back a refused mail, but tells of changes of one that is there', async () => {
    const world = await makeWorld();
    const [never, there] = [await world.mail(), await world.mail()];
    const device = await world.device();
    await device.settle();
    const had = await device.row(there.id);
    if (had === null) throw new Error('no row');
    await device.write({ ...had, state: 'refused', reason: '415' });
    await device.write({ ...had, guid: world.guid(never.id), luid: null, ackRev: 0, shape: 'none', state: 'refused', reason: '413' });
    await world.touch(never.id, { flags: 1 });
    await world.touch(there.id, { flags: 1 });
    await device.plan();
    expect(await device.todo()).toEqual([there.id]);
    await world.bury(never.id);
    await device.plan();
    expect(await device.row(never.id)).toBeNull();
  });

  it('tells nothing of what came and went between two plans, and a Delete goes only where a map row exists', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    await device.settle();
    const brief = await world.mail();
    await world.bury(brief.id);
    await world.bury(mail.id);
    await device.plan();
    expect(await device.row(brief.id)).toBeNull();
    const rows = await device.work();
    expect(rows.map((row) => row.item?.guid)).toEqual([world.guid(mail.id)]);
    expect(rows[0]?.item?.gone).toBe(true);
  });

  it('sees only the mails of its folder in a flat view', async () => {
    const world = await makeWorld();
    const inside = await world.mail();
    const outside = await world.mail({ parent: world.archive });
    const view: View = { kind: 'flat', folder: world.guid(world.inbox) };
    const device = await world.device({ view });
    await device.plan();
    expect(await device.todo()).toEqual([inside.id]);
    await device.send(await device.work(), 1);
    await world.touch(outside.id, { parent: world.inbox });
    await world.touch(inside.id, { parent: world.archive });
    await device.plan();
    // The one that left is to be deleted, the one that came to be added.
    expect(await device.todo()).toEqual([inside.id, outside.id]);
  });

  it('keeps devices apart', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const [one, two] = [await world.device(), await world.device()];
    await one.settle();
    expect(await two.row(mail.id)).toBeNull();
    await two.settle();
    await world.touch(mail.id, { flags: 1 });
    await one.settle();
    expect((await one.row(mail.id))?.ackFlags).toBe(1);
    expect((await two.row(mail.id))?.ackFlags).toBe(0);
    await two.plan();
    expect(await two.todo()).toEqual([mail.id]);
  });

  it('is refused for a generation that another session has replaced', async () => {
    const world = await makeWorld();
    const device = await world.device();
    await world.ask.newGeneration({ binding: device.binding, view: { kind: 'hierarchical' }, viewHash: 'n', wanted: 'full' });
    await world.commit({ write: 'switch', binding: device.binding });
    await expect(device.plan()).rejects.toMatchObject({ code: 'ERR_STORE_CONFLICT' });
    await expect(device.work()).rejects.toMatchObject({ code: 'ERR_STORE_CONFLICT' });
  });
});

describe('a changed view is compared once, inside the store', () => {
  it('gives mails whose shape is below the wanted one their content', async () => {
    const world = await makeWorld();
    const [headers, full] = [await world.mail(), await world.mail()];
    const device = await world.device({ wanted: 'headers' });
    await device.settle();
    const row = await device.row(full.id);
    if (row === null) throw new Error('no row');
    await device.write({ ...row, shape: 'full' });
    const changed = { viewHash: 'other', wanted: 'full' as const };
    const generation = await device.plan(changed);
    expect(generation).toMatchObject({ viewHash: 'other', wanted: 'full' });
    expect(await device.todo()).toEqual([headers.id]);
    await device.send(await device.work(), 50, { shape: 'headers' });
    // Sent as headers all the same (too large): not compared again.
    await device.plan(changed);
    expect(await device.todo()).toEqual([]);
  });

  it('takes out what is no longer in it and gives new members rows', async () => {
    const world = await makeWorld();
    const [inside, filed] = [await world.mail(), await world.mail({ parent: world.archive })];
    const device = await world.device();
    await device.settle();
    const view: View = { kind: 'flat', folder: world.guid(world.archive) };
    await device.plan({ viewHash: 'flat', view });
    const rows = await device.todo();
    expect(rows.toSorted((a, b) => a - b)).toEqual([world.outbox, world.inbox, world.archive, world.trash, inside.id]);
    expect(rows[0]).toBe(inside.id);
    await device.send(await device.work(), 60, { view });
    const other = await world.mail({ parent: world.inbox });
    await device.plan({ viewHash: 'flat inbox', view: { kind: 'flat', folder: world.guid(world.inbox) } });
    expect(await device.todo()).toEqual([filed.id, other.id, inside.id]);
  });

  it('looks again at what was on its way under the old view', async () => {
    const world = await makeWorld();
    const [inside, filed] = [await world.mail(), await world.mail({ parent: world.archive })];
    const device = await world.device();
    await device.plan();
    await device.send(await device.work(), 1, { acknowledged: false });
    await device.plan({ viewHash: 'full', view: { kind: 'flat', folder: world.guid(world.inbox) }, wanted: 'full' });
    expect(await device.todo()).toEqual([]);
    await device.acknowledge(1);
    const todo = await device.todo();
    expect(todo).toContain(inside.id);
    expect(todo).toContain(filed.id);
    expect(await device.row(inside.id)).toMatchObject({ state: 'todo', luid: world.guid(inside.id), shape: 'headers' });
  });

  it('does not bring back what the device deleted itself', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    await device.settle();
    await world.commit({
      write: 'delete',
      account: String(world.account),
      guid: world.guid(mail.id),
      archive: false,
      ackBy: device.generation,
    });
    await device.plan({ viewHash: 'other', wanted: 'full' });
    expect((await device.row(mail.id))?.state).toBe('held');
    expect(await device.todo()).toEqual([]);
  });
});

describe('the backfill', () => {
  it('hands out the mails of a first sync newest first, page by page', async () => {
    const world = await makeWorld();
    const mails: number[] = [];
    for (let i = 0; i < 7; i += 1) mails.unshift((await world.mail()).id);
    const device = await world.device();
    expect((await device.plan()).backfilled).toBe(false);
    await device.send(await device.work(4), 1);
    expect(await device.todo(3)).toEqual(mails.slice(0, 3));
    expect(await world.ask.workCount({ generation: device.generation })).toBe(3);
    await device.send(await device.work(3), 2);
    expect(await device.todo(3)).toEqual(mails.slice(3, 6));
    await device.send(await device.work(3), 3);
    expect(await device.todo(3)).toEqual(mails.slice(6));
    expect((await device.plan()).backfilled).toBe(true);
  });

  it('meets every mail once, whatever comes, goes or moves meanwhile', async () => {
    const world = await makeWorld();
    const mails: number[] = [];
    for (let i = 0; i < 6; i += 1) mails.unshift((await world.mail({ received: 100 + i })).id);
    const view: View = { kind: 'flat', folder: world.guid(world.inbox) };
    const device = await world.device({ view });
    await device.plan();
    expect(await device.todo(2)).toEqual(mails.slice(0, 2));
    await device.send(await device.work(2), 1);
    // Below where the backfill is: it will come there. Above: planning gives it a row. Both again in one second.
    const old = (await world.mail({ received: 101 })).id;
    const fresh = (await world.mail({ received: 104 })).id;
    const back = (await world.mail({ received: 105, parent: world.archive })).id;
    await world.touch(back, { parent: world.inbox });
    await world.bury(mails[3] ?? 0);
    await device.plan();
    const seen: number[] = [];
    for (let page = await device.work(2); page.length > 0; page = await device.work(2)) {
      seen.push(...page.map((row) => world.store.guids.id(row.item?.guid ?? '') ?? 0));
      await device.send(page, 2 + seen.length);
    }
    expect(seen.toSorted((a, b) => a - b)).toEqual(
      [...mails.slice(2).filter((id) => id !== mails[3]), old, fresh, back].toSorted((a, b) => a - b),
    );
  });

  it('is not needed again for a mail at its edge that left before it was sent and came back', async () => {
    const world = await makeWorld();
    const [old, edge, fresh] = [(await world.mail()).id, (await world.mail()).id, (await world.mail()).id];
    const device = await world.device({ view: { kind: 'flat', folder: world.guid(world.inbox) } });
    expect(await device.todo(2)).toEqual([fresh, edge]);
    await world.touch(edge, { parent: world.archive });
    await device.plan();
    expect(await device.todo(1)).toEqual([fresh]);
    expect(await device.row(edge)).toBeNull();
    await world.touch(edge, { parent: world.inbox });
    expect((await device.plan()).backfilled).toBe(false);
    expect(await device.todo()).toEqual([fresh, edge, old]);
  });

  it('passes over what a slow sync has matched', async () => {
    const world = await makeWorld();
    const [matched, other] = [await world.mail(), await world.mail()];
    const device = await world.device();
    const [pair] = await world.ask.rowsByGuid({ generation: device.generation, guids: [world.guid(matched.id)] });
    const empty = {
      guid: world.guid(matched.id),
      luid: 'l',
      state: 'ok',
      reason: null,
      batch: 0,
      ackRev: matched.rev,
      ackFlags: 0,
      ackParent: world.guid(world.inbox),
      ackName: null,
      shape: 'full',
      sent: null,
    } as const;
    expect(pair?.row).toBeNull();
    await device.write(empty);
    await device.send(
      (await device.work()).filter((row) => row.item?.kind === 'folder'),
      1,
    );
    expect(await device.todo()).toEqual([other.id]);
  });
});

describe('the order of work', () => {
  it('is live folders from the top, changes of mails, new mails newest first, folders to delete from the bottom', async () => {
    const world = await makeWorld();
    const top = await world.folder('top');
    const below = await world.folder('below', { parent: top.id });
    const [first, second] = [await world.mail(), await world.mail()];
    const device = await world.device();
    await device.settle();
    const [newer, newest] = [await world.mail(), await world.mail()];
    // A new folder whose parent is newer than itself, by moving.
    const child = await world.folder('child');
    const parent = await world.folder('parent');
    await world.touch(child.id, { parent: parent.id });
    await world.bury(below.id);
    await world.bury(top.id);
    await world.touch(second.id, { flags: 1 });
    await world.bury(first.id);
    await device.plan();
    const order = [parent.id, child.id, first.id, second.id, newest.id, newer.id, below.id, top.id];
    expect(await device.todo()).toEqual(order);
    for (let limit = 1; limit < order.length; limit += 1) expect(await device.todo(limit)).toEqual(order.slice(0, limit));
  });

  it('leaves out the rows to skip and fills up with others', async () => {
    const world = await makeWorld();
    const mails: number[] = [];
    for (let i = 0; i < 5; i += 1) mails.unshift((await world.mail()).id);
    const device = await world.device();
    const skip = [world.outbox, world.inbox, world.archive, world.trash, ...mails.slice(0, 2)].map((id) => world.guid(id));
    expect(await device.todo(2, skip.slice(0, 4))).toEqual(mails.slice(0, 2));
    expect(await device.todo(2, skip)).toEqual(mails.slice(2, 4));
  });

  it('drops silently what has gone before it was ever sent', async () => {
    const world = await makeWorld();
    const device = await world.device();
    await device.settle();
    const [gone, moved, tried] = [await world.mail(), await world.mail(), await world.mail()];
    await device.plan();
    const rows = await device.work();
    const row = rows.find((each) => each.item?.guid === world.guid(tried.id));
    if (row === undefined) throw new Error('no row');
    await device.write(sentRow(row, 1, 'headers'));
    await world.commit({ write: 'requeue', generation: device.generation, batch: 0 });
    for (const { id } of [gone, tried]) await world.bury(id);
    await device.plan();
    // It may have arrived: the session has to decide on that one.
    expect(await device.todo()).toEqual([moved.id, tried.id].toReversed());
    expect(await device.row(gone.id)).toBeNull();
  });

  it('keeps what the device has under a LUID not known yet', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    await device.settle();
    const row = await device.row(mail.id);
    if (row === null) throw new Error('no row');
    await device.write({ ...row, luid: null, shape: 'none' });
    await world.bury(mail.id);
    await device.plan();
    expect(await device.todo()).toEqual([mail.id]);
  });

  it('still tells of a row whose item was forgotten', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const device = await world.device();
    await device.settle();
    await world.bury(mail.id);
    await device.plan();
    await world.store.db.deleteFrom('item').where('id', '=', mail.id).execute();
    expect(await device.work()).toMatchObject([{ row: { guid: world.guid(mail.id), luid: world.guid(mail.id) }, item: null }]);
  });
});
