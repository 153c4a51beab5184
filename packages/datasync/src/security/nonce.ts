// Which nonces a digest may be made over. None is stored: they are derived, so that a challenge to somebody who has not
// logged in changes nothing, fills nothing and tells nothing. docs/decisions/0006.
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';

/** A challenge is the same for this long, ms: whoever has used one and forgotten the nonce that it was given after it waits this long at most. */
const spellLength = 15_000;

/** Spells for which a challenge holds, the running one included: 64 kB at 2,400 bit/s need 220 s, the round trip of the challenge some more. */
const spells = 24;

/** What is stored of a device's log-ins: enough to know which nonces have been used. */
export interface NonceUse {
  /** Log-ins by digest. */
  readonly count: number;
  /** The newest spell whose challenge was used; those before it are used too. */
  readonly challenge: number;
}

export interface Nonce {
  readonly bytes: Uint8Array;
  /** Undefined: it has been used. Otherwise what is to be stored once it is. */
  readonly next: NonceUse | undefined;
}

function derive(secret: Uint8Array, ...parts: readonly (string | number)[]): Uint8Array {
  return hmac(sha256, secret, utf8ToBytes(parts.join('\0'))).slice(0, 16);
}

/** The nonce that an accepted answer hands on, 16 bytes: for the log-in after `count` of them. Known to that device alone. */
export function handedOnNonce(secret: Uint8Array, user: string, deviceId: string, count: number): Uint8Array {
  return derive(secret, 'nonce', user, deviceId, count);
}

/** The nonce of a challenge to whoever uses this DevID, 16 bytes. No user goes into it, so it cannot tell whether there is one. */
export function challengeNonce(secret: Uint8Array, deviceId: string, now: number): Uint8Array {
  return derive(secret, 'challenge', deviceId, Math.floor(now / spellLength));
}

/** All nonces that a digest of this device may have been made over, used ones among them; always as many, whatever is known of it. */
export function possibleNonces(secret: Uint8Array, user: string, deviceId: string, use: NonceUse, now: number): readonly Nonce[] {
  const spell = Math.floor(now / spellLength);
  const { count } = use;
  const nonces: Nonce[] = [
    { bytes: handedOnNonce(secret, user, deviceId, count), next: { count: count + 1, challenge: use.challenge } },
    // The answer with the nonce after it may have been lost.
    { bytes: handedOnNonce(secret, user, deviceId, count - 1), next: undefined },
  ];
  for (let at = spell; at > spell - spells; at -= 1) {
    const next = at > use.challenge ? { count: count + 1, challenge: at } : undefined;
    nonces.push({ bytes: derive(secret, 'challenge', deviceId, at), next });
  }
  return nonces;
}
