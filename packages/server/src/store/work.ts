// The next rows to be sent, in sending order: folders from the top, changes and deletions of mails, new mails newest first,
// folders to delete from the bottom; and the backfill, which gives the mails of a first sync their rows page by page.
import type { RowItem, ServerNeeds } from '@packetboat/datasync';
import type { Kysely } from 'kysely';
import { type OpenGeneration, openGeneration } from './generations.ts';
import type { Guids } from './guid.ts';
import { limits } from './limits.ts';
import { withoutRow } from './plan.ts';
import { parts, type StoredRow, withItems } from './rows.ts';
import type { Database } from './schema.ts';
import type { Unit } from './unit.ts';
import { inView, rowInView } from './view.ts';

export async function work(unit: Unit, ask: ServerNeeds['work']['ask']): Promise<RowItem[]> {
  const generation = await openGeneration(unit.tx, ask.generation);
  await dropNeverSent(unit, generation);
  const picked = new Picked(unit.guids, ask.skip, ask.limit);
  const folders = await todoFolders(unit, generation);
  picked.add(folders.live);
  if (picked.missing > 0) picked.add(await changesOfMails(unit, generation, picked.reach));
  if (picked.missing > 0) picked.add(await newMails(unit, generation, picked.reach));
  if (picked.missing > folders.gone.length && generation.backfilled === 0) {
    picked.add(await backfill(unit, generation, picked.missing - folders.gone.length));
  }
  picked.add(folders.gone);
  return withItems(unit.tx, unit.guids, picked.rows);
}

/** How many rows are `todo`. */
export async function workCount(db: Kysely<Database>, generation: number): Promise<number> {
  const { n } = await db
    .selectFrom('map_row')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('generation', '=', generation)
    .where('state', '=', 'todo')
    .executeTakeFirstOrThrow();
  return n;
}

/** Gathers rows up to the limit, without those to skip. */
class Picked {
  readonly rows: StoredRow[] = [];
  /** How many rows of one kind can be needed at most. */
  readonly reach: number;
  readonly #skip: ReadonlySet<number>;
  readonly #limit: number;

  constructor(guids: Guids, skip: readonly string[], limit: number) {
    this.#skip = new Set(skip.map((guid) => guids.id(guid) ?? 0));
    this.#limit = limit;
    this.reach = limit + skip.length;
  }

  get missing(): number {
    return this.#limit - this.rows.length;
  }

