// What changed in a folder, written in one short transaction.
import type { ChangePage, FlagChange } from '@packetboat/mail';
import { write, type AccountContext, type Writing } from '../account/context.ts';
import { type Asked, fileArrivals, none, type Suspect } from './arrivals.ts';
import type { Pass } from './journal.ts';
import { flagSetOf } from './mail-flags.ts';
import { mergedFlags, nothingPending, pendingOf } from './pending.ts';
import { mailsAt, parts } from './rows.ts';

export type Changes = Pick<ChangePage, 'added' | 'changed' | 'gone'>;

/** Writes a part of a listing; suspects are given back, to be filed later. */
export function writePart(context: AccountContext, folder: number, changes: Changes, pass: Pass): Promise<readonly Suspect[]> {
  return write(context, (writing) => apply(writing, folder, changes, { pass, asked: none }));
}

/**
 * Writes all changes of a pass with its cursor, or nothing of them: then the suspects are given back, and the call is repeated
 * when their places have been `asked`.
 */
export async function writeWhole(
  context: AccountContext,
  folder: number,
  changes: Changes,
  options: { readonly pass: Pass; readonly asked: Asked; readonly cursor: string | null },
): Promise<readonly Suspect[]> {
  try {
    await write(context, async (writing) => {
      for (const [other, uids] of options.asked.left) await noteGone(writing, other, uids);
      const suspects = await apply(writing, folder, changes, options);
      if (suspects.length > 0) throw new Undecided(suspects);
      await storeCursor(writing, folder, options.cursor);
    });
    return [];
  } catch (error) {
    if (error instanceof Undecided) return error.suspects;
    throw error;
  }
}

/** Rolls a transaction back. */
class Undecided extends Error {
  readonly suspects: readonly Suspect[];

  constructor(suspects: readonly Suspect[]) {
    super('suspects are undecided');
    this.suspects = suspects;
  }
}

async function apply(
  writing: Writing,
  folder: number,
  { added, changed, gone }: Changes,
  options: { readonly pass: Pass; readonly asked: Asked },
): Promise<readonly Suspect[]> {
  await noteGone(writing, folder, gone);
  await applyFlags(writing, folder, changed, options.pass);
  return fileArrivals(writing, folder, added, options);
}

/** Without a cursor the next pass lists the whole folder. */
export async function storeCursor({ tx }: Writing, folder: number, cursor: string | null): Promise<void> {
  await tx.updateTable('item').set({ remote_cursor: cursor }).where('id', '=', folder).execute();
}

/** A mail that is no longer in its folder may be in another: it is only noted as missing. */
export async function noteGone({ tx, context }: Writing, folder: number, uids: readonly string[]): Promise<void> {
  for (const part of parts(uids)) {
    await tx
      .updateTable('item')
      .set({ missing_since: context.now() })
      .where('remote_folder', '=', folder)
      .where('remote_uid', 'in', part)
      .where('gone', '=', 0)
      .where('missing_since', 'is', null)
      .execute();
  }
}

/** Only what differs from the item makes a revision: the echo of our own STORE does not. */
async function applyFlags(writing: Writing, folder: number, changes: readonly FlagChange[], pass: Pass): Promise<void> {
  if (changes.length === 0) return;
  const { tx } = writing;
  const byUid = new Map(changes.map((change) => [change.uid, flagSetOf(change.flags)]));
  const rows = (await mailsAt(tx, folder, [...byUid.keys()])).filter((row) => row.gone === 0);
  const pending = await pendingOf(
    tx,
    rows.map((row) => row.id),
    pass,
  );
  const changed = rows.flatMap((row) => {
    const flags = mergedFlags(row.flags, byUid.get(row.remote_uid ?? '') ?? row.flags, pending.get(row.id) ?? nothingPending);
    return flags === row.flags ? [] : [{ id: row.id, flags }];
  });
  if (changed.length === 0) return;
  const rev = await writing.revision.take();
  for (const [flags, same] of Map.groupBy(changed, (row) => row.flags)) {
    for (const part of parts(same.map((row) => row.id))) await tx.updateTable('item').set({ flags, rev }).where('id', 'in', part).execute();
  }
}
