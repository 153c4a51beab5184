// Alerts of the device: opening a datastore with a sync type, asking for the next message. DS Protocol 1.2 §3, alert codes 200-225.
import { AlertCode, StatusCode, type Alert, type Filter, type Item } from '@packetboat/syncml';
import { datastoreCapability, wantedShape, type DatastoreCapability } from '../capability/device.ts';
import { limits } from '../limits.ts';
import { datastoreKey, datastorePath } from '../loc-uri.ts';
import { fingerprint } from '../security/digest.ts';
import { need, type Step } from '../step.ts';
import { handleBrokenObject } from './acknowledge.ts';
import { askedMails, type AskedMails } from './asked-mails.ts';
import { matchAnchor, serverAnchor, settle, type AnchorMatch } from './anchors.ts';
import type { AccountRecord, Binding, Generation, ServerNeeds, Shape, View } from './port.ts';
import { Stage, type DatastoreState, type SyncTypeCode } from './state.ts';
import { answer, batchOf, findDatastore, flush, setDatastore, textItem, type Turn } from './turn.ts';

/** What a server-alerted type (206-210) means when a device starts it. */
const plainTypeOf: Readonly<Record<number, number>> = { 206: 200, 207: 202, 208: 203, 209: 204, 210: 205 };

export function* handleAlert(turn: Turn, alert: Alert): Step<ServerNeeds, void> {
  const code = Number(alert.data);
  const isResume = code === AlertCode.Resume && turn.session.version === '1.2';
  const type = isResume ? AlertCode.TwoWay : (plainTypeOf[code] ?? code);
  if (type >= AlertCode.TwoWay && type <= AlertCode.RefreshFromServer) {
    for (const item of alert.items) yield* openDatastore(turn, alert, { type, isResume }, item);
    if (alert.items.length === 0) answer(turn, alert, StatusCode.IncompleteCommand);
    return;
  }
  if (code === AlertCode.NextMessage) {
    turn.askedNext = true;
    answer(turn, alert, StatusCode.Ok);
    return;
  }
  if (code === AlertCode.NoEndOfData) yield* handleBrokenObject(turn);
  // A suspended session needs nothing: what has been answered is kept, what has not comes again.
  const isKnown = code === AlertCode.Display || code === AlertCode.NoEndOfData || code === AlertCode.Suspend;
  if (isKnown) {
    answer(turn, alert, StatusCode.Ok);
    return;
  }
  answer(turn, alert, StatusCode.FeatureNotSupported);
}

interface Asked {
  readonly type: number;
  /** Asked to go on with a session that was cut (225). */
  readonly isResume: boolean;
}

