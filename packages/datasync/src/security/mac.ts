// The header of `syncml:auth-MAC`, which binds a log-in to the bytes of the body. OMA-TS-DM_Security 1.2 §5.3: not an
// HMAC of RFC 2104, whatever its name.
import { md5 } from '@noble/hashes/legacy.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { fromBase64, toBase64 } from './base64.ts';

/** The HTTP header, in lower case. */
export const macHeaderName = 'x-syncml-hmac';

/** Longest header that is looked at, characters: a user name and a digest. */
const macHeaderLength = 512;

export interface MacHeader {
  readonly user: string;
  /** 16 bytes when it is an MD5 digest; not checked here. */
  readonly mac: Uint8Array;
}

/** The 16 bytes of a MAC: MD5(secret ":" nonce ":" B64(MD5(body))). `body`: the exact bytes of the HTTP body. */
export function macDigest(secret: string, nonce: Uint8Array, body: Uint8Array): Uint8Array {
  return md5(concatBytes(utf8ToBytes(`${secret}:`), nonce, utf8ToBytes(`:${toBase64(md5(body))}`)));
}

/** Undefined for a user name that a quoted string of HTTP cannot carry. */
export function writeMacHeader({ user, mac }: MacHeader): string | undefined {
  if (/[^\x20-\x7e]|["\\]/.test(user)) return undefined;
  return `algorithm=MD5, username="${user}", mac=${toBase64(mac)}`;
}

/** Reads the header: parameters in any order, the algorithm MD5 or left out. Undefined when it is not of that form. */
export function readMacHeader(text: string): MacHeader | undefined {
  if (text.length > macHeaderLength) return undefined;
  const found = new Map<string, string>();
  const parameter = /\s*([a-z]+)\s*=\s*(?:"([^"\\]*)"|([^\s",]+))\s*(?:,|$)/iy;
  while (parameter.lastIndex < text.length) {
    const match = parameter.exec(text);
    const name = match?.[1]?.toLowerCase();
    if (match === null || name === undefined || found.has(name)) return undefined;
    found.set(name, match[2] ?? match[3] ?? '');
  }
  const user = found.get('username') ?? '';
  const mac = fromBase64(found.get('mac') ?? '');
  const algorithm = found.get('algorithm') ?? 'MD5';
  if (user === '' || mac === undefined || mac.length === 0 || algorithm.toUpperCase() !== 'MD5') return undefined;
  return { user, mac };
}
