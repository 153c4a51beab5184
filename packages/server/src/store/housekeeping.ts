// What is thrown away in time: tombstones that every device knows of, sessions and spool objects that nobody comes back to.
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import { limits } from './limits.ts';
import type { Database } from './schema.ts';
import { dropSpool } from './spool.ts';
import type { Store, Tx } from './store.ts';

type ItemCondition = (eb: ExpressionBuilder<Database, 'item'>) => Expression<SqlBool>;

/**
 * Forgets tombstones that every live generation of their account has planned and no map row waits for; those older than
 * 90 days in any case, with which the account's floor rises: a device planned below it does a slow sync.
 * Returns how many were forgotten.
 */
export async function trimTombstones(store: Store, now: number): Promise<number> {
  const accounts = await store.db.selectFrom('account').select('id').orderBy('id').execute();
  let trimmed = 0;
  for (const { id } of accounts) {
    // Folders may go only when what was in them has gone.
    for (const kind of ['mail', 'folder'] as const) {
      for (const forget of [forgetAged, forgetPlanned]) {
        let count = 0;
        do {
          count = await store.transaction((tx) => forget(tx, id, kind, now));
          trimmed += count;
        } while (count === limits.listPart);
      }
    }
  }
  return trimmed;
}

/** Forgets a part of the tombstones that are too old to wait for anybody. */
async function forgetAged(tx: Tx, account: number, kind: 'mail' | 'folder', now: number): Promise<number> {
  const rows = await forgetTombstones(tx, account, kind, (eb) => eb('item.gone_at', '<', now - limits.tombstoneAge));
  const floor = rows.at(-1)?.rev ?? 0;
  await tx.updateTable('account').set({ floor }).where('id', '=', account).where('floor', '<', floor).execute();
  return rows.length;
}

/** Forgets a part of the tombstones that nobody has still to be told of. */
async function forgetPlanned(tx: Tx, account: number, kind: 'mail' | 'folder'): Promise<number> {
  const least = await tx
    .selectFrom('generation')
    .innerJoin('account', 'account.id', 'generation.account')
    .select((eb) => eb.fn.min('generation.planned').as('planned'))
    .where('account.id', '=', account)
    .whereRef('generation.planned', '>=', 'account.floor')
    .executeTakeFirst();
  const planned = least?.planned ?? Number.MAX_SAFE_INTEGER;
  const rows = await forgetTombstones(tx, account, kind, (eb) =>
    eb.and([
      eb('item.rev', '<=', planned),
      eb.not(eb.exists(eb.selectFrom('map_row').select('map_row.item').whereRef('map_row.item', '=', 'item.id'))),
    ]),
  );
  return rows.length;
}

/** Oldest revision first, one part at a time. The mail server's business with an item comes first. */
async function forgetTombstones(
  tx: Tx,
  account: number,
  kind: 'mail' | 'folder',
  which: ItemCondition,
): Promise<readonly { id: number; rev: number }[]> {
  const rows = await tx
    .selectFrom('item')
    .select(['item.id', 'item.rev'])
    .where('item.account', '=', account)
    .where('item.gone', '=', (eb) => eb.lit(1))
    .where('item.kind', '=', kind)
    .where((eb) => eb.not(eb.exists(eb.selectFrom('operation').select('operation.id').whereRef('operation.item', '=', 'item.id'))))
    .where((eb) => eb.not(eb.exists(eb.selectFrom('submission').select('submission.item').whereRef('submission.item', '=', 'item.id'))))
    .where((eb) => (kind === 'mail' ? eb.lit(true) : holdsNothing(eb)))
    .where(which)
    .orderBy('item.rev')
    .limit(limits.listPart)
    .execute();
  const ids = rows.map((row) => row.id);
  if (ids.length > 0) await tx.deleteFrom('item').where('id', 'in', ids).execute();
  return rows;
}

/** No item, not even a tombstone, lies in the folder here or at the mail server. */
function holdsNothing(eb: ExpressionBuilder<Database, 'item'>): Expression<SqlBool> {
  const inside = (column: 'inside.parent' | 'inside.remote_folder'): Expression<SqlBool> =>
    eb.not(eb.exists(eb.selectFrom('item as inside').select('inside.id').whereRef(column, '=', 'item.id')));
  return eb.and([inside('inside.parent'), inside('inside.remote_folder')]);
}

/** What a sweep has thrown away. */
export interface Swept {
  readonly sessions: number;
  readonly spools: number;
  readonly submissions: number;
}

/**
 * Throws away sessions not continued for a day, spool objects of that age that no mail needs, and finished submissions of
 * which no device can ask any more.
 */
export async function sweep(store: Store, now: number): Promise<Swept> {
  const sessions = await store.transaction((tx) =>
    tx
      .deleteFrom('session')
      .where('updated', '<', now - limits.sessionAge)
      .executeTakeFirst(),
  );
  const submissions = await store.transaction((tx) =>
    tx
      .deleteFrom('submission')
      .where('state', 'in', ['sent', 'refused'])
      .where('created', '<', now - limits.tombstoneAge)
      .where((eb) => eb.not(eb.exists(eb.selectFrom('received').select('received.key').whereRef('received.item', '=', 'submission.item'))))
      .executeTakeFirst(),
  );
  const orphans = await orphanSpools(store, now);
  // One at a time: each may be megabytes.
  for (const { id } of orphans) await store.transaction((tx) => dropSpool(tx, id));
  return { sessions: Number(sessions.numDeletedRows), spools: orphans.length, submissions: Number(submissions.numDeletedRows) };
}

/** Objects that hold neither a live mail, nor one that is still to be filed or sent. */
function orphanSpools(store: Store, now: number): Promise<{ readonly id: string }[]> {
  return store.db
    .selectFrom('spool')
    .select('spool.id')
    .where('spool.seq', '=', 0)
    .where('spool.created', '<', now - limits.spoolAge)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('item')
            .select('item.id')
            .whereRef('item.spool', '=', 'spool.id')
            .where((item) =>
              item.or([
                item('item.gone', '=', 0),
                item.exists(item.selectFrom('operation').select('operation.id').whereRef('operation.item', '=', 'item.id')),
                item.exists(
                  item
                    .selectFrom('submission')
                    .select('submission.item')
                    .whereRef('submission.item', '=', 'item.id')
                    .where('submission.state', 'not in', ['sent', 'refused']),
                ),
              ]),
            ),
        ),
      ),
    )
    .execute();
}
