// GUIDs: row ids as the devices see them. After a restored backup the same row ids are given out again, for other
// items; the restore epoch behind the id keeps them apart.
import type { Guid } from '@packetboat/datasync';

/** From `after` on (row ids above it), items belong to `epoch`. */
export interface EpochStart {
  readonly epoch: number;
  readonly after: number;
}

/** The GUID of an item row. */
export function guidOf(row: { readonly id: number; readonly epoch: number }): Guid {
  return row.epoch === 0 ? String(row.id) : `${row.id}-e${row.epoch}`;
}

/** Row id and epoch of a GUID; null if the text is none. */
export function parseGuid(guid: Guid): { readonly id: number; readonly epoch: number } | null {
  const match = /^([1-9]\d{0,15})(?:-e([1-9]\d{0,8}))?$/.exec(guid);
  return match === null ? null : { id: Number(match[1]), epoch: Number(match[2] ?? 0) };
}

/** Turns bare row ids into GUIDs and back. `starts` ascend in both fields; below the first of them the epoch is 0. */
export class Guids {
  readonly #starts: readonly EpochStart[];

  constructor(starts: readonly EpochStart[]) {
    this.#starts = starts;
  }

  of(id: number): Guid {
    return guidOf({ id, epoch: this.#epochOf(id) });
  }

  /** As `of`; null stays null. */
  ofNullable(id: number | null): Guid | null {
    return id === null ? null : this.of(id);
  }

  /** Row id of a GUID; null when the text is none, or names an item of a time that a restore has undone. */
  id(guid: Guid): number | null {
    const parsed = parseGuid(guid);
    return parsed !== null && parsed.epoch === this.#epochOf(parsed.id) ? parsed.id : null;
  }

  #epochOf(id: number): number {
    return this.#starts.findLast((start) => id > start.after)?.epoch ?? 0;
  }
}
