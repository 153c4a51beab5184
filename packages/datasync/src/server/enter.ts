// Who is speaking, in which session, and whether the message was answered before. DS Protocol 1.2 §5 (authentication);
// repeats are recognised by MsgID and hash within a session, sessions by their token or, with credentials, by SessionID.
import { StatusCode, type Message, type Version } from '@packetboat/syncml';
import { challenge, checkClaim, readClaim, type AuthType, type Claim, type MacClaim } from '../security/credential.ts';
import { fingerprint } from '../security/digest.ts';
import { challengeNonce, handedOnNonce, possibleNonces, type NonceUse } from '../security/nonce.ts';
import { need, type Step } from '../step.ts';
import type { DeviceRecord, ServerNeeds, StoredSession } from './port.ts';
import type { SessionState } from './state.ts';
import type { ServerEnv } from './turn.ts';
import type { Chal } from '@packetboat/syncml';

export interface ServerInput {
  readonly message: Message;
  /** SHA-256 of the body. */
  readonly hash: string;
  /** Session token of the address that was posted to; null when it had none. */
  readonly token: string | null;
  /** The MAC header that came with it. */
  readonly mac?: MacClaim;
}

/** What became of a log-in, for who counts them: `none` where none was tried. */
export type LogIn = 'none' | 'accepted' | 'refused';

export type Entrance =
  | { readonly kind: 'repeat'; readonly person: string; readonly reply: Uint8Array; readonly stored: StoredSession; readonly logIn: LogIn }
  | { readonly kind: 'stale' }
  | { readonly kind: 'challenge'; readonly code: number; readonly chal: Chal; readonly logIn: LogIn }
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
      /** What is to be stored of the nonce that this message has used. */
      readonly nonceUse: NonceUse | null;
      /** Each message of the session must log in by itself, since that is what binds its body. */
      readonly macEach: boolean;
      readonly logIn: LogIn;
    };

type Place = 'none' | 'repeat' | 'stale' | 'next';

/** What is read of a stored session before it is known to be the sender's. */
function stateOf(stored: StoredSession): Partial<Pick<SessionState, 'seen' | 'secretMark' | 'macEach'>> {
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
  if (input.token !== null) {
    const stored = yield* need<ServerNeeds, 'session'>('session', { token: input.token });
    const isHere = stored !== null && stored.deviceId === deviceId && stored.sessionId === header.sessionId;
    // Where a MAC protects the body, a token alone is no proof.
    if (isHere && stateOf(stored).macEach !== true && (yield* stillAllowed(stored))) {
      const place = placeOf(stored, input.message, input.hash);
      if (place === 'repeat') return { kind: 'repeat', person: stored.person, reply: stored.lastReply, stored, logIn: 'none' };
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
          nonceUse: null,
          macEach: false,
          logIn: 'none',
        };
      }
    }
  }
  return yield* authenticate(input, env, deviceId);
}

function* authenticate(input: ServerInput, env: ServerEnv, deviceId: string): Step<ServerNeeds, Entrance> {
  const { header } = input.message;
  const claim = readClaim(header.cred, header.source.locName, input.mac);
  const user = 'user' in claim ? claim.user : (header.source.locName ?? '');
  if ('user' in claim) yield* need<ServerNeeds, 'mayTry'>('mayTry', { user, deviceId });
  const known = yield* need<ServerNeeds, 'secret'>('secret', { user });
  const device = yield* need<ServerNeeds, 'device'>('device', { person: known?.person ?? '', deviceId });
  const use = device?.nonceUse ?? { count: 0, challenge: 0 };
  const nonces = possibleNonces(env.secret, user, deviceId, use, env.now);
  const type = challengeType(claim, header.version, env);
  // An unknown user is checked as well, against nothing, so that neither words nor time tell whether there is one. The last nonce
  // is none at all: over it digests are made by who has not been challenged yet, and who knows the password does not guess.
  const right = checkClaim(claim, known?.secret ?? 'nobody', [...nonces.map(({ bytes }) => bytes), new Uint8Array()]);
  const isUnasked = right?.nonce === nonces.length;
  if (known === null || right === null || isUnasked) {
    const code = claim.kind === 'none' ? StatusCode.MissingCredentials : StatusCode.InvalidCredentials;
    const chal = challenge(type, challengeNonce(env.secret, deviceId, env.now));
    const isGuess = claim.kind !== 'none' && !(known !== null && isUnasked);
    return { kind: 'challenge', code, chal, logIn: isGuess ? 'refused' : 'none' };
  }
  const stored = yield* need<ServerNeeds, 'session'>('session', { person: known.person, deviceId, sessionId: header.sessionId });
  const place = stored === null ? 'none' : placeOf(stored, input.message, input.hash);
  if (stored !== null && place === 'repeat')
    return { kind: 'repeat', person: known.person, reply: stored.lastReply, stored, logIn: 'accepted' };
  if (place === 'stale') return { kind: 'stale' };
  const nonce = right.nonce === null ? undefined : nonces[right.nonce];
  // A digest is good for one message. This may be a replay, or a device that has lost our answer: it learns the nonce after.
  if (nonce !== undefined && nonce.next === undefined) {
    const chal = challenge(type, handedOnNonce(env.secret, user, deviceId, use.count));
    return { kind: 'challenge', code: StatusCode.InvalidCredentials, chal, logIn: 'none' };
  }
  const nonceUse = nonce?.next ?? null;
  return {
    kind: 'admitted',
    person: known.person,
    device,
    stored: place === 'next' ? stored : null,
    secretMark: markOf(known.secret),
    code: place === 'next' || claim.kind === 'mac' ? StatusCode.Ok : StatusCode.AuthenticationAccepted,
    chal: nonceUse === null ? null : challenge(type, handedOnNonce(env.secret, user, deviceId, nonceUse.count)),
    nonceUse,
    macEach: claim.kind === 'mac',
    logIn: 'accepted',
  };
}

/** A client that tried one way is asked to try the same way again; it may know no other. MD5 of SyncML 1.0 needs the password itself, which is not kept. */
function challengeType(claim: Claim, version: Version, env: ServerEnv): AuthType {
  if (version === '1.0') return 'basic';
  return 'user' in claim ? claim.kind : env.challenge;
}
