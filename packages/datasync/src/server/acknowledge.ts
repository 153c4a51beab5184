// What the device says of the server's commands: Statuses and Maps of plain clients, failures of profile clients.
// DS Protocol 1.2 §3 (#5), status classes of the Representation Protocol.
import { isRetryable, StatusCode, type MapCommand, type Status } from '@packetboat/syncml';
import { datastoreKey, datastorePath } from '../loc-uri.ts';
import { need, type Step } from '../step.ts';
import { inView } from './plan-item.ts';
import type { MapRow, RowItem, ServerNeeds } from './port.ts';
import { Stage, type DatastoreState, type SentCommand } from './state.ts';
import { answer, findDatastore, type Turn } from './turn.ts';

/** What a device has acknowledged of an item that it does not have. */
const nothingThere = { ackRev: 0, ackFlags: 0, ackParent: null, ackName: null, shape: 'none' } as const;

const itemCommands: ReadonlySet<string> = new Set(['Add', 'Replace', 'Delete', 'Move']);

export function* handleStatuses(turn: Turn, statuses: readonly Status[]): Step<ServerNeeds, void> {
  const judged = new Map<string, { ds: DatastoreState; sent: SentCommand[]; failure: string | null }>();
  const ofItems = statuses.filter((status) => itemCommands.has(status.cmd));
  if (turn.session.profile) return yield* profileFailures(turn, ofItems);
  const open = new Map(turn.session.sent.map((sent) => [`${sent.msgId} ${sent.cmdId}`, sent]));
  for (const status of ofItems) {
    const sent = open.get(`${status.msgRef} ${status.cmdRef}`);
    const ds = sent === undefined ? undefined : findDatastore(turn, sent.key);
    if (sent === undefined || ds === undefined) continue;
    open.delete(`${status.msgRef} ${status.cmdRef}`);
    const failure = failureOf(sent, status.data);
    const before = judged.get(itemKey(sent));
    judged.set(itemKey(sent), { ds, sent: [...(before?.sent ?? []), sent], failure: failure ?? before?.failure ?? null });
  }
  turn.session.sent = [...open.values()];
  const awaited = new Set(turn.session.sent.map(itemKey));
  for (const ds of turn.session.datastores) {
    const mine = [...judged.values()].filter((j) => j.ds.key === ds.key);
    if (mine.length === 0) continue;
    const rows = yield* rowsOf(
      ds.generation,
      mine.map((j) => j.sent[0]?.guid ?? ''),
    );
    for (const { sent, failure } of mine) {
      const guid = sent[0]?.guid ?? '';
      const found = rows.get(guid);
      if (found?.row == null) continue;
      if (failure !== null) fail(turn, ds, found, sent[0]?.kind ?? 'change', failure);
      else if (sent.some((s) => s.kind !== 'chunk') && !awaited.has(itemKey({ key: ds.key, guid }))) acknowledge(turn, ds, found);
    }
  }
}

function itemKey({ key, guid }: Pick<SentCommand, 'key' | 'guid'>): string {
  return `${key} ${guid}`;
}

/** The code when it is a failure. Gone already is as good as deleted; there already is as good as added. */
function failureOf(sent: SentCommand, code: string): string | null {
  if (sent.kind === 'chunk') return code === String(StatusCode.ChunkAccepted) ? null : code;
  if (code.startsWith('2')) return null;
  if (sent.kind === 'delete' && (code === '404' || code === '410')) return null;
  if (sent.kind === 'add' && code === '418') return null;
  // A conflict that the device resolved in our favour has been executed.
  return code === '419' ? null : code;
}

function* rowsOf(generation: number, guids: readonly string[]): Step<ServerNeeds, Map<string, RowItem>> {
  const rows = yield* need<ServerNeeds, 'rowsByGuid'>('rowsByGuid', { generation, guids });
  return new Map(rows.map((row) => [row.row?.guid ?? row.item?.guid ?? '', row]));
}

function acknowledge(turn: Turn, ds: DatastoreState, { row, item }: RowItem): void {
  if (row === null || row.sent === null) return;
  if (row.sent.gone) {
    // Deleted there; what is in the view again meanwhile is new to the device.
    turn.writes.push(
      inView(item, ds.view)
        ? { write: 'row', generation: ds.generation, row: { ...row, luid: null, state: 'todo', reason: null, sent: null, ...nothingThere } }
        : { write: 'dropRow', generation: ds.generation, guid: row.guid },
    );
    return;
  }
  turn.writes.push({ write: 'row', generation: ds.generation, row: acknowledgedRow(row, item, ds) });
}

function acknowledgedRow(row: MapRow, item: RowItem['item'], ds: DatastoreState): MapRow {
  const { sent } = row;
  if (sent === null) return row;
  const current = inView(item, ds.view) && item.rev === sent.rev;
  return {
    ...row,
    state: current ? 'ok' : 'todo',
    reason: null,
    ackRev: sent.rev,
    ackFlags: sent.flags,
    ackParent: sent.parent,
    ackName: sent.name,
    shape: sent.shape,
    sent: null,
  };
}

