import { describe, expect, it } from 'vitest';
import type { StoredSession } from '@packetboat/datasync';
import { makeWorld } from './world.ts';

const session: StoredSession = {
  token: 't1',
  person: 'ann',
  deviceId: 'phone',
  sessionId: '7',
  state: '{}',
  lastMsgId: '1',
  lastHash: 'ff',
  lastReply: Uint8Array.of(1, 2, 3),
  version: 0,
};

describe('saving a session is compare-and-swap', () => {
  it('and it is found by its token, or by device and SessionID', async () => {
    const world = await makeWorld();
    expect(await world.ask.session({ token: 't1' })).toBeNull();
    await world.commit({ write: 'session', session });
    const stored = { ...session, version: 1 };
    expect(await world.ask.session({ token: 't1' })).toEqual(stored);
    expect(await world.ask.session({ person: 'ann', deviceId: 'phone', sessionId: '7' })).toEqual(stored);
    expect(await world.ask.session({ person: 'bob', deviceId: 'phone', sessionId: '7' })).toBeNull();
    world.clock.time += 1;
    await world.commit({ write: 'session', session: { ...session, token: 't2' } });
    expect((await world.ask.session({ person: 'ann', deviceId: 'phone', sessionId: '7' }))?.token).toBe('t2');
  });

  it('so that of two that read the same version one fails, with all it wrote', async () => {
    const world = await makeWorld();
    await world.commit({ write: 'session', session });
    await expect(world.commit({ write: 'session', session })).rejects.toMatchObject({ code: 'ERR_STORE_CONFLICT' });
    const read = { ...session, version: 1 };
    await world.commit({ write: 'session', session: { ...read, state: 'one' } });
    const mail = await world.mail();
    const device = await world.device();
    const lost = world.commit(
      { write: 'flags', account: String(world.account), guid: world.guid(mail.id), flags: 1, ackBy: device.generation, ackFlags: 1 },
      { write: 'session', session: { ...read, state: 'two' } },
    );
    await expect(lost).rejects.toMatchObject({ code: 'ERR_STORE_CONFLICT' });
    expect((await world.item(mail.id)).flags).toBe(0);
    expect(await world.ask.session({ token: 't1' })).toMatchObject({ state: 'one', version: 2 });
  });
});

describe('a commit', () => {
  it('is refused when an account has moved on since it was read', async () => {
    const world = await makeWorld();
    const account = String(world.account);
    const rev = await world.rev();
    const writes = [{ write: 'session', session }] as const;
    await world.ask.commit({ writes: [], accountRevs: { [account]: rev } });
    await world.mail();
    await expect(world.ask.commit({ writes, accountRevs: { [account]: rev } })).rejects.toMatchObject({ code: 'ERR_STORE_CONFLICT' });
    expect(await world.ask.session({ token: 't1' })).toBeNull();
    await world.ask.commit({ writes, accountRevs: { [account]: rev + 1 } });
    expect(await world.ask.session({ token: 't1' })).not.toBeNull();
  });
});

describe('a device', () => {
  it('is written field by field', async () => {
    const world = await makeWorld();
    const ask = { person: 'ann', deviceId: 'phone' };
    expect(await world.ask.device(ask)).toBeNull();
    await world.commit({ write: 'device', ...ask, nonceUse: { count: 4, challenge: 9 } });
    expect(await world.ask.device(ask)).toEqual({ devInf: null, nonceUse: { count: 4, challenge: 9 } });
    world.clock.time += 7;
    await world.commit({ write: 'device', ...ask, devInf: Uint8Array.of(9) });
    expect(await world.ask.device(ask)).toEqual({ devInf: Uint8Array.of(9), nonceUse: { count: 4, challenge: 9 } });
    expect(await world.ask.device({ ...ask, person: 'bob' })).toBeNull();
    expect(await world.store.db.selectFrom('device').select('last_seen').execute()).toEqual([{ last_seen: world.clock.time }]);
  });
});

describe('a datastore path', () => {
  it('leads to an account of the person and a folder of it', async () => {
    const world = await makeWorld();
    const below = await world.folder('Sub', { parent: world.archive });
    const at = (path: string[], person = 'ann') => world.ask.account({ person, path });
    const account = {
      guid: String(world.account),
      rev: await world.rev(),
      database: world.store.database,
      epoch: 0,
      roles: {
        inbox: world.guid(world.inbox),
        outbox: world.guid(world.outbox),
        archive: world.guid(world.archive),
        trash: world.guid(world.trash),
      },
    };
    expect(await at(['mail'])).toEqual({ account, folder: null });
    expect(await at(['mail', 'home'])).toEqual({ account, folder: null });
    expect(await at(['mail', 'home', 'inbox'])).toEqual({ account, folder: world.guid(world.inbox) });
    expect(await at(['mail', 'home', 'Outbox'])).toEqual({ account, folder: world.guid(world.outbox) });
    expect(await at(['mail', 'home', 'Archive', 'Sub'])).toEqual({ account, folder: world.guid(below.id) });
    for (const path of [
      [],
      ['contacts'],
      ['mail', 'work'],
      ['mail', 'home', 'Sub'],
      ['mail', 'home', 'Archive', 'inbox'],
      ['mail', 'home', 'archive', 'sub'],
    ]) {
      expect(await at(path)).toBeNull();
    }
    expect(await at(['mail'], 'bob')).toBeNull();
    await world.bury(below.id);
    expect(await at(['mail', 'home', 'Archive', 'Sub'])).toBeNull();
  });

  it('and its live folders are listed parents before children', async () => {
    const world = await makeWorld();
    const child = await world.folder('child');
    const parent = await world.folder('parent');
    await world.touch(child.id, { parent: parent.id });
    const gone = await world.folder('gone');
    await world.bury(gone.id);
    await world.mail();
    const folders = await world.ask.folders({ account: String(world.account) });
    expect(folders.map((folder) => folder.name)).toEqual(['Outbox', 'INBOX', 'Archive', 'Trash', 'parent', 'child']);
    expect(folders.at(-1)).toEqual({
      guid: world.guid(child.id),
      kind: 'folder',
      parent: world.guid(parent.id),
      flags: 0,
      rev: (await world.item(child.id)).rev,
      gone: false,
      size: 0,
      received: 0,
      name: 'child',
      role: null,
      sendError: null,
    });
  });
});
