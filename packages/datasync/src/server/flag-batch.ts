// Flag changes of the device, merged into the item; and the batch object of profile clients: many of them in one Replace, or,
// in a slow sync, the listing of what the device has.
import { contentTypes, mediaType, parseFlagBatch, type FlagBatchEntry, type Item, type Meta } from '@packetboat/syncml';
import { mergeFlags } from '../flags.ts';
import { itemBytes } from './chunks.ts';
import type { Receiving } from './receive.ts';

export function isFlagBatch(item: Item, commandMeta: Meta | undefined): boolean {
  return mediaType(item.meta?.type ?? commandMeta?.type ?? '') === contentTypes.flags;
}

export function batchEntries(item: Item): readonly FlagBatchEntry[] {
  return parseFlagBatch(itemBytes(item.data));
}

/** LUIDs that an item names if it is a batch: for loading their rows. One that cannot be read is answered where it is executed. */
export function luidsOfBatch(item: Item, commandMeta: Meta | undefined): readonly string[] {
  if (!isFlagBatch(item, commandMeta)) return [];
  try {
    return batchEntries(item).map((entry) => entry.luid);
  } catch {
    return [];
  }
}

/** Three-way merge of what the device says into the item. */
export function applyFlags(r: Receiving, luid: string, named: number, set: number): void {
  const known = r.rows.get(luid);
  if (known === undefined || known.row === null || known.item === null) return;
  const { row, item } = known;
  const flags = mergeFlags(row.ackFlags, set, named, item.flags);
  const ackFlags = (row.ackFlags & ~named) | (set & named);
  if (flags === item.flags && ackFlags === row.ackFlags) return;
  r.turn.writes.push({ write: 'flags', account: r.ds.account, guid: item.guid, flags, ackBy: r.ds.generation, ackFlags });
  r.rows.set(luid, { row: { ...row, ackFlags }, item: { ...item, flags } });
}
