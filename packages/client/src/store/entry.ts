// One item with its unsent changes: what is shown of it, and what becomes of it when the server has executed or refused a change.
// Pure; stores load an entry, change it by these rules and by user.ts, and save what is different.
import type { ClientChange, ClientItem, FlagSet } from '@packetboat/datasync';

/** An item as it is stored: the base without content, and whether the server knows it. */
export interface BaseItem extends Omit<ClientItem, 'content'> {
  /** False for a mail written here that the server has not confirmed. */
  readonly known: boolean;
}

export interface Entry {
  /** Null: it is gone, and its changes with it. */
  readonly item: BaseItem | null;
  /** In the order of their numbers. */
  readonly changes: readonly ClientChange[];
}

/** What changes make of an item; null when it is deleted. */
export interface Shown {
  readonly parent: string | null;
  readonly flags: FlagSet;
}

export const gone: Entry = { item: null, changes: [] };

export function withFlags(flags: FlagSet, named: FlagSet, set: FlagSet): FlagSet {
  return (flags & ~named) | (set & named);
}

/** The base with changes laid over it, in their order. */
export function shownOf(item: BaseItem, changes: readonly ClientChange[]): Shown | null {
  let { parent, flags } = item;
  for (const change of changes) {
    if (change.op === 'delete') return null;
    if (change.op === 'flags') flags = withFlags(flags, change.named, change.set);
    else parent = change.parent;
  }
  return { parent, flags };
}

/** Why a mail could not be sent is told of it in the Outbox only: elsewhere it is sent, or no longer wanted to be. */
export function movedTo(item: BaseItem, parent: string | null): BaseItem {
  return { ...item, parent, sendError: item.parent === parent ? item.sendError : null };
}

/** The server has executed a change: it becomes part of the base. */
export function folded(entry: Entry, number: number): Entry {
  const change = entry.changes.find((each) => each.number === number);
  if (change === undefined || entry.item === null) return entry;
  const changes = entry.changes.filter((each) => each !== change);
  const item = into(entry.item, change);
  return item === null ? gone : { item, changes };
}

function into(item: BaseItem, change: ClientChange): BaseItem | null {
  switch (change.op) {
    case 'delete':
      return null;
    case 'flags':
      return { ...item, flags: withFlags(item.flags, change.named, change.set) };
    case 'add':
    case 'folder':
      return { ...item, parent: change.parent, known: true, sendError: null };
    case 'move':
      return movedTo(item, change.parent);
  }
}

/** The server knows nothing of a mail that was made here: it is new again, as it is shown. */
export function renewed(entry: Entry, number: number): Entry {
  const { item, changes } = entry;
  if (item === null) return entry;
  const shown = shownOf(item, changes);
  if (shown === null) return gone;
  const add: ClientChange = { number, luid: item.luid, op: 'add', named: 0, set: 0, parent: shown.parent };
  return { item: { ...item, ...shown, known: false }, changes: [add] };
}

/**
 * The server has refused a change: it leaves the list, and what was shown is undone. A refused new mail stays here with the
 * reason; what was done to it since is done here alone, for the server has nothing to do it to.
 */
export function refused(entry: Entry, number: number, reason: string): Entry {
  const change = entry.changes.find((each) => each.number === number);
  if (change === undefined || entry.item === null) return entry;
  const changes = entry.changes.filter((each) => each !== change);
  if (change.op !== 'add') return { item: entry.item, changes };
  const shown = shownOf(entry.item, changes);
  if (shown === null) return gone;
  return { item: { ...entry.item, ...shown, known: false, sendError: reason }, changes: [] };
}