function fail(turn: Turn, ds: DatastoreState, { row }: RowItem, kind: SentCommand['kind'], code: string): void {
  if (row === null) return;
  if (kind === 'chunk' && turn.session.outgoing?.guid === row.guid) {
    turn.dropped.push(turn.session.outgoing.spool);
    turn.session.outgoing = null;
  }
  const base: MapRow = { ...row, sent: null };
  if (code === '404' && kind === 'change') {
    // The device has lost it: it is new to the device again.
    turn.writes.push({
      write: 'row',
      generation: ds.generation,
      row: { ...base, luid: null, state: 'todo', ...nothingThere },
    });
    return;
  }
  const full = code === String(StatusCode.DeviceFull);
  const held = full || (isRetryable(Number(code)) && code !== '415');
  turn.writes.push({ write: 'row', generation: ds.generation, row: { ...base, state: held ? 'held' : 'refused', reason: code } });
  if (full && ds.stage === Stage.Sending) ds.stage = Stage.Sent;
}

/** The device says that the end of our object has not come (Alert 223): the object is sent again in another session. */
export function* handleBrokenObject(turn: Turn): Step<ServerNeeds, void> {
  const { outgoing } = turn.session;
  const ds = outgoing === null ? undefined : findDatastore(turn, outgoing.key);
  if (outgoing === null || ds === undefined) return;
  const found = (yield* rowsOf(ds.generation, [outgoing.guid])).get(outgoing.guid);
  if (found?.row != null) fail(turn, ds, found, 'chunk', String(StatusCode.RetryLater));
}

/** A profile client names the item that it could not take; the rest of that batch goes out again, since its anchor stays. */
function* profileFailures(turn: Turn, statuses: readonly Status[]): Step<ServerNeeds, void> {
  const failures = statuses.filter((status) => !status.data.startsWith('2'));
  const codes = new Map(
    failures.flatMap((status) => [...status.targetRefs, ...status.sourceRefs].map((name) => [name, status.data] as const)),
  );
  const names = [...codes.keys()];
  if (names.length === 0) return;
  for (const ds of turn.session.datastores) {
    const byGuid = yield* need<ServerNeeds, 'rowsByGuid'>('rowsByGuid', {
      generation: ds.generation,
      guids: names.filter((name) => !name.startsWith('~')),
    });
    const byLuid = yield* need<ServerNeeds, 'rowsByLuid'>('rowsByLuid', { generation: ds.generation, luids: names });
    const seen = new Set<string>();
    for (const found of [...byGuid, ...byLuid]) {
      if (found.row === null || seen.has(found.row.guid)) continue;
      const code = codes.get(found.row.guid) ?? codes.get(found.row.luid ?? '');
      if (code === undefined) continue;
      seen.add(found.row.guid);
      fail(turn, ds, found, found.row.sent?.gone === true ? 'delete' : found.row.ackRev === 0 ? 'add' : 'change', code);
    }
  }
}

/** Rows that this message has written, by generation and GUID: a Status for the same item may stand before the Map. */
export type WrittenRows = Map<string, MapRow>;

export function writtenRows(turn: Turn): WrittenRows {
  return new Map(turn.writes.flatMap((write) => (write.write === 'row' ? [[`${write.generation} ${write.row.guid}`, write.row]] : [])));
}

export function* handleMap(turn: Turn, map: MapCommand, written: WrittenRows): Step<ServerNeeds, void> {
  const path = datastorePath(map.target.locUri);
  const ds = path === undefined ? undefined : findDatastore(turn, datastoreKey(path));
  if (ds === undefined) {
    answer(turn, map, StatusCode.NotFound, { target: map.target.locUri });
    return;
  }
  answer(turn, map, StatusCode.Ok, { target: map.target.locUri, source: map.source.locUri });
  const guids = map.mapItems.map((item) => item.target.locUri);
  // Before a slow sync has sent anything a Map tells of what was sent before: it completes the map that is being replaced.
  const isLate = ds.building && ds.stage <= Stage.Receiving;
  if (isLate && ds.otherGeneration === null) return;
  const generation = isLate ? (ds.otherGeneration ?? ds.generation) : ds.generation;
  const rows = yield* rowsOf(generation, guids);
  const held = yield* need<ServerNeeds, 'rowsByLuid'>('rowsByLuid', {
    generation,
    luids: map.mapItems.map((item) => item.source.locUri),
  });
  const holders = new Map(held.map((holder) => [holder.row?.luid, holder.row]));
  const write = (row: MapRow): void => {
    turn.writes.push({ write: 'row', generation, row });
    written.set(`${generation} ${row.guid}`, row);
  };
  for (const mapItem of map.mapItems) {
    const guid = mapItem.target.locUri;
    const luid = mapItem.source.locUri;
    const found = rows.get(guid);
    if (found?.row == null) {
      if (!isLate) answer(turn, map, StatusCode.NotFound, { target: guid, source: luid });
      continue;
    }
    const before = holders.get(luid);
    // The LUID names another item now: what had it is no longer on the device.
    if (before != null && before.guid !== guid) write({ ...before, luid: null, state: 'todo', sent: null, ...nothingThere });
    write(mappedRow(written.get(`${generation} ${guid}`) ?? found.row, luid, found.item, ds));
  }
}

/** A row whose LUID the device has named. */
export function mappedRow(before: MapRow, luid: string, item: RowItem['item'], ds: DatastoreState): MapRow {
  const row: MapRow = { ...before, luid };
  // Its Status never came, or it was requeued after a cut, but the device has it: a late Map confirms what was sent. A Map
  // that repeats a LUID says nothing of what was sent since.
  if (before.luid !== luid && row.sent !== null && (row.state === 'todo' || row.state === 'sent')) return acknowledgedRow(row, item, ds);
  if (row.state === 'held' && row.reason === 'unmapped') return { ...row, state: 'todo', reason: null };
  const differs = row.state === 'ok' && !(inView(item, ds.view) && item.rev === row.ackRev);
  return differs ? { ...row, state: 'todo' } : row;
}