function* openDatastore(turn: Turn, alert: Alert, { type, isResume }: Asked, item: Item): Step<ServerNeeds, void> {
  const serverUri = item.target?.locUri ?? '';
  const clientUri = item.source?.locUri ?? '';
  const refs = { target: serverUri, source: clientUri };
  const path = datastorePath(serverUri);
  const key = path === undefined ? serverUri : datastoreKey(path);
  const fail = (status: number, text?: string): void => {
    turn.failedAlerts.set(key, String(status));
    answer(turn, alert, status, { ...refs, ...(text === undefined ? {} : { items: textItem(text) }) });
  };
  // A second Alert would replace what the first has begun, and both say so in one commit. The first one counts.
  if (turn.opened.has(key)) {
    answer(turn, alert, StatusCode.CommandNotAllowed, { ...refs, items: textItem(`This message opens ${key} already.`) });
    return;
  }
  const next = item.meta?.anchor?.next;
  if (next === undefined) return fail(StatusCode.IncompleteCommand, 'The Alert has no Anchor with a Next.');
  if (turn.session.profile && !/^\d{1,15}$/.test(next))
    return fail(StatusCode.BadRequest, 'The Next of a profile client is the number of a change.');
  if (turn.session.datastores.length >= limits.datastores && findDatastore(turn, key) === undefined) {
    return fail(StatusCode.Forbidden, `A session may open ${limits.datastores} datastores.`);
  }
  if (type === AlertCode.RefreshFromClient)
    return fail(StatusCode.FeatureNotSupported, 'A refresh from the device would empty the mailbox.');
  const found = path === undefined ? null : yield* need<ServerNeeds, 'account'>('account', { person: turn.person, path });
  if (found === null) return fail(StatusCode.NotFound);
  turn.accounts.set(key, found.account);
  const filter = item.target?.filter;
  const asked = askedMails(item.target, turn.session.version);
  if (asked.asked === 'nonsense') return fail(asked.code, asked.text);

  const open = findDatastore(turn, key);
  if (open !== undefined && open.clientUri !== clientUri) {
    return fail(StatusCode.Forbidden, `This session syncs ${key} with ${open.clientUri} already.`);
  }
  if (turn.session.profile && open !== undefined && type !== AlertCode.SlowSync && type !== AlertCode.RefreshFromServer) {
    return yield* continueDatastore(turn, open, item);
  }
  const store = datastoreCapability(turn.devInf, clientUri, turn.session.version);
  const folder = found.folder ?? found.account.roles.inbox;
  const place: View | undefined =
    store.hierarchical && found.folder === null ? { kind: 'hierarchical' } : folder === undefined ? undefined : { kind: 'flat', folder };
  if (place === undefined) return fail(StatusCode.NotFound);
  const view: View = asked.asked === 'window' ? { ...place, filter: asked.filter } : place;
  const binding = yield* need<ServerNeeds, 'binding'>('binding', {
    person: turn.person,
    deviceId: turn.deviceId,
    serverUri: key,
    clientUri,
    account: found.account.guid,
  });
  yield* start(turn, {
    alert,
    type,
    isResume,
    item,
    key,
    account: found.account,
    binding,
    view,
    store,
    asked,
    filter,
    last: item.meta?.anchor?.last,
    next,
  });
}

interface Opening {
  readonly alert: Alert;
  readonly type: number;
  readonly isResume: boolean;
  readonly item: Item;
  readonly key: string;
  readonly account: AccountRecord;
  readonly binding: Binding;
  readonly view: View;
  readonly store: DatastoreCapability;
  readonly asked: AskedMails;
  readonly filter: Filter | undefined;
  readonly last: string | undefined;
  readonly next: string;
}

