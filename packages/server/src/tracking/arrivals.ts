// Mails that a folder reports as new: each is the mail that we are filing there, or one that was moved there, or a new item.
// Design 4.4: a moved mail keeps its GUID; a copy is another mail.
import type { RemoteMail } from '@packetboat/mail';
import type { Writing } from '../account/context.ts';
import { hasSameOrigin, isMoved, LookAlikes } from './identity.ts';
import type { Pass } from './journal.ts';
import { flagSetOf } from './mail-flags.ts';
import { mergedFlags, nothingPending, type Pending, pendingOf } from './pending.ts';
import { lookAlikes, mailsAt, type MailRow, parts } from './rows.ts';

/** An arrival that looks like mails which are, as far as we know, still in other folders. */
export interface Suspect {
  readonly mail: RemoteMail;
  readonly places: readonly Place[];
}

/** What was learnt of the other places of suspects. */
export interface Asked {
  /** Places that were looked at after the arrivals were seen. */
  readonly isAsked: (place: Place) => boolean;
  /** Uids that are no longer in their folder, by folder. */
  readonly left: ReadonlyMap<number, readonly string[]>;
}

export const none: Asked = { isAsked: () => false, left: new Map() };
/** No look-alike elsewhere makes a suspect. */
export const all: Asked = { isAsked: () => true, left: new Map() };

/** Where a mail is at the mail server. */
export interface Place {
  readonly folder: number;
  readonly uid: string;
}

interface Arriving {
  readonly writing: Writing;
  readonly folder: number;
  readonly pass: Pass;
}

/**
 * Files the mails of a page. Suspects are given back, to be filed once their other places have been looked at. One all of whose
 * look-alikes are in places that were asked, and were found there, is a copy and becomes an item of its own.
 */
export async function fileArrivals(
  writing: Writing,
  folder: number,
  mails: readonly RemoteMail[],
  options: { readonly pass: Pass; readonly asked: Asked },
): Promise<readonly Suspect[]> {
  const arriving: Arriving = { writing, folder, pass: options.pass };
  const unknown = await withoutKnown(arriving, mails);
  if (unknown.length === 0) return [];
  const rows = await lookAlikes(writing.tx, writing.context.account, unknown);
  const pending = await pendingOf(
    writing.tx,
    rows.map((row) => row.id),
    options.pass,
  );
  const pool = new LookAlikes(rows);
  const suspects: Suspect[] = [];
  const fresh: RemoteMail[] = [];
  for (const mail of unknown) {
    const pick = (fits: (row: MailRow) => boolean): MailRow | undefined => pool.find(mail, fits);
    const same = pick((row) => isExpected(row, mail, folder, pending.get(row.id))) ?? pick((row) => isMissing(row, mail));
    const places =
      same === undefined
        ? pool
            .findAll(mail, (row) => isElsewhere(row, mail, folder))
            .flatMap(placeOf)
            .filter((place) => !options.asked.isAsked(place))
        : [];
    if (places.length > 0) {
      suspects.push({ mail, places });
      continue;
    }
    const row = same ?? pick((each) => isMovedOn(each, mail, pending.get(each.id)));
    if (row === undefined) fresh.push(mail);
    else {
      pool.take(row);
      await bind(writing, { row, mail, folder, pending: pending.get(row.id) ?? nothingPending });
    }
  }
  await insertMails(arriving, fresh);
  return suspects;
}

/** Takes out the mails that have an item at this very place: they are looked at again, not new. */
async function withoutKnown({ writing, folder, pass }: Arriving, mails: readonly RemoteMail[]): Promise<readonly RemoteMail[]> {
  const here = mails.filter((mail) => !pass.hasLeft(folder, mail.uid));
  const rows = await mailsAt(
    writing.tx,
    folder,
    here.map((mail) => mail.uid),
  );
  const pending = await pendingOf(
    writing.tx,
    rows.map((row) => row.id),
    pass,
  );
  const known = new Map(rows.flatMap((row) => (row.gone === 0 || pending.get(row.id)?.isLeaving === true ? [[row.remote_uid, row]] : [])));
  for (const mail of here) {
    const row = known.get(mail.uid);
    if (row === undefined || row.gone === 1) continue;
    const mine = pending.get(row.id) ?? nothingPending;
    if (!isAsKnown(row, mail, mine)) await bind(writing, { row, mail, folder, pending: mine });
  }
  await forgetPlaces(
    writing,
    rows.filter((row) => row.gone === 1 && known.get(row.remote_uid) !== row),
  );
  return here.filter((mail) => !known.has(mail.uid));
}

/** A mail that was taken for gone and is there comes as another item: a GUID is never used again. */
async function forgetPlaces({ tx }: Writing, tombstones: readonly MailRow[]): Promise<void> {
  for (const part of parts(tombstones.map((row) => row.id))) {
    await tx.updateTable('item').set({ remote_uid: null }).where('id', 'in', part).execute();
  }
}

