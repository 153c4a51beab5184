import { describe, expect, it } from 'vitest';
import type { ServerWrite } from '@packetboat/datasync';
import { type Device, makeWorld, type World } from './world.ts';

interface Setting {
  readonly world: World;
  readonly device: Device;
  readonly other: Device;
  readonly flags: (id: number, flags: number, ackFlags?: number) => Promise<void>;
  readonly move: (id: number, parent: number) => Promise<void>;
  readonly remove: (id: number, archive?: boolean) => Promise<void>;
}

/** Two devices on one account; the first one makes the changes. */
async function setting(world: World): Promise<Setting> {
  const device = await world.device();
  const other = await world.device();
  await device.settle();
  await other.settle();
  const account = String(world.account);
  const ackBy = device.generation;
  return {
    world,
    device,
    other,
    flags: (id, flags, ackFlags = flags) => world.commit({ write: 'flags', account, guid: world.guid(id), flags, ackBy, ackFlags }),
    move: (id, parent) => world.commit({ write: 'move', account, guid: world.guid(id), parent: world.guid(parent), ackBy }),
    remove: (id, archive = false) => world.commit({ write: 'delete', account, guid: world.guid(id), archive, ackBy }),
  };
}

describe('flags of a device', () => {
  it('change the item, tell the mail server and other devices, and do not echo', async () => {
    const world = await makeWorld();
    const mail = await world.mail({ flags: 2 });
    const { device, other, flags } = await setting(world);
    await flags(mail.id, 1);
    expect(await world.item(mail.id)).toMatchObject({ flags: 1, rev: mail.rev + 1 });
    expect(await world.operations()).toMatchObject([
      { item: mail.id, account: world.account, kind: 'flags', args: '{"set":1,"clear":2}', attempts: 0, next_at: world.clock.time },
    ]);
    expect(await device.row(mail.id)).toMatchObject({ state: 'ok', ackFlags: 1, ackRev: mail.rev + 1 });
    await device.plan();
    await other.plan();
    expect(await device.todo()).toEqual([]);
    expect(await other.todo()).toEqual([mail.id]);
  });

  it('go back to the device when the merged result is another than it has', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const { device, flags } = await setting(world);
    await world.touch(mail.id, { flags: 8 });
    await flags(mail.id, 9, 1);
    expect(await device.row(mail.id)).toMatchObject({ state: 'todo', ackFlags: 1 });
    expect(await device.todo()).toEqual([mail.id]);
  });

  it('do not hide another change that was not planned yet', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const { device, flags } = await setting(world);
    await world.touch(mail.id, { parent: world.archive });
    await flags(mail.id, 1);
    await device.plan();
    expect(await device.todo()).toEqual([mail.id]);
    expect(await device.row(mail.id)).toMatchObject({ ackFlags: 1, ackParent: world.guid(world.inbox) });
    await device.settle();
    await world.touch(mail.id, { send_error: 'refused' });
    await flags(mail.id, 3);
    await device.plan();
    expect(await device.todo()).toEqual([mail.id]);
  });

  it('that the item has already take no revision and queue nothing', async () => {
    const world = await makeWorld();
    const mail = await world.mail({ flags: 1 });
    const { device, flags } = await setting(world);
    await flags(mail.id, 1, 1);
    expect(await world.rev()).toBe(mail.rev);
    expect(await world.operations()).toEqual([]);
    expect(await device.row(mail.id)).toMatchObject({ state: 'ok' });
  });

  it('coalesce with an operation that has not begun, and not with one that has', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const { flags } = await setting(world);
    await flags(mail.id, 1);
    await flags(mail.id, 9);
    await flags(mail.id, 8);
    expect(await world.operations()).toMatchObject([{ kind: 'flags', args: '{"set":8,"clear":1}' }]);
    await world.store.db.updateTable('operation').set({ attempts: 1 }).execute();
    await flags(mail.id, 0);
    expect(await world.operations()).toMatchObject([{ args: '{"set":8,"clear":1}' }, { args: '{"set":0,"clear":8}', attempts: 0 }]);
  });

  it('are not told to a mail server that does not have the mail', async () => {
    const world = await makeWorld();
    const mail = await world.mail({ parent: world.outbox, remote_folder: null, remote_uid: null });
    const { flags } = await setting(world);
    await flags(mail.id, 1);
    expect((await world.item(mail.id)).flags).toBe(1);
    expect(await world.operations()).toEqual([]);
  });

  it('of a tombstone change nothing', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const { flags } = await setting(world);
    await world.bury(mail.id);
    const rev = await world.rev();
    await flags(mail.id, 1);
    expect(await world.rev()).toBe(rev);
    expect(await world.operations()).toEqual([]);
  });

  it('told while the first Replace is on its way are looked at again when it is acknowledged', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const { device, flags } = await setting(world);
    await world.touch(mail.id, { flags: 8 });
    await device.plan();
    await device.send(await device.work(), 5000, { acknowledged: false });
    await flags(mail.id, 9, 1);
    expect(await device.row(mail.id)).toMatchObject({ state: 'sent' });
    await device.acknowledge(5000);
    expect(await device.row(mail.id)).toMatchObject({ state: 'todo', ackFlags: 8 });
  });
});

