// A store for each test, with folders, put away afterwards.
import { afterEach, beforeEach } from 'vitest';
import type { ClientStore } from '../../src/index.ts';
import { commit, folders, type OpenedStore, type StoreHarness } from './harness.ts';

export interface Fixture {
  readonly store: ClientStore;
  readonly reopen: (() => Promise<ClientStore>) | undefined;
}

/** Call in a `describe`; the result is filled before each test. */
export function eachTest(harness: StoreHarness): Fixture {
  let opened: OpenedStore;
  beforeEach(async () => {
    opened = await harness.open();
    await commit(opened.store, ...folders);
  });
  afterEach(async () => {
    await opened.remove();
  });
  return {
    get store() {
      return opened.store;
    },
    get reopen() {
      return opened.reopen;
    },
  };
}
