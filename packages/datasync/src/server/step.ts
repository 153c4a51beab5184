// One message of a device, from bytes to the bytes of the answer: the server role of a session. It asks for what it needs
// and writes everything in one commit together with the answer, so that a repeat gets the same bytes and a cut loses nothing.
import { bytesToHex } from '@noble/hashes/utils.js';
import { StatusCode, type Command, type Encoding, type Message, type Status, type SyncHdr } from '@packetboat/syncml';
import { deviceCapability } from '../capability/device.ts';
import { SessionError } from '../errors.ts';
import { limits } from '../limits.ts';
import { fingerprint } from '../security/digest.ts';
import { need, type Step } from '../step.ts';
import { handleMap, handleStatuses, writtenRows } from './acknowledge.ts';
import { handleAlert } from './alert.ts';
import { handleRefusedAnchors } from './anchor-refused.ts';
import { advance } from './complete.ts';
import { devInfOf, handleGet, handlePut, storedDevInf } from './devinf.ts';
import { enter, type Entrance, type LogIn } from './enter.ts';
import { fill, tooSmall } from './fill.ts';
import { askedToLogIn, loginFor, macOf, nextOwnLogin, repeatLoggedIn } from './own-login.ts';
import type { ServerNeeds, ServerWrite, StoredSession } from './port.ts';
import { receiveSync } from './receive.ts';
import { refuse, statusOf } from './refuse.ts';
import { Stage, type SessionState } from './state.ts';
import { accountRevs, answer, flush, loadAccount, silencedCommands, textItem, type ServerEnv, type Turn } from './turn.ts';
import { datastorePath } from '../loc-uri.ts';

export interface ServerMessage {
  /** The message, and the bytes that it was decoded from: a repeat is known by their hash. */
  readonly message: Message;
  readonly body: Uint8Array;
  readonly encoding: Encoding;
  /** Session token of the address posted to; null when there was none. */
  readonly token: string | null;
  /** The header `x-syncml-hmac`, when there was one. */
  readonly mac?: string;
}

export interface ServerReply {
  readonly body: Uint8Array;
  readonly encoding: Encoding;
  /** For the log: who it was, once known. Never content. */
  readonly person: string | null;
  readonly deviceId: string;
  /** For who counts log-ins. */
  readonly logIn: LogIn;
  /** Value of the header `x-syncml-hmac` that goes with it. */
  readonly mac?: string;
}

/**
 * Answers one message. Throws `SessionError` `ERR_SESSION_STALE` for an old one that must change nothing, and `SyncmlError` for
 * an object in it that breaks a limit.
 */
export function* serverStep(input: ServerMessage, env: ServerEnv): Step<ServerNeeds, ServerReply> {
  const { message } = input;
  const { header } = message;
  checkHeader(header);
  const deviceId = header.source.locUri;
  const reply = (body: Uint8Array, person: string | null, logIn: LogIn, ownMac: string | null = null): ServerReply => ({
    body,
    encoding: input.encoding,
    person,
    deviceId,
    logIn,
    ...(ownMac === null ? {} : { mac: ownMac }),
  });
  if (header.unknownVersion !== undefined) return reply(refuse(message, input.encoding, versionFault(header)), null, 'none');
  const hash = fingerprint(input.body);
  const mac = input.mac === undefined ? {} : { mac: { header: input.mac, body: input.body } };
  const entrance = yield* enter({ message, hash, token: input.token, ...mac }, env);
  if (entrance.kind === 'stale')
    throw new SessionError('ERR_SESSION_STALE', `message ${header.msgId} of session ${header.sessionId} was answered before later ones`);
  const { logIn } = entrance;
  if (entrance.kind === 'repeat') return reply(entrance.reply, entrance.person, logIn, readState(entrance.stored).replyMac ?? null);
  if (entrance.kind === 'challenge') return reply(refuse(message, input.encoding, entrance), null, logIn);
  const { body, mac: ownMac } =
    (yield* proveWhoWeAre(message, hash, entrance, env)) ?? (yield* answerMessage(message, hash, input, entrance, env));
  return reply(body, entrance.person, logIn, ownMac);
}

