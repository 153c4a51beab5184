// Mails that a device was sent and has named no LUID for: its Map was lost. Found by what identifies a mail.
import type { RowItem, ServerNeeds } from '@packetboat/datasync';
import type { Kysely } from 'kysely';
import { openGeneration, type OpenGeneration } from './generations.ts';
import type { Guids } from './guid.ts';
import { hasDigest, hasMessageId } from './match.ts';
import { DELETED_HERE } from './plan.ts';
import { itemsById, parts, withItems, type StoredRow } from './rows.ts';
import type { Database } from './schema.ts';

type Ask = ServerNeeds['unmapped']['ask'];

/** Rows for each key, oldest item first. */
export async function unmapped(db: Kysely<Database>, guids: Guids, ask: Ask): Promise<RowItem[][]> {
  const generation = await openGeneration(db, ask.generation);
  const messageIds = ask.keys.flatMap((key) => key.messageId ?? []);
  const digests = ask.keys.map((key) => key.digest);
  const rows = new Map(
    [...(await rowsWith(db, generation, 'message_id', messageIds)), ...(await rowsWith(db, generation, 'digest', digests))].map((row) => [
      row.item,
      row,
    ]),
  );
  if (rows.size === 0) return ask.keys.map(() => []);
  const sorted = [...rows.values()].toSorted((a, b) => a.item - b.item);
  const items = await itemsById(
    db,
    sorted.map((row) => row.item),
  );
  const records = await withItems(db, guids, sorted);
  return ask.keys.map((key) =>
    records.filter((_, at) => {
      const item = items.get(sorted[at]?.item ?? 0);
      return item !== undefined && (hasMessageId(item, key) || hasDigest(item, key));
    }),
  );
}

async function rowsWith(
  db: Kysely<Database>,
  generation: OpenGeneration,
  column: 'message_id' | 'digest',
  values: readonly string[],
): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  for (const part of parts([...new Set(values)])) {
    rows.push(
      ...(await db
        // A cross join keeps this order of the tables: mails with one of these values are few, rows without a LUID may be many.
        .selectFrom('item')
        .crossJoin('map_row')
        .selectAll('map_row')
        .where('item.account', '=', generation.account)
        .where(`item.${column}`, 'in', part)
        .where('item.kind', '=', 'mail')
        .where('map_row.generation', '=', generation.id)
        .whereRef('map_row.item', '=', 'item.id')
        .where('map_row.luid', 'is', null)
        .where('map_row.reason', 'is distinct from', DELETED_HERE)
        .where((eb) => eb.or([eb('map_row.ack_rev', '>', 0), eb('map_row.sent_gone', '=', 0)]))
        .execute()),
    );
  }
  return rows;
}