function isAsKnown(row: MailRow, mail: RemoteMail, pending: Pending): boolean {
  return (
    row.missing_since === null &&
    row.spool === null &&
    mergedFlags(row.flags, flagSetOf(mail.flags), pending) === row.flags &&
    row.size === mail.size &&
    row.received === mail.received &&
    row.email_id === (mail.emailId ?? null) &&
    row.message_id === (mail.messageId ?? null) &&
    row.digest === mail.digest
  );
}

/** One that we put there, or that the mail server files for us, and whose uid nobody told us. */
function isExpected(row: MailRow, mail: RemoteMail, folder: number, pending: Pending | undefined): boolean {
  if (row.remote_uid !== null || !hasSameOrigin(row, mail)) return false;
  if (row.remote_folder === folder) return true;
  return row.remote_folder === null && row.spool !== null && pending?.appending === folder;
}

/** One that we put into another folder, without hearing of it, and that another program has moved on as it is. */
function isMovedOn(row: MailRow, mail: RemoteMail, pending: Pending | undefined): boolean {
  const isOpen = row.remote_uid === null && row.remote_folder === null && row.spool !== null && pending?.appending !== undefined;
  return isOpen && row.size === mail.size && hasSameOrigin(row, mail);
}

function isMissing(row: MailRow, mail: RemoteMail): boolean {
  return row.gone === 0 && row.missing_since !== null && isMoved(row, mail);
}

function isElsewhere(row: MailRow, mail: RemoteMail, folder: number): boolean {
  return row.gone === 0 && row.missing_since === null && row.remote_uid !== null && row.remote_folder !== folder && isMoved(row, mail);
}

function placeOf(row: MailRow): readonly Place[] {
  return row.remote_folder === null || row.remote_uid === null ? [] : [{ folder: row.remote_folder, uid: row.remote_uid }];
}

/** An item and the mail at the mail server that it is. */
export interface Binding {
  readonly row: MailRow;
  readonly mail: RemoteMail;
  readonly folder: number;
  readonly pending: Pending;
}

/**
 * Makes an item follow a mail of a folder. A revision is taken only if a device would see a difference: another folder, other flags.
 * Content that we held until now is dropped: the mail server has it.
 */
export async function bind(writing: Writing, { row, mail, folder, pending }: Binding): Promise<void> {
  const { tx, revision } = writing;
  if (row.gone === 1) return placeTombstone(writing, row, mail, folder);
  const flags = mergedFlags(row.flags, flagSetOf(mail.flags), pending);
  const parent = pending.target === undefined ? folder : row.parent;
  const isSeen = flags !== row.flags || parent !== row.parent;
  await tx
    .updateTable('item')
    .set({
      ...identityColumns(mail),
      flags,
      parent,
      remote_folder: folder,
      remote_uid: mail.uid,
      missing_since: null,
      spool: null,
      ...(isSeen ? { rev: await revision.take() } : {}),
    })
    .where('id', '=', row.id)
    .execute();
  if (row.spool !== null) await dropOwnCopy(writing, row.id, row.spool);
}

/** A mail that was deleted here while it was being stored there: where it is, is all that its removal needs. */
async function placeTombstone(writing: Writing, row: MailRow, mail: RemoteMail, folder: number): Promise<void> {
  await writing.tx.updateTable('item').set({ remote_folder: folder, remote_uid: mail.uid, spool: null }).where('id', '=', row.id).execute();
  if (row.spool !== null) await dropOwnCopy(writing, row.id, row.spool);
}

/** The mail server has the mail: nothing is left to be appended, and its bytes are read there. */
async function dropOwnCopy({ tx }: Writing, item: number, spool: string): Promise<void> {
  await tx.deleteFrom('operation').where('item', '=', item).where('kind', '=', 'append').execute();
  await tx.deleteFrom('spool').where('id', '=', spool).execute();
}

function identityColumns(mail: RemoteMail): {
  size: number;
  received: number;
  message_id: string | null;
  digest: string;
  email_id: string | null;
} {
  return {
    size: mail.size,
    received: mail.received,
    message_id: mail.messageId ?? null,
    digest: mail.digest,
    email_id: mail.emailId ?? null,
  };
}

async function insertMails({ writing, folder }: Arriving, mails: readonly RemoteMail[]): Promise<void> {
  if (mails.length === 0) return;
  const { tx, context } = writing;
  const rev = await writing.revision.take();
  // 50 rows of 14 values: a statement of thousands takes megabytes while it is prepared, and is hardly faster.
  for (const part of parts(mails, 50)) {
    await tx
      .insertInto('item')
      .values(
        part.map((mail) =>
          Object.assign(identityColumns(mail), {
            epoch: context.store.epoch,
            account: context.account,
            kind: 'mail' as const,
            parent: folder,
            flags: flagSetOf(mail.flags),
            rev,
            remote_folder: folder,
            remote_uid: mail.uid,
          }),
        ),
      )
      .execute();
  }
}
