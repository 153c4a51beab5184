// One session of the client: messages numbered, credentials given and challenged, the address followed. DS Protocol 1.2 §5.
import {
  contentTypeOf,
  decodeMessage,
  encodeMessage,
  encodingOf,
  StatusCode,
  SyncmlError,
  type Command,
  type Encoding,
  type Message,
  type Status,
  type SyncHdr,
} from '@packetboat/syncml';
import { SessionError } from '../errors.ts';
import { MessageWriter } from '../message/message-writer.ts';
import { challenge, challengedType, checkClaim, credential, readClaim, type AuthType } from '../security/credential.ts';
import { userSecret } from '../security/digest.ts';
import { macDigest, writeMacHeader } from '../security/mac.ts';
import { limits } from '../limits.ts';
import { need, type Step } from '../step.ts';
import type { ClientEnv } from './env.ts';
import type { ClientNeeds, ServerKnowledge } from './port.ts';

/** What is counted and remembered while a session runs. */
export interface ClientSession {
  readonly env: ClientEnv;
  readonly sessionId: string;
  msgId: number;
  url: string;
  nonce: Uint8Array;
  auth: AuthType;
  /** Whether the next message must carry credentials. */
  authenticate: boolean;
  /** Whether the server has shown who it is, or need not. */
  serverIsKnown: boolean;
  maxMsgSize: number;
  maxObjSize: number | null;
  /** MsgIDs of messages that went again with credentials, and under which they had been made. */
  readonly resent: Map<string, string>;
  roundTrips: number;
  bytesUp: number;
  bytesDown: number;
}

/**
 * SessionID of the `number`th session: 16 bits, as notifications name it, so four characters at most (SyncML Representation 1.2:
 * no more than four bytes). The first one is drawn, since the server may still remember sessions of a store that this one takes the
 * place of.
 */
export function sessionIdOf(base: number, number: number): string {
  return (((base + number) % 0xff_ff) + 1).toString(16).toUpperCase();
}

export function drawSessionBase(env: ClientEnv): number {
  const [high = 0, low = 0] = env.random(2);
  return high * 256 + low;
}

export function newSession(env: ClientEnv, knowledge: ServerKnowledge, sessionId: string): ClientSession {
  return {
    env,
    sessionId,
    msgId: 1,
    url: env.url,
    nonce: knowledge.nonce ?? new Uint8Array(),
    auth: env.auth,
    authenticate: true,
    serverIsKnown: env.serverLogin === undefined,
    maxMsgSize: limits.messageBytes,
    maxObjSize: null,
    resent: new Map(),
    roundTrips: 0,
    bytesUp: 0,
    bytesDown: 0,
  };
}

/** Header of the next message; with credentials where they are due. */
export function header(session: ClientSession, lean: boolean): SyncHdr {
  const { env } = session;
  const { auth } = session;
  const cred = session.authenticate && auth !== 'mac' ? { cred: credential(auth, env.user, env.password, session.nonce, env.version) } : {};
  return {
    version: env.version,
    sessionId: session.sessionId,
    msgId: String(session.msgId),
    target: { locUri: lean ? '/' : env.url },
    source: { locUri: env.deviceId, ...(session.authenticate ? { locName: env.user } : {}) },
    ...cred,
    ...(lean ? {} : { meta: { maxMsgSize: env.maxMsgSize, maxObjSize: limits.objectBytes } }),
  };
}

/** A writer for the next message, with room for credentials. */
export function writerFor(session: ClientSession, lean: boolean): MessageWriter {
  return new MessageWriter(header({ ...session, authenticate: true }, lean), session.env.encoding, session.maxMsgSize);
}

/** Sends a message and returns the answer; answers a challenge by sending the same commands again, once. */
export function* exchange(session: ClientSession, commands: readonly Command[], final: boolean, lean: boolean): Step<ClientNeeds, Message> {
  if (session.msgId > limits.sessionMessages) throw new SessionError('ERR_SESSION_PROTOCOL', 'the session has too many messages');
  const made = String(session.msgId);
  for (let attempt = 0; ; attempt += 1) {
    if (attempt > 0) session.resent.set(String(session.msgId), made);
    const reply = yield* roundTrip(session, { header: header(session, lean), commands, final });
    session.msgId += 1;
    const status = reply.commands.find((command): command is Status => command.name === 'Status' && command.cmd === 'SyncHdr');
    const code = Number(status?.data ?? StatusCode.AuthenticationAccepted);
    if (code === StatusCode.InvalidCredentials || code === StatusCode.MissingCredentials) {
      if (attempt > 0) throw new SessionError('ERR_SESSION_AUTH', 'the server does not accept this user and password');
      const type = challengedType(status?.chal);
      if (type === undefined)
        throw new SessionError(
          'ERR_SESSION_AUTH',
          `the server asks for a kind of log-in that is not supported (${status?.chal?.meta.type ?? 'none'})`,
        );
      session.auth = type;
      session.nonce = status?.chal?.meta.nextNonce ?? new Uint8Array();
      session.authenticate = true;
      continue;
    }
    if (code >= 300) throw new SessionError('ERR_SESSION_REFUSED', `the server refused the session with status ${code}`);
    yield* accept(session, reply, status, code, lean);
    return session.serverIsKnown ? reply : yield* askWhoItIs(session, reply, lean);
  }
}

