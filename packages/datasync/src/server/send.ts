// The server's Sync: turns rows that are to do into commands until the message is full. DS Protocol 1.2 §3 (#4).
import {
  contentTypes,
  generateEmail,
  generateFlagBatch,
  type Delete,
  type FlagBatchEntry,
  type Move,
  type Replace,
} from '@packetboat/syncml';
import { emailFlags } from '../flags.ts';
import { SessionError } from '../errors.ts';
import { limits } from '../limits.ts';
import type { MessageWriter, Unnumbered } from '../message/message-writer.ts';
import { sendErrorExt } from '../profile.ts';
import { need, type Step } from '../step.ts';
import { addressOf, ParentAddresses } from './address.ts';
import { isPlacedIn, planItem, sentFacts, settledRow, type ItemPlan } from './plan-item.ts';
import type { Guid, ItemRecord, MapRow, RenderedObject, RowItem, ServerNeeds } from './port.ts';
import { itemData, putChunk, putObject, type SentChunk } from './send-object.ts';
import { Stage, type DatastoreState, type SentCommand } from './state.ts';
import { batchOf, type Turn } from './turn.ts';

/** What is needed to send for one datastore in one message. */
export interface Sending {
  readonly turn: Turn;
  readonly ds: DatastoreState;
  readonly writer: MessageWriter;
  /** Bytes for items in a message that has none yet. */
  readonly roomWhenEmpty: number;
  readonly parents: ParentAddresses;
  /** Items dealt with in this message, whose rows are not written yet. */
  readonly handled: Set<Guid>;
}

/** Whether a profile datastore has anything to send: then its reply has a batch number of its own. */
export function* hasWork(turn: Turn, ds: DatastoreState): Step<ServerNeeds, boolean> {
  if (ds.type === 202) return false;
  if (ds.deletes.length > 0 || turn.session.outgoing?.key === ds.key || ds.only !== null) return true;
  return (yield* need<ServerNeeds, 'work'>('work', { generation: ds.generation, limit: 1, skip: [] })).length > 0;
}

/** Sends for every datastore whose turn it is; false when more has to go into another message. */
export function* sendAll(turn: Turn, writer: MessageWriter, empty: () => MessageWriter | undefined): Step<ServerNeeds, boolean> {
  for (const ds of turn.session.datastores) {
    if (ds.stage !== Stage.Sending) continue;
    const other = empty();
    other?.openSync({ target: ds.clientUri, source: ds.serverUri, numberOfChanges: undefined });
    const sending: Sending = {
      turn,
      ds,
      writer,
      roomWhenEmpty: other?.room ?? 0,
      parents: new ParentAddresses(ds, turn.session),
      handled: new Set(),
    };
    if (!(yield* sendDatastore(sending))) return false;
    ds.stage = Stage.Sent;
  }
  return true;
}

function* sendDatastore(s: Sending): Step<ServerNeeds, boolean> {
  const { turn, ds, writer } = s;
  if (ds.type === 202) return true;
  // Profile clients need no empty Sync; for others it is the sign that the server has nothing.
  const first = turn.session.profile ? yield* nextRows(s) : null;
  if (first?.length === 0 && ds.deletes.length === 0 && turn.session.outgoing === null) return true;
  if (!writer.openSync({ target: ds.clientUri, source: ds.serverUri, numberOfChanges: yield* count(s) })) return false;
  while (turn.session.outgoing?.key === ds.key) {
    const chunk = yield* putChunk(turn, writer);
    if (chunk === undefined) return false;
    yield* chunkSent(s, chunk);
    if (!chunk.last) return false;
  }
  while (ds.deletes.length > 0) {
    const command: Unnumbered<Delete> = { name: 'Delete', items: [{ target: { locUri: ds.deletes[0] ?? '' } }] };
    if ((turn.session.profile ? writer.putItemInside(command) : writer.putInside(command)) === undefined) return false;
    batchOf(turn, ds);
    ds.deletes.shift();
  }
  for (;;) {
    const rows = yield* nextRows(s);
    if (rows.length === 0) return true;
    const handled = s.handled.size;
    const isDone = yield* sendPage(s, rows);
    takeOut(ds, s.handled);
    if (!isDone) return false;
    // What is not dealt with would be handed out for ever.
    if (s.handled.size === handled) throw new SessionError('ERR_SESSION_STATE', 'rows of the map that nothing can be done with');
  }
}

