// A run between two Packetboat sides: Alert and Sync in one message, the answer likewise. Anchors acknowledge, LUIDs are
// GUIDs, success needs no Status, flag changes travel as one object. Every message is complete in itself, so a cut costs that message.
import {
  contentTypes,
  generateFlagBatch,
  StatusCode,
  type FlagBatchEntry,
  type Message,
  type Replace,
  type Status,
} from '@packetboat/syncml';
import { clientDatastore } from '../capability/client-devinf.ts';
import { SessionError } from '../errors.ts';
import { emailFlags } from '../flags.ts';
import { databaseOfAnchor, deviceLuidPrefix } from '../profile.ts';
import type { MessageWriter, Unnumbered } from '../message/message-writer.ts';
import { need, type Step } from '../step.ts';
import { applySync, type Applied } from './apply.ts';
import { putDescriptions, type Description } from './listing.ts';
import type { ClientNeeds, ClientWrite } from './port.ts';
import {
  addCounts,
  alertCodeOf,
  alertCommand,
  alertOf,
  checkAlertStatus,
  checkProgress,
  commit,
  forgetServer,
  introduced,
  introductions,
  isStranger,
  judgeStatuses,
  learn,
  serverHasProfile,
  statusesOf,
  syncsOf,
  type Run,
} from './run.ts';
import { exchange, writerFor } from './session.ts';
import { continueObject, data, putChanges } from './upload.ts';

/** Number of the last change that the server has executed; 0 while `own` is an anchor of plain syncs. */
function ownNumber(run: Run): number {
  return /^\d+$/.test(run.anchors.own ?? '') ? Number(run.anchors.own) : 0;
}

/** Where the run is. */
interface Progress {
  /** The server's Next of what has been applied; in a slow sync not kept before the listing is through. */
  last: string | null;
  /** The datastore has been opened in this session. */
  opened: boolean;
  /** Slow sync: how far the device's items have been listed; undefined when there is nothing to list. */
  listing: Listing | undefined;
  clear: boolean;
  /** Failures that the server has to be told. */
  failures: Omit<Status, 'cmdId' | 'name'>[];
  failedMessages: number;
  sends: boolean;
}

interface Listing {
  after: string | null;
  done: boolean;
  /** Instead of the listing, for a server whose database is not the one that gave the numbers here. */
  description: Description | undefined;
}

function newListing(): Listing {
  return { after: null, done: false, description: undefined };
}

/** Entries of a listing in one message: about 10 bytes each, well inside a message. */
const listingPage = 2_000;

/** `plain wanted`: the server turned out to know nothing of the profile. `strange`: it does not know us any more, and is told again. */
export function* profileRun(run: Run): Step<ClientNeeds, 'done' | 'plain wanted' | 'strange'> {
  const slow = run.type === 'slow';
  const p: Progress = {
    // In a slow sync too: what has been applied is then known to be, and with it where the mails are here.
    last: run.type === 'refresh' ? null : run.anchors.server,
    opened: false,
    listing: slow ? newListing() : undefined,
    clear: run.type === 'refresh',
    failures: [],
    failedMessages: 0,
    sends: run.type !== 'receive' && run.type !== 'refresh',
  };
  for (;;) {
    const sent = yield* sendMessage(run, p);
    if (sent.alertOnly) {
      yield* commit(learn(run, sent.reply));
      if (!serverHasProfile(run.knowledge)) return 'plain wanted';
    }
    if (!p.opened && sent.known && isStranger(sent.reply)) {
      yield* forgetServer(run);
      return 'strange';
    }
    const more = yield* receiveMessage(run, p, sent);
    if (!more) return 'done';
  }
}

interface SentMessage {
  readonly reply: Message;
  /** Nothing of ours remains to be sent. */
  readonly complete: boolean;
  /** The message held the Alert alone. */
  readonly alertOnly: boolean;
  /** It was written for a server that knows us. */
  readonly known: boolean;
}

