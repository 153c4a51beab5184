// What of an account a device sees, as a condition of a query. DS 1.2: hierarchical = folders and mails; flat = one folder's mails.
import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import type { StoredView } from './json.ts';
import type { Database } from './schema.ts';

/** Whether the item of the query is live and in the view. */
export function inView(view: StoredView): (eb: ExpressionBuilder<Database, 'item'>) => Expression<SqlBool> {
  return (eb) =>
    view.kind === 'hierarchical'
      ? eb('item.gone', '=', 0)
      : eb.and([eb('item.gone', '=', 0), eb('item.kind', '=', 'mail'), eb('item.parent', '=', view.folder)]);
}

/** Whether the map row of the query has an item that is live and in the view. */
export function rowInView(view: StoredView): (eb: ExpressionBuilder<Database, 'map_row'>) => Expression<SqlBool> {
  return (eb) =>
    eb.exists(
      eb
        .selectFrom('item')
        .select('item.id')
        .whereRef('item.id', '=', 'map_row.item')
        .where((inner) => inView(view)(inner as unknown as ExpressionBuilder<Database, 'item'>)),
    );
}
