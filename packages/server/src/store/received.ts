// What became of changes of the device: a repeat gets the same Status. Records of mails that were sent outlive their
// generation, since a slow sync must not send them again either.
import type { ReceivedRecord, ServerNeeds } from '@packetboat/datasync';
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import type { Guids } from './guid.ts';
import { parts } from './rows.ts';
import type { Database } from './schema.ts';
import type { Unit } from './unit.ts';

/** Whether the record of the query is of a mail that was given to the submission queue. */
function isSend(eb: ExpressionBuilder<Database, 'received'>): Expression<SqlBool> {
  return eb.exists(eb.selectFrom('submission').select('submission.item').whereRef('submission.item', '=', 'received.item'));
}

/** The generations of the same binding, this one included. */
function siblings(eb: ExpressionBuilder<Database, 'received'>, generation: number) {
  return eb
    .selectFrom('generation as other')
    .innerJoin('generation as own', 'own.binding', 'other.binding')
    .select('other.id')
    .where('own.id', '=', generation);
}

export async function received(db: Kysely<Database>, guids: Guids, ask: ServerNeeds['received']['ask']): Promise<ReceivedRecord[]> {
  const found = new Map<string, ReceivedRecord>();
  for (const part of parts(ask.keys)) {
    const rows = await db
      .selectFrom('received')
      .selectAll()
      .where('key', 'in', part)
      .where((eb) =>
        eb.or([eb('generation', '=', ask.generation), eb.and([eb('generation', 'in', siblings(eb, ask.generation)), isSend(eb)])]),
      )
      .execute();
    for (const row of rows) {
      // Its own record says what this generation answered.
      if (row.generation !== ask.generation && found.has(row.key)) continue;
      found.set(row.key, {
        key: row.key,
        status: row.status,
        text: row.text,
        guid: guids.ofNullable(row.item),
        queueId: row.queue_id,
        batch: row.batch,
      });
    }
  }
  return [...found.values()];
}

/** Remembers a record; one of the same key is replaced. Without a GUID it keeps the item that the key has led to before. */
export async function writeReceived(unit: Unit, generation: number, record: ReceivedRecord): Promise<void> {
  const columns = {
    status: record.status,
    text: record.text,
    item: record.guid === null ? await itemBefore(unit, generation, record.key) : unit.guids.id(record.guid),
    queue_id: record.queueId,
    batch: record.batch,
  };
  await unit.tx
    .insertInto('received')
    .values({ generation, key: record.key, ...columns })
    .onConflict((on) => on.columns(['generation', 'key']).doUpdateSet(columns))
    .execute();
}

async function itemBefore(unit: Unit, generation: number, key: string): Promise<number | null> {
  const row = await unit.tx
    .selectFrom('received')
    .select('item')
    .where('key', '=', key)
    .where('generation', 'in', (eb) => siblings(eb, generation))
    .where('item', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return row?.item ?? null;
}

/** Forgets the records of batches up to `batch`: the device has acknowledged past them. */
export async function forgetReceived(unit: Unit, generation: number, batch: number): Promise<void> {
  await unit.tx.deleteFrom('received').where('generation', '=', generation).where('batch', '<=', batch).execute();
}

/** Gives the records of sent mails of a generation to the one that follows it. */
export async function carrySends(unit: Unit, from: number, to: number): Promise<void> {
  await unit.tx
    .deleteFrom('received')
    .where('generation', '=', from)
    .where('key', 'in', (eb) => eb.selectFrom('received as kept').select('kept.key').where('kept.generation', '=', to))
    .execute();
  await unit.tx.updateTable('received').set({ generation: to }).where('generation', '=', from).where(isSend).execute();
}
