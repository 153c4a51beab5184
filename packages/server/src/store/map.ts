// Map rows as the session changes them: one by one, and by what a device has acknowledged. Design: each item is
// acknowledged by itself; what has changed since it was sent becomes `todo` again.
import type { Guid, MapRow } from '@packetboat/datasync';
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import { sql } from 'kysely';
import { openGeneration } from './generations.ts';
import { nothingSent, nothingThere, storedRow } from './rows.ts';
import { limits } from './limits.ts';
import type { Database, MapRowTable } from './schema.ts';
import { itemId, type Unit } from './unit.ts';
import { rowInView } from './view.ts';

/** Writes rows of one generation, the last of each item; a hundred in a statement, since a batch of mails is a batch of rows. */
export async function writeRows(unit: Unit, generation: number, rows: readonly MapRow[]): Promise<void> {
  const byItem = new Map(rows.map((row) => [itemId(unit.guids, row.guid), row]));
  const values = [...byItem].map(([item, row]) => storedRow(unit.guids, generation, item, row));
  for (let at = 0; at < values.length; at += limits.rowPart) {
    await unit.tx
      .insertInto('map_row')
      .values(values.slice(at, at + limits.rowPart))
      .onConflict((on) =>
        on
          .columns(['generation', 'item'])
          .doUpdateSet((eb) => Object.fromEntries(written.map((column) => [column, eb.ref(`excluded.${column}`)]))),
      )
      .execute();
  }
}

/** What a written row replaces of one that is there. */
const written = [
  'luid',
  'state',
  'reason',
  'batch',
  'ack_rev',
  'ack_flags',
  'ack_parent',
  'ack_name',
  'shape',
  'sent_rev',
  'sent_flags',
  'sent_parent',
  'sent_name',
  'sent_shape',
  'sent_gone',
] as const satisfies (keyof MapRowTable)[];

export async function dropRow(unit: Unit, generation: number, guid: Guid): Promise<void> {
  await unit.tx.deleteFrom('map_row').where('generation', '=', generation).where('item', '=', itemId(unit.guids, guid)).execute();
}

/** All rows sent in batches up to `batch` are acknowledged: the device has what was sent. */
export async function acknowledge(unit: Unit, id: number, batch: number, luidIsGuid: boolean): Promise<void> {
  const { tx } = unit;
  const { seen } = await openGeneration(tx, id);
  const isSent = (eb: ExpressionBuilder<Database, 'map_row'>): Expression<SqlBool> =>
    eb.and([eb('generation', '=', id), eb('state', '=', 'sent'), eb('batch', '<=', batch)]);
  // Deleted on the device; what has come back into the view meanwhile starts anew.
  await tx
    .updateTable('map_row')
    .set({ state: 'todo', reason: null, ...nothingThere })
    .where(isSent)
    .where('sent_gone', '=', 1)
    .where(rowInView(seen))
    .execute();
  await tx.deleteFrom('map_row').where(isSent).where('sent_gone', '=', 1).execute();
  await tx
    .updateTable('map_row')
    .set((eb) => ({
      luid: luidIsGuid ? eb.fn.coalesce('luid', guidText(eb)) : eb.ref('luid'),
      state: eb
        .case()
        .when(isAsSent(eb))
        .then('ok' as const)
        .else('todo' as const)
        .end(),
      reason: null,
      ack_rev: eb.fn.coalesce('sent_rev', 'ack_rev'),
      ack_flags: eb.fn.coalesce('sent_flags', 'ack_flags'),
      ack_parent: eb.ref('sent_parent'),
      ack_name: eb.ref('sent_name'),
      shape: eb.fn.coalesce('sent_shape', 'shape'),
      ...nothingSent,
    }))
    .where(isSent)
    .where('sent_rev', 'is not', null)
    .where((eb) => (luidIsGuid ? eb.lit(true) : eb('luid', 'is not', null)))
    .execute();
}

/** Whether the item is still what was sent; what was sent under another view never is (revision 0). */
function isAsSent(eb: ExpressionBuilder<Database, 'map_row'>): Expression<SqlBool> {
  return eb.exists(
    eb.selectFrom('item').select('item.id').whereRef('item.id', '=', 'map_row.item').whereRef('item.rev', '=', 'map_row.sent_rev'),
  );
}

/** `guidOf` in SQL; the bare id for an item that was forgotten. */
function guidText(eb: ExpressionBuilder<Database, 'map_row'>): Expression<string> {
  const own = eb
    .selectFrom('item')
    .select(sql<string>`cast(item.id as text) || case when item.epoch = 0 then '' else '-e' || cast(item.epoch as text) end`.as('guid'))
    .whereRef('item.id', '=', 'map_row.item');
  return eb.fn.coalesce(own, sql<string>`cast(map_row.item as text)`);
}

/** Rows sent in batches above `batch` did not arrive, as far as we know. What was sent stays: a late Map may confirm it. */
export async function requeue(unit: Unit, generation: number, batch: number): Promise<void> {
  await unit.tx
    .updateTable('map_row')
    .set({ state: 'todo' })
    .where('generation', '=', generation)
    .where('state', '=', 'sent')
    .where('batch', '>', batch)
    .execute();
}

/** Rows held for one of these reasons are tried again. */
export async function retryHeld(unit: Unit, generation: number, reasons: readonly string[]): Promise<void> {
  if (reasons.length === 0) return;
  await unit.tx
    .updateTable('map_row')
    .set({ state: 'todo', reason: null })
    .where('generation', '=', generation)
    .where('state', '=', 'held')
    .where('reason', 'in', reasons)
    .execute();
}
