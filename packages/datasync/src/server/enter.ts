// Who is speaking, in which session, and whether the message was answered before. DS Protocol 1.2 §5 (authentication);
// repeats are recognised by MsgID and hash within a session, sessions by their token or, with credentials, by SessionID.
import { StatusCode, type Message, type Version } from '@packetboat/syncml';
import { claimHolds, challenge, readClaim, type AuthType, type Claim } from '../security/credential.ts';
import { deriveNonce, fingerprint } from '../security/digest.ts';
import { SessionError } from '../errors.ts';
import { limits } from '../limits.ts';
import { need, type Step } from '../step.ts';
import type { DeviceRecord, ServerNeeds, StoredSession } from './port.ts';
import type { ServerEnv } from './turn.ts';
import type { Chal } from '@packetboat/syncml';

export interface ServerInput {
  readonly message: Message;
  /** SHA-256 of the body. */
  readonly hash: string;
  /** Session token of the address that was posted to; null when it had none. */
  readonly token: string | null;
}

export type Entrance =
  | { readonly kind: 'repeat'; readonly reply: Uint8Array }
  | { readonly kind: 'stale' }
  | { readonly kind: 'challenge'; readonly code: number; readonly chal: Chal }
  | {
      readonly kind: 'admitted';
      readonly person: string;
      readonly device: DeviceRecord | null;
      readonly stored: StoredSession | null;
      /** Fingerprint of the secret that the session stands on. */
      readonly secretMark: string;
      /** 212 for the session, 200 for this message alone; null when the session was authenticated before. */
      readonly code: number | null;
      readonly chal: Chal | null;
      /** The device's log-ins, when this message is one. */
      readonly nonceCount: number | null;
    };

/** A challenge to somebody without a name holds for at least this long, ms, and for less than twice of it. */
const anonymousSpell = 300_000;

type Place = 'none' | 'repeat' | 'stale' | 'next';

/** What is read of a stored session before it is known to be the sender's. */
function stateOf(stored: StoredSession): { readonly seen?: Readonly<Record<string, string>>; readonly secretMark?: string } {
  return JSON.parse(stored.state) as ReturnType<typeof stateOf>;
}

/** A token is worth no more than the log-in it was given for: not when the person is gone, or has another password. */
function* stillAllowed(stored: StoredSession): Step<ServerNeeds, boolean> {
  const known = yield* need<ServerNeeds, 'secret'>('secret', { user: stored.person });
  return known !== null && markOf(known.secret) === stateOf(stored).secretMark;
}

function markOf(secret: string): string {
  return fingerprint('session', secret).slice(0, 16);
}

/** Where a message stands in a stored session. */
function placeOf(stored: StoredSession, message: Message, hash: string): Place {
  const { msgId } = message.header;
  if (stored.lastMsgId === msgId && stored.lastHash === hash) return 'repeat';
  const { seen } = stateOf(stored);
  if (seen?.[msgId] === hash.slice(0, 16)) return 'stale';
  return Number(msgId) > Number(stored.lastMsgId) ? 'next' : 'none';
}

export function* enter(input: ServerInput, env: ServerEnv): Step<ServerNeeds, Entrance> {
  const { header } = input.message;
  const deviceId = header.source.locUri;
  if (
    deviceId.length > limits.deviceIdLength ||
    header.sessionId.length > limits.sessionIdLength ||
    header.msgId.length > limits.sessionIdLength
  ) {
    throw new SessionError('ERR_SESSION_PROTOCOL', 'DevID, SessionID or MsgID is too long');
  }
  if (input.token !== null) {
    const stored = yield* need<ServerNeeds, 'session'>('session', { token: input.token });
    if (stored !== null && stored.deviceId === deviceId && stored.sessionId === header.sessionId && (yield* stillAllowed(stored))) {
      const place = placeOf(stored, input.message, input.hash);
      if (place === 'repeat') return { kind: 'repeat', reply: stored.lastReply };
      if (place === 'stale') return { kind: 'stale' };
      if (place === 'next') {
        const device = yield* need<ServerNeeds, 'device'>('device', { person: stored.person, deviceId });
        return {
          kind: 'admitted',
          person: stored.person,
          device,
          stored,
          secretMark: stateOf(stored).secretMark ?? '',
          code: null,
          chal: null,
          nonceCount: null,
        };
      }
    }
  }
  return yield* authenticate(input, env, deviceId);
}

function* authenticate(input: ServerInput, env: ServerEnv, deviceId: string): Step<ServerNeeds, Entrance> {
  const { header } = input.message;
  const claim = readClaim(header.cred, header.source.locName);
  const user = claim.kind === 'basic' || claim.kind === 'md5' ? claim.user : (header.source.locName ?? '');
  const known = yield* need<ServerNeeds, 'secret'>('secret', { user });
  const device = yield* need<ServerNeeds, 'device'>('device', { person: known?.person ?? '', deviceId });
  const count = device?.nonceCount ?? 0;
  const nonce = (n: number): Uint8Array => deriveNonce(env.secret, user, deviceId, n);
  // Who did not say who it is is challenged with a nonce of the time, since there is no count of log-ins to take it from.
  const spell = Math.floor(env.now / anonymousSpell);
  const anonymous = (n: number): Uint8Array => deriveNonce(env.secret, '', deviceId, n);
  const nonces = [nonce(count), ...(count > 0 ? [nonce(count - 1)] : []), anonymous(spell), anonymous(spell - 1)];
  // An unknown user is checked as well, against nothing, so that neither words nor time tell whether there is one.
  const holds = claimHolds(claim, known?.secret ?? 'nobody', nonces);
  if (known === null || !holds) {
    const code = claim.kind === 'none' ? StatusCode.MissingCredentials : StatusCode.InvalidCredentials;
    return {
      kind: 'challenge',
      code,
      chal: challenge(challengeType(claim, header.version, env), user === '' ? anonymous(spell) : nonce(count)),
    };
  }
  const stored = yield* need<ServerNeeds, 'session'>('session', { person: known.person, deviceId, sessionId: header.sessionId });
  const place = stored === null ? 'none' : placeOf(stored, input.message, input.hash);
  if (stored !== null && place === 'repeat') return { kind: 'repeat', reply: stored.lastReply };
  if (place === 'stale') return { kind: 'stale' };
  return {
    kind: 'admitted',
    person: known.person,
    device,
    stored: place === 'next' ? stored : null,
    secretMark: markOf(known.secret),
    code: place === 'next' ? StatusCode.Ok : StatusCode.AuthenticationAccepted,
    chal: claim.kind === 'md5' ? challenge('md5', nonce(count + 1)) : null,
    nonceCount: claim.kind === 'md5' ? count + 1 : null,
  };
}

/** A client that tried one way is asked to try the same way again; it may know no other. MD5 of SyncML 1.0 needs the password itself, which is not kept. */
function challengeType(claim: Claim, version: Version, env: ServerEnv): AuthType {
  if (version === '1.0') return 'basic';
  return claim.kind === 'basic' || claim.kind === 'md5' ? claim.kind : env.challenge;
}