function* nextRows(s: Sending): Step<ServerNeeds, readonly RowItem[]> {
  const { ds, turn } = s;
  const outgoing = turn.session.outgoing === null ? [] : [turn.session.outgoing.guid];
  if (ds.only !== null) return yield* rowsOfSome(s, ds.only, outgoing);
  return yield* need<ServerNeeds, 'work'>('work', { generation: ds.generation, limit: limits.workPage, skip: [...s.handled, ...outgoing] });
}

/** What an INCLUSIVE filter has left to send. It deletes nothing: what has gone meanwhile is told by the next sync without it. */
function* rowsOfSome(
  s: Sending,
  only: NonNullable<DatastoreState['only']>,
  outgoing: readonly Guid[],
): Step<ServerNeeds, readonly RowItem[]> {
  const { generation } = s.ds;
  const found = yield* need<ServerNeeds, 'rowsByLuid'>('rowsByLuid', { generation, luids: only.luids });
  const guids = [...only.guids, ...found.flatMap(({ item }) => (item === null ? [] : [item.guid]))].filter((guid) => !s.handled.has(guid));
  const page = guids.filter((guid) => !outgoing.includes(guid)).slice(0, limits.workPage);
  const rows = yield* need<ServerNeeds, 'rowsByGuid'>('rowsByGuid', { generation, guids: page });
  const live = rows.filter(({ item }) => item !== null && !item.gone);
  const isDead = (guid: Guid): boolean => page.includes(guid) && !live.some(({ item }) => item?.guid === guid);
  s.ds.only = { luids: [], guids: guids.filter((guid) => !isDead(guid)) };
  return live;
}

/** What has been dealt with is not dealt with again in the next message. */
function takeOut(ds: DatastoreState, handled: ReadonlySet<Guid>): void {
  if (ds.only !== null) ds.only = { ...ds.only, guids: ds.only.guids.filter((guid) => !handled.has(guid)) };
}

function* count(s: Sending): Step<ServerNeeds, number | undefined> {
  const { ds, turn } = s;
  // While a map is being built the number is not known yet, and a wrong one is worse than none.
  if (!turn.capability.numberOfChanges || turn.session.profile || ds.announced || ds.building || ds.only !== null) return undefined;
  ds.announced = true;
  return (yield* need<ServerNeeds, 'workCount'>('workCount', { generation: ds.generation })) + ds.deletes.length;
}

function* sendPage(s: Sending, rows: readonly RowItem[]): Step<ServerNeeds, boolean> {
  const { ds } = s;
  const plans = rows.map((row) => ({ row, plan: planItem(row, ds.view, ds.wanted) }));
  yield* s.parents.load(rows.flatMap((row) => (row.item === null ? [] : [row.item])));
  const flagsOnly: BatchEntry[] = [];
  for (const { row, plan } of plans) {
    const { item } = row;
    if (s.turn.session.profile && plan.do === 'change' && item !== null && row.row !== null && batchable(plan)) {
      flagsOnly.push({ row: row.row, item, entry: { luid: row.row.luid ?? '', flags: emailFlags(item.flags, plan.flags) } });
    }
  }
  if (!sendBatches(s, flagsOnly)) return false;
  const rest = plans.filter(({ row }) => !s.handled.has(guidOf(row)));
  for (let at = 0; at < rest.length; at += limits.openPage) {
    const page = rest.slice(at, at + limits.openPage);
    const objects = yield* open(
      s,
      page.filter(({ row }) => !isLarge(row)),
    );
    for (const each of page) {
      const own = isLarge(each.row) ? yield* open(s, [each]) : objects;
      if (yield* sendItem(s, each.row, each.plan, own)) continue;
      dropUnused(s, objects);
      return false;
    }
  }
  return true;
}

