// Rows of the submission queue: mails in the Outbox on their way, and what became of them.
import type { Kysely, Selectable } from 'kysely';
import { write, type AccountContext, type Writing } from '../account/context.ts';
import type { Database, SubmissionTable } from '../store/schema.ts';
import { dropSpool } from '../store/spool.ts';
import { buryItems } from '../tracking/missing.ts';
import { folderOfRole, type ItemRow } from '../tracking/rows.ts';
import { Flag } from '@packetboat/datasync';

export type SubmissionRow = Selectable<SubmissionTable>;

/** A submission that was taken up, with the mail to send. */
export interface Claimed {
  readonly row: SubmissionRow;
  /** The state it was in. */
  readonly was: 'waiting' | 'uncertain';
  readonly spool: string;
}

const OPEN = ['waiting', 'uncertain'] as const;

/** Takes up a submission that is due: from now on a crash leaves its outcome unknown. Undefined when there is nothing to send (any more). */
export function claimSubmission(context: AccountContext, queueId: string): Promise<Claimed | undefined> {
  return write(context, async (writing) => {
    const { tx } = writing;
    const row = await tx
      .selectFrom('submission')
      .selectAll()
      .where('queue_id', '=', queueId)
      .where('account', '=', context.account)
      .executeTakeFirst();
    if (row === undefined || (row.state !== 'waiting' && row.state !== 'uncertain') || row.next_at > context.now()) return undefined;
    const item = await tx.selectFrom('item').select(['gone', 'parent', 'spool']).where('id', '=', row.item).executeTakeFirst();
    const outbox = await folderOfRole(tx, context.account, 'outbox');
    if (item === undefined || item.gone === 1 || item.parent !== outbox || item.spool === null) {
      await cancel(writing, row, item);
      return undefined;
    }
    await tx
      .updateTable('submission')
      .set({ state: 'sending', attempts: row.attempts + 1 })
      .where('queue_id', '=', queueId)
      .execute();
    return { row, was: row.state, spool: item.spool };
  });
}

/** The writer has taken the mail out of the Outbox. Where it lies now, the mail server gets it too. */
async function cancel(
  { tx, context }: Writing,
  row: SubmissionRow,
  item: { readonly gone: number; readonly spool: string | null } | undefined,
): Promise<void> {
  // Of an attempt with an unknown end it may be sent; that it was taken back is all that can be told.
  await tx
    .updateTable('submission')
    .set({ state: 'refused', text: 'taken back before it was sent' })
    .where('queue_id', '=', row.queue_id)
    .execute();
  if (item?.gone === 0 && item.spool !== null) await queueAppend(tx, context, row.item);
}

async function queueAppend(tx: Writing['tx'], context: AccountContext, item: number): Promise<void> {
  const now = context.now();
  await tx
    .insertInto('operation')
    .values({ account: context.account, item, kind: 'append', args: '{}', next_at: now, created: now })
    .execute();
}

/** Submissions during which the process ended: nobody knows what became of them. */
export async function recoverSubmissions(context: AccountContext): Promise<void> {
  await context.store.transaction(async (tx) => {
    await tx
      .updateTable('submission')
      .set((eb) => ({ state: 'uncertain', unknowns: eb('unknowns', '+', 1), next_at: context.now() }))
      .where('account', '=', context.account)
      .where('state', '=', 'sending')
      .execute();
  });
}

/** Queue ids that are due, oldest first, and when the next one is. */
export async function dueSubmissions(
  db: Kysely<Database>,
  account: number,
  now: number,
): Promise<{ readonly due: readonly string[]; readonly next: number | undefined }> {
  const rows = await db
    .selectFrom('submission')
    .select(['queue_id', 'next_at'])
    .where('account', '=', account)
    .where('state', 'in', OPEN)
    .orderBy('created')
    .execute();
  const later = rows.flatMap((row) => (row.next_at > now ? row.next_at : []));
  return {
    due: rows.flatMap((row) => (row.next_at <= now ? row.queue_id : [])),
    next: later.length === 0 ? undefined : Math.min(...later),
  };
}