/** What is stored, logged, or repeated in every answer has to have an end. */
function checkHeader({ sessionId, msgId, target, source, respUri }: SyncHdr): void {
  const isLong = [target.locUri, source.locUri, respUri ?? ''].some((address) => address.length > limits.addressLength);
  if (isLong || sessionId.length > limits.sessionIdLength || msgId.length > limits.sessionIdLength)
    throw new SessionError('ERR_SESSION_PROTOCOL', 'an address, SessionID or MsgID of the header is too long');
}

function versionFault(header: SyncHdr): { code: number } {
  const known = /^1\.[012]$/.test(header.unknownVersion?.verDtd ?? '');
  return { code: known ? StatusCode.ProtocolVersionNotSupported : StatusCode.DtdVersionNotSupported };
}

type Admitted = Extract<Entrance, { kind: 'admitted' }>;

/** An answer, with its MAC header where it has one. */
interface Sent {
  readonly body: Uint8Array;
  readonly mac: string | null;
}

/** Where the device has not taken our last reply because it asks who we are: that reply once more, with a log-in. Its other commands wait with it. */
function* proveWhoWeAre(message: Message, hash: string, entrance: Admitted, env: ServerEnv): Step<ServerNeeds, Sent | undefined> {
  const { stored } = entrance;
  const session = stored === null ? undefined : readState(stored);
  const word = session === undefined ? undefined : askedToLogIn(message, session);
  if (stored === null || session === undefined || word === undefined) return undefined;
  const { header } = message;
  const login = loginFor(word, session, env);
  const status: Status = {
    ...statusOf(header, { cmdId: '0', name: 'SyncHdr' }, entrance.code ?? StatusCode.Ok),
    ...(entrance.chal === null ? {} : { chal: entrance.chal }),
  };
  const repeated = repeatLoggedIn(stored.lastReply, status, login, session, env);
  const mac = macOf(repeated.body, login, env);
  const state = { ...repeated.session, replyMac: mac, seen: remember(session.seen, header.msgId, hash) };
  const next = { ...stored, state: JSON.stringify(state), lastMsgId: header.msgId, lastHash: hash, lastReply: repeated.body };
  yield* need<ServerNeeds, 'commit'>('commit', {
    writes: [{ write: 'session', session: next }, ...nonceWrites(entrance, header)],
    accountRevs: {},
  });
  return { body: repeated.body, mac };
}

/** The nonce that a message has used up. With its answer and not before: a message that could not be answered may come again with its digest. */
function nonceWrites({ person, nonceUse }: Admitted, header: SyncHdr): readonly ServerWrite[] {
  return nonceUse === null ? [] : [{ write: 'device', person, deviceId: header.source.locUri, nonceUse }];
}

