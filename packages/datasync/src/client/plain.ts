// A run of plain OMA DS: packages #1 to #6, a Status for every command, a Map for every new item. DS Protocol 1.2 §3.
import {
  AlertCode,
  devInfType,
  StatusCode,
  type Alert,
  type MapCommand,
  type Message,
  type Results,
  type Status,
} from '@packetboat/syncml';
import { clientDatastore, clientDevInf } from '../capability/client-devinf.ts';
import { SessionError } from '../errors.ts';
import type { MessageWriter, Unnumbered } from '../message/message-writer.ts';
import { need, type Step } from '../step.ts';
import { applySync } from './apply.ts';
import type { ClientItem, ClientNeeds, ClientWrite, OutgoingChange } from './port.ts';
import { folderCommand, foldersFromTheTop } from './listing.ts';
import {
  addCounts,
  alertCodeOf,
  alertCommand,
  alertOf,
  checkAlertStatus,
  checkProgress,
  commit,
  asksForDevInf,
  forgetServer,
  introduced,
  introductions,
  judgeStatuses,
  learn,
  syncsOf,
  tooSmall,
  typeOfAlert,
  type Run,
} from './run.ts';
import { exchange, writerFor } from './session.ts';
import { continueObject, putChanges } from './upload.ts';

type Answer = Omit<Status, 'cmdId' | 'name'>;

/** Statuses and results that are owed to the server. */
interface Debts {
  statuses: Answer[];
  results: Unnumbered<Results>[];
}

const page = 50;

/** Answers without anything in them, one after the other, after which the server is given up. */
const idleReplies = 20;

/**
 * `slow wanted`: the server's anchor is not the one we know, so both sides must compare everything. `strange`: it knows neither
 * anchors nor what we are, and has to be told before they compare.
 */
export function* plainRun(run: Run): Step<ClientNeeds, 'done' | 'slow wanted' | 'strange'> {
  const next = `${run.env.now}.${run.session.sessionId}`;
  const first = writerFor(run.session, false);
  const asked = run.type;
  const wasIntroduced = introduced(run);
  for (const command of introductions(run)) first.put(command);
  first.put(alertCommand(run, alertCodeOf(run.type), run.anchors.own, next, true));
  let reply = yield* exchange(run.session, first.finish(), true, false);
  if (wasIntroduced && alertOf(reply)?.code !== alertCodeOf(asked) && asksForDevInf(reply)) {
    yield* forgetServer(run);
    return 'strange';
  }
  yield* commit(learn(run, reply));
  checkAlertStatus(run, reply);
  const alert = alertOf(reply);
  if (alert === undefined) throw new SessionError('ERR_SESSION_PROTOCOL', 'the server did not answer the Alert with one of its own');
  acceptType(run, alert.code);
  // A server may leave its Last out; then there is nothing to compare.
  const isOther = run.anchors.server !== null && alert.last !== undefined && alert.last !== run.anchors.server;
  if (run.type !== 'slow' && run.type !== 'refresh' && isOther) return 'slow wanted';
  // It may have begun anew, and call by an old number what is another item now.
  if (run.type === 'slow') yield* commit([{ write: 'forgetMaps' }]);
  const debts: Debts = { statuses: [], results: [] };
  owe(run, debts, reply);
  reply = yield* sendPackage(run, debts);
  yield* receivePackage(run, debts, reply, { own: next, server: alert.next });
  return 'done';
}

/** A server may ask for more than was asked for, but never for what would write where the user did not want it. */
function acceptType(run: Run, code: number): void {
  const type = typeOfAlert(code);
  const writes = type === 'receive' || type === 'refresh';
  if (type === undefined || (run.type === 'send' && (writes || type === 'two-way'))) {
    throw new SessionError('ERR_SESSION_REFUSED', `the server wants sync type ${code}, which is not what was asked for`);
  }
  run.type = type;
}

/** Package #3: Maps of last time, then the changes, or everything in a slow sync. */
function* sendPackage(run: Run, debts: Debts): Step<ClientNeeds, Message> {
  const sends = run.type === 'two-way' || run.type === 'send' || run.type === 'slow';
  const listing =
    run.type === 'slow'
      ? { folders: false, after: null as string | null, done: false, queue: [] as OutgoingChange[], number: -1_000_000_000 }
      : undefined;
  run.upload.last = Number.NEGATIVE_INFINITY;
  for (;;) {
    const writer = writerFor(run.session, false);
    const maps = yield* putDebts(run, debts, writer);
    writer.openSync({ target: run.env.datastore, source: clientDatastore, numberOfChanges: undefined });
    let complete = continueObject(run.upload, writer);
    if (complete && listing !== undefined) complete = yield* putListing(run, writer, listing);
    if (complete && sends) complete = yield* putAll(run, writer);
    checkProgress(run, writer, complete);
    const reply = yield* exchange(run.session, writer.finish(), complete, false);
    const writes: ClientWrite[] = [...judgeStatuses(run, reply, true)];
    if (maps.length > 0) writes.push({ write: 'mapsSent', guids: maps });
    yield* commit(writes);
    if (complete) return reply;
    owe(run, debts, reply);
    yield* need<ClientNeeds, 'progress'>('progress', { received: 0, sent: sentCount(run), expected: null });
  }
}

