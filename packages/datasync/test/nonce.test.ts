import { describe, expect, test } from 'vitest';
import { bytesToHex as hex } from '@noble/hashes/utils.js';
import { challengeNonce, handedOnNonce, possibleNonces, type NonceUse } from '../src/security/nonce.ts';

const key = new TextEncoder().encode('key');
const now = Date.UTC(2026, 10, 23, 12);
const find = (nonce: Uint8Array, use: NonceUse, at = now): NonceUse | 'used' | 'unknown' => {
  const found = possibleNonces(key, 'a', 'd', use, at).find(({ bytes }) => hex(bytes) === hex(nonce));
  return found === undefined ? 'unknown' : (found.next ?? 'used');
};
const fresh = { count: 0, challenge: 0 };

describe('nonces', () => {
  test('depend on key, DevID and what they are for, and have 16 bytes', () => {
    const nonces = [
      handedOnNonce(key, 'a', 'd', 1),
      handedOnNonce(key, 'a', 'd', 2),
      handedOnNonce(key, 'b', 'd', 1),
      handedOnNonce(key, 'a', 'e', 1),
      handedOnNonce(new Uint8Array(3), 'a', 'd', 1),
      challengeNonce(key, 'd', now),
      challengeNonce(key, 'e', now),
      challengeNonce(key, 'd', now + 15_000),
      challengeNonce(new Uint8Array(3), 'd', now),
    ];
    expect(new Set(nonces.map(hex)).size).toBe(nonces.length);
    expect(nonces.every((nonce) => nonce.length === 16)).toBe(true);
    expect(challengeNonce(key, 'd', now + 14_999)).toEqual(challengeNonce(key, 'd', now));
  });

  test('of a challenge hold for five minutes and end', () => {
    const nonce = challengeNonce(key, 'd', now);
    expect(find(nonce, fresh, now + 330_000)).toEqual({ count: 1, challenge: now / 15_000 });
    expect(find(nonce, fresh, now + 360_000)).toBe('unknown');
    expect(find(challengeNonce(key, 'd', now + 15_000), fresh, now)).toBe('unknown');
  });

  test('of a challenge are used once, and those before it with it', () => {
    const [older, nonce, newer] = [now - 15_000, now, now + 15_000].map((at) => challengeNonce(key, 'd', at));
    const use = find(nonce ?? key, fresh);
    if (typeof use === 'string') throw new Error(use);
    expect(find(nonce ?? key, use)).toBe('used');
    expect(find(older ?? key, use)).toBe('used');
    expect(find(newer ?? key, use, now + 15_000)).toEqual({ count: 2, challenge: (now + 15_000) / 15_000 });
  });

  test('that an answer handed on are used once, whenever that is', () => {
    const use = { count: 7, challenge: 5 };
    expect(find(handedOnNonce(key, 'a', 'd', 7), use, now * 2)).toEqual({ count: 8, challenge: 5 });
    expect(find(handedOnNonce(key, 'a', 'd', 6), use)).toBe('used');
    expect(find(handedOnNonce(key, 'a', 'd', 5), use)).toBe('unknown');
    expect(find(handedOnNonce(key, 'a', 'd', 8), use)).toBe('unknown');
  });

  test('are as many for a device that has never logged in as for any', () => {
    expect(possibleNonces(key, 'a', 'd', fresh, now)).toHaveLength(possibleNonces(key, 'a', 'd', { count: 9, challenge: 9e9 }, now).length);
  });
});