function* sendMessage(run: Run, p: Progress): Step<ClientNeeds, SentMessage> {
  const lean = introduced(run);
  // What can be listed is known when the server has said which database it has.
  const alertOnly = !p.opened && (!lean || p.listing !== undefined);
  const writer = writerFor(run.session, lean);
  for (const status of p.failures) writer.put({ name: 'Status', ...status });
  p.failures = [];
  run.upload.waiting.clear();
  run.numbers = new Map();
  const first = !p.opened;
  if (first) for (const command of introductions(run)) writer.put(command);
  // Room for the Alert, which names the last change in the message and is written when that is known.
  const code = first ? alertCodeOf(run.type) : alertCodeOf('two-way');
  let complete = true;
  if (!alertOnly) {
    const room = writer.size(alertCommand(run, code, p.last, '0'.repeat(12), first));
    complete = yield* fillSync(run, p, writer, room);
    checkProgress(run, writer, complete);
  }
  const next = String(Math.max(run.upload.last, ownNumber(run)));
  writer.closeSync();
  writer.putFirst(alertCommand(run, code, p.last, next, first));
  if (run.upload.last > run.anchors.inflight) {
    run.anchors = { ...run.anchors, inflight: run.upload.last };
    yield* commit([{ write: 'anchors', datastore: run.env.datastore, anchors: { inflight: run.upload.last } }]);
  }
  const reply = yield* exchange(run.session, writer.finish(), complete, lean);
  return { reply, complete, alertOnly, known: lean };
}

/** The Sync of a message; true when nothing of ours remains. */
function* fillSync(run: Run, p: Progress, writer: MessageWriter, reserve: number): Step<ClientNeeds, boolean> {
  writer.openSync({ target: run.env.datastore, source: clientDatastore, numberOfChanges: undefined });
  writer.reserve(reserve);
  try {
    // The user's changes come behind the listing, so that what came in before is found before the server sends it.
    if (p.listing !== undefined && !p.listing.done && !(yield* putListing(run, p.listing, writer))) return false;
    const { upload } = run;
    if (upload.open !== null) run.numbers.set(upload.open.luid, [{ number: upload.open.number, op: 'add' }]);
    if (!continueObject(upload, writer)) return false;
    if (!p.sends) return true;
    return yield* putPending(run, writer);
  } finally {
    writer.reserve(-reserve);
  }
}

/** What was sent before without an answer goes first, the same and nothing else; then the rest. */
function* putPending(run: Run, writer: MessageWriter): Step<ClientNeeds, boolean> {
  const repeat = run.anchors.inflight > Math.max(ownNumber(run), run.upload.last);
  const after = Math.max(run.upload.last, ownNumber(run), 0);
  const upTo = repeat ? { upTo: run.anchors.inflight } : {};
  const changes = yield* need<ClientNeeds, 'changes'>('changes', { after, ...upTo, limit: 1_000, maxContent: 200_000 });
  for (const change of changes) run.numbers.set(change.luid, [...(run.numbers.get(change.luid) ?? []), change]);
  const all = yield* putChanges(run.upload, writer, changes);
  if (!all) return false;
  if (!repeat) return changes.length < 1_000;
  run.upload.last = Math.max(run.upload.last, run.anchors.inflight);
  const rest = yield* need<ClientNeeds, 'changes'>('changes', { after: run.anchors.inflight, limit: 1, maxContent: 0 });
  return rest.length === 0;
}

function* putListing(run: Run, listing: Listing, writer: MessageWriter): Step<ClientNeeds, boolean> {
  if (listing.description !== undefined) {
    listing.done = yield* putDescriptions(run.session, listing.description, writer);
    return listing.done;
  }
  const items = yield* need<ClientNeeds, 'listing'>('listing', { after: listing.after, limit: listingPage, withContent: false });
  listing.after = items.at(-1)?.luid ?? listing.after;
  listing.done = items.length < listingPage;
  if (items.length > 0) {
    const byFolder = [...Map.groupBy(items, (item) => item.parent ?? '/')];
    const batch: Unnumbered<Replace> = {
      name: 'Replace',
      meta: { type: contentTypes.flags },
      items: byFolder.map(([sourceParent, inside]) => {
        const entries = inside.map((item): FlagBatchEntry => ({ luid: item.luid, flags: emailFlags(item.flags) }));
        return { sourceParent, data: data(run.session, generateFlagBatch(entries)) };
      }),
    };
    if (writer.putInside(batch) === undefined)
      throw new SessionError('ERR_SESSION_PROTOCOL', 'the server takes messages too small for a listing');
  }
  return listing.done;
}