function sentCount(run: Run): number {
  const { counts } = run.upload;
  return counts.added + counts.changed + counts.deleted + counts.moved;
}

function* putAll(run: Run, writer: MessageWriter): Step<ClientNeeds, boolean> {
  for (;;) {
    const changes = yield* need<ClientNeeds, 'changes'>('changes', {
      after: Math.max(0, run.upload.last),
      limit: page,
      maxContent: 200_000,
    });
    if (changes.length === 0) return true;
    if (!(yield* putChanges(run.upload, writer, changes))) return false;
  }
}

interface Listing {
  /** The folders have been queued. */
  folders: boolean;
  /** LUID up to which the mails have been. */
  after: string | null;
  done: boolean;
  queue: OutgoingChange[];
  number: number;
}

/** Everything that the server knew, folders first, for the comparison. */
function* putListing(run: Run, writer: MessageWriter, listing: Listing): Step<ClientNeeds, boolean> {
  if (!listing.folders) {
    listing.folders = true;
    listing.queue = (yield* foldersFromTheTop()).map((item) => listed(listing, item));
  }
  while (!listing.done || listing.queue.length > 0) {
    if (listing.queue.length === 0) {
      const items = yield* need<ClientNeeds, 'listing'>('listing', { after: listing.after, limit: page, withContent: true });
      listing.done = items.length === 0;
      listing.after = items.at(-1)?.luid ?? listing.after;
      listing.queue = items.filter((item) => item.kind === 'mail').map((item) => listed(listing, item));
    }
    while (listing.queue.length > 0) {
      const [change] = listing.queue;
      if (change === undefined) break;
      const put =
        change.op === 'folder' && change.item !== null
          ? writer.putInside(folderCommand(run.session, change.item)) !== undefined
          : yield* putChanges(run.upload, writer, [change]);
      if (run.upload.open?.luid === change.luid || put) listing.queue.shift();
      if (!put) return false;
    }
  }
  run.upload.last = 0;
  return true;
}

function listed(listing: Listing, item: ClientItem): OutgoingChange {
  listing.number += 1;
  const { luid, parent } = item;
  return { number: listing.number, luid, op: item.kind === 'folder' ? 'folder' : 'add', named: 0, set: 0, parent, item };
}

/**
 * Packages #4 and #5: what the server sends is stored, message by message; with the last one the anchors. Where something could
 * not be stored they wait until the server has been told, so that it comes again after a cut.
 */
function* receivePackage(run: Run, debts: Debts, first: Message, anchors: { own: string; server: string }): Step<ClientNeeds, void> {
  let reply = first;
  let clear = run.type === 'refresh';
  let done = false;
  let kept = false;
  for (let idle = 0; idle <= idleReplies;) {
    const expected = syncsOf(reply).find((sync) => sync.numberOfChanges !== undefined)?.numberOfChanges ?? null;
    // A refresh that is cut has dropped what was here: without anchors the next sync brings all of it.
    const writes: ClientWrite[] = clear
      ? [{ write: 'clear' }, { write: 'anchors', datastore: run.env.datastore, anchors: { own: null, server: null } }]
      : [];
    yield* storeSyncs(run, debts, reply, writes, clear);
    clear = false;
    owe(run, debts, reply);
    writes.push(...judgeStatuses(run, reply, true));
    done ||= reply.final;
    if (done && !kept && !debts.statuses.some(isFailure)) {
      kept = true;
      writes.push({ write: 'anchors', datastore: run.env.datastore, anchors });
    }
    yield* commit(writes);
    const { received } = run;
    const count = received.added + received.changed + received.deleted + received.moved;
    yield* need<ClientNeeds, 'progress'>('progress', { received: count, sent: sentCount(run), expected });
    // A one-way sync from the device ends with the server's word: there is nothing to answer.
    if (done && run.type === 'send' && syncsOf(reply).length === 0) return;
    idle = done || says(reply) ? 0 : idle + 1;
    const writer = writerFor(run.session, false);
    const maps = yield* putDebts(run, debts, writer);
    if (debts.statuses.length > 0 && writer.empty) throw tooSmall(run);
    const item = { target: { locUri: run.env.datastore }, source: { locUri: clientDatastore } };
    if (!done) writer.put({ name: 'Alert', data: String(AlertCode.NextMessage), items: [item] });
    const last = done && debts.statuses.length === 0;
    reply = yield* exchange(run.session, writer.finish(), last, false);
    if (maps.length > 0) yield* commit([{ write: 'mapsSent', guids: maps }]);
    if (!last) continue;
    const rest = judgeStatuses(run, reply, true);
    yield* commit(kept ? rest : [...rest, { write: 'anchors', datastore: run.env.datastore, anchors }]);
    return;
  }
  throw new SessionError('ERR_SESSION_PROTOCOL', 'the server neither sends anything nor comes to an end');
}