/** A large mail is opened when its turn has come, and goes through the spool; opened ahead, it would be fetched again for each message. */
function isLarge({ item }: RowItem): boolean {
  return item !== null && item.size > limits.openAhead;
}

/** What has become larger than it was and was put into the spool, and does not go with this message after all. */
function dropUnused(s: Sending, objects: ReadonlyMap<Guid, RenderedObject>): void {
  for (const object of objects.values())
    if (object.kind === 'spool' && !s.handled.has(object.guid) && s.turn.session.outgoing?.spool !== object.spool)
      s.turn.dropped.push(object.spool);
}

function guidOf({ row, item }: RowItem): Guid {
  return item?.guid ?? row?.guid ?? '';
}

/** A change that a batch object can say: flags of a mail and nothing else. */
function batchable(plan: ItemPlan): boolean {
  return plan.do === 'change' && plan.flags !== 0 && !plan.move && !plan.content && !plan.name && !plan.sendError;
}

type BatchEntry = { readonly row: MapRow; readonly item: ItemRecord; readonly entry: FlagBatchEntry };

/** All in one batch if there is room, else in as many as there is room for. */
function sendBatches(s: Sending, entries: readonly BatchEntry[]): boolean {
  if (entries.length === 0 || sendBatch(s, entries)) return true;
  if (entries.length === 1) return false;
  const half = Math.ceil(entries.length / 2);
  return sendBatches(s, entries.slice(0, half)) && sendBatches(s, entries.slice(half));
}

function sendBatch(s: Sending, entries: readonly BatchEntry[]): boolean {
  const data = generateFlagBatch(entries.map((e) => e.entry));
  const command: Unnumbered<Replace> = { name: 'Replace', meta: { type: contentTypes.flags }, items: [{ data: itemData(s.turn, data) }] };
  if (s.writer.putInside(command) === undefined) return false;
  for (const { row, item } of entries) markSent(s, row, sentFacts(item, row.shape));
  return true;
}

/** Opens what the plans of a page need. */
function* open(
  s: Sending,
  page: readonly { readonly row: RowItem; readonly plan: ItemPlan }[],
): Step<ServerNeeds, ReadonlyMap<Guid, RenderedObject>> {
  const { turn, ds } = s;
  const wishes = page.flatMap(({ row, plan }) => {
    const { item } = row;
    if (
      item === null ||
      !(plan.do === 'add' || (plan.do === 'change' && (plan.content || plan.name || (plan.move && !ds.move) || wholeForFlags(s, plan))))
    )
      return [];
    const shape = ds.wanted === 'full' || row.row?.shape === 'full' ? ('full' as const) : ('headers' as const);
    const { headers } = turn.capability;
    return [{ guid: item.guid, rev: item.rev, shape, headers, contentType: ds.contentType, encoding: turn.session.encoding }];
  });
  if (wishes.length === 0) return new Map();
  const objects = yield* need<ServerNeeds, 'objects'>('objects', { account: ds.account, wishes });
  return new Map(objects.map((object) => [object.guid, object]));
}

/** A device that does not take flags alone gets the whole object again. */
function wholeForFlags(s: Sending, plan: ItemPlan): boolean {
  return plan.do === 'change' && plan.flags !== 0 && !s.ds.fieldLevel && s.ds.contentType === contentTypes.email;
}

