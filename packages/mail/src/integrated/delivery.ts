// Puts a received mail into the inboxes of its recipients, in one short transaction (RFC 5321 §4.2.5: from then on it is ours).
import type { Transaction } from 'kysely';
import type { Envelope } from '../port.ts';
import { referBody, type WrittenBody } from './body-writer.ts';
import { INBOX } from './folder-path.ts';
import { routeOf } from './persons.ts';
import type { StoreCore } from './store-core.ts';
import type { Tables } from './tables.ts';

/** What became of one recipient, in the order of the envelope. A person who is named twice gets the mail once. */
export type DeliveryResult =
  | { readonly address: string; readonly outcome: 'delivered'; readonly user: string }
  | { readonly address: string; readonly outcome: 'refused'; readonly text: string };

export const NO_SUCH_MAILBOX = 'no such mailbox here';
export const NO_RELAYING = 'relaying is not configured';

async function routes(trx: Transaction<Tables>, to: readonly string[]): Promise<DeliveryResult[]> {
  const results: DeliveryResult[] = [];
  for (const address of to) {
    const route = await routeOf(trx, address);
    if (route.kind === 'local') results.push({ address, outcome: 'delivered', user: route.user });
    else results.push({ address, outcome: 'refused', text: route.kind === 'unknown' ? NO_SUCH_MAILBOX : NO_RELAYING });
  }
  return results;
}

async function fileInInboxes(trx: Transaction<Tables>, users: readonly string[], body: WrittenBody, received: number): Promise<void> {
  const bodyId = await referBody(trx, body, users.length);
  const inboxes = await trx
    .updateTable('folder')
    .set((eb) => ({ uid_next: eb('uid_next', '+', 1), revision: eb('revision', '+', 1) }))
    .where('path', '=', INBOX)
    .where('person_id', 'in', (eb) => eb.selectFrom('person').select('person.id').where('login', 'in', users))
    .returning(['id', 'uid_next', 'revision'])
    .execute();
  if (inboxes.length !== users.length) throw new Error('a person has no inbox');
  await trx
    .insertInto('mail')
    .values(
      inboxes.map((inbox) => ({
        folder_id: inbox.id,
        uid: inbox.uid_next - 1,
        body_id: bodyId,
        flags: 0,
        received,
        revision: inbox.revision,
      })),
    )
    .execute();
}

/** As `deliverBody`, inside the caller's transaction and without a word to the watchers. */
export async function deliverIn(
  trx: Transaction<Tables>,
  to: readonly string[],
  body: WrittenBody,
  received: number,
): Promise<readonly DeliveryResult[]> {
  const results = await routes(trx, to);
  const users = usersOf(results);
  if (users.length > 0) await fileInInboxes(trx, users, body, received);
  return results;
}

/** Tells the watchers of everybody who got the mail. */
export function tellRecipients(core: StoreCore, results: readonly DeliveryResult[]): void {
  for (const user of usersOf(results)) core.watchers.tell(user, { folder: INBOX });
}

/** Delivers to the recipients that are ours and tells what became of each. Watchers hear of it before this returns. */
export async function deliverBody(core: StoreCore, envelope: Envelope, body: WrittenBody): Promise<readonly DeliveryResult[]> {
  const received = core.now();
  const results = await core.db.transaction().execute((trx) => deliverIn(trx, envelope.to, body, received));
  tellRecipients(core, results);
  return results;
}

function usersOf(results: readonly DeliveryResult[]): readonly string[] {
  return [...new Set(results.flatMap((result) => (result.outcome === 'delivered' ? [result.user] : [])))];
}