function* answerMessage(message: Message, hash: string, input: ServerMessage, entrance: Admitted, env: ServerEnv): Step<ServerNeeds, Sent> {
  const { header } = message;
  const token = entrance.stored?.token ?? bytesToHex(env.random(16));
  const turn = newTurn(message, input.encoding, entrance, env);
  const { session } = turn;
  if (session.msgId > limits.sessionMessages) throw new SessionError('ERR_SESSION_PROTOCOL', 'the session has too many messages');
  session.ownLogin = nextOwnLogin(message, session);
  session.msgId += 1;
  if (header.meta?.maxMsgSize !== undefined) Object.assign(session, { maxMsgSize: header.meta.maxMsgSize });
  const headerRefs = { target: header.target.locUri, source: header.source.locUri };
  if (entrance.code !== null || entrance.chal !== null || !session.profile) {
    answer(turn, { cmdId: '0', name: 'SyncHdr' }, entrance.code ?? StatusCode.Ok, {
      ...headerRefs,
      ...(entrance.chal === null ? {} : { chal: entrance.chal }),
    });
  }
  const head = replyHeader(turn, entrance.stored === null, env, token);
  if (tooSmall(turn, head)) {
    const text = `A message of ${session.maxMsgSize} bytes (MaxMsgSize) has no room for an answer and a piece of a mail.`;
    return { body: refuse(message, input.encoding, { code: StatusCode.EntityTooLarge, text }), mac: null };
  }
  if (countCommands(message.commands) > limits.messageCommands) {
    const text = `A message may have ${limits.messageCommands} commands and items.`;
    return { body: refuse(message, input.encoding, { code: StatusCode.EntityTooLarge, text }), mac: null };
  }
  yield* handleCommands(turn);
  yield* trySubmissions(turn);
  const clientDone =
    session.owesFinal || (message.final && turn.missing.size === 0) || session.datastores.some((ds) => ds.stage === Stage.Sending);
  const sentBefore = new Set(session.datastores.filter((ds) => ds.stage === Stage.Sent).map((ds) => ds.key));
  advance(turn);
  // What is sent is decided by rows that the device's changes may just have settled.
  if (session.datastores.some((ds) => ds.stage === Stage.Sending)) yield* flush(turn);
  const body = yield* fill(turn, head, sentBefore, clientDone);
  session.replyMac = macOf(body, session.ownLogin, env);
  const stored: StoredSession = {
    token,
    person: turn.person,
    deviceId: turn.deviceId,
    sessionId: header.sessionId,
    state: JSON.stringify({ ...session, seen: remember(session.seen, header.msgId, hash) }),
    lastMsgId: header.msgId,
    lastHash: hash,
    lastReply: body,
    version: entrance.stored?.version ?? 0,
  };
  for (const spool of turn.dropped) turn.writes.push({ write: 'dropSpool', spool });
  turn.writes.push({ write: 'session', session: stored });
  turn.writes.push(...nonceWrites(entrance, header));
  yield* need<ServerNeeds, 'commit'>('commit', { writes: turn.writes, accountRevs: accountRevs(turn) });
  return { body, mac: session.replyMac };
}

function countCommands(commands: readonly Command[]): number {
  let count = 0;
  for (const command of commands) {
    count += 1;
    if ('items' in command) count += command.items.length;
    if ('mapItems' in command) count += command.mapItems.length;
    if ('commands' in command) count += countCommands(command.commands);
  }
  return count;
}

/** The newest messages of the session: an old one that comes again is not taken for a restarted client. */
function remember(seen: SessionState['seen'], msgId: string, hash: string): SessionState['seen'] {
  const kept = Object.entries(seen)
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .slice(-limits.rememberedMessages);
  return { ...Object.fromEntries(kept), [msgId]: hash.slice(0, 16) };
}

function newTurn(message: Message, encoding: Encoding, entrance: Admitted, env: ServerEnv): Turn {
  const devInf = devInfOf(message) ?? storedDevInf(entrance.device?.devInf ?? null);
  const capability = deviceCapability(devInf);
  const { header } = message;
  const session: SessionState =
    entrance.stored === null
      ? {
          version: header.version,
          encoding,
          msgId: 0,
          // The profile stands on Move, which SyncML 1.1 lacks.
          profile: capability.profile && header.version === '1.2',
          maxMsgSize: header.meta?.maxMsgSize ?? limits.messageBytes,
          maxObjSize: header.meta?.maxObjSize ?? (capability.largeObjects ? limits.objectBytes : null),
          datastores: [],
          sent: [],
          spilled: [],
          postponed: [],
          incoming: null,
          outgoing: null,
          refused: null,
          seen: {},
          owesFinal: false,
          secretMark: entrance.secretMark,
          macEach: entrance.macEach,
          ownLogin: null,
          replyMac: null,
        }
      : readState(entrance.stored);
  return {
    env,
    message,
    person: entrance.person,
    deviceId: header.source.locUri,
    session,
    devInf,
    capability,
    writes: [],
    accounts: new Map(),
    silenced: silencedCommands(message.commands),
    statuses: [],
    results: [],
    alerts: [],
    opened: new Set(),
    failedAlerts: new Map(),
    openSubmissions: new Map(),
    outgoing: new Map(),
    clientNext: new Map(),
    spooled: new Map(),
    dropped: [],
    numbered: new Set(),
    missing: new Set(),
    askedNext: false,
  };
}

