// A folder whose uids are void (UIDVALIDITY, RFC 9051 §2.3.1.1): its items are found again by what they look like and keep their
// GUIDs, all in one transaction. Until then the old rows stand as they are.
import type { RemoteMail } from '@packetboat/mail';
import { write, type AccountContext, type Writing } from '../account/context.ts';
import { all, bind, fileArrivals } from './arrivals.ts';
import { identityKeys, rowKeys } from './identity.ts';
import type { Pass } from './journal.ts';
import { storeCursor } from './page.ts';
import { nothingPending, pendingOf } from './pending.ts';
import { mailsIn, type MailRow, parts } from './rows.ts';

/** Gives the folder's items the uids of a whole listing. What is not in the listing becomes missing; what is new is filed. */
export async function rebindFolder(
  context: AccountContext,
  folder: number,
  listing: readonly RemoteMail[],
  options: { readonly pass: Pass; readonly cursor: string },
): Promise<void> {
  // What left this folder meanwhile was named by uids that are void, too.
  const pass: Pass = { ...options.pass, hasLeft: () => false };
  await write(context, async (writing) => {
    const rows = await mailsIn(writing.tx, folder);
    await forgetUids(writing, folder);
    const { pairs, unpaired, lost } = pairUp(rows, listing);
    const pending = await pendingOf(
      writing.tx,
      rows.map((row) => row.id),
      options.pass,
    );
    for (const { row, mail } of pairs) {
      await bind(writing, { row, mail, folder, pending: pending.get(row.id) ?? nothingPending });
    }
    await markMissing(writing, lost);
    for (const part of parts(unpaired)) await fileArrivals(writing, folder, part, { pass, asked: all });
    await storeCursor(writing, folder, options.cursor);
  });
}

/** Tombstones too: an old uid of theirs may now be the uid of another mail. */
async function forgetUids({ tx }: Writing, folder: number): Promise<void> {
  await tx.updateTable('item').set({ remote_uid: null }).where('remote_folder', '=', folder).where('remote_uid', 'is not', null).execute();
}

interface Pairing {
  readonly pairs: readonly { readonly row: MailRow; readonly mail: RemoteMail }[];
  readonly unpaired: readonly RemoteMail[];
  readonly lost: readonly MailRow[];
}

/** Strong keys go first, over all mails, so that a weak look-alike takes nobody's place. Equal mails are paired in their order, one each. */
export function pairUp(rows: readonly MailRow[], listing: readonly RemoteMail[]): Pairing {
  const pairs: { row: MailRow; mail: RemoteMail }[] = [];
  let left: readonly MailRow[] = rows;
  let unpaired: readonly RemoteMail[] = listing;
  for (const kind of ['e', 'm', 'd']) {
    const byKey = Map.groupBy(left, (row) => rowKeys(row).find((key) => key.startsWith(kind)) ?? '');
    byKey.delete('');
    const taken = new Set<number>();
    unpaired = unpaired.filter((mail) => {
      const key = identityKeys(mail).find((each) => each.startsWith(kind)) ?? '';
      const row = byKey.get(key)?.shift();
      if (row === undefined) return true;
      taken.add(row.id);
      pairs.push({ row, mail });
      return false;
    });
    left = left.filter((row) => !taken.has(row.id));
  }
  return { pairs, unpaired, lost: left };
}

/** A mail whose arrival here is still expected is not lost: only what had a place. */
async function markMissing({ tx, context }: Writing, lost: readonly MailRow[]): Promise<void> {
  const had = lost.filter((row) => row.remote_uid !== null && row.missing_since === null);
  for (const part of parts(had.map((row) => row.id))) {
    await tx.updateTable('item').set({ missing_since: context.now() }).where('id', 'in', part).execute();
  }
}
