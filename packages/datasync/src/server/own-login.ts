// The server logs in to a device that asks who it is: Status 407 with a Chal for the header of our message, to which the
// same commands go again with a Cred of ours, or with a MAC. DS Protocol 1.2 §5: authentication works the same both ways.
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { decodeMessage, encodeMessage, StatusCode, type Command, type Message, type Status, type SyncHdr } from '@packetboat/syncml';
import { SessionError } from '../errors.ts';
import { challengedType, credential } from '../security/credential.ts';
import { userSecret } from '../security/digest.ts';
import { macDigest, writeMacHeader } from '../security/mac.ts';
import type { OwnLogin, SessionState } from './state.ts';
import type { ServerEnv } from './turn.ts';

/** Log-ins of ours that a device may refuse in one session: one over a nonce that it has forgotten, and a second. */
const attempts = 3;

/** The device's word on the header of our last message. */
function wordOnHeader(message: Message, lastMsgId: number): Status | undefined {
  return message.commands.find(
    (command): command is Status => command.name === 'Status' && command.cmd === 'SyncHdr' && command.msgRef === String(lastMsgId),
  );
}

/** The Status by which the device asks this server to log in; undefined when it does not. */
export function askedToLogIn(message: Message, session: SessionState): Status | undefined {
  const word = wordOnHeader(message, session.msgId);
  const code = Number(word?.data);
  return code === StatusCode.MissingCredentials || code === StatusCode.InvalidCredentials ? word : undefined;
}

/** What the device's answer to our log-in makes of the next: 212 ends it, 200 wants one for each message. */
export function nextOwnLogin(message: Message, session: SessionState): OwnLogin | null {
  const login = session.ownLogin ?? null;
  const word = wordOnHeader(message, session.msgId);
  if (login === null || word?.data !== String(StatusCode.Ok)) return null;
  const nonce = word.chal?.meta.nextNonce;
  return { ...login, attempts: 0, ...(nonce === undefined ? {} : { nonce: bytesToHex(nonce) }) };
}

/**
 * How this server logs in after a challenge. Throws `ERR_SESSION_AUTH` when it has no name and password for that, when the
 * kind is unknown, and when the device goes on refusing.
 */
export function loginFor(word: Status, session: SessionState, env: ServerEnv): OwnLogin {
  if (env.ownLogin === undefined)
    throw new SessionError('ERR_SESSION_AUTH', 'the device wants this server to log in, which has no name and password for that');
  const type = challengedType(word.chal);
  if (type === undefined)
    throw new SessionError('ERR_SESSION_AUTH', 'the device asks this server for a kind of log-in that is not supported');
  const tried = (session.ownLogin?.attempts ?? 0) + 1;
  if (tried > attempts) throw new SessionError('ERR_SESSION_AUTH', 'the device does not accept the name and password of this server');
  return { type, nonce: bytesToHex(word.chal?.meta.nextNonce ?? new Uint8Array()), attempts: tried };
}

/** A header with our log-in, where it goes into the header. */
export function withLogin(header: SyncHdr, login: OwnLogin | null, env: ServerEnv): SyncHdr {
  const { ownLogin } = env;
  if (login === null || ownLogin === undefined) return header;
  const source = { ...header.source, locName: ownLogin.name };
  if (login.type === 'mac') return { ...header, source };
  return { ...header, source, cred: credential(login.type, ownLogin.name, ownLogin.password, hexToBytes(login.nonce), header.version) };
}

/** The MAC header of a reply, where that is how we log in. */
export function macOf(body: Uint8Array, login: OwnLogin | null, env: ServerEnv): string | null {
  const { ownLogin } = env;
  if (login?.type !== 'mac' || ownLogin === undefined) return null;
  const mac = macDigest(userSecret(ownLogin.name, ownLogin.password), hexToBytes(login.nonce), body);
  return writeMacHeader({ user: ownLogin.name, mac }) ?? null;
}

/** A header as large as ours can become: room is kept for a log-in that is asked for only when the message is full. */
export function largestHeader(header: SyncHdr, env: ServerEnv): SyncHdr {
  if (env.ownLogin === undefined) return header;
  const { name, password } = env.ownLogin;
  const cred = credential('basic', name, `${password}${'.'.repeat(160)}`, new Uint8Array(), '1.2');
  return { ...header, source: { ...header.source, locName: name }, cred };
}

export interface Repeated {
  readonly body: Uint8Array;
  readonly session: SessionState;
}

/** The last reply again, under the next MsgID and with our log-in; the answer to this message's own header stands before it. */
export function repeatLoggedIn(lastReply: Uint8Array, answer: Status, login: OwnLogin, session: SessionState, env: ServerEnv): Repeated {
  const last = decodeMessage(lastReply, session.encoding);
  const msgId = session.msgId + 1;
  const cmdIds = last.commands.flatMap(cmdIdsOf);
  const commands = [{ ...answer, cmdId: String(Math.max(0, ...cmdIds) + 1) }, ...last.commands];
  const header = withLogin({ ...last.header, msgId: String(msgId) }, login, env);
  return {
    body: encodeMessage({ header, commands, final: last.final }, session.encoding, { cdata: true }),
    session: {
      ...session,
      msgId,
      ownLogin: login,
      sent: session.sent.map((sent) => (sent.msgId === last.header.msgId ? { ...sent, msgId: String(msgId) } : sent)),
    },
  };
}

function cmdIdsOf(command: Command): readonly number[] {
  return [Number(command.cmdId), ...('commands' in command ? command.commands.flatMap(cmdIdsOf) : [])];
}
