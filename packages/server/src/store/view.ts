// What of an account a device sees, as a condition of a query. DS 1.2: hierarchical = folders and mails; flat = one folder's mails;
// a filter leaves out mails of either.
import type { MailFilter } from '@packetboat/datasync';
import { type Expression, type ExpressionBuilder, sql, type SqlBool } from 'kysely';
import type { StoredView } from './json.ts';
import type { Database } from './schema.ts';

/** Whether the item of the query is live and in the view. */
export function inView(view: StoredView): (eb: ExpressionBuilder<Database, 'item'>) => Expression<SqlBool> {
  return (eb) =>
    eb.and([
      eb('item.gone', '=', 0),
      ...(view.kind === 'hierarchical' ? [] : [eb('item.kind', '=', 'mail'), eb('item.parent', '=', view.folder)]),
      ...(view.filter === undefined ? [] : [eb.or([eb('item.kind', '=', 'folder'), passes(eb, view.filter)])]),
    ]);
}

const operators = { EQ: '=', NE: '<>', GT: '>', GE: '>=', LT: '<', LE: '<=' } as const;

/** Whether the mail of the query passes a filter. */
function passes(eb: ExpressionBuilder<Database, 'item'>, filter: MailFilter): Expression<SqlBool> {
  switch (filter.kind) {
    case 'all':
      return eb.and([passes(eb, filter.left), passes(eb, filter.right)]);
    case 'any':
      return eb.or([passes(eb, filter.left), passes(eb, filter.right)]);
    case 'received':
    case 'size':
      return eb(`item.${filter.kind}`, operators[filter.order], filter.value);
    case 'flag': {
      // PostgreSQL and SQLite agree on the remainder of a division, not on how bits are named.
      const isSet = sql<SqlBool>`(${eb.ref('item.flags')} / ${sql.lit(filter.flag)}) % 2 = 1`;
      return filter.is ? isSet : eb.not(isSet);
    }
  }
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
