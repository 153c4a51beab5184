// Rows of the operation queue with what is needed of their items, and what may be executed now.
import { type ExpressionBuilder, type Kysely, sql, type SqlBool, type Expression } from 'kysely';
import type { Database, OperationTable } from '../store/schema.ts';

export interface Operation {
  readonly id: number;
  readonly item: number;
  readonly kind: OperationTable['kind'];
  readonly args: string;
  readonly attempts: number;
  readonly itemKind: 'mail' | 'folder';
  readonly gone: number;
  readonly parent: number | null;
  readonly flags: number;
  readonly size: number;
  readonly received: number;
  readonly name: string | null;
  readonly messageId: string | null;
  readonly digest: string | null;
  readonly spool: string | null;
  readonly remoteFolder: number | null;
  readonly remoteUid: string | null;
  readonly remotePath: string | null;
}

type Rows = ExpressionBuilder<Database & { op: OperationTable }, 'op' | 'item'>;

/**
 * The first rows of the account that are due and whose turn it is: the oldest of their item, but for an append, which goes
 * before everything else of its item, since nothing can be done to a mail that is not there.
 */
export async function dueOperations(db: Kysely<Database>, account: number, now: number, limit: number): Promise<Operation[]> {
  return db
    .selectFrom('operation as op')
    .innerJoin('item', 'item.id', 'op.item')
    .select([
      'op.id',
      'op.item',
      'op.kind',
      'op.args',
      'op.attempts',
      'item.kind as itemKind',
      'item.gone',
      'item.parent',
      'item.flags',
      'item.size',
      'item.received',
      'item.name',
      'item.message_id as messageId',
      'item.digest',
      'item.spool',
      'item.remote_folder as remoteFolder',
      'item.remote_uid as remoteUid',
      'item.remote_path as remotePath',
    ])
    .where('op.account', '=', account)
    .where('op.next_at', '<=', now)
    .where((eb) => eb.or([eb('op.kind', '=', 'append'), isOldest(eb)]))
    .where((eb) =>
      eb.or([eb('op.kind', 'not in', ['flags', 'move']), eb('item.remote_uid', 'is not', null), eb('item.kind', '=', 'folder')]),
    )
    .orderBy('op.id')
    .limit(limit)
    .execute();
}

function isOldest(eb: Rows): Expression<SqlBool> {
  return eb.not(
    eb.exists(
      eb
        .selectFrom('operation as older')
        .select(sql.lit(1).as('one'))
        .whereRef('older.item', '=', 'op.item')
        .whereRef('older.id', '<', 'op.id'),
    ),
  );
}

/** When the next row of the account is due; undefined when none is waiting. */
export async function nextDue(db: Kysely<Database>, account: number, now: number): Promise<number | undefined> {
  const row = await db
    .selectFrom('operation')
    .select((eb) => eb.fn.min('next_at').as('at'))
    .where('account', '=', account)
    .where('next_at', '>', now)
    .executeTakeFirst();
  return row?.at ?? undefined;
}