function* start(turn: Turn, o: Opening): Step<ServerNeeds, void> {
  const { profile } = turn.session;
  const asksSome = o.asked.asked === 'luids' || o.asked.asked === 'some';
  const wishesNothing = asksSome || o.type === AlertCode.OneWayFromClient;
  // Behind this address is another account than before: what the device holds is not of it, and must never be compared with it.
  const otherAccount = o.binding.account !== o.account.guid;
  const compares = o.type === AlertCode.SlowSync || o.type === AlertCode.RefreshFromServer || otherAccount;
  const known = matchAnchor(o.binding, o.last, profile);
  const match = compares ? noMatch : resumable(turn, o, known);
  let { binding } = o;
  const anchorsFit = match.found !== 'none';
  let generation: Generation;
  let serverLast: string | undefined;
  const asksWanted = wantedShape(o.filter, turn.capability);
  if (match.found !== 'none') {
    const settled = settle(match, o.binding, profile);
    yield* need<ServerNeeds, 'commit'>('commit', {
      writes: [...settled.writes, { write: 'retryHeld', generation: settled.generation.id, reasons: retried }],
      accountRevs: {},
    });
    generation = settled.generation;
    serverLast = match.pair.server;
    if (!wishesNothing) {
      const viewHash = hashView(turn, o.view, o.store, asksWanted);
      generation = yield* need<ServerNeeds, 'plan'>('plan', { generation: generation.id, view: o.view, viewHash, wanted: asksWanted });
    }
  } else {
    if (known.found === 'pending' && !otherAccount) binding = yield* promote(turn, o, known);
    const viewHash = hashView(turn, o.view, o.store, asksWanted);
    // The new one replaces one that is being built, of which a Status in this message may speak: that is written first.
    if (turn.writes.some((write) => 'generation' in write)) {
      yield* flush(turn);
      turn.accounts.set(o.key, o.account);
    }
    generation = yield* need<ServerNeeds, 'newGeneration'>('newGeneration', {
      binding: o.binding.id,
      view: o.view,
      viewHash,
      wanted: asksWanted,
    });
  }
  const building = !anchorsFit;
  const batch = profile ? generation.lastBatch : generation.lastBatch + 1;
  const type = otherAccount ? AlertCode.RefreshFromServer : runType(o.type, anchorsFit);
  // In a slow sync everything that the device does not know to be executed comes again, and is matched.
  const executed = !building ? generation.executed : type === AlertCode.SlowSync ? 0 : (binding.current?.executed ?? 0);
  const ds: DatastoreState = {
    serverUri: o.item.target?.locUri ?? '',
    clientUri: o.item.source?.locUri ?? '',
    key: o.key,
    account: o.account.guid,
    binding: o.binding.id,
    generation: generation.id,
    otherGeneration: building ? (binding.current?.id ?? null) : null,
    building,
    isStrange: building && o.last !== undefined && known.found === 'none',
    view: o.view,
    viewHash: generation.viewHash,
    wanted: o.asked.asked === 'luids' ? 'full' : asksSome ? asksWanted : generation.wanted,
    type,
    stage: Stage.Alerted,
    only: yield* onlyOf(o),
    contentType: o.store.contentType,
    fieldLevel: profile || o.store.fieldLevel,
    move: profile || o.store.move,
    batch,
    clientNext: o.next,
    serverNext: serverAnchor(o.account, generation.id, batch),
    executed,
    deletes: [],
    announced: false,
  };
  setDatastore(turn, ds);
  turn.opened.add(o.key);
  if (profile) turn.clientNext.set(o.key, o.next);
  // A batch was given out that never arrived: its number must not be taken for the one that did.
  if (profile && match.found === 'committed' && match.pair.batch !== generation.lastBatch) batchOf(turn, ds);
  reply(turn, o, ds, anchorsFit, serverLast);
  if (!profile) {
    const pair = { client: o.next, server: ds.serverNext, batch };
    turn.writes.push({ write: 'generation', generation: { ...generation, pending: pair, lastBatch: batch } });
  }
}

/** Why a row may be held and is tried again by the next sync: all but what the device itself deleted, and what lacks its LUID. */
const retried: readonly string[] = ['404', '408', '417', '420', '424', '500', '506', '510', 'unavailable', 'gone'];

const noMatch: AnchorMatch = { found: 'none' };

/**
 * What is known of a session that was cut lies in map and anchors, so a normal sync does all that a resumed one would; but a
 * device must know that it is one (509), or it goes on in the middle. After a slow sync or a refresh that was cut nothing can
 * be said of what the device still has: a slow sync then.
 */
function resumable(turn: Turn, o: Opening, match: AnchorMatch): AnchorMatch {
  if (!o.isResume || match.found === 'none') return match;
  const isOverBuilding = o.binding.building !== null && !(match.found === 'pending' && match.building);
  return isOverBuilding || !turn.capability.takesCannotResume ? noMatch : match;
}

/** Although everything will be compared: the device has what it was sent last, and the map says so. */
function* promote(turn: Turn, o: Opening, known: Exclude<AnchorMatch, { found: 'none' }>): Step<ServerNeeds, Binding> {
  const { writes } = settle(known, o.binding, turn.session.profile);
  yield* need<ServerNeeds, 'commit'>('commit', { writes, accountRevs: {} });
  return yield* need<ServerNeeds, 'binding'>('binding', {
    person: turn.person,
    deviceId: turn.deviceId,
    serverUri: o.key,
    clientUri: o.item.source?.locUri ?? '',
    account: o.account.guid,
  });
}

