import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { ensureAccount } from '../../src/store/account.ts';
import { guidOf } from '../../src/store/guid.ts';
import { addItem, type Item } from '../../src/store/revision.ts';
import { openStore, raiseEpoch, type Store } from '../../src/store/store.ts';
import { openTestStore, temporaryFolder } from './world.ts';

const now = (): number => 5;

function makeFolder(store: Store, name: string): Promise<Item> {
  return store.transaction(async (tx) => {
    const account = await ensureAccount(tx, { person: 'p', name: 'a', address: 'a@example.org', now: 1 });
    return addItem(tx, account, { kind: 'folder', parent: null, name });
  });
}

describe('opening', () => {
  it('keeps commits on the disk, checks foreign keys and writes ahead', async () => {
    const file = join(temporaryFolder(), 's.db');
    const store = await openStore({ file, now });
    const settings = new Sqlite(file);
    expect(settings.pragma('journal_mode', { simple: true })).toBe('wal');
    settings.close();
    const row = {
      queue_id: 'q',
      account: 9,
      item: 9,
      message_id: 'm',
      envelope: '{}',
      state: 'waiting' as const,
      next_at: 0,
      created: 0,
      text: null,
    };
    await expect(store.db.insertInto('submission').values(row).execute()).rejects.toThrow(/FOREIGN KEY/);
    await store.close();
  });

  it('refuses a value of another type in every table', async () => {
    const store = await openTestStore();
    const tables = await store.db.introspection.getTables();
    expect(tables.length).toBeGreaterThan(11);
    await expect(
      store.db
        .insertInto('device')
        .values({ person: 'p', device_id: 'd', last_seen: 'soon' as unknown as number, dev_inf: null })
        .execute(),
    ).rejects.toThrow(/cannot store TEXT/);
  });

  it('finds everything again after it was closed', async () => {
    const file = join(temporaryFolder(), 's.db');
    const first = await openStore({ file, now });
    const folder = await makeFolder(first, 'INBOX');
    await first.meta.set('secret', 'x');
    await first.close();
    const second = await openStore({ file, now });
    expect(await second.meta.get('secret')).toBe('x');
    expect(await second.meta.get('nothing')).toBeUndefined();
    expect(await second.db.selectFrom('item').selectAll().where('id', '=', folder.id).executeTakeFirst()).toEqual(folder);
    expect(second.epoch).toBe(0);
    await second.close();
  });

  it('says what is wrong when a migration cannot be made', async () => {
    const file = join(temporaryFolder(), 's.db');
    const other = new Sqlite(file);
    other.exec('create table item (mail text)');
    other.close();
    await expect(openStore({ file, now })).rejects.toMatchObject({ code: 'ERR_STORE_MIGRATION' });
    const after = new Sqlite(file);
    // The step was rolled back as a whole: what it made before it failed is gone.
    expect(after.prepare(`select name from sqlite_master where name = 'account'`).all()).toEqual([]);
    after.close();
  });

  it('lives in memory alone when it is asked to', async () => {
    const store = await openStore({ file: ':memory:', now });
    expect((await makeFolder(store, 'x')).id).toBe(2);
    await store.close();
  });
});

describe('transactions', () => {
  it('never interleave, however they are begun', async () => {
    const store = await openTestStore();
    const steps: string[] = [];
    const run = (name: string): Promise<void> =>
      store.transaction(async (tx) => {
        steps.push(`${name} begins`);
        await tx.selectFrom('meta').selectAll().execute();
        await new Promise((resolve) => setTimeout(resolve, 5));
        await tx.selectFrom('meta').selectAll().execute();
        steps.push(`${name} ends`);
      });
    await Promise.all([
      run('a'),
      run('b'),
      store.db
        .selectFrom('meta')
        .selectAll()
        .execute()
        .then(() => steps.push('read')),
    ]);
    expect(steps).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'read']);
  });

  it('leave nothing behind when they fail', async () => {
    const store = await openTestStore();
    await expect(
      store.transaction(async (tx) => {
        await tx.insertInto('meta').values({ key: 'k', value: 'v' }).execute();
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await store.meta.get('k')).toBeUndefined();
    await store.meta.set('k', 'w');
    expect(await store.meta.get('k')).toBe('w');
  });

  it('count themselves only when they write', async () => {
    const store = await openTestStore();
    const before = await store.meta.get('commits');
    await store.transaction((tx) => tx.selectFrom('meta').selectAll().execute());
    expect(await store.meta.get('commits')).toBe(before);
    await store.meta.set('k', 'v');
    expect(Number(await store.meta.get('commits'))).toBe(Number(before) + 1);
  });
});

