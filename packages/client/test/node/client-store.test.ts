import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openClientStore } from '../../src/node/index.ts';
import { clientStoreContract } from '../contract/client-store.contract.ts';
import { ask, commit, folders, mail } from '../contract/harness.ts';

clientStoreContract({
  name: 'in a file',
  open: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'packetboat-client-'));
    const file = join(folder, 'mail.sqlite');
    let store = openClientStore(file);
    return {
      store,
      reopen: async () => {
        await store.close();
        store = openClientStore(file);
        return store;
      },
      remove: async () => {
        await store.close();
        await rm(folder, { recursive: true });
      },
    };
  },
});

function refused(file: string): unknown {
  try {
    void openClientStore(file).close();
    return 'opened';
  } catch (error) {
    return error;
  }
}

describe('a store file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packetboat-client-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('can be read by its owner alone, with its side files', async () => {
    const file = join(folder, 'home', 'mail.sqlite');
    const store = openClientStore(file);
    await commit(store, ...folders);
    for (const each of [file, `${file}-wal`, `${file}-shm`]) expect((await stat(each)).mode & 0o777, each).toBe(0o600);
    expect((await stat(join(folder, 'home'))).mode & 0o777).toBe(0o700);
    await store.close();
    await chmod(file, 0o644);
    await openClientStore(file).close();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('keeps one process from syncing while another one does, and only then', async () => {
    const file = join(folder, 'mail.sqlite');
    const script = `import { openClientStore } from '@packetboat/client/node';
      try { (await openClientStore(process.argv[1]).lock())(); console.log('free'); } catch (error) { console.log(error.code); }`;
    const elsewhere = async (): Promise<string> => {
      const args = ['--conditions=packetboat-source', '--input-type=module', '-e', script, file];
      return (await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })).stdout.trim();
    };
    const store = openClientStore(file);
    const release = await store.lock();
    expect(await elsewhere()).toBe('ERR_CLIENT_BUSY');
    await commit(store, ...folders);
    release();
    expect(await elsewhere()).toBe('free');
    await store.close();
  });

  it('is refused when it is no store, another program’s, or a newer one', async () => {
    await writeFile(
      join(folder, 'text'),
      'this is no database, and long enough to be read as the header of one, which takes 100 bytes or more'.repeat(9),
    );
    expect(refused(join(folder, 'text'))).toMatchObject({ code: 'ERR_CLIENT_STORE' });
    const other = new Database(join(folder, 'other'));
    other.exec('CREATE TABLE something (x)');
    other.close();
    expect(refused(join(folder, 'other'))).toMatchObject({ code: 'ERR_CLIENT_STORE', message: expect.stringContaining('another program') });
    await openClientStore(join(folder, 'newer')).close();
    const newer = new Database(join(folder, 'newer'));
    newer.pragma('user_version = 99');
    newer.close();
    expect(refused(join(folder, 'newer'))).toMatchObject({ code: 'ERR_CLIENT_STORE', message: expect.stringContaining('newer') });
  });

  it('commits all of its writes or none', async () => {
    const store = openClientStore(join(folder, 'mail.sqlite'));
    await commit(store, ...folders);
    const bad = { ...mail('11'), shape: 'everything' } as unknown as ReturnType<typeof mail>;
    const failing = commit(
      store,
      { write: 'item', item: mail('10') },
      { write: 'anchors', datastore: 'm', anchors: { own: '1' } },
      { write: 'item', item: bad },
    );
    await expect(failing).rejects.toThrow('CHECK');
    expect(await store.get('10')).toBeNull();
    expect(await ask(store, 'anchors', { datastore: 'm' })).toMatchObject({ own: null });
    await store.close();
  });

  it('lists a folder of 20,000 mails without reading more than the page', async () => {
    const store = openClientStore(join(folder, 'mail.sqlite'));
    await commit(store, ...folders);
    for (let page = 0; page < 20; page += 1) {
      await commit(
        store,
        ...Array.from({ length: 1_000 }, (_, n) => ({ write: 'item' as const, item: mail(String(1_000 + page * 1_000 + n)) })),
      );
    }
    const plans = new Database(join(folder, 'mail.sqlite'), { readonly: true });
    const plan = plans
      .prepare(
        `EXPLAIN QUERY PLAN SELECT * FROM item WHERE shown_parent = '1' AND kind = 'mail' AND shown = 1 ORDER BY received DESC, luid LIMIT 50`,
      )
      .all() as { readonly detail: string }[];
    plans.close();
    expect(plan.map((row) => row.detail)).toEqual([expect.stringContaining('USING INDEX item_list')]);
    const started = performance.now();
    expect(await store.list({ folder: '1', limit: 50, offset: 0 })).toHaveLength(50);
    expect(performance.now() - started).toBeLessThan(2_000);
    await store.close();
  });
});