function readState(stored: StoredSession): SessionState {
  try {
    return JSON.parse(stored.state) as SessionState;
  } catch (cause) {
    throw new SessionError('ERR_SESSION_STATE', 'the stored session cannot be read', { cause });
  }
}

/** In the order that the protocol needs, whatever the order in the message: DevInf, Alerts, Maps, Syncs. */
function* handleCommands(turn: Turn): Step<ServerNeeds, void> {
  const { commands } = turn.message;
  const statuses = commands.filter((command): command is Status => command.name === 'Status');
  yield* handleStatuses(turn, statuses);
  yield* handleRefusedAnchors(turn, statuses);
  for (const command of commands) if (command.name === 'Put' || command.name === 'Results') yield* handlePut(turn, command);
  for (const command of commands) if (command.name === 'Get') handleGet(turn, command);
  for (const command of commands) if (command.name === 'Alert') yield* handleAlert(turn, command);
  const written = writtenRows(turn);
  for (const command of commands) if (command.name === 'Map') yield* handleMap(turn, command, written);
  // A device that was cut may send an item as new whose Map stands before it: that the item is known must be readable.
  if (commands.some((command) => command.name === 'Map') && commands.some((command) => command.name === 'Sync')) yield* flush(turn);
  for (const command of commands) if (command.name === 'Sync') yield* receiveSync(turn, command);
  for (const command of commands) {
    switch (command.name) {
      case 'Exec':
      case 'Search':
      case 'Atomic':
      case 'Sequence':
        answer(turn, command, StatusCode.FeatureNotSupported);
        break;
      case 'Add':
      case 'Copy':
      case 'Delete':
      case 'Move':
      case 'Replace':
        // Outside of a Sync there is no datastore that they could be for.
        answer(turn, command, StatusCode.CommandNotAllowed);
        break;
      default:
        break;
    }
  }
}

/** Sends what is to be sent, for at most 2 s, outside any transaction; then tells what became of it. */
function* trySubmissions(turn: Turn): Step<ServerNeeds, void> {
  if (turn.openSubmissions.size === 0) return;
  yield* flush(turn);
  const outcomes = yield* need<ServerNeeds, 'submit'>('submit', { queueIds: [...turn.openSubmissions.keys()] });
  for (const outcome of outcomes) {
    for (const status of turn.openSubmissions.get(outcome.queueId) ?? []) {
      if (outcome.outcome === 'refused') {
        status.data = String(StatusCode.CommandFailed);
        status.items = textItem(outcome.text);
        continue;
      }
      status.data = String(outcome.outcome === 'sent' ? StatusCode.ItemAdded : StatusCode.Accepted);
      if (turn.session.profile) turn.statuses.splice(turn.statuses.indexOf(status), 1);
    }
  }
  // The mail is in Sent now, or marked in the Outbox: the device hears of it in this reply.
  for (const ds of turn.session.datastores) {
    if (ds.stage !== Stage.Receiving || ds.only !== null || ds.type === 202) continue;
    yield* need<ServerNeeds, 'plan'>('plan', { generation: ds.generation, view: ds.view, viewHash: ds.viewHash, wanted: ds.wanted });
    const path = datastorePath(ds.key);
    if (path !== undefined) yield* loadAccount(turn, ds.key, path);
  }
}

function replyHeader(turn: Turn, isNew: boolean, env: ServerEnv, token: string): SyncHdr {
  const { header } = turn.message;
  const { profile, version, msgId } = turn.session;
  return {
    version,
    sessionId: header.sessionId,
    msgId: String(msgId),
    target: { locUri: header.respUri ?? header.source.locUri },
    source: { locUri: profile ? '/' : header.target.locUri },
    ...(isNew ? { respUri: `${env.url}${env.url.includes('?') ? '&' : '?'}s=${token}` } : {}),
    ...(profile && !introduces(turn.message) ? {} : { meta: { maxMsgSize: limits.messageBytes, maxObjSize: limits.objectBytes } }),
  };
}

/** The device tells what it is, so it is told what we are. */
function introduces(message: Message): boolean {
  return message.commands.some((command) => command.name === 'Put' || command.name === 'Get');
}