describe('moves of a device', () => {
  it('change the item, tell the mail server and other devices, and do not echo', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const { device, other, move } = await setting(world);
    await move(mail.id, world.archive);
    await move(mail.id, world.trash);
    expect(await world.item(mail.id)).toMatchObject({ parent: world.trash, rev: mail.rev + 2 });
    expect(await world.operations()).toMatchObject([{ kind: 'move', args: `{"to":${world.trash}}` }]);
    await device.plan();
    await other.plan();
    expect(await device.todo()).toEqual([]);
    expect(await device.row(mail.id)).toMatchObject({ state: 'ok', ackParent: world.guid(world.trash) });
    expect(await other.todo()).toEqual([mail.id]);
  });

  it('to where the item is take no revision', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const { move } = await setting(world);
    await move(mail.id, world.inbox);
    expect(await world.rev()).toBe(mail.rev);
    expect(await world.operations()).toEqual([]);
  });

  it('out of the Outbox file a mail that only we have', async () => {
    const world = await makeWorld();
    const mail = await world.mail({ parent: world.outbox, remote_folder: null, remote_uid: null, spool: 'x' });
    const { move } = await setting(world);
    await move(mail.id, world.archive);
    expect(await world.operations()).toMatchObject([{ kind: 'append', args: '{}' }]);
  });
});

