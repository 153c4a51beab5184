// Changes of items. Each takes the account's next revision in the transaction that makes it, so that no revision is ever
// filled in later; what changes no fact that a device could see makes no revision.
import { type Insertable, type Kysely, type Selectable, sql, type Updateable } from 'kysely';
import { notFound } from './errors.ts';
import type { Database, ItemTable } from './schema.ts';

export { guidOf, parseGuid } from './guid.ts';

export type Item = Selectable<ItemTable>;
/** A new item, but for what the store gives it. */
export type NewItem = Omit<Insertable<ItemTable>, 'id' | 'epoch' | 'rev' | 'account'>;
/** Changed columns of an item. */
export type ItemChanges = Omit<Updateable<ItemTable>, 'id' | 'epoch' | 'rev' | 'account' | 'kind'>;

/** Columns that a device can see: a change of one of them takes a revision, a change of any other does not. */
const facts = ['parent', 'flags', 'gone', 'size', 'received', 'name', 'role', 'send_error'] as const satisfies (keyof ItemChanges)[];

/** The account's next revision. Throws `ERR_STORE_NOT_FOUND`. */
export async function takeRevision(tx: Kysely<Database>, account: number): Promise<number> {
  const row = await tx
    .updateTable('account')
    .set((eb) => ({ rev: eb('rev', '+', 1) }))
    .where('id', '=', account)
    .returning('rev')
    .executeTakeFirst();
  if (row === undefined) throw notFound('account');
  return row.rev;
}

/** Makes an item with the next revision and the present restore epoch. */
export async function addItem(tx: Kysely<Database>, account: number, item: NewItem): Promise<Item> {
  const rev = await takeRevision(tx, account);
  const epoch = sql<number>`coalesce((select cast(value as integer) from meta where key = 'epoch'), 0)`;
  return tx
    .insertInto('item')
    .values({ ...item, account, rev, epoch })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/**
 * Sets columns of an item. Returns the new revision when a fact changed, else null (the other columns are set anyway).
 * Throws `ERR_STORE_NOT_FOUND`.
 */
export async function touchItem(tx: Kysely<Database>, itemId: number, changes: ItemChanges): Promise<number | null> {
  const item = await tx.selectFrom('item').selectAll().where('id', '=', itemId).executeTakeFirst();
  if (item === undefined) throw notFound('item');
  const changed = facts.some((column) => changes[column] !== undefined && changes[column] !== item[column]);
  const rev = changed ? await takeRevision(tx, item.account) : null;
  const columns = { ...changes, ...(rev === null ? {} : { rev }) };
  if (Object.values(columns).some((value) => value !== undefined)) {
    await tx.updateTable('item').set(columns).where('id', '=', itemId).execute();
  }
  return rev;
}

/** Makes a tombstone of an item: it stays until every device has been told. Returns the new revision; null if it was one. */
export async function buryItem(tx: Kysely<Database>, itemId: number, now: number): Promise<number | null> {
  return touchItem(tx, itemId, { gone: 1, gone_at: now });
}