  add(rows: readonly StoredRow[]): void {
    this.rows.push(...rows.filter((row) => !this.#skip.has(row.item)).slice(0, Math.max(0, this.missing)));
  }
}

/** What the device never heard of and need not hear of: it has gone, or left the view, before it was sent. */
async function dropNeverSent(unit: Unit, generation: OpenGeneration): Promise<void> {
  await unit.tx
    .deleteFrom('map_row')
    .where('generation', '=', generation.id)
    .where('state', '=', 'todo')
    .where('luid', 'is', null)
    .where('ack_rev', '=', 0)
    .where('shape', '=', 'none')
    .where('sent_rev', 'is', null)
    .where((eb) => eb.not(rowInView(generation.seen)(eb)))
    .execute();
}

/** All folder rows to be sent: those in the view parents first, the others children first. Folders are few. */
async function todoFolders(
  unit: Unit,
  generation: OpenGeneration,
): Promise<{ readonly live: readonly StoredRow[]; readonly gone: readonly StoredRow[] }> {
  // A cross join keeps this order of the tables: folders are fewer than rows.
  const rows = await unit.tx
    .selectFrom('item')
    .crossJoin('map_row')
    .selectAll('map_row')
    .select('item.gone')
    .where('item.account', '=', generation.account)
    .where('item.kind', '=', 'folder')
    .where('map_row.generation', '=', generation.id)
    .whereRef('map_row.item', '=', 'item.id')
    .where('map_row.state', '=', 'todo')
    .execute();
  if (rows.length === 0) return { live: [], gone: [] };
  const depth = await folderDepths(unit.tx, generation.account);
  const deeper = (a: StoredRow, b: StoredRow): number => (depth.get(a.item) ?? 0) - (depth.get(b.item) ?? 0) || a.item - b.item;
  const isLive = (row: { readonly gone: number }): boolean => row.gone === 0 && generation.seen.kind === 'hierarchical';
  return { live: rows.filter(isLive).toSorted(deeper), gone: rows.filter((row) => !isLive(row)).toSorted((a, b) => deeper(b, a)) };
}

/** How many folders are above each folder of an account, tombstones included. */
export async function folderDepths(db: Kysely<Database>, account: number): Promise<Map<number, number>> {
  const folders = await db
    .selectFrom('item')
    .select(['id', 'parent'])
    .where('account', '=', account)
    .where('kind', '=', 'folder')
    .execute();
  const parents = new Map(folders.map((folder) => [folder.id, folder.parent]));
  return new Map(
    folders.map(({ id }) => {
      let depth = 0;
      for (let above = parents.get(id) ?? null; above !== null && depth < limits.folderDepth; above = parents.get(above) ?? null)
        depth += 1;
      return [id, depth];
    }),
  );
}

/** Mails that the device has, and rows whose item was forgotten. */
function changesOfMails(unit: Unit, generation: OpenGeneration, limit: number): Promise<StoredRow[]> {
  return unit.tx
    .selectFrom('map_row')
    .leftJoin('item', 'item.id', 'map_row.item')
    .selectAll('map_row')
    .where('map_row.generation', '=', generation.id)
    .where('map_row.state', '=', 'todo')
    .where('map_row.luid', 'is not', null)
    .where((eb) => eb.or([eb('item.kind', 'is', null), eb('item.kind', '=', 'mail')]))
    .orderBy('map_row.item')
    .limit(limit)
    .execute();
}

function newMails(unit: Unit, generation: OpenGeneration, limit: number): Promise<StoredRow[]> {
  return unit.tx
    .selectFrom('map_row')
    .innerJoin('item', 'item.id', 'map_row.item')
    .selectAll('map_row')
    .where('map_row.generation', '=', generation.id)
    .where('map_row.state', '=', 'todo')
    .where('map_row.luid', 'is', null)
    .where('item.kind', '=', 'mail')
    .orderBy('item.received', 'desc')
    .orderBy('item.id', 'desc')
    .limit(limit)
    .execute();
}

/** Gives the next mails of the view, newest first, a row. Remembers how far it came. */
async function backfill(unit: Unit, generation: OpenGeneration, count: number): Promise<StoredRow[]> {
  const { tx } = unit;
  const { backfill_received: received, backfill_item: item } = generation;
  let query = tx
    .selectFrom('item')
    .select(['item.id', 'item.received'])
    .where('item.account', '=', generation.account)
    .where('item.kind', '=', 'mail')
    .where(inView(generation.seen))
    .where((eb) => withoutRow(eb, generation.id))
    .orderBy('item.received', 'desc')
    .orderBy('item.id', 'desc')
    .limit(count);
  if (received !== null && item !== null)
    query = query.where((eb) => eb(eb.refTuple('item.received', 'item.id'), '<', eb.tuple(received, item)));
  const page = await query.execute();
  const last = page.at(-1);
  await tx
    .updateTable('generation')
    .set({
      ...(last === undefined ? {} : { backfill_received: last.received, backfill_item: last.id }),
      backfilled: page.length < count ? 1 : 0,
    })
    .where('id', '=', generation.id)
    .execute();
  return addTodo(
    unit,
    generation.id,
    page.map((mail) => mail.id),
  );
}

/** Makes a `todo` row of each item, and returns them in this order. */
async function addTodo(unit: Unit, generation: number, items: readonly number[]): Promise<StoredRow[]> {
  const rows: StoredRow[] = [];
  for (const part of parts(items)) {
    const made = await unit.tx
      .insertInto('map_row')
      .values(part.map((item) => ({ generation, item, state: 'todo' as const })))
      .returningAll()
      .execute();
    const byItem = new Map(made.map((row) => [row.item, row]));
    rows.push(...part.flatMap((item) => byItem.get(item) ?? []));
  }
  return rows;
}
