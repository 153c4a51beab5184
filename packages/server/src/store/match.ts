// Slow sync: finds the mails of a device in the account. Design §4.4: by GUID where the map that is being replaced names one,
// else folder and Message-ID as a multiset, else the digest of Date, From, Subject and size; where no map tells of moves, in another
// folder; what is only among the tombstones was deleted here.
import type { Match, MatchKey, ServerNeeds } from '@packetboat/datasync';
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from 'kysely';
import { openGeneration, type OpenGeneration } from './generations.ts';
import type { Guids } from './guid.ts';
import type { Item } from './revision.ts';
import { itemRecord, parts } from './rows.ts';
import type { Database } from './schema.ts';
import { inView } from './view.ts';
import { withoutRow } from './plan.ts';

type Column = 'message_id' | 'digest';

/** The answer to each key, in their order. Items that have a row in the generation are taken; within a call each is found once. */
export async function match(db: Kysely<Database>, guids: Guids, ask: ServerNeeds['match']['ask']): Promise<Match[]> {
  const generation = await openGeneration(db, ask.generation);
  const messageIds = ask.keys.flatMap((key) => key.messageId ?? []);
  const digests = ask.keys.map((key) => key.digest).filter((digest) => digest !== '');
  const places = ask.keys.flatMap((key) => guids.id(key.parent ?? '') ?? []);
  const isCandidate = generation.seen.kind === 'flat' ? isIn(places) : inView(generation.seen);
  const free = [
    ...(await candidates(db, generation, isCandidate, 'message_id', messageIds)),
    ...(await candidates(db, generation, isCandidate, 'digest', digests)),
  ];
  const pool = new Pool(free);
  const found = new Map<MatchKey, Item>();
  const isMapped = (item: Item, key: MatchKey): boolean =>
    key.guid !== undefined && guids.of(item.id) === key.guid && (hasMessageId(item, key) || hasDigest(item, key));
  for (const key of ask.keys) {
    const item = pool.take(key, (candidate) => isMapped(candidate, key));
    if (item !== undefined) found.set(key, item);
  }
  // All Message-IDs first: a mail found by its digest must not take one that another key names outright.
  for (const isSame of [hasMessageId, hasDigest]) {
    for (const key of ask.keys) {
      const item = found.has(key) ? undefined : pool.take(key, (candidate) => isSame(candidate, key) && isPlaced(guids, candidate, key));
      if (item !== undefined) found.set(key, item);
    }
  }
  for (const key of ask.keys) {
    if (key.anywhere !== true || found.has(key)) continue;
    const item = pool.take(key, (candidate) => hasMessageId(candidate, key) && candidate.digest === key.digest);
    if (item !== undefined) found.set(key, item);
  }
  const lost = ask.keys.filter((key) => !found.has(key));
  const tombstones = new Pool([
    ...(await buried(
      db,
      generation,
      'message_id',
      lost.flatMap((key) => key.messageId ?? []),
    )),
    ...(await buried(
      db,
      generation,
      'digest',
      lost.map((key) => key.digest).filter((digest) => digest !== ''),
    )),
  ]);
  const outside = await outsideView(
    db,
    generation,
    lost.flatMap((key) => guids.id(key.guid ?? '') ?? []),
  );
  return ask.keys.map((key): Match => {
    const item = found.get(key);
    if (item !== undefined) return { luid: key.luid, found: 'item', item: itemRecord(guids, item) };
    // Moved to where this device does not look: it is not to come back here.
    if (outside.some((each) => isMapped(each, key))) return { luid: key.luid, found: 'tombstone' };
    const isBuried = tombstones.has(key, (each) => hasMessageId(each, key) || hasDigest(each, key));
    return { luid: key.luid, found: isBuried ? 'tombstone' : 'nothing' };
  });
}

type Identity = Pick<MatchKey, 'messageId' | 'digest'>;

export function hasMessageId(item: Item, key: Identity): boolean {
  return key.messageId !== null && item.message_id === key.messageId;
}

