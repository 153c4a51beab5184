// What became of changes of the device: a repeat gets the same Status. Kept per binding, not per generation: a mail that was
// sent must not be sent again by a slow sync either.
import type { ReceivedRecord, ServerNeeds } from '@packetboat/datasync';
import type { Kysely } from 'kysely';
import { conflict } from './errors.ts';
import type { Guids } from './guid.ts';
import { parts } from './rows.ts';
import type { Database } from './schema.ts';
import type { Unit } from './unit.ts';

export async function received(db: Kysely<Database>, guids: Guids, ask: ServerNeeds['received']['ask']): Promise<ReceivedRecord[]> {
  const found: ReceivedRecord[] = [];
  for (const part of parts(ask.keys)) {
    const rows = await db
      .selectFrom('received')
      .innerJoin('generation', 'generation.binding', 'received.binding')
      .selectAll('received')
      .where('generation.id', '=', ask.generation)
      .where('received.key', 'in', part)
      .execute();
    for (const { key, status, text, item, queue_id: queueId, batch } of rows) {
      found.push({ key, status, text, guid: guids.ofNullable(item), queueId, batch });
    }
  }
  return found;
}

/** Remembers a record; one of the same key is replaced. Without a GUID it keeps the item that the key has led to before. */
export async function writeReceived(unit: Unit, generation: number, record: ReceivedRecord): Promise<void> {
  const columns = {
    status: record.status,
    text: record.text,
    item: record.guid === null ? null : unit.guids.id(record.guid),
    queue_id: record.queueId,
    batch: record.batch,
  };
  await unit.tx
    .insertInto('received')
    .values({ binding: await bindingOf(unit, generation), key: record.key, ...columns })
    .onConflict((on) =>
      on.columns(['binding', 'key']).doUpdateSet((eb) => ({ ...columns, item: eb.fn.coalesce('excluded.item', 'received.item') })),
    )
    .execute();
}

/** Forgets the records of batches up to `batch`: the device has acknowledged past them. */
export async function forgetReceived(unit: Unit, generation: number, batch: number): Promise<void> {
  const binding = await bindingOf(unit, generation);
  await unit.tx.deleteFrom('received').where('binding', '=', binding).where('batch', '<=', batch).execute();
}

async function bindingOf(unit: Unit, generation: number): Promise<number> {
  const row = await unit.tx.selectFrom('generation').select('binding').where('id', '=', generation).executeTakeFirst();
  if (row === undefined) throw conflict('the map of the device');
  return row.binding;
}
