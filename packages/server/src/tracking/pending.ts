// What our own queue still has to tell the mail server about an item: there our value wins over what the mail server reports.
import type { FlagSet } from '@packetboat/datasync';
import type { Transaction } from 'kysely';
import { appendFolder, flagsArgs, moveTarget } from '../operations/args.ts';
import type { Database } from '../store/schema.ts';
import type { Pass } from './journal.ts';
import { parts } from './rows.ts';

export interface Pending {
  /** Flag fields on their way to the mail server. */
  readonly mask: FlagSet;
  /** Folder that the mail is on its way to. */
  readonly target: number | undefined;
  /** Folder in which an append was begun that may have succeeded. */
  readonly appending: number | undefined;
  /** Its removal is queued. */
  readonly isLeaving: boolean;
}

export const nothingPending: Pending = { mask: 0, target: undefined, appending: undefined, isLeaving: false };

/** What is pending for these items; those without anything are missing in the map. */
export async function pendingOf(tx: Transaction<Database>, items: readonly number[], pass?: Pass): Promise<Map<number, Pending>> {
  const pending = new Map<number, Pending>();
  for (const part of parts(items)) {
    const rows = await tx.selectFrom('operation').select(['item', 'kind', 'args']).where('item', 'in', part).orderBy('id').execute();
    for (const row of rows) pending.set(row.item, withRow(pending.get(row.item) ?? nothingPending, row));
    if (pass === undefined) continue;
    for (const item of part) {
      const noted = pass.maskOf(item);
      const known = pending.get(item) ?? nothingPending;
      if (noted !== 0) pending.set(item, { ...known, mask: known.mask | noted });
    }
  }
  return pending;
}

function withRow(known: Pending, row: { readonly kind: string; readonly args: string }): Pending {
  if (row.kind === 'flags') {
    const { set, clear } = flagsArgs(row.args);
    return { ...known, mask: known.mask | set | clear };
  }
  if (row.kind === 'move') return { ...known, target: moveTarget(row.args) };
  if (row.kind === 'remove') return { ...known, isLeaving: true };
  if (row.kind === 'append') return { ...known, appending: appendFolder(row.args) };
  return known;
}

/** Our fields where something is pending, the mail server's otherwise. */
export function mergedFlags(ours: FlagSet, remote: FlagSet, pending: Pending): FlagSet {
  return (remote & ~pending.mask) | (ours & pending.mask);
}
