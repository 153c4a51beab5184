// The people of the integrated store, their addresses, and to whom an address belongs.
import type { Kysely, Transaction } from 'kysely';
import { MailError } from '../errors.ts';
import { addressKey, domainOfKey } from './address.ts';
import { roleFolders } from './folder-path.ts';
import { findPerson, insertFolder } from './folders.ts';
import type { Tables } from './tables.ts';

/** A person with a mailbox here. `user` is the log-in name; the passwords are not ours. */
export interface Person {
  readonly user: string;
  readonly address: string;
  readonly aliases?: readonly string[];
  readonly displayName?: string;
}

/** Where mail for an address goes. `foreign`: its domain is none of ours. `unknown`: the domain is ours, the mailbox is not there. */
export type Route = { readonly kind: 'local'; readonly user: string } | { readonly kind: 'unknown' } | { readonly kind: 'foreign' };

function refused(text: string): MailError {
  return new MailError('ERR_MAIL_REFUSED', text, { scope: 'account', retryable: false });
}

function keysOf(person: Person): { key: string; spelled: string; isPrimary: number }[] {
  const spelled = [person.address, ...(person.aliases ?? [])];
  const rows = spelled.map((address, index) => {
    const key = addressKey(address);
    if (key === undefined) throw refused('this is not a mail address');
    return { key, spelled: address, isPrimary: index === 0 ? 1 : 0 };
  });
  return rows.filter((row, index) => rows.findIndex((other) => other.key === row.key) === index);
}

async function checkFree(trx: Transaction<Tables>, user: string, keys: readonly string[]): Promise<void> {
  const person = await trx.selectFrom('person').select('id').where('login', '=', user).executeTakeFirst();
  if (person !== undefined) throw refused('there is already a person of this user name');
  const address = await trx.selectFrom('address').select('spelled').where('address', 'in', keys).executeTakeFirst();
  if (address !== undefined) throw refused('an address belongs to somebody else');
}

/** Makes a person with empty folders. Throws `ERR_MAIL_REFUSED` when the user name or an address is taken or no address. */
export async function addPerson(db: Kysely<Tables>, person: Person, now: number): Promise<void> {
  const addresses = keysOf(person);
  await db.transaction().execute(async (trx) => {
    await checkFree(
      trx,
      person.user,
      addresses.map((address) => address.key),
    );
    const id = await insertPerson(trx, person, now);
    await insertAddresses(trx, id, addresses);
  });
}

/**
 * Makes these people what they are told to be: those that are missing are made, the others keep their mail and get their addresses
 * and names. An address of somebody who is not among them goes to who has it now. All of it or nothing; throws `ERR_MAIL_REFUSED`
 * when two have one user name or one address, or for what is no address.
 */
export async function placePersons(db: Kysely<Tables>, persons: readonly Person[], now: number): Promise<void> {
  const wanted = new Map(persons.map((person) => [person.user, { person, addresses: keysOf(person) }]));
  const keys = [...wanted.values()].flatMap(({ addresses }) => addresses.map((address) => address.key));
  if (wanted.size < persons.length) throw refused('two people have one user name');
  if (new Set(keys).size < keys.length) throw refused('two people have one address');
  await db.transaction().execute(async (trx) => {
    const ids = new Map((await trx.selectFrom('person').select(['id', 'login']).execute()).map((row) => [row.login, row.id]));
    const known = new Map((await listPersons(trx)).map((person) => [person.user, signatureOf(person)]));
    const changed = [...wanted].filter(([user, { person }]) => known.get(user) !== signatureOf(person));
    for (const [user, { addresses }] of changed) {
      for (const { key } of addresses) await trx.deleteFrom('address').where('address', '=', key).execute();
      await trx
        .deleteFrom('address')
        .where('person_id', '=', ids.get(user) ?? 0)
        .execute();
    }
    for (const [user, { person, addresses }] of changed) {
      const id = ids.get(user) ?? (await insertPerson(trx, person, now));
      await trx
        .updateTable('person')
        .set({ display_name: person.displayName ?? null })
        .where('id', '=', id)
        .execute();
      await insertAddresses(trx, id, addresses);
    }
  });
}

