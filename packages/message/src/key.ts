// How a mail is known again without a GUID: what slow sync matches by, and how moved mails are paired.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { concatBytes, utf8Bytes } from './bytes.ts';
import { fieldRanges, firstValue, someFields, splitHeader } from './header.ts';
import { ownId } from './summary.ts';

/**
 * 16 hex digits that two copies of a mail share: over the Message-ID where there is one, else the first half of
 * `headerDigest`. A copy refolded on its way, or one with `needed` headers only, has the same key. Not a secret, and not
 * proof: whoever writes a mail can copy a Message-ID.
 * @param header the mail's header, or the mail
 * @param size bytes of the whole mail
 */
export function contentKey(header: Uint8Array, size: number): string {
  const fields = someFields(splitHeader(header).header, new Set(['message-id']));
  const messageId = ownId(firstValue(fields, 'message-id') ?? '');
  const digest = messageId === undefined ? headerDigest(header, size) : hexDigest([utf8Bytes(`message-id\n${messageId}\n`)]);
  return digest.slice(0, 16);
}

/**
 * Hex SHA-256, first 32 digits, of Date, From, Subject and the size, whether there is a Message-ID or not. Hashed are the raw
 * bytes of the first field of each name (nothing decoded, white space runs as one space, none at the ends, a missing field
 * empty) and the decimal size, each ended by LF.
 */
export function headerDigest(header: Uint8Array, size: number): string {
  const own = splitHeader(header).header;
  const ranges = fieldRanges(own);
  const values = ['date', 'from', 'subject'].map((name) => {
    const range = ranges.find((each) => each.name.toLowerCase() === name);
    return range === undefined ? new Uint8Array(0) : oneSpaced(own.subarray(range.colon + 1, range.end));
  });
  const lineEnd = utf8Bytes('\n');
  return hexDigest([...values.flatMap((value) => [value, lineEnd]), utf8Bytes(`${size}\n`)]);
}

const identityNames = ['message-id', 'date', 'from', 'subject'];

/** Of a header only what `contentKey` and `headerDigest` read: the first field of each name, as it stands, and the empty line. */
export function identityFields(header: Uint8Array): Uint8Array {
  const own = splitHeader(header).header;
  const ranges = fieldRanges(own);
  const first = identityNames.flatMap((name) => ranges.find((each) => each.name.toLowerCase() === name) ?? []);
  return concatBytes([...first.map(({ start, end }) => own.subarray(start, end)), utf8Bytes('\r\n')]);
}

function hexDigest(pieces: readonly Uint8Array[]): string {
  return bytesToHex(sha256(concatBytes(pieces))).slice(0, 32);
}

/** The bytes with each run of white space as one space and none at the ends. */
function oneSpaced(value: Uint8Array): Uint8Array {
  const out: number[] = [];
  let owed = false;
  for (const byte of value) {
    const blank = byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;
    if (!blank && owed && out.length > 0) out.push(0x20);
    if (!blank) out.push(byte);
    owed = blank;
  }
  return Uint8Array.from(out);
}