/** Applies an answer in one commit; true when another message is needed. */
function* receiveMessage(run: Run, p: Progress, sent: SentMessage): Step<ClientNeeds, boolean> {
  const { reply } = sent;
  const { received, upload } = run;
  const writes: ClientWrite[] = [...learn(run, reply)];
  checkAlertStatus(run, reply);
  const alert = alertOf(reply);
  if (alert === undefined) throw new SessionError('ERR_SESSION_PROTOCOL', 'the server did not answer with its anchors');
  const executed = Number(alert.last ?? Number.NaN);
  if (!Number.isInteger(executed)) throw new SessionError('ERR_SESSION_PROTOCOL', 'the server does not say which changes it executed');
  const refused = statusesOf(reply).some((status) => status.cmd === 'Alert' && status.data === String(StatusCode.RefreshRequired));
  const opening = !p.opened;
  p.opened = true;
  if (refused) restart(run, p, alert.code, alert.next);
  if (opening && p.listing !== undefined && isOfOther(run, alert.next)) {
    writes.push({ write: 'rename' });
    p.listing.description = { folders: undefined, after: null, done: false };
  }
  if (refused) {
    yield* commit(writes);
    return true;
  }
  writes.push(...judgeStatuses(run, reply, false));
  if (executed > ownNumber(run)) writes.push({ write: 'foldUpTo', number: executed });
  // It came in whole before a link was lost: the rest need not go again.
  if (upload.open !== null && upload.open.number <= executed) upload.open = null;
  const unknown = p.listing === undefined ? [] : unknownOf(reply);
  for (const luid of unknown) writes.push({ write: 'unknown', luid });
  const listed = p.listing === undefined || (p.listing.done && sent.complete && unknown.length === 0);
  const failed = yield* applyAll(run, p, reply, writes);
  p.last = failed ? p.last : alert.next;
  run.anchors = {
    ...run.anchors,
    own: String(Math.max(executed, ownNumber(run))),
    ...(failed || !listed || sent.alertOnly ? {} : { server: alert.next }),
  };
  writes.push({ write: 'anchors', datastore: run.env.datastore, anchors: { own: run.anchors.own, server: run.anchors.server } });
  yield* commit(writes);
  yield* need<ClientNeeds, 'progress'>('progress', {
    received: received.added + received.changed,
    sent: upload.counts.added + upload.counts.changed,
    expected: null,
  });
  if (listed) p.listing = undefined;
  return failed || sent.alertOnly || !sent.complete || !reply.final || upload.open !== null;
}

/** Mails made here that the server, asked in a listing, does not know. */
function unknownOf(reply: Message): readonly string[] {
  const asked = statusesOf(reply).filter((status) => status.cmd === 'Replace' && status.data === String(StatusCode.NotFound));
  return asked.flatMap((status) => status.sourceRefs.filter((luid) => luid.startsWith(deviceLuidPrefix)));
}

/** The numbers here were given by another database than the server has now. */
function isOfOther(run: Run, next: string): boolean {
  return run.anchors.server !== null && databaseOfAnchor(run.anchors.server) !== databaseOfAnchor(next);
}

/** The anchors did not fit: nothing was executed, and both sides compare what they have. */
function restart(run: Run, p: Progress, code: number, next: string): void {
  run.type = code === 205 ? 'refresh' : 'slow';
  p.last = next;
  p.clear = code === 205;
  if (code === 205) p.sends = false;
  p.listing = code === 205 ? undefined : newListing();
  run.upload.last = 0;
  run.upload.open = null;
  run.upload.counts = { added: 0, changed: 0, deleted: 0, moved: 0 };
}

/** True when an item could not be stored: the anchor then stays, and the server is told at once. */
function* applyAll(run: Run, p: Progress, reply: Message, writes: ClientWrite[]): Step<ClientNeeds, boolean> {
  let failed = false;
  const cleared = p.clear;
  for (const sync of syncsOf(reply)) {
    if (cleared && p.clear) writes.push({ write: 'clear' });
    p.clear = false;
    const applied = yield* applySync(sync, run.gathering, { cleared, mapped: false });
    writes.push(...applied.writes);
    addCounts(run.received, applied.counts);
    for (const status of applied.statuses.filter(isFailure)) {
      failed = true;
      p.failures.push({
        msgRef: reply.header.msgId,
        cmdRef: status.cmdRef,
        cmd: status.cmd,
        targetRefs: status.target === undefined ? [] : [status.target],
        sourceRefs: status.source === undefined ? [] : [status.source],
        data: String(status.code),
        items: [],
      });
    }
  }
  if (failed && (p.failedMessages += 1) > 3)
    throw new SessionError('ERR_SESSION_PROTOCOL', 'the server keeps sending what cannot be stored');
  return failed;
}

function isFailure(status: Applied['statuses'][number]): boolean {
  return status.code >= 300 && status.code !== StatusCode.AlreadyExists;
}