/** The mail is on its way: it moves from the Outbox to the folder for sent mail. `problem` tells of recipients that were refused. */
export async function recordSent(context: AccountContext, { row, spool }: Claimed, text: string, problem: string | null): Promise<void> {
  await write(context, async (writing) => {
    const { tx, revision } = writing;
    await tx.updateTable('submission').set({ state: 'sent', text }).where('queue_id', '=', row.queue_id).execute();
    const item = await tx.selectFrom('item').select(['gone', 'flags']).where('id', '=', row.item).executeTakeFirst();
    if (item === undefined || item.gone === 1) return;
    const sent = await folderOfRole(tx, context.account, 'sent');
    if (sent === undefined) {
      await buryItems(writing, [row.item]);
      await tx.updateTable('item').set({ spool: null }).where('id', '=', row.item).execute();
      await dropSpool(tx, spool);
      return;
    }
    const copy = context.submission.filesSentCopy ? await takeFiledCopy(writing, row, sent) : undefined;
    await tx
      .updateTable('item')
      .set({
        parent: sent,
        flags: item.flags | Flag.Read,
        send_error: problem,
        rev: await revision.take(),
        // Its copy is expected there, and bound when it is seen.
        ...(context.submission.filesSentCopy ? { remote_folder: sent } : {}),
        ...(copy === undefined ? {} : { ...copy, spool: null }),
      })
      .where('id', '=', row.item)
      .execute();
    if (copy !== undefined) await dropSpool(tx, spool);
    if (!context.submission.filesSentCopy) await queueAppend(tx, context, row.item);
  });
}

/** The copy that the mail server has filed, if a pass has seen it before we heard that the mail was sent: it is this mail, and no other item. */
async function takeFiledCopy(
  writing: Writing,
  row: SubmissionRow,
  sent: number,
): Promise<Pick<ItemRow, 'remote_uid' | 'email_id' | 'size' | 'received' | 'digest'> | undefined> {
  const { tx, context } = writing;
  const copy = await tx
    .selectFrom('item')
    .select(['id', 'remote_uid', 'email_id', 'size', 'received', 'digest'])
    .where('account', '=', context.account)
    .where('message_id', '=', row.message_id)
    .where('remote_folder', '=', sent)
    .where('remote_uid', 'is not', null)
    .where('gone', '=', 0)
    .where('id', '>', row.item)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  if (copy === undefined) return undefined;
  const { id, ...facts } = copy;
  await buryItems(writing, [id]);
  await tx.updateTable('item').set({ remote_uid: null }).where('id', '=', id).execute();
  return facts;
}

/** The mail stays in the Outbox and says why. */
export async function recordRefused(context: AccountContext, { row }: Claimed, text: string): Promise<void> {
  await write(context, async ({ tx, revision }) => {
    await tx.updateTable('submission').set({ state: 'refused', text }).where('queue_id', '=', row.queue_id).execute();
    await tx
      .updateTable('item')
      .set({ send_error: text, rev: await revision.take() })
      .where('id', '=', row.item)
      .where('gone', '=', 0)
      .execute();
  });
}

export async function recordWaiting(context: AccountContext, { row }: Claimed, text: string, nextAt: number): Promise<void> {
  await context.store.transaction(async (tx) => {
    await tx.updateTable('submission').set({ state: 'waiting', text, next_at: nextAt }).where('queue_id', '=', row.queue_id).execute();
  });
}

export async function recordUncertain(context: AccountContext, { row }: Claimed, text: string, nextAt: number): Promise<void> {
  await context.store.transaction(async (tx) => {
    await tx
      .updateTable('submission')
      .set({ state: 'uncertain', text, next_at: nextAt, unknowns: row.unknowns + 1 })
      .where('queue_id', '=', row.queue_id)
      .execute();
  });
}

/** As it was before it was taken up: nothing was sent meanwhile. */
export async function putBack(context: AccountContext, queueId: string, nextAt: number): Promise<void> {
  await context.store.transaction(async (tx) => {
    await tx.updateTable('submission').set({ state: 'uncertain', next_at: nextAt }).where('queue_id', '=', queueId).execute();
  });
}
