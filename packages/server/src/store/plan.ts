// Planning: turns what changed in the account into `todo` rows of one device. Design: its cost follows the number of
// changes, by the index over (account, rev); only a changed view is compared with everything, once.
import type { Generation, ServerNeeds, Shape } from '@packetboat/datasync';
import type { Expression, ExpressionBuilder, SelectQueryBuilder, SqlBool } from 'kysely';
import { conflict } from './errors.ts';
import { generationRecord, type OpenGeneration, openGeneration, storedView } from './generations.ts';
import { nothingThere } from './rows.ts';
import type { Database } from './schema.ts';
import type { Unit } from './unit.ts';
import { inView, rowInView } from './view.ts';

/** Reason of a row that is held because the device deleted the mail, or made room, itself. */
export const DELETED_HERE = 'deleted-here';

type RowExpression = (eb: ExpressionBuilder<Database, 'map_row'>) => Expression<SqlBool>;
type Ids = (eb: ExpressionBuilder<Database, 'map_row'>) => SelectQueryBuilder<Database, 'item', { id: number }>;

/** Plans a generation up to the account's present revision. Idempotent. */
export async function plan(unit: Unit, ask: ServerNeeds['plan']['ask']): Promise<Generation> {
  const { tx } = unit;
  const stored = await openGeneration(tx, ask.generation);
  const account = await tx.selectFrom('account').select('rev').where('id', '=', stored.account).executeTakeFirst();
  if (account === undefined) throw conflict('the account');
  const seen = storedView(unit.guids, ask.view);
  const viewJson = JSON.stringify(seen);
  const generation: OpenGeneration = { ...stored, seen, wanted: ask.wanted };
  if (stored.view_hash !== ask.viewHash || stored.view !== viewJson || stored.wanted !== ask.wanted) {
    await compareAll(unit, generation);
  }
  if (account.rev > stored.planned) await planChanges(unit, generation, account.rev);
  const planned = await tx
    .updateTable('generation')
    .set({ planned: account.rev, view: viewJson, view_hash: ask.viewHash, wanted: ask.wanted })
    .where('id', '=', stored.id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return generationRecord(unit.guids, planned);
}

/** Items of the account that changed in (planned, rev]. */
async function planChanges(unit: Unit, generation: OpenGeneration, rev: number): Promise<void> {
  const changed: Ids = (eb) =>
    eb
      .selectFrom('item')
      .select('item.id')
      .where('item.account', '=', generation.account)
      .where('item.rev', '>', generation.planned)
      .where('item.rev', '<=', rev);
  await forgetUnwanted(unit, generation, changed);
  await bringBack(unit, generation, changed);
  // What the device did itself carries the item's revision already. A refused mail that never got there stays refused.
  await setTodo(unit, generation, (eb) =>
    eb.and([
      eb('item', 'in', changed(eb)),
      eb.or([eb('state', '=', 'ok'), eb.and([eb('state', '=', 'refused'), eb('luid', 'is not', null)])]),
      eb.or([
        eb('ack_rev', '<>', (row) => row.selectFrom('item').select('item.rev').whereRef('item.id', '=', 'map_row.item')),
        // What it did may have taken the mail out of its own view.
        eb.not(rowInView(generation.seen)(eb)),
      ]),
    ]),
  );
  await addRows(unit, generation, { above: generation.planned, upTo: rev });
}

/** Tombstones that the device need not be told of: it deleted them itself, or never took them. */
async function forgetUnwanted(unit: Unit, generation: OpenGeneration, changed: Ids): Promise<void> {
  await unit.tx
    .deleteFrom('map_row')
    .where('generation', '=', generation.id)
    .where((eb) => eb('item', 'in', changed(eb).where('item.gone', '=', 1)))
    .where((eb) =>
      eb.or([
        eb.and([eb('state', '=', 'held'), eb('reason', '=', DELETED_HERE)]),
        eb.and([eb('state', '=', 'refused'), eb('luid', 'is', null), eb('ack_rev', '=', 0)]),
      ]),
    )
    .execute();
}

/** Mails that the device deleted, and that left the folder (trash, archive) into which that had put them. */
async function bringBack(unit: Unit, generation: OpenGeneration, changed: Ids): Promise<void> {
  await unit.tx
    .updateTable('map_row')
    .set({ state: 'todo', reason: null, ...nothingThere })
    .where('generation', '=', generation.id)
    .where((eb) => eb('item', 'in', changed(eb).where('item.gone', '=', 0)))
    .where((eb) =>
      eb('ack_parent', 'is distinct from', (row) => row.selectFrom('item').select('item.parent').whereRef('item.id', '=', 'map_row.item')),
    )
    .where('state', '=', 'held')
    .where('reason', '=', DELETED_HERE)
    .where('ack_parent', 'in', (eb) =>
      eb
        .selectFrom('item as folder')
        .select('folder.id')
        .where('folder.account', '=', generation.account)
        .where('folder.kind', '=', 'folder')
        .where('folder.role', 'in', ['trash', 'archive']),
    )
    .execute();
}

/** Compares the whole map with a view that has changed; `generation` has the new one. */
async function compareAll(unit: Unit, generation: OpenGeneration): Promise<void> {
  const below = shapesBelow(generation.wanted);
  const wantsMore: RowExpression = (eb) =>
    eb.and([
      eb('shape', 'in', below),
      eb.exists(
        eb
          .selectFrom('item')
          .select('item.id')
          .whereRef('item.id', '=', 'map_row.item')
          .where('item.kind', '=', 'mail')
          .where('item.gone', '=', 0),
      ),
    ]);
  if (below.length > 0) {
    await setTodo(unit, generation, (eb) => eb.and([eb('state', 'in', ['ok', 'refused']), wantsMore(eb)]));
  }
  await setTodo(unit, generation, (eb) =>
    eb.and([
      eb.or([
        eb('state', 'in', ['ok', 'refused']),
        eb.and([eb('state', '=', 'held'), eb.or([eb('reason', 'is', null), eb('reason', '<>', DELETED_HERE)])]),
      ]),
      eb.not(rowInView(generation.seen)(eb)),
    ]),
  );
  await outdateSent(unit, generation, below);
  await addRows(unit, generation, null);
}

/** What is on its way under the old view is looked at again when it is acknowledged: no item has revision 0. */
async function outdateSent(unit: Unit, generation: OpenGeneration, below: readonly Shape[]): Promise<void> {
  await unit.tx
    .updateTable('map_row')
    .set({ sent_rev: 0 })
    .where('generation', '=', generation.id)
    .where('state', '=', 'sent')
    .where('sent_rev', 'is not', null)
    .where((eb) => eb.or([eb.not(rowInView(generation.seen)(eb)), ...(below.length === 0 ? [] : [eb('sent_shape', 'in', below)])]))
    .execute();
}

async function setTodo(unit: Unit, generation: OpenGeneration, which: RowExpression): Promise<void> {
  await unit.tx.updateTable('map_row').set({ state: 'todo', reason: null }).where('generation', '=', generation.id).where(which).execute();
}

/**
 * Rows for members of the view that have none: folders always, mails only where the backfill has been (it will come to
 * the older ones). `revs` null: whatever their revision.
 */
async function addRows(
  unit: Unit,
  generation: OpenGeneration,
  revs: { readonly above: number; readonly upTo: number } | null,
): Promise<void> {
  await unit.tx
    .insertInto('map_row')
    .columns(['generation', 'item', 'state'])
    .expression((outer) => {
      const members = outer
        .selectFrom('item')
        .select((eb) => [eb.val(generation.id).as('generation'), 'item.id', eb.val('todo').as('state')])
        .where('item.account', '=', generation.account)
        .where(inView(generation.seen))
        .where((eb) => behindBackfill(eb, generation))
        .where((eb) => withoutRow(eb, generation.id));
      return revs === null ? members : members.where('item.rev', '>', revs.above).where('item.rev', '<=', revs.upTo);
    })
    .execute();
}

/** Folders, and mails that the backfill has passed. */
function behindBackfill(eb: ExpressionBuilder<Database, 'item'>, generation: OpenGeneration): Expression<SqlBool> {
  if (generation.backfilled === 1) return eb.lit(true);
  const folder = eb('item.kind', '=', 'folder');
  const { backfill_received: received, backfill_item: item } = generation;
  if (received === null || item === null) return folder;
  return eb.or([folder, eb(eb.refTuple('item.received', 'item.id'), '>=', eb.tuple(received, item))]);
}

/** Whether the item of the query has no row in the generation. */
export function withoutRow(eb: ExpressionBuilder<Database, 'item'>, generation: number): Expression<SqlBool> {
  return eb.not(
    eb.exists(
      eb.selectFrom('map_row').select('map_row.item').where('map_row.generation', '=', generation).whereRef('map_row.item', '=', 'item.id'),
    ),
  );
}

function shapesBelow(wanted: Shape): readonly Shape[] {
  return wanted === 'full' ? ['none', 'headers'] : wanted === 'headers' ? ['none'] : [];
}