/** There is something in it of what a run is for. */
function says(reply: Message): boolean {
  return reply.commands.some(
    (command) => command.name === 'Sync' || (command.name === 'Status' && command.cmd !== 'SyncHdr' && command.cmd !== 'Alert'),
  );
}

/** What the server has to send again, or to give up. */
function isFailure({ cmd, data: code }: Answer): boolean {
  return Number(code) >= 300 && code !== String(StatusCode.AlreadyExists) && cmd !== 'Get';
}

function* storeSyncs(run: Run, debts: Debts, reply: Message, writes: ClientWrite[], cleared: boolean): Step<ClientNeeds, void> {
  for (const sync of syncsOf(reply)) {
    const applied = yield* applySync(sync, run.gathering, { cleared, mapped: true });
    writes.push(...applied.writes);
    if (applied.maps.length > 0) writes.push({ write: 'map', maps: applied.maps });
    addCounts(run.received, applied.counts);
    debts.statuses.push(...applied.statuses.map((s) => answer(reply, s.cmdRef, s.cmd, s.code, s)));
  }
}

/** What every message of the server is owed, beside what its Sync is. */
function owe(run: Run, debts: Debts, reply: Message): void {
  // 212 for a server that has logged in: once is enough for the session.
  const code = reply.header.cred === undefined ? StatusCode.Ok : StatusCode.AuthenticationAccepted;
  const before: Answer[] = [answer(reply, '0', 'SyncHdr', code, { target: run.env.deviceId, source: reply.header.source.locUri })];
  for (const command of reply.commands) {
    if (command.name === 'Sync')
      before.push(answer(reply, command.cmdId, 'Sync', StatusCode.Ok, { target: command.target?.locUri, source: command.source?.locUri }));
    if (command.name === 'Alert') before.push(alertAnswer(reply, command));
    if (command.name === 'Put') before.push(answer(reply, command.cmdId, 'Put', StatusCode.Ok, {}));
    if (command.name === 'Get') {
      before.push(answer(reply, command.cmdId, 'Get', StatusCode.Ok, {}));
      debts.results.push({
        name: 'Results',
        msgRef: reply.header.msgId,
        cmdRef: command.cmdId,
        meta: { type: devInfType(run.env.encoding) },
        items: [{ source: { locUri: command.items[0]?.target?.locUri ?? '' }, data: { kind: 'devInf', devInf: clientDevInf(run.env) } }],
      });
    }
  }
  debts.statuses.unshift(...before);
}

function alertAnswer(reply: Message, command: Alert): Answer {
  const next = command.items[0]?.meta?.anchor?.next;
  const base = answer(reply, command.cmdId, 'Alert', StatusCode.Ok, {
    target: command.items[0]?.target?.locUri,
    source: command.items[0]?.source?.locUri,
  });
  return next === undefined ? base : { ...base, items: [{ data: { kind: 'anchor', anchor: { next } } }] };
}

function answer(
  reply: Message,
  cmdRef: string,
  cmd: string,
  code: number,
  refs: { target?: string | undefined; source?: string | undefined },
): Answer {
  return {
    msgRef: reply.header.msgId,
    cmdRef,
    cmd,
    targetRefs: refs.target === undefined ? [] : [refs.target],
    sourceRefs: refs.source === undefined ? [] : [refs.source],
    data: String(code),
    items: [],
  };
}

/** Puts what is owed and the unsent Maps; what does not fit stays owed. Returns the GUIDs whose Map went out. */
function* putDebts(run: Run, debts: Debts, writer: MessageWriter): Step<ClientNeeds, readonly string[]> {
  while (debts.statuses.length > 0) {
    const [status] = debts.statuses;
    if (status === undefined || writer.put({ name: 'Status', ...status }) === undefined) return [];
    debts.statuses.shift();
  }
  for (const result of debts.results.splice(0)) writer.put(result);
  const maps = yield* need<ClientNeeds, 'unsentMaps'>('unsentMaps', { limit: 400 });
  if (maps.length === 0) return [];
  for (let count = maps.length; count > 0; count = Math.floor(count / 2)) {
    const some = maps.slice(0, count);
    const command: Unnumbered<MapCommand> = {
      name: 'Map',
      target: { locUri: run.env.datastore },
      source: { locUri: clientDatastore },
      mapItems: some.map((map) => ({ target: { locUri: map.guid }, source: { locUri: map.luid } })),
    };
    if (writer.put(command) !== undefined) return some.map((map) => map.guid);
  }
  return [];
}
