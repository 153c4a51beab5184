// What a person does to a mail, as changes of its entry. Changes that may have been put into a message stay as they are: the
// server may have executed them, and is told of the later ones by their own numbers. The others are drawn together.
import type { ClientChange, FlagSet } from '@packetboat/datasync';
import { gone, shownOf, withFlags, type BaseItem, type Entry } from './entry.ts';

export interface Hand {
  /** Changes up to this number may be on their way. */
  readonly fixed: number;
  /** Takes the next number. */
  readonly next: () => number;
}

/** A new mail that no message has held yet, or that was refused: the server knows nothing of it. */
function isLocal(entry: Entry, hand: Hand): boolean {
  const add = entry.changes.find((change) => change.op === 'add');
  return entry.item?.known === false && (add === undefined || add.number > hand.fixed);
}

function replaceChange(changes: readonly ClientChange[], change: ClientChange): readonly ClientChange[] {
  return changes.map((each) => (each.number === change.number ? change : each));
}

function without(entry: Entry, change: ClientChange): readonly ClientChange[] {
  return entry.changes.filter((each) => each !== change);
}

function blank(number: number, luid: string): ClientChange {
  return { number, luid, op: 'flags', named: 0, set: 0, parent: null };
}

export function marked(entry: Entry, named: FlagSet, set: FlagSet, hand: Hand): Entry {
  const { item, changes } = entry;
  const shown = item === null ? null : shownOf(item, changes);
  if (item === null || shown === null) return entry;
  const different = (shown.flags ^ set) & named;
  if (different === 0) return entry;
  if (isLocal(entry, hand)) return { item: { ...item, flags: withFlags(item.flags, named, set) }, changes };
  const open = changes.find((change) => change.op === 'flags' && change.number > hand.fixed);
  if (open === undefined) {
    return { item, changes: [...changes, { ...blank(hand.next(), item.luid), named: different, set: set & different }] };
  }
  const below = shownOf(item, without(entry, open))?.flags ?? item.flags;
  const values = withFlags(open.set, different, set);
  // What is as it was before the change needs no telling.
  const left = (open.named | different) & (values ^ below);
  if (left === 0) return { item, changes: without(entry, open) };
  return { item, changes: replaceChange(changes, { ...open, named: left, set: values & left }) };
}

export function moved(entry: Entry, folder: string, hand: Hand): Entry {
  const { item, changes } = entry;
  const shown = item === null ? null : shownOf(item, changes);
  if (item === null || shown === null) return entry;
  if (isLocal(entry, hand)) return movedHere(item, changes, folder, hand);
  if (shown.parent === folder) return item.sendError === null ? entry : sentAgain(item, changes, folder, hand);
  const open = changes.find((change) => change.op === 'move' && change.number > hand.fixed);
  if (open === undefined) return { item, changes: [...changes, { ...blank(hand.next(), item.luid), op: 'move', parent: folder }] };
  if (shownOf(item, without(entry, open))?.parent === folder) return { item, changes: without(entry, open) };
  return { item, changes: replaceChange(changes, { ...open, parent: folder }) };
}

/** A mail that the server keeps in the Outbox because it could not be sent: it goes there once more, whole. */
function sentAgain(item: BaseItem, changes: readonly ClientChange[], folder: string, hand: Hand): Entry {
  if (item.shape !== 'full') return { item, changes };
  const add: ClientChange = { ...blank(hand.next(), item.luid), op: 'add', parent: folder };
  return { item: { ...item, sendError: null }, changes: [...changes, add] };
}

function movedHere(item: BaseItem, changes: readonly ClientChange[], folder: string, hand: Hand): Entry {
  const add = changes.find((change) => change.op === 'add');
  const there = { ...item, parent: folder, sendError: null };
  if (add !== undefined) return { item: there, changes: replaceChange(changes, { ...add, parent: folder }) };
  return { item: there, changes: [...changes, { ...blank(hand.next(), item.luid), op: 'add', parent: folder }] };
}

/** `trash`: LUID of the folder for it; null where there is none. */
export function removed(entry: Entry, trash: string | null, hand: Hand): Entry {
  const { item, changes } = entry;
  const shown = item === null ? null : shownOf(item, changes);
  if (item === null || shown === null) return entry;
  if (isLocal(entry, hand)) return gone;
  if (trash !== null && shown.parent !== trash) return moved(entry, trash, hand);
  // A Move into the trash stays before the Delete: the server deletes for good only there.
  const kept = changes.filter((change) => change.op !== 'flags' || change.number <= hand.fixed);
  return { item, changes: [...kept, { ...blank(hand.next(), item.luid), op: 'delete' }] };
}
