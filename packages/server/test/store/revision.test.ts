import { describe, expect, it } from 'vitest';
import { Guids, guidOf, parseGuid } from '../../src/store/guid.ts';
import { takeRevision } from '../../src/store/revision.ts';
import { makeWorld } from './world.ts';

describe('revisions', () => {
  it('are taken one after the other in the transaction of the change', async () => {
    const world = await makeWorld();
    const before = await world.rev();
    const taken = await Promise.all([1, 2, 3].map(() => world.store.transaction((tx) => takeRevision(tx, world.account))));
    expect(taken.toSorted((a, b) => a - b)).toEqual([before + 1, before + 2, before + 3]);
    expect(await world.rev()).toBe(before + 3);
  });

  it('are given back when the change is not made, so that no gap is filled later', async () => {
    const world = await makeWorld();
    const before = await world.rev();
    const failed = world.store.transaction(async (tx) => {
      await takeRevision(tx, world.account);
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect((await world.mail()).rev).toBe(before + 1);
  });

  it('are not made by a change that changes no fact', async () => {
    const world = await makeWorld();
    const mail = await world.mail({ flags: 1 });
    expect(await world.touch(mail.id, { flags: 1, parent: world.inbox, gone: 0 })).toBeNull();
    expect(await world.touch(mail.id, { remote_uid: '9', email_id: 'e', missing_since: 4 })).toBeNull();
    expect(await world.item(mail.id)).toEqual({ ...mail, remote_uid: '9', email_id: 'e', missing_since: 4 });
    expect(await world.rev()).toBe(mail.rev);
  });

  it('are made by a change of each fact that a device can see', async () => {
    const world = await makeWorld();
    const mail = await world.mail();
    let rev = mail.rev;
    for (const changes of [
      { flags: 8 },
      { parent: world.archive },
      { size: 7 },
      { send_error: 'no' },
      { name: 'n' },
      { role: 'r' },
      { gone: 1 },
    ]) {
      rev += 1;
      expect(await world.touch(mail.id, changes)).toBe(rev);
      expect(await world.item(mail.id)).toMatchObject({ ...changes, rev });
    }
  });

  it('belong to an account and an item that are there', async () => {
    const world = await makeWorld();
    await expect(world.store.transaction((tx) => takeRevision(tx, 99))).rejects.toMatchObject({ code: 'ERR_STORE_NOT_FOUND' });
    await expect(world.touch(99, { flags: 1 })).rejects.toMatchObject({ code: 'ERR_STORE_NOT_FOUND' });
  });
});

describe('GUIDs', () => {
  it('are the row id, with the restore epoch behind it when there was one', () => {
    expect(guidOf({ id: 7, epoch: 0 })).toBe('7');
    expect(guidOf({ id: 7, epoch: 3 })).toBe('7-e3');
    expect(parseGuid('7')).toEqual({ id: 7, epoch: 0 });
    expect(parseGuid('7-e3')).toEqual({ id: 7, epoch: 3 });
  });

  it.each(['', '0', '07', '-1', '7-e0', '7-e', '7e3', ' 7', '7 ', '~7', '12345678901234567', 'x'])('are not %j', (text) => {
    expect(parseGuid(text)).toBeNull();
    expect(new Guids([]).id(text)).toBeNull();
  });

  it('know the epoch of a bare row id', () => {
    const guids = new Guids([
      { epoch: 1, after: 10 },
      { epoch: 4, after: 20 },
    ]);
    expect([10, 11, 20, 21].map((id) => guids.of(id))).toEqual(['10', '11-e1', '20-e1', '21-e4']);
    expect(['10', '11-e1', '21-e4'].map((guid) => guids.id(guid))).toEqual([10, 11, 21]);
    expect(['11', '10-e1', '21-e1'].map((guid) => guids.id(guid))).toEqual([null, null, null]);
    expect(guids.ofNullable(null)).toBeNull();
  });
});
