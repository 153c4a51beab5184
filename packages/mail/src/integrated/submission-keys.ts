// The keys by which senders name their submissions. A key is kept in the transaction that delivers, so that neither a crash nor a
// repeat at the same time makes a second copy.
import type { Kysely, Transaction } from 'kysely';
import type { SubmitResult } from '../port.ts';
import type { Tables } from './tables.ts';

export type Accepted = Extract<SubmitResult, { readonly outcome: 'accepted' }>;

/** `done`: accepted, this was the answer. `here`: the recipients here have it, what the relay did is not known. */
export type Remembered = { readonly state: 'done'; readonly answer: Accepted } | { readonly state: 'here' } | undefined;

function isAccepted(value: unknown): value is Accepted {
  return typeof value === 'object' && value !== null && 'outcome' in value && value.outcome === 'accepted';
}

export async function recallKey(db: Kysely<Tables>, person: number, key: string | undefined): Promise<Remembered> {
  if (key === undefined) return undefined;
  const row = await db.selectFrom('submission').select('outcome').where('person_id', '=', person).where('key', '=', key).executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.outcome === null) return { state: 'here' };
  const answer: unknown = JSON.parse(row.outcome);
  if (!isAccepted(answer)) throw new Error('a remembered submission cannot be read');
  return { state: 'done', answer };
}

/** Keeps a key; `answer` undefined = the relay's is not known yet. Nothing happens without a key. */
export async function rememberKey(
  trx: Transaction<Tables>,
  sender: { readonly person: number; readonly key: string | undefined },
  answer: Accepted | undefined,
  submitted: number,
): Promise<void> {
  if (sender.key === undefined) return;
  const outcome = answer === undefined ? null : JSON.stringify(answer);
  await trx
    .insertInto('submission')
    .values({ person_id: sender.person, key: sender.key, outcome, submitted })
    .onConflict((conflict) => conflict.columns(['person_id', 'key']).doUpdateSet({ outcome, submitted }))
    .execute();
}
