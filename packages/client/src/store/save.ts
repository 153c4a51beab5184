// Entries and content out of rows and into them again.
import { splitHeader } from '@packetboat/message';
import { deviceLuidPrefix } from '@packetboat/datasync';
import { shownOf, type Entry } from './entry.ts';
import type { Rows } from './rows.ts';

export function loadEntry(rows: Rows, luid: string): Entry {
  const row = rows.row(luid);
  return row === undefined ? { item: null, changes: [] } : { item: row, changes: rows.changesOf(luid) };
}

/** Writes what is different; `before` is the entry as it was loaded. */
export function saveEntry(rows: Rows, before: Entry, after: Entry): void {
  if (after === before) return;
  if (after.item === null) {
    if (before.item !== null) rows.deleteRow(before.item.luid);
    return;
  }
  rows.putRow({ ...after.item, shown: shownOf(after.item, after.changes) });
  const old = new Map(before.changes.map((change) => [change.number, change]));
  for (const change of after.changes) {
    if (old.get(change.number) !== change) rows.putChange(change);
    old.delete(change.number);
  }
  for (const number of old.keys()) rows.deleteChange(number);
}

export function nextNumber(rows: Rows, counter: 'change' | 'luid'): number {
  const number = Number(rows.value(counter) ?? 0) + 1;
  rows.setValue(counter, number);
  return number;
}

/** `~` and a base-36 number that is never used again. */
export function newLuid(rows: Rows): string {
  return `${deviceLuidPrefix}${nextNumber(rows, 'luid').toString(36)}`;
}

export function putContent(rows: Rows, luid: string, mail: Uint8Array): void {
  const { header, body } = splitHeader(mail);
  rows.putContent(luid, header, body);
}
