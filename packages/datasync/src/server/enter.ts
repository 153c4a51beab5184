// Who is speaking, in which session, and whether the message was answered before. DS Protocol 1.2 §5 (authentication);
// repeats are recognised by MsgID and hash within a session, sessions by their token or, with credentials, by SessionID.
import { StatusCode, type Message } from '@packetboat/syncml';
import { claimHolds, challenge, readClaim, type AuthType, type Claim } from '../security/credential.ts';
import { deriveNonce } from '../security/digest.ts';
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
      /** 212 for the session, 200 for this message alone; null when the session was authenticated before. */
      readonly code: number | null;
      readonly chal: Chal | null;
      /** The device's log-ins, when this message is one. */
      readonly nonceCount: number | null;
    };

/** A challenge to somebody without a name holds for at least this long, ms, and for less than twice of it. */
const anonymousSpell = 300_000;

type Place = 'none' | 'repeat' | 'stale' | 'next';

/** Where a message stands in a stored session. */
function placeOf(stored: StoredSession, message: Message, hash: string): Place {
  const { msgId } = message.header;
  if (stored.lastMsgId === msgId && stored.lastHash === hash) return 'repeat';
  const { seen } = JSON.parse(stored.state) as { seen?: Record<string, string> };
  if (seen?.[msgId] === hash.slice(0, 16)) return 'stale';
  return Number(msgId) > Number(stored.lastMsgId) ? 'next' : 'none';
}

export function* enter(input: ServerInput, env: ServerEnv): Step<ServerNeeds, Entrance> {
  const { header } = input.message;
  const deviceId = header.source.locUri;
  if (input.token !== null) {
    const stored = yield* need<ServerNeeds, 'session'>('session', { token: input.token });
    if (stored !== null && stored.deviceId === deviceId && stored.sessionId === header.sessionId) {
      const place = placeOf(stored, input.message, input.hash);
      if (place === 'repeat') return { kind: 'repeat', reply: stored.lastReply };
      if (place === 'stale') return { kind: 'stale' };
      if (place === 'next') {
        const device = yield* need<ServerNeeds, 'device'>('device', { person: stored.person, deviceId });
        return { kind: 'admitted', person: stored.person, device, stored, code: null, chal: null, nonceCount: null };
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
  const device = known === null ? null : yield* need<ServerNeeds, 'device'>('device', { person: known.person, deviceId });
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
    return { kind: 'challenge', code, chal: challenge(challengeType(claim, env), user === '' ? anonymous(spell) : nonce(count)) };
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
    code: place === 'next' ? StatusCode.Ok : StatusCode.AuthenticationAccepted,
    chal: claim.kind === 'md5' ? challenge('md5', nonce(count + 1)) : null,
    nonceCount: claim.kind === 'md5' ? count + 1 : null,
  };
}

/** A client that tried one way is asked to try the same way again; it may know no other. */
function challengeType(claim: Claim, env: ServerEnv): AuthType {
  return claim.kind === 'basic' || claim.kind === 'md5' ? claim.kind : env.challenge;
}
