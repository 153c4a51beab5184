// Reading, checking and making Cred and Chal. OMA-TS-SyncML_HTTPBinding and Representation 1.2 §6.1.5 (Cred), §6.1.3 (Chal).
import type { Chal, Cred, Version } from '@packetboat/syncml';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { fromBase64, toBase64 } from './base64.ts';
import { basicCredential, equalBytes, md5Credential, userSecret } from './digest.ts';

export type AuthType = 'basic' | 'md5';

const authNames = { basic: 'syncml:auth-basic', md5: 'syncml:auth-md5' } as const;

/** What a credential claims, before it is checked. */
export type Claim =
  | { readonly kind: 'none' }
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'md5'; readonly user: string; readonly digests: readonly Uint8Array[] }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'unsupported'; readonly type: string };

/** Reads a Cred. `locName` is the user name of the header's Source, without which MD5 cannot be checked. */
export function readClaim(cred: Cred | undefined, locName: string | undefined): Claim {
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

/** Whether a claim is true, given the secret of the user it names and the nonces that are valid now. */
export function claimHolds(claim: Claim, secret: string, nonces: readonly Uint8Array[]): boolean {
  if (claim.kind === 'basic') return equalBytes(utf8ToBytes(userSecret(claim.user, claim.password)), utf8ToBytes(secret));
  if (claim.kind !== 'md5') return false;
  let holds = false;
  for (const nonce of nonces) {
    const expected = md5Credential(secret, nonce);
    for (const digest of claim.digests) if (equalBytes(digest, expected)) holds = true;
  }
  return holds;
}

/** A challenge; the nonce goes with MD5 only. */
export function challenge(type: AuthType, nonce: Uint8Array): Chal {
  return { meta: { format: 'b64', type: authNames[type], ...(type === 'md5' ? { nextNonce: nonce } : {}) } };
}

/** A credential for a user, made from what a challenge or an earlier session left. */
export function credential(type: AuthType, user: string, password: string, nonce: Uint8Array, version: Version): Cred {
  if (version === '1.0') throw new RangeError('this side does not log in with SyncML 1.0');
  const meta = { format: 'b64', type: authNames[type] };
  if (type === 'basic') return { meta, data: { kind: 'text', text: basicCredential(user, password) } };
  return { meta, data: { kind: 'text', text: toBase64(md5Credential(userSecret(user, password), nonce)) } };
}

/** The type that a challenge asks for; basic when it names none (a missing Chal is taken as basic by every client). */
export function challengedType(chal: Chal | undefined): AuthType | undefined {
  const type = chal?.meta.type?.toLowerCase() ?? authNames.basic;
  return type === authNames.md5 ? 'md5' : type === authNames.basic ? 'basic' : undefined;
}
