// One transaction and what is needed to work in it.
import { notFound } from './errors.ts';
import type { Guids } from './guid.ts';
import type { Item } from './revision.ts';
import type { Store, Tx } from './store.ts';

export interface Unit {
  readonly tx: Tx;
  readonly guids: Guids;
  /** ms since 1970. */
  readonly now: number;
}

/** Runs `work` in one transaction of the store. */
export function inUnit<T>(store: Store, work: (unit: Unit) => Promise<T>): Promise<T> {
  return store.transaction((tx) => work({ tx, guids: store.guids, now: store.now() }));
}

/** Row id of an account's GUID, which is the id itself: accounts are made by the operator, not given out to devices as items. */
export function accountId(guid: string): number {
  if (!/^[1-9]\d{0,15}$/.test(guid)) throw notFound('account');
  return Number(guid);
}

/** Row id of a GUID that must be one. Throws `ERR_STORE_NOT_FOUND`. */
export function itemId(guids: Guids, guid: string): number {
  const id = guids.id(guid);
  if (id === null) throw notFound('item');
  return id;
}

/** An item of an account, tombstones included. Throws `ERR_STORE_NOT_FOUND`, also for an item of another account. */
export async function itemOf(unit: Unit, account: string, guid: string): Promise<Item> {
  const item = await unit.tx
    .selectFrom('item')
    .selectAll()
    .where('id', '=', itemId(unit.guids, guid))
    .where('account', '=', accountId(account))
    .executeTakeFirst();
  if (item === undefined) throw notFound('item');
  return item;
}
