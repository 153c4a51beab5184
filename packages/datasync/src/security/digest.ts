// The digests of SyncML authentication (OMA-TS-SyncML security: syncml:auth-basic, syncml:auth-md5) and our own hashes.
import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { toBase64 } from './base64.ts';

/** B64(MD5(user:password)): all that a server keeps for basic and for MD5 of 1.1 and 1.2. */
export function userSecret(user: string, password: string): string {
  return toBase64(md5(utf8ToBytes(`${user}:${password}`)));
}

/** The 16 bytes of an MD5 credential of SyncML 1.1 and 1.2: MD5(secret ":" nonce). An empty nonce leaves the colon. */
export function md5Credential(secret: string, nonce: Uint8Array): Uint8Array {
  return md5(concatBytes(utf8ToBytes(`${secret}:`), nonce));
}

/** The 16 bytes of an MD5 credential of SyncML 1.0: MD5(user ":" password ":" nonce). */
export function md5Credential10(user: string, password: string, nonce: Uint8Array): Uint8Array {
  return md5(concatBytes(utf8ToBytes(`${user}:${password}:`), nonce));
}

/** Data of a basic credential: B64(user:password). */
export function basicCredential(user: string, password: string): string {
  return toBase64(utf8ToBytes(`${user}:${password}`));
}

/** Lower-case hex SHA-256 over parts, each preceded by its length so that no two lists of parts are alike. */
export function fingerprint(...parts: readonly (string | Uint8Array)[]): string {
  const hash = sha256.create();
  for (const part of parts) {
    const bytes = typeof part === 'string' ? utf8ToBytes(part) : part;
    hash.update(utf8ToBytes(`${bytes.length}:`));
    hash.update(bytes);
  }
  return bytesToHex(hash.digest());
}

/** Compares without telling by its time where the first difference is. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}