/** False when there is no room left in this message. */
function* sendItem(s: Sending, rowItem: RowItem, plan: ItemPlan, objects: ReadonlyMap<Guid, RenderedObject>): Step<ServerNeeds, boolean> {
  const { turn, ds } = s;
  const { row, item } = rowItem;
  const guid = guidOf(rowItem);
  switch (plan.do) {
    case 'settle':
      if (row !== null && item !== null) turn.writes.push({ write: 'row', generation: ds.generation, row: settledRow(row, item) });
      s.handled.add(guid);
      return true;
    case 'forget':
      turn.writes.push({ write: 'dropRow', generation: ds.generation, guid });
      s.handled.add(guid);
      return true;
    case 'wait':
      hold(s, row, 'unmapped');
      return true;
    case 'delete':
      return row === null || sendDelete(s, row, item);
    case 'add':
      return item === null || (yield* sendObject(s, row, item, 'Add', objects.get(guid)));
    case 'change':
      return row === null || item === null || (yield* sendChange(s, row, item, plan, objects.get(guid)));
  }
}

/** Needs the row alone: the item may have been forgotten since the device had it. */
function sendDelete(s: Sending, row: MapRow, item: ItemRecord | null = null): boolean {
  // What only a filter keeps away is still at the server: the device frees its room, no more.
  const soft = isPlacedIn(item, s.ds.view) ? { sftDel: true } : {};
  const command: Unnumbered<Delete> = { name: 'Delete', ...soft, items: [{ target: { locUri: row.luid ?? '' } }] };
  const cmdId = s.turn.session.profile ? s.writer.putItemInside(command) : s.writer.putInside(command);
  if (cmdId === undefined) return false;
  expectStatus(s, cmdId, row.guid, 'delete');
  put(s, {
    ...row,
    state: 'sent',
    batch: batchOf(s.turn, s.ds),
    sent: { rev: row.ackRev, flags: 0, parent: null, name: null, shape: 'none', gone: true },
  });
  return true;
}

function* sendChange(
  s: Sending,
  row: MapRow,
  item: ItemRecord,
  plan: Extract<ItemPlan, { do: 'change' }>,
  object: RenderedObject | undefined,
): Step<ServerNeeds, boolean> {
  if (plan.move && !s.ds.move) return yield* sendElsewhere(s, row, item, object);
  if (plan.move) {
    const type = item.kind === 'folder' ? contentTypes.folder : s.ds.contentType;
    const command: Unnumbered<Move> = {
      name: 'Move',
      meta: { type },
      items: [{ target: { locUri: row.luid ?? '' }, ...s.parents.of(item) }],
    };
    const cmdId = s.turn.session.profile ? s.writer.putItemInside(command) : s.writer.putInside(command);
    if (cmdId === undefined) return false;
    expectStatus(s, cmdId, item.guid, 'change');
  }
  if (object !== undefined) return yield* sendObject(s, row, item, 'Replace', object);
  if (s.ds.contentType === contentTypes.email && (plan.flags !== 0 || plan.sendError)) {
    const ext = item.sendError === null ? [] : [{ xNam: sendErrorExt, xVal: [item.sendError] }];
    const data = generateEmail({ ...emailFlags(item.flags), ext });
    const fieldLevel = s.turn.session.profile ? {} : { fieldLevel: true };
    const command: Unnumbered<Replace> = {
      name: 'Replace',
      meta: { type: contentTypes.email, ...fieldLevel },
      items: [{ target: { locUri: row.luid ?? '' }, data: itemData(s.turn, data) }],
    };
    const cmdId = s.writer.putInside(command);
    if (cmdId === undefined) return false;
    expectStatus(s, cmdId, item.guid, 'change');
  } else if (!plan.move) {
    // A plain message says neither flags nor why it was not sent: there is nothing to send, and nothing to try again.
    s.turn.writes.push({ write: 'row', generation: s.ds.generation, row: settledRow(row, item) });
    s.handled.add(item.guid);
    return true;
  }
  markSent(s, row, sentFacts(item, row.shape));
  return true;
}

/**
 * A device without Move loses the item in one folder and gets it in another. Its row keeps the LUID until the new one is known: after
 * a cut both are told again, and to delete what has gone does no harm.
 */
function* sendElsewhere(s: Sending, row: MapRow, item: ItemRecord, object: RenderedObject | undefined): Step<ServerNeeds, boolean> {
  const canBeHad = object !== undefined && object.kind !== 'unavailable';
  if (canBeHad && !sendDelete(s, row)) return false;
  return yield* sendObject(s, row, item, 'Add', object);
}