describe('a Delete of a device', () => {
  it('moves to the trash, and the device is told of the mail again only when it leaves the trash', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const { device, other, remove } = await setting(world);
    await remove(mail.id);
    expect(await world.item(mail.id)).toMatchObject({ parent: world.trash, gone: 0 });
    expect(await world.operations()).toMatchObject([{ kind: 'move', args: `{"to":${world.trash}}` }]);
    expect(await device.row(mail.id)).toMatchObject({ state: 'held', reason: 'deleted-here', luid: null, shape: 'none' });
    await other.plan();
    expect(await other.todo()).toEqual([mail.id]);
    await world.touch(mail.id, { flags: 1 });
    await device.plan();
    expect(await device.todo()).toEqual([]);
    await world.touch(mail.id, { parent: world.inbox });
    await device.plan();
    expect(await device.todo()).toEqual([mail.id]);
    expect(await device.row(mail.id)).toMatchObject({ state: 'todo', luid: null, ackRev: 0, ackParent: null });
  });

  it('removes for good from the trash, and from folders in it', async () => {
    const world = await makeWorld();
    const below = await world.folder('below', { parent: world.trash });
    const [mail, deep] = [await world.mail({ parent: world.trash }), await world.mail({ parent: below.id })];
    const { device, other, remove } = await setting(world);
    await remove(mail.id);
    await remove(deep.id);
    expect(await world.item(mail.id)).toMatchObject({ gone: 1, gone_at: world.clock.time, parent: world.trash });
    expect(await world.operations()).toMatchObject([
      { kind: 'remove', item: mail.id },
      { kind: 'remove', item: deep.id },
    ]);
    expect(await device.row(mail.id)).toBeNull();
    await device.plan();
    await other.plan();
    expect(await device.todo()).toEqual([]);
    expect(await other.todo()).toEqual([mail.id, deep.id]);
  });

  it('removes for good where there is no trash', async () => {
    const world = await makeWorld();
    await world.touch(world.trash, { role: null });
    const mail = await world.mail();
    const { remove } = await setting(world);
    await remove(mail.id);
    expect(await world.item(mail.id)).toMatchObject({ gone: 1, parent: world.inbox });
    expect(await world.operations()).toMatchObject([{ kind: 'remove' }]);
  });

  it('puts into the archive when asked, and into the trash where there is none', async () => {
    const world = await makeWorld();
    const [one, two] = [await world.mail(), await world.mail()];
    const { device, remove } = await setting(world);
    await remove(one.id, true);
    expect(await world.item(one.id)).toMatchObject({ parent: world.archive, gone: 0 });
    await device.plan();
    expect(await device.todo()).toEqual([]);
    await world.touch(world.archive, { role: null });
    await device.settle();
    await remove(two.id, true);
    expect((await world.item(two.id)).parent).toBe(world.trash);
  });

  it('forgets the mail on this device when it is emptied from the trash elsewhere', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    const { device, remove } = await setting(world);
    await remove(mail.id);
    await world.bury(mail.id);
    await device.plan();
    expect(await device.row(mail.id)).toBeNull();
    expect(await device.todo()).toEqual([]);
  });

  it('of a mail that is still to be filed cancels that, or follows it when it has begun', async () => {
    const world = await makeWorld();
    await world.touch(world.trash, { role: null });
    const { device, remove, flags } = await setting(world);
    const bytes = new TextEncoder().encode('Subject: x\r\n\r\nbody\r\n');
    const append = (luid: string): ServerWrite => ({
      write: 'append',
      mail: {
        account: String(world.account),
        parent: world.guid(world.inbox),
        flags: 0,
        received: 7,
        generations: [device.generation],
        luid,
        shape: 'full',
        mail: { bytes },
      },
      received: { key: luid, status: '201', text: null, guid: null, queueId: null, batch: 1 },
    });
    await world.commit(append('a'), append('b'));
    const [a, b] = (await world.store.db.selectFrom('item').select('id').where('kind', '=', 'mail').orderBy('id').execute()).map(
      (item) => item.id,
    );
    if (a === undefined || b === undefined) throw new Error('no mails');
    await flags(a, 1);
    await world.store.db.updateTable('operation').set({ attempts: 1 }).where('item', '=', b).execute();
    await flags(b, 1);
    await remove(a);
    await remove(b);
    expect(await world.operations(a)).toEqual([]);
    expect(await world.operations(b)).toMatchObject([{ kind: 'append', attempts: 1 }, { kind: 'remove' }]);
  });

  it('of a mail in the Outbox removes it, and what was accepted for sending is sent all the same', async () => {
    const world = await makeWorld();
    const mail = await world.mail({ parent: world.outbox, remote_folder: null, remote_uid: null, spool: 's' });
    const { remove } = await setting(world);
    const submission = {
      queue_id: 'q',
      account: world.account,
      item: mail.id,
      message_id: '<m>',
      envelope: '{}',
      state: 'waiting' as const,
      next_at: 0,
      text: null,
      created: 0,
    };
    await world.store.db.insertInto('submission').values(submission).execute();
    await remove(mail.id);
    expect((await world.item(mail.id)).gone).toBe(1);
    expect(await world.operations()).toEqual([]);
    expect(await world.store.db.selectFrom('submission').select('state').execute()).toEqual([{ state: 'waiting' }]);
  });

  it('removes an empty folder, and gives back one that holds something', async () => {
    const world = await makeWorld();
    const [empty, full, local] = [
      await world.folder('empty'),
      await world.folder('full'),
      await world.folder('local', { remote_path: null }),
    ];
    await world.mail({ parent: full.id });
    const { device, other, remove } = await setting(world);
    await remove(empty.id);
    await remove(full.id);
    await remove(local.id);
    expect((await world.item(empty.id)).gone).toBe(1);
    expect((await world.item(full.id)).gone).toBe(0);
    expect((await world.item(local.id)).gone).toBe(1);
    expect(await world.operations()).toMatchObject([{ kind: 'remove', item: empty.id }]);
    await device.plan();
    await other.plan();
    expect(await device.todo()).toEqual([full.id]);
    expect(await other.todo()).toEqual([local.id, empty.id]);
  });

  it('repeated changes nothing', async () => {
    const world = await makeWorld();
    const mail = await world.mail({ parent: world.trash });
    const { remove } = await setting(world);
    await remove(mail.id);
    const rev = await world.rev();
    await remove(mail.id);
    expect(await world.rev()).toBe(rev);
    expect(await world.operations()).toHaveLength(1);
  });
});
