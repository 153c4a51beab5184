// Table rows as the session sees them, and back.
import type { Guid, ItemRecord, MapRow, RowItem } from '@packetboat/datasync';
import type { Insertable, Kysely, Selectable } from 'kysely';
import type { Guids } from './guid.ts';
import { limits } from './limits.ts';
import type { Item } from './revision.ts';
import type { Database, MapRowTable } from './schema.ts';

export type StoredRow = Selectable<MapRowTable>;

/** Cuts a list into parts that one statement takes. */
export function* parts<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += limits.listPart) yield list.slice(at, at + limits.listPart);
}

/** Bytes of a column as a plain array, without the driver's class. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function itemRecord(guids: Guids, item: Item): ItemRecord {
  return {
    guid: guids.of(item.id),
    kind: item.kind,
    parent: guids.ofNullable(item.parent),
    flags: item.flags,
    rev: item.rev,
    gone: item.gone === 1,
    size: item.size,
    received: item.received,
    name: item.name,
    role: item.role,
    sendError: item.send_error,
  };
}

export function mapRow(guids: Guids, row: StoredRow): MapRow {
  return {
    guid: guids.of(row.item),
    luid: row.luid,
    state: row.state,
    reason: row.reason,
    batch: row.batch,
    ackRev: row.ack_rev,
    ackFlags: row.ack_flags,
    ackParent: guids.ofNullable(row.ack_parent),
    ackName: row.ack_name,
    shape: row.shape,
    sent:
      row.sent_rev === null
        ? null
        : {
            rev: row.sent_rev,
            flags: row.sent_flags ?? 0,
            parent: guids.ofNullable(row.sent_parent),
            name: row.sent_name,
            shape: row.sent_shape ?? 'none',
            gone: row.sent_gone === 1,
          },
  };
}

/** A row as the session wrote it. A parent that is no item of now is none. */
export function storedRow(guids: Guids, generation: number, item: number, row: MapRow): Insertable<MapRowTable> {
  const id = (guid: Guid | null): number | null => (guid === null ? null : guids.id(guid));
  return {
    generation,
    item,
    luid: row.luid,
    state: row.state,
    reason: row.reason,
    batch: row.batch,
    ack_rev: row.ackRev,
    ack_flags: row.ackFlags,
    ack_parent: id(row.ackParent),
    ack_name: row.ackName,
    shape: row.shape,
    ...(row.sent === null
      ? nothingSent
      : {
          sent_rev: row.sent.rev,
          sent_flags: row.sent.flags,
          sent_parent: id(row.sent.parent),
          sent_name: row.sent.name,
          sent_shape: row.sent.shape,
          sent_gone: row.sent.gone ? 1 : 0,
        }),
  };
}

/** Columns of a row with nothing on its way. */
export const nothingSent: {
  readonly sent_rev: null;
  readonly sent_flags: null;
  readonly sent_parent: null;
  readonly sent_name: null;
  readonly sent_shape: null;
  readonly sent_gone: null;
} = { sent_rev: null, sent_flags: null, sent_parent: null, sent_name: null, sent_shape: null, sent_gone: null };

/** Columns of a row whose item the device has nothing of. */
export const nothingThere: typeof nothingSent & {
  readonly luid: null;
  readonly shape: 'none';
  readonly ack_rev: number;
  readonly ack_flags: number;
  readonly ack_parent: null;
  readonly ack_name: null;
} = { luid: null, shape: 'none', ack_rev: 0, ack_flags: 0, ack_parent: null, ack_name: null, ...nothingSent };

/** Rows with their items, in the order of `rows`. */
export async function withItems(db: Kysely<Database>, guids: Guids, rows: readonly StoredRow[]): Promise<RowItem[]> {
  const items = await itemsById(
    db,
    rows.map((row) => row.item),
  );
  return rows.map((row) => {
    const item = items.get(row.item);
    return { row: mapRow(guids, row), item: item === undefined ? null : itemRecord(guids, item) };
  });
}

/** Items, tombstones included, by row id. */
export async function itemsById(db: Kysely<Database>, ids: readonly number[]): Promise<Map<number, Item>> {
  const items = new Map<number, Item>();
  for (const part of parts(ids)) {
    for (const item of await db.selectFrom('item').selectAll().where('id', 'in', part).execute()) items.set(item.id, item);
  }
  return items;
}