/** The Status of the Alert and our own Alert. Type and anchors as the run will really be. */
function reply(turn: Turn, o: Opening, ds: DatastoreState, anchorsFit: boolean, serverLast: string | undefined): void {
  const refs = { target: ds.serverUri, source: ds.clientUri };
  const asked = ds.type === o.type;
  if (!anchorsFit && !asked) turn.failedAlerts.set(o.key, String(StatusCode.RefreshRequired));
  const fits = o.isResume ? StatusCode.CannotResume : StatusCode.Ok;
  const code = anchorsFit || asked ? fits : StatusCode.RefreshRequired;
  answer(turn, o.alert, code, { ...refs, items: [{ data: { kind: 'anchor', anchor: { next: o.next } } }] });
  // A profile client gets it with the anchors as they are at the end of this message.
  if (turn.session.profile) return;
  turn.alerts.push({
    data: String(ds.type),
    items: [
      {
        // Exactly as the device wrote them, the other way round.
        target: { locUri: ds.clientUri },
        source: { locUri: ds.serverUri },
        meta: {
          anchor: {
            ...(turn.session.profile ? { last: String(ds.executed) } : serverLast === undefined ? {} : { last: serverLast }),
            next: ds.serverNext,
          },
        },
      },
    ],
  });
}

/** A profile client in the middle of a session: its Last acknowledges a batch, its Next announces changes. */
function* continueDatastore(turn: Turn, ds: DatastoreState, item: Item): Step<ServerNeeds, void> {
  const anchor = item.meta?.anchor;
  turn.clientNext.set(ds.key, anchor?.next ?? '0');
  ds.clientNext = anchor?.next ?? '0';
  // Before a listing is through there is nothing that could be acknowledged.
  if (ds.stage === Stage.Alerted || (ds.building && ds.stage === Stage.Receiving) || anchor?.last === undefined) return;
  const binding = yield* need<ServerNeeds, 'binding'>('binding', {
    person: turn.person,
    deviceId: turn.deviceId,
    serverUri: ds.key,
    clientUri: ds.clientUri,
    account: ds.account,
  });
  const match = matchAnchor(binding, anchor.last, true);
  if (match.found === 'none') return;
  const settled = settle(match, binding, true);
  if (settled.writes.length > 0) yield* need<ServerNeeds, 'commit'>('commit', { writes: settled.writes, accountRevs: {} });
  // A run built beside the current one has become the current one with its first acknowledged batch.
  setDatastore(turn, { ...ds, building: ds.building && !(match.found === 'pending' && match.building), otherGeneration: null });
}

function runType(asked: number, anchorsFit: boolean): SyncTypeCode {
  if (asked === AlertCode.RefreshFromServer || (asked === AlertCode.OneWayFromServer && !anchorsFit)) return 205;
  if (asked === AlertCode.SlowSync || !anchorsFit) return 201;
  return asked as SyncTypeCode;
}

/** Of all that decides what of the account goes to the device, and in which form. */
export function hashView(turn: Turn, view: View, store: DatastoreCapability, wanted: Shape): string {
  return fingerprint(JSON.stringify([view, store.contentType, turn.capability.headers, wanted])).slice(0, 32);
}

/** What alone is sent for an INCLUSIVE filter: LUIDs are looked up when all of the device's have been told. */
function* onlyOf({ asked, view, account }: Opening): Step<ServerNeeds, DatastoreState['only']> {
  if (asked.asked === 'luids') return { luids: asked.luids, guids: [] };
  if (asked.asked !== 'some') return null;
  const wish = { account: account.guid, view: { ...view, filter: asked.filter }, limit: limits.selected };
  return { luids: [], guids: yield* need<ServerNeeds, 'select'>('select', wish) };
}