/** Only where one of the two has no Message-ID: with two of them they are two mails, however alike. */
export function hasDigest(item: Item, key: Identity): boolean {
  return item.digest === key.digest && (key.messageId === null || item.message_id === null);
}

function isPlaced(guids: Guids, item: Item, key: MatchKey): boolean {
  return key.parent === null || guids.ofNullable(item.parent) === key.parent;
}

/** Items by what they may be found by, oldest first; each is given out once. */
class Pool {
  readonly #byKey = new Map<string, Item[]>();
  readonly #taken = new Set<number>();

  constructor(items: readonly Item[]) {
    const distinct = new Map(items.map((item) => [item.id, item]));
    for (const item of [...distinct.values()].toSorted((a, b) => a.received - b.received || a.id - b.id)) {
      if (item.message_id !== null) this.#put(`m ${item.message_id}`, item);
      if (item.digest !== null) this.#put(`d ${item.digest}`, item);
    }
  }

  take(key: MatchKey, fits: (item: Item) => boolean): Item | undefined {
    const item = this.#find(key, fits);
    if (item !== undefined) this.#taken.add(item.id);
    return item;
  }

  has(key: MatchKey, fits: (item: Item) => boolean): boolean {
    return this.#find(key, fits) !== undefined;
  }

  #find(key: MatchKey, fits: (item: Item) => boolean): Item | undefined {
    const same = [
      ...(key.messageId === null ? [] : (this.#byKey.get(`m ${key.messageId}`) ?? [])),
      ...(this.#byKey.get(`d ${key.digest}`) ?? []),
    ];
    return same.find((item) => !this.#taken.has(item.id) && fits(item));
  }

  #put(key: string, item: Item): void {
    const same = this.#byKey.get(key);
    if (same === undefined) this.#byKey.set(key, [item]);
    else same.push(item);
  }
}

type ItemCondition = (eb: ExpressionBuilder<Database, 'item'>) => Expression<SqlBool>;

/** A flat Outbox is asked for what has left it, too: the folder that is named decides. */
function isIn(folders: readonly number[]): ItemCondition {
  return (eb) => eb.and([eb('item.gone', '=', 0), eb('item.parent', 'in', [...new Set(folders)])]);
}

/** Live mails that may be meant, with one of these values, that have no row yet. */
async function candidates(
  db: Kysely<Database>,
  generation: OpenGeneration,
  isCandidate: ItemCondition,
  column: Column,
  values: readonly string[],
): Promise<Item[]> {
  const items: Item[] = [];
  for (const part of parts([...new Set(values)])) {
    items.push(
      ...(await db
        .selectFrom('item')
        .selectAll()
        .where('item.account', '=', generation.account)
        .where(column, 'in', part)
        .where('item.kind', '=', 'mail')
        .where(isCandidate)
        .where((eb) => withoutRow(eb, generation.id))
        .execute()),
    );
  }
  return items;
}

/** Live mails of these ids that the view does not show. */
async function outsideView(db: Kysely<Database>, generation: OpenGeneration, ids: readonly number[]): Promise<Item[]> {
  const items: Item[] = [];
  for (const part of parts(ids)) {
    // By row id alone: offered the account too, SQLite would rather read all items of it than look up many ids.
    const found = await db
      .selectFrom('item')
      .selectAll()
      .where('id', 'in', part)
      .where((eb) => eb.not(inView(generation.seen)(eb)))
      .execute();
    items.push(...found.filter((item) => item.account === generation.account && item.gone === 0));
  }
  return items;
}

async function buried(db: Kysely<Database>, generation: OpenGeneration, column: Column, values: readonly string[]): Promise<Item[]> {
  const items: Item[] = [];
  for (const part of parts([...new Set(values)])) {
    items.push(
      ...(await db
        .selectFrom('item')
        .selectAll()
        .where('item.account', '=', generation.account)
        .where(column, 'in', part)
        .where('item.kind', '=', 'mail')
        .where('item.gone', '=', 1)
        .execute()),
    );
  }
  return items;
}
