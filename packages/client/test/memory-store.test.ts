import { describe, expect, it } from 'vitest';
import { createMemoryClientStore } from '../src/index.ts';
import { clientStoreContract } from './contract/client-store.contract.ts';
import { ask, commit, folders, mail } from './contract/harness.ts';

clientStoreContract({
  name: 'in memory',
  open: async () => {
    const store = createMemoryClientStore();
    return { store, remove: () => store.close() };
  },
});

describe('the store in memory', () => {
  it('undoes a commit that fails in the middle', async () => {
    const store = createMemoryClientStore();
    await commit(store, ...folders, { write: 'item', item: mail('10') });
    // A session cannot write this; a mail whose bytes cannot be read stands for any fault.
    const broken = new Proxy(new Uint8Array(4), {
      get: () => {
        throw new RangeError('broken');
      },
    });
    const failing = commit(
      store,
      { write: 'drop', luid: '10' },
      { write: 'item', item: mail('11') },
      { write: 'anchors', datastore: './mail', anchors: { own: '9' } },
      { write: 'item', item: mail('12', { content: broken }) },
    );
    await expect(failing).rejects.toThrow('broken');
    expect((await store.list({ limit: 9, offset: 0 })).map((each) => each.luid)).toEqual(['10']);
    expect(await ask(store, 'anchors', { datastore: './mail' })).toMatchObject({ own: null });
  });
});
