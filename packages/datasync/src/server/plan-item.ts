// What has to be sent for one row: the difference between what the device acknowledged and what the item is now. Pure.
import { passes } from '../filter/mail-filter.ts';
import type { ItemRecord, MapRow, RowItem, Shape, View } from './port.ts';

export type ItemPlan =
  /** Nothing to tell; the row is settled. */
  | { readonly do: 'settle' }
  /** The row tells of nothing the device has. */
  | { readonly do: 'forget' }
  | { readonly do: 'add' }
  | { readonly do: 'delete' }
  /** Cannot be told yet: the device has it, but its LUID is not known. */
  | { readonly do: 'wait' }
  | {
      readonly do: 'change';
      readonly move: boolean;
      readonly flags: number;
      readonly content: boolean;
      readonly name: boolean;
      readonly sendError: boolean;
    };

const order: Readonly<Record<Shape, number>> = { none: 0, headers: 1, full: 2 };

export function inView(item: ItemRecord | null, view: View): item is ItemRecord {
  return isPlacedIn(item, view) && (item.kind === 'folder' || view.filter === undefined || passes(view.filter, item));
}

/** Whether it would be in the view if there were no filter. */
export function isPlacedIn(item: ItemRecord | null, view: View): item is ItemRecord {
  if (item === null || item.gone) return false;
  return view.kind === 'hierarchical' || (item.kind === 'mail' && item.parent === view.folder);
}

/** `wanted`: how much of a mail the device shall have. */
export function planItem({ row, item }: RowItem, view: View, wanted: Shape): ItemPlan {
  if (row === null) return inView(item, view) ? { do: 'add' } : { do: 'forget' };
  const had = row.luid !== null || row.ackRev > 0;
  if (!inView(item, view)) return !had ? { do: 'forget' } : row.luid === null ? { do: 'wait' } : { do: 'delete' };
  if (!had) return { do: 'add' };
  const flags = item.kind === 'folder' ? 0 : row.ackFlags ^ item.flags;
  const move = view.kind === 'hierarchical' && row.ackParent !== item.parent;
  const name = item.kind === 'folder' && row.ackName !== item.name;
  const content = item.kind === 'mail' && order[row.shape] < order[wanted];
  const sendError = item.sendError !== null && row.ackRev < item.rev;
  if (flags === 0 && !move && !name && !content && !sendError) return { do: 'settle' };
  return row.luid === null ? { do: 'wait' } : { do: 'change', move, flags, content, name, sendError };
}

/** The row once nothing is left to tell. */
export function settledRow(row: MapRow, item: ItemRecord): MapRow {
  return {
    ...row,
    state: 'ok',
    reason: null,
    ackRev: item.rev,
    ackFlags: item.kind === 'folder' ? 0 : item.flags,
    ackParent: item.parent,
    ackName: item.name,
    sent: null,
  };
}

/** What the device will have when it has done what is sent. */
export function sentFacts(item: ItemRecord, shape: Shape): NonNullable<MapRow['sent']> {
  return { rev: item.rev, flags: item.kind === 'folder' ? 0 : item.flags, parent: item.parent, name: item.name, shape, gone: false };
}
