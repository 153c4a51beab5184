// Bindings of devices to accounts and the generations of their maps: read, begun, switched. Design: old anchors and maps
// stay until a slow sync has completed.
import type { AnchorPair, Binding, Generation, ServerNeeds, View } from '@packetboat/datasync';
import type { Kysely, Selectable } from 'kysely';
import { conflict, notFound } from './errors.ts';
import type { Guids } from './guid.ts';
import { readAnchors, readView, type StoredView, viewOf } from './json.ts';
import type { Database, GenerationTable } from './schema.ts';
import { accountId, itemId, type Unit } from './unit.ts';

export type StoredGeneration = Selectable<GenerationTable>;
/** A generation with its view read. */
export type OpenGeneration = StoredGeneration & { readonly seen: StoredView };

export function generationRecord(guids: Guids, row: StoredGeneration): Generation {
  return {
    id: row.id,
    planned: row.planned,
    view: viewOf(readView(row.view), (id) => guids.of(id)),
    viewHash: row.view_hash,
    wanted: row.wanted,
    backfilled: row.backfilled === 1,
    committed: readAnchors(row.committed),
    pending: readAnchors(row.pending),
    previous: readAnchors(row.previous),
    lastBatch: row.last_batch,
    executed: row.executed,
  };
}

/** A generation by id. A missing one has been replaced by another session: `ERR_STORE_CONFLICT`. */
export async function openGeneration(db: Kysely<Database>, id: number): Promise<OpenGeneration> {
  const row = await db.selectFrom('generation').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw conflict('the map of the device');
  return { ...row, seen: readView(row.view) };
}

/** A view as it is stored. Throws `ERR_STORE_NOT_FOUND` for a folder that is none. */
export function storedView(guids: Guids, view: View): StoredView {
  return view.kind === 'flat' ? { ...view, folder: itemId(guids, view.folder) } : view;
}

/**
 * The binding of a device to a datastore; made when it is not there. It keeps the account it was made for until a refresh
 * of another one has completed, and shows only generations of the account asked for, from which it can go on: one that
 * has missed forgotten tombstones is as good as none.
 */
export async function binding(unit: Unit, ask: ServerNeeds['binding']['ask']): Promise<Binding> {
  const asked = accountId(ask.account);
  const account = await unit.tx.selectFrom('account').select('floor').where('id', '=', asked).executeTakeFirst();
  if (account === undefined) throw notFound('account');
  const key = { person: ask.person, device_id: ask.deviceId, server_uri: ask.serverUri, client_uri: ask.clientUri };
  const known = await unit.tx
    .selectFrom('binding')
    .selectAll()
    .where((eb) => eb.and(key))
    .executeTakeFirst();
  const row =
    known ??
    (await unit.tx
      .insertInto('binding')
      .values({ ...key, account: asked, asked })
      .returningAll()
      .executeTakeFirstOrThrow());
  if (row.asked !== asked) await unit.tx.updateTable('binding').set({ asked }).where('id', '=', row.id).execute();
  const generations = await unit.tx
    .selectFrom('generation')
    .selectAll()
    .where('binding', '=', row.id)
    .where('account', '=', asked)
    .where('planned', '>=', account.floor)
    .execute();
  const find = (role: StoredGeneration['role']): Generation | null => {
    const found = generations.find((generation) => generation.role === role);
    return found === undefined ? null : generationRecord(unit.guids, found);
  };
  return { id: row.id, account: String(row.account), current: find('current'), building: find('building') };
}

/**
 * Begins a generation beside the current one. Its folders have rows at once; its mails get theirs by matching, by changes
 * and by the backfill. Batch numbers go on, so that no anchor of the binding is ever given out twice.
 */
export async function newGeneration(unit: Unit, ask: ServerNeeds['newGeneration']['ask']): Promise<Generation> {
  const { tx } = unit;
  const bound = await tx.selectFrom('binding').selectAll().where('id', '=', ask.binding).executeTakeFirst();
  if (bound === undefined) throw notFound('binding');
  const account = await tx.selectFrom('account').select('rev').where('id', '=', bound.asked).executeTakeFirst();
  if (account === undefined) throw notFound('account');
  const before = await tx.selectFrom('generation').selectAll().where('binding', '=', bound.id).execute();
  await tx.deleteFrom('generation').where('binding', '=', bound.id).where('role', '=', 'building').execute();
  const view = storedView(unit.guids, ask.view);
  const row = await tx
    .insertInto('generation')
    .values({
      binding: bound.id,
      account: bound.asked,
      role: 'building',
      planned: account.rev,
      view: JSON.stringify(view),
      view_hash: ask.viewHash,
      wanted: ask.wanted,
      last_batch: Math.max(0, ...before.map((generation) => generation.last_batch)),
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  if (view.kind === 'hierarchical') await addFolderRows(unit, row);
  return generationRecord(unit.guids, row);
}

async function addFolderRows(unit: Unit, generation: StoredGeneration): Promise<void> {
  await unit.tx
    .insertInto('map_row')
    .columns(['generation', 'item', 'state'])
    .expression((eb) =>
      eb
        .selectFrom('item')
        .select((item) => [item.val(generation.id).as('generation'), 'item.id', item.val('todo').as('state')])
        .where('account', '=', generation.account)
        .where('kind', '=', 'folder')
        .where('gone', '=', 0),
    )
    .execute();
}

/** The building generation becomes the current one. */
export async function switchGenerations(unit: Unit, bindingId: number): Promise<void> {
  const { tx } = unit;
  const rows = await tx.selectFrom('generation').select(['id', 'role', 'account']).where('binding', '=', bindingId).execute();
  const next = rows.find((row) => row.role === 'building');
  if (next === undefined) throw conflict('the map of the device');
  await tx.deleteFrom('generation').where('binding', '=', bindingId).where('role', '=', 'current').execute();
  await tx.updateTable('generation').set({ role: 'current' }).where('id', '=', next.id).execute();
  await tx.updateTable('binding').set({ account: next.account }).where('id', '=', bindingId).execute();
}

function anchorsJson(pair: AnchorPair | null): string | null {
  return pair === null ? null : JSON.stringify(pair);
}

/** Takes over what the session decides of a generation. What has been planned and backfilled is the store's own. */
export async function writeGeneration(unit: Unit, generation: Generation): Promise<void> {
  const done = await unit.tx
    .updateTable('generation')
    .set((eb) => ({
      committed: anchorsJson(generation.committed),
      pending: anchorsJson(generation.pending),
      previous: anchorsJson(generation.previous),
      last_batch: generation.lastBatch,
      executed: generation.executed,
      backfilled: generation.backfilled ? 1 : eb.ref('backfilled'),
    }))
    .where('id', '=', generation.id)
    .executeTakeFirst();
  if (Number(done.numUpdatedRows) === 0) throw conflict('the map of the device');
}
