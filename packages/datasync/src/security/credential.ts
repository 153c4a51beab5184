// Reading, checking and making Cred and Chal. OMA-TS-SyncML_HTTPBinding and Representation 1.2 §6.1.5 (Cred), §6.1.3 (Chal).
import type { Chal, Cred, Version } from '@packetboat/syncml';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { fromBase64, toBase64 } from './base64.ts';
import { basicCredential, equalBytes, md5Credential, userSecret } from './digest.ts';
import { macDigest, readMacHeader } from './mac.ts';

/** `mac` travels in a header of HTTP and not in the message. */
export type AuthType = 'basic' | 'md5' | 'mac';

const authNames = { basic: 'syncml:auth-basic', md5: 'syncml:auth-md5', mac: 'syncml:auth-MAC' } as const;

/** What a credential claims, before it is checked. */
export type Claim =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'md5'; readonly user: string; readonly digests: readonly Uint8Array[] }
  | { readonly kind: 'mac'; readonly user: string; readonly mac: Uint8Array; readonly body: Uint8Array }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unsupported'; readonly type: string };

/** The header `x-syncml-hmac` as it came, with the bytes of the body that it speaks of. */
export interface MacClaim {
  readonly header: string;
  readonly body: Uint8Array;
}

/** Reads a MAC header, which goes before a Cred, or a Cred. `locName` is the user name of the header's Source, without which MD5 cannot be checked. */
export function readClaim(cred: Cred | undefined, locName: string | undefined, mac?: MacClaim): Claim {
  if (mac !== undefined) {
    const header = readMacHeader(mac.header);
    return header === undefined ? { kind: 'malformed' } : { kind: 'mac', ...header, body: mac.body };
  }
  if (cred === undefined) return { kind: 'none' };
  const type = cred.meta?.type ?? authNames.basic;
  const { data } = cred;
  if (data.kind !== 'text' && data.kind !== 'bytes') return { kind: 'malformed' };
  if (type.toLowerCase() === authNames.basic) {
    const bytes = fromBase64(data.kind === 'text' ? data.text : new TextDecoder().decode(data.bytes));
    const text = bytes === undefined ? '' : new TextDecoder().decode(bytes);
    const colon = text.indexOf(':');
    return colon < 0 ? { kind: 'malformed' } : { kind: 'basic', user: text.slice(0, colon), password: text.slice(colon + 1) };
  }
  if (type.toLowerCase() === authNames.md5) {
    if (locName === undefined) return { kind: 'malformed' };
    // Raw bytes or base64, whatever Format says: both are seen, and a raw digest can look like text.
    const digests: Uint8Array[] = [];
    if (data.kind === 'bytes') digests.push(data.bytes);
    const decoded = fromBase64(data.kind === 'text' ? data.text : new TextDecoder().decode(data.bytes));
    if (decoded !== undefined) digests.push(decoded);
    return { kind: 'md5', user: locName, digests };
  }
  return { kind: 'unsupported', type };
}

/**
 * Whether a claim is true, given the secret of the user it names: `nonce` says over which of the nonces (null for Basic, which
 * has none); null when it is not. All nonces are looked at, whichever fits.
 */
export function checkClaim(claim: Claim, secret: string, nonces: readonly Uint8Array[]): { readonly nonce: number | null } | null {
  if (claim.kind === 'basic')
    return equalBytes(utf8ToBytes(userSecret(claim.user, claim.password)), utf8ToBytes(secret)) ? { nonce: null } : null;
  if (claim.kind !== 'md5' && claim.kind !== 'mac') return null;
  const digests = claim.kind === 'mac' ? [claim.mac] : claim.digests;
  let found: { readonly nonce: number } | null = null;
  for (const [nonce, bytes] of nonces.entries()) {
    const expected = claim.kind === 'mac' ? macDigest(secret, bytes, claim.body) : md5Credential(secret, bytes);
    for (const digest of digests) if (equalBytes(digest, expected)) found ??= { nonce };
  }
  return found;
}

/** A challenge; the nonce goes with MD5 and MAC only. */
export function challenge(type: AuthType, nonce: Uint8Array): Chal {
  return { meta: { format: 'b64', type: authNames[type], ...(type === 'basic' ? {} : { nextNonce: nonce }) } };
}

/** A credential for a user, made from what a challenge or an earlier session left. */
export function credential(type: Exclude<AuthType, 'mac'>, user: string, password: string, nonce: Uint8Array, version: Version): Cred {
  if (version === '1.0') throw new RangeError('this side does not log in with SyncML 1.0');
  const meta = { format: 'b64', type: authNames[type] };
  if (type === 'basic') return { meta, data: { kind: 'text', text: basicCredential(user, password) } };
  return { meta, data: { kind: 'text', text: toBase64(md5Credential(userSecret(user, password), nonce)) } };
}

/** The type that a challenge asks for; basic when it names none (a missing Chal is taken as basic by every client). */
export function challengedType(chal: Chal | undefined): AuthType | undefined {
  const type = chal?.meta.type?.toLowerCase() ?? authNames.basic;
  return (['basic', 'md5', 'mac'] as const).find((known) => authNames[known].toLowerCase() === type);
}