/** Equal for people of equal addresses and names; the order of aliases tells nothing. */
function signatureOf(person: Person): string {
  const [primary, ...others] = keysOf(person).map(({ spelled }) => spelled);
  return JSON.stringify([primary, others.toSorted(), person.displayName]);
}

async function insertPerson(trx: Transaction<Tables>, { user, displayName }: Person, now: number): Promise<number> {
  if (user === '' || /\p{Cc}/u.test(user)) throw refused('this is not a user name');
  const { id } = await trx
    .insertInto('person')
    .values({ login: user, display_name: displayName ?? null })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const { path, role } of roleFolders) await insertFolder(trx, { person: id, path, role, now });
  return id;
}

async function insertAddresses(trx: Transaction<Tables>, person: number, addresses: ReturnType<typeof keysOf>): Promise<void> {
  await trx
    .insertInto('address')
    .values(
      addresses.map(({ key, spelled, isPrimary }) => ({
        address: key,
        domain: domainOfKey(key),
        person_id: person,
        spelled,
        is_primary: isPrimary,
      })),
    )
    .execute();
}

/** Takes a person and all their mail away at once; the bytes are swept later. Nothing happens when there is none. */
export async function removePerson(db: Kysely<Tables>, user: string): Promise<void> {
  // The database takes the addresses along and leaves the folders without an owner.
  await db.deleteFrom('person').where('login', '=', user).execute();
}

export async function listPersons(db: Kysely<Tables>): Promise<readonly Person[]> {
  const rows = await db
    .selectFrom('person')
    .innerJoin('address', 'address.person_id', 'person.id')
    .select(['login', 'display_name', 'spelled'])
    .orderBy('person.id')
    .orderBy('is_primary', 'desc')
    .orderBy('address')
    .execute();
  return [...Map.groupBy(rows, (row) => row.login)].map(([user, own]) => {
    const [address = '', ...aliases] = own.map((row) => row.spelled);
    return personOf(user, own[0]?.display_name ?? null, address, aliases);
  });
}

function personOf(user: string, displayName: string | null, address: string, aliases: readonly string[]): Person {
  return displayName === null ? { user, address, aliases } : { user, address, aliases, displayName };
}

export async function routeOf(db: Kysely<Tables>, address: string): Promise<Route> {
  const key = addressKey(address);
  if (key === undefined) return { kind: 'unknown' };
  const owner = await db
    .selectFrom('address')
    .innerJoin('person', 'person.id', 'address.person_id')
    .select('login')
    .where('address', '=', key)
    .executeTakeFirst();
  if (owner !== undefined) return { kind: 'local', user: owner.login };
  const domain = domainOfKey(key);
  const neighbour = await db.selectFrom('address').select('address').where('domain', '=', domain).limit(1).executeTakeFirst();
  return { kind: neighbour === undefined ? 'foreign' : 'unknown' };
}

/** Whether an address is the person's own or an alias. Throws `ERR_MAIL_AUTH` when there is no such person. */
export async function ownsAddress(db: Kysely<Tables>, user: string, address: string): Promise<boolean> {
  await findPerson(db, user);
  const route = await routeOf(db, address);
  return route.kind === 'local' && route.user === user;
}

/** The person's addresses, the primary one first. Throws `ERR_MAIL_AUTH` when there is no such person. */
export async function addressesOf(db: Kysely<Tables>, user: string): Promise<readonly string[]> {
  const person = await findPerson(db, user);
  const rows = await db
    .selectFrom('address')
    .select('spelled')
    .where('person_id', '=', person)
    .orderBy('is_primary', 'desc')
    .orderBy('address')
    .execute();
  return rows.map((row) => row.spelled);
}
