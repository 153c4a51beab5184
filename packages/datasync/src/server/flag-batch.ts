// The batch object of profile clients: many flag changes in one Replace; in a slow sync, the listing of what the device has.
import { contentTypes, mediaType, parseFlagBatch, type FlagBatchEntry, type Item, type Meta } from '@packetboat/syncml';
import { itemBytes } from './chunks.ts';

export function isFlagBatch(item: Item, commandMeta: Meta | undefined): boolean {
  return mediaType(item.meta?.type ?? commandMeta?.type ?? '') === contentTypes.flags;
}

export function batchEntries(item: Item): readonly FlagBatchEntry[] {
  return parseFlagBatch(itemBytes(item.data));
}

/** LUIDs that a batch names, when the item looks like one (the type may stand on the command): a hint for loading rows. */
export function luidsOfBatch(item: Item): readonly string[] {
  if (item.source !== undefined || item.target !== undefined || item.data === undefined) return [];
  return batchEntries(item).map((entry) => entry.luid);
}
