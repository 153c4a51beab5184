// Numbers of a server's database that is no more: what it had named gets numbers of this device.
import { deviceLuidPrefix } from '@packetboat/datasync';
import { shownOf } from './entry.ts';
import type { Row, Rows } from './rows.ts';
import { loadEntry, newLuid, saveEntry } from './save.ts';

const page = 500;

export function rename(rows: Rows): void {
  rows.forgetMaps();
  rows.dropAllGathered();
  for (let after: string | null = null; ;) {
    const items: readonly Row[] = rows.knownRows(after, page);
    for (const item of items) {
      if (item.sendError !== null) makeLocal(rows, item.luid);
      if (!item.luid.startsWith(deviceLuidPrefix)) rows.rename(item.luid, newLuid(rows));
    }
    if (items.length < page) return;
    after = items.at(-1)?.luid ?? null;
  }
}

/** Told to another server it would be sent once more, which only the person at it may decide. */
function makeLocal(rows: Rows, luid: string): void {
  const before = loadEntry(rows, luid);
  if (before.item === null) return;
  const shown = shownOf(before.item, before.changes);
  saveEntry(rows, before, { item: shown === null ? null : { ...before.item, ...shown, known: false }, changes: [] });
}