/** Asks the server to log in, by MD5, and returns the reply that it gives then: the same, with a Cred. DS Protocol 1.2 §5. */
function* askWhoItIs(session: ClientSession, refused: Message, lean: boolean): Step<ClientNeeds, Message> {
  const { env } = session;
  const nonce = env.random(16);
  const statusFor = (cmdRef: string, cmd: string, at: number): Status => ({
    name: 'Status',
    cmdId: String(at),
    msgRef: refused.header.msgId,
    cmdRef,
    cmd,
    targetRefs: [],
    sourceRefs: [],
    data: String(StatusCode.MissingCredentials),
    items: [],
  });
  const others = refused.commands.filter((command) => command.name !== 'Status' && command.name !== 'Results');
  const commands: Status[] = [
    {
      ...statusFor('0', 'SyncHdr', 1),
      targetRefs: [env.deviceId],
      sourceRefs: [refused.header.source.locUri],
      chal: challenge('md5', nonce),
    },
    ...others.map((command, at) => statusFor(command.cmdId, command.name, at + 2)),
  ];
  const reply = yield* roundTrip(session, { header: header(session, lean), commands, final: false });
  session.msgId += 1;
  const login = env.serverLogin;
  const claim = readClaim(reply.header.cred, reply.header.source.locName);
  const isRight =
    login !== undefined &&
    claim.kind === 'md5' &&
    claim.user === login.name &&
    checkClaim(claim, userSecret(login.name, login.password), [nonce]) !== null;
  if (!isRight) throw new SessionError('ERR_SESSION_AUTH', 'the server has not shown that it knows the password that it must have');
  const status = reply.commands.find(
    (command): command is Status => command.name === 'Status' && command.cmd === 'SyncHdr' && command.msgRef === String(session.msgId - 1),
  );
  yield* accept(session, reply, status, Number(status?.data ?? StatusCode.AuthenticationAccepted), lean);
  session.serverIsKnown = true;
  return reply;
}

function* accept(session: ClientSession, reply: Message, status: Status | undefined, code: number, lean: boolean): Step<ClientNeeds, void> {
  const nonce = status?.chal?.meta.nextNonce;
  if (nonce !== undefined) {
    session.nonce = nonce;
    yield* need<ClientNeeds, 'commit'>('commit', { writes: [{ write: 'knowledge', knowledge: { nonce } }] });
  }
  if (reply.header.respUri !== undefined) session.url = reply.header.respUri;
  // 200 accepts this message alone: the next needs credentials too. Once accepted for the session, a 200 means just that.
  // A profile server that gave the session no address knows it by its credentials.
  if (lean && session.url === session.env.url) session.authenticate = true;
  else if (session.authenticate) session.authenticate = code === StatusCode.Ok;
  const { meta } = reply.header;
  if (meta?.maxMsgSize !== undefined) session.maxMsgSize = meta.maxMsgSize;
  if (meta?.maxObjSize !== undefined) session.maxObjSize = meta.maxObjSize;
}

function* roundTrip(session: ClientSession, message: Message): Step<ClientNeeds, Message> {
  const { encoding } = session.env;
  const body = encodeMessage(message, encoding, { cdata: true });
  const ask = { url: session.url, contentType: contentTypeOf(encoding), body, ...macOf(session, body) };
  const answer = yield* need<ClientNeeds, 'exchange'>('exchange', ask);
  session.roundTrips += 1;
  session.bytesUp += body.length;
  if (answer.kind === 'failed') throw new SessionError('ERR_SESSION_TRANSPORT', `no answer from the server: ${answer.reason}`);
  session.bytesDown += answer.body.length;
  const replyEncoding = encodingOf(answer.contentType);
  if (replyEncoding === undefined)
    throw new SessionError(
      'ERR_SESSION_PROTOCOL',
      `the server answered with ${answer.contentType || 'no content type'}, which is not SyncML`,
    );
  const reply = readReply(answer.body, replyEncoding);
  if (reply.header.sessionId !== message.header.sessionId)
    throw new SessionError('ERR_SESSION_PROTOCOL', 'the answer belongs to another session');
  return reply;
}

/** The MAC of a message, where this is how the session logs in. */
function macOf(session: ClientSession, body: Uint8Array): { readonly mac?: string } {
  if (!session.authenticate || session.auth !== 'mac') return {};
  const { user, password } = session.env;
  const mac = writeMacHeader({ user, mac: macDigest(userSecret(user, password), session.nonce, body) });
  if (mac === undefined) throw new SessionError('ERR_SESSION_AUTH', 'a log-in by MAC cannot carry this user name');
  return { mac };
}

function readReply(body: Uint8Array, encoding: Encoding): Message {
  try {
    return decodeMessage(body, encoding);
  } catch (cause) {
    // What the codec beneath throws is the server's fault here, not ours.
    if (cause instanceof SyncmlError || !(cause instanceof Error)) throw cause;
    throw new SessionError('ERR_SESSION_PROTOCOL', `the answer of the server cannot be read: ${cause.message}`, { cause });
  }
}
