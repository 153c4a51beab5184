// Accounts as the store needs them. What the mail server of an account is, and how to log in there, is kept elsewhere.
import { addItem } from './revision.ts';
import type { Tx } from './store.ts';

/**
 * The row id of a person's account by its name; made if it is not there, with its Outbox, which no mail server has.
 * `address` is kept up to date.
 */
export async function ensureAccount(
  tx: Tx,
  account: { readonly person: string; readonly name: string; readonly address: string; readonly now: number },
): Promise<number> {
  const { person, name, address } = account;
  const known = await tx
    .selectFrom('account')
    .select(['id', 'address'])
    .where('person', '=', person)
    .where('name', '=', name)
    .executeTakeFirst();
  if (known !== undefined) {
    if (known.address !== address) await tx.updateTable('account').set({ address }).where('id', '=', known.id).execute();
    return known.id;
  }
  const { id } = await tx
    .insertInto('account')
    .values({ person, name, address, created: account.now })
    .returning('id')
    .executeTakeFirstOrThrow();
  await addItem(tx, id, { kind: 'folder', parent: null, name: 'Outbox', role: 'outbox' });
  return id;
}