it('has an id of its own, which its backups share and no other database has', async () => {
  const folder = temporaryFolder();
  const [file, copy, other] = [join(folder, 's.db'), join(folder, 'copy.db'), join(folder, 'other.db')];
  const store = await openStore({ file, now });
  expect(store.database).toMatch(/^[0-9a-z]{1,5}$/);
  await store.close();
  copyFileSync(file, copy);
  for (const [path, isSame] of [
    [file, true],
    [copy, true],
    [other, false],
  ] as const) {
    const opened = await openStore({ file: path, now });
    expect(opened.database === store.database).toBe(isSame);
    await opened.close();
  }
});

describe('a restored backup raises the epoch', () => {
  it('so that row ids given out again are other GUIDs', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 's.db');
    const first = await openStore({ file, now });
    const old = await makeFolder(first, 'kept');
    await first.close();
    copyFileSync(file, join(folder, 'backup.db'));
    const second = await openStore({ file, now });
    expect(second.epoch).toBe(0);
    const lost = await makeFolder(second, 'lost');
    await second.close();
    copyFileSync(join(folder, 'backup.db'), file);
    const restored = await openStore({ file, now });
    expect(restored.epoch).toBe(1);
    const made = await makeFolder(restored, 'new');
    expect(made.id).toBe(lost.id);
    expect(guidOf(made)).toBe(`${made.id}-e1`);
    expect(restored.guids.of(made.id)).toBe(guidOf(made));
    expect(restored.guids.of(old.id)).toBe(guidOf(old));
    // The lost item's GUID means nothing now.
    expect(restored.guids.id(guidOf(lost))).toBeNull();
    await restored.close();
    const again = await openStore({ file, now });
    expect(again.epoch).toBe(1);
    await again.close();
  });

  it('also when one backup is restored twice, and when the newer one comes after the older', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 's.db');
    const backup = async (name: string, work: string): Promise<void> => {
      const store = await openStore({ file, now });
      await makeFolder(store, work);
      await store.close();
      copyFileSync(file, join(folder, name));
    };
    const restore = async (name: string): Promise<number> => {
      copyFileSync(join(folder, name), file);
      const store = await openStore({ file, now });
      await store.close();
      return store.epoch;
    };
    await backup('one', 'a');
    await backup('two', 'b');
    expect(await restore('one')).toBe(1);
    expect(await restore('one')).toBe(2);
    expect(await restore('two')).toBe(3);
  });

  it('counts what was committed in one run, whether it was closed or not', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 's.db');
    const running = await openStore({ file, now });
    await makeFolder(running, 'a');
    await running.db.selectFrom('meta').selectAll().execute();
    const copy = new Sqlite(file);
    await copy.backup(join(folder, 'backup'));
    copy.close();
    await makeFolder(running, 'b');
    // As after a crash: the side file is as the last commit left it.
    const side = readFileSync(`${file}.epoch`);
    await running.close();
    rmSync(`${file}-wal`, { force: true });
    copyFileSync(join(folder, 'backup'), file);
    writeFileSync(`${file}.epoch`, side);
    const restored = await openStore({ file, now });
    expect(restored.epoch).toBe(1);
    await restored.close();
  });

  it('but a crash between commit and side file does not', async () => {
    const file = join(temporaryFolder(), 's.db');
    const first = await openStore({ file, now });
    await makeFolder(first, 'a');
    const side = readFileSync(`${file}.epoch`);
    await makeFolder(first, 'b');
    await first.close();
    writeFileSync(`${file}.epoch`, side);
    const second = await openStore({ file, now });
    expect(second.epoch).toBe(0);
    await second.close();
  });

  it('and so does a database without its side file, or with a damaged one', async () => {
    const file = join(temporaryFolder(), 's.db');
    const epochAfter = async (damage: () => void): Promise<number> => {
      damage();
      const store = await openStore({ file, now });
      await store.close();
      return store.epoch;
    };
    expect(await epochAfter(() => undefined)).toBe(0);
    expect(await epochAfter(() => rmSync(`${file}.epoch`))).toBe(1);
    expect(await epochAfter(() => writeFileSync(`${file}.epoch`, 'what'))).toBe(2);
    expect(await epochAfter(() => undefined)).toBe(2);
  });

  it('and whoever restores the side file with it can say so', async () => {
    const file = join(temporaryFolder(), 's.db');
    const first = await openStore({ file, now });
    await raiseEpoch(first);
    await first.close();
    const second = await openStore({ file, now });
    expect(second.epoch).toBe(1);
    await second.close();
  });
});