function* sendObject(
  s: Sending,
  row: MapRow | null,
  item: ItemRecord,
  name: 'Add' | 'Replace',
  object: RenderedObject | undefined,
): Step<ServerNeeds, boolean> {
  if (object === undefined || object.kind === 'unavailable') {
    hold(s, row, object?.kind === 'unavailable' && !object.retry ? 'gone' : 'unavailable', item);
    return true;
  }
  const isNew = name === 'Add';
  const address = { ...addressOf(row, item, isNew), ...(isNew || s.ds.move ? s.parents.of(item) : {}) };
  const type = item.kind === 'folder' ? contentTypes.folder : s.ds.contentType;
  const facts = sentFacts(item, shapeOf(s, row, item));
  const placed = putObject(s.turn, s.ds, s.writer, { name, type, item: address, object, facts }, s.roomWhenEmpty);
  if (placed.kind === 'too large') {
    if (object.kind === 'spool') s.turn.dropped.push(object.spool);
    hold(s, row, '416', item);
    return true;
  }
  if (placed.kind === 'put') {
    expectStatus(s, placed.cmdId, item.guid, isNew ? 'add' : 'change');
    markSent(s, row ?? newRow(item.guid), facts);
    return true;
  }
  if (s.turn.session.outgoing?.guid !== item.guid) return false;
  const chunk = yield* putChunk(s.turn, s.writer);
  if (chunk === undefined) return false;
  yield* chunkSent(s, chunk);
  return chunk.last;
}

function shapeOf(s: Sending, row: MapRow | null, item: ItemRecord): MapRow['shape'] {
  if (item.kind === 'folder') return 'none';
  return s.ds.wanted === 'full' || row?.shape === 'full' ? 'full' : 'headers';
}

/**
 * The row of a large object is `sent` with its last chunk, as the item was with the first: a cut before it sends the whole again. That
 * holds for an item that is gone meanwhile as well: the device has it then, and is told to delete it.
 */
function* chunkSent(s: Sending, chunk: SentChunk): Step<ServerNeeds, void> {
  batchOf(s.turn, s.ds);
  if (!chunk.last) {
    expectStatus(s, chunk.cmdId, chunk.guid, 'chunk');
    return;
  }
  const [found] = yield* need<ServerNeeds, 'rowsByGuid'>('rowsByGuid', { generation: s.ds.generation, guids: [chunk.guid] });
  expectStatus(s, chunk.cmdId, chunk.guid, found?.row?.luid == null ? 'add' : 'change');
  markSent(s, found?.row ?? newRow(chunk.guid), chunk.facts);
}

function markSent(s: Sending, row: MapRow, facts: NonNullable<MapRow['sent']>): void {
  put(s, { ...row, state: 'sent', reason: null, batch: batchOf(s.turn, s.ds), sent: facts });
}

function hold(s: Sending, row: MapRow | null, reason: string, item?: ItemRecord): void {
  const base = row ?? (item === undefined ? null : newRow(item.guid));
  if (base !== null) put(s, { ...base, state: reason === '416' ? 'refused' : 'held', reason });
}

function put(s: Sending, row: MapRow): void {
  s.turn.writes.push({ write: 'row', generation: s.ds.generation, row });
  s.handled.add(row.guid);
}

function newRow(guid: Guid): MapRow {
  return {
    guid,
    luid: null,
    state: 'todo',
    reason: null,
    batch: 0,
    ackRev: 0,
    ackFlags: 0,
    ackParent: null,
    ackName: null,
    shape: 'none',
    sent: null,
  };
}

function expectStatus(s: Sending, cmdId: string, guid: Guid, kind: SentCommand['kind']): void {
  if (s.turn.session.profile) return;
  s.turn.session.sent.push({ msgId: String(s.turn.session.msgId), cmdId, key: s.ds.key, guid, kind });
}
