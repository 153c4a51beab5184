// One page of what changed in a folder, written in one short transaction.
import type { ChangePage, FlagChange } from '@packetboat/mail';
import { write, type AccountContext, type Writing } from '../account/context.ts';
import { fileArrivals, type Suspect } from './arrivals.ts';
import type { Pass } from './journal.ts';
import { flagSetOf } from './mail-flags.ts';
import { mergedFlags, nothingPending, pendingOf } from './pending.ts';
import { mailsAt, parts } from './rows.ts';

export interface PageResult {
  readonly suspects: readonly Suspect[];
  /** Mails that have disappeared from the folder, which we did not know before. */
  readonly missing: number;
}

/** Writes a page. The folder's cursor is stored with it when `cursor` is given. */
export async function writePage(
  context: AccountContext,
  folder: number,
  page: ChangePage,
  options: { readonly pass: Pass; readonly cursor: string | undefined },
): Promise<PageResult> {
  return write(context, async (writing) => {
    const missing = await noteGone(writing, folder, page.gone);
    await applyFlags(writing, folder, page.changed, options.pass);
    const suspects = await fileArrivals(writing, folder, page.added, { pass: options.pass, decided: false });
    if (options.cursor !== undefined && suspects.length === 0) await storeCursor(writing, folder, options.cursor);
    return { suspects, missing };
  });
}

export async function storeCursor({ tx }: Writing, folder: number, cursor: string): Promise<void> {
  await tx.updateTable('item').set({ remote_cursor: cursor }).where('id', '=', folder).execute();
}

/** A mail that is no longer in its folder may be in another: it is only noted as missing. Returns how many were not noted before. */
export async function noteGone({ tx, context }: Writing, folder: number, uids: readonly string[]): Promise<number> {
  let noted = 0;
  for (const part of parts(uids)) {
    const result = await tx
      .updateTable('item')
      .set({ missing_since: context.now() })
      .where('remote_folder', '=', folder)
      .where('remote_uid', 'in', part)
      .where('gone', '=', 0)
      .where('missing_since', 'is', null)
      .executeTakeFirst();
    noted += Number(result.numUpdatedRows);
  }
  return noted;
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
