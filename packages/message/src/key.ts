// How a mail is known again without a GUID: what slow sync matches by, and how moved mails are paired.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { utf8Bytes } from './bytes.ts';
import { firstValue, someFields, splitHeader } from './header.ts';
import { ownId } from './summary.ts';

/**
 * 16 hex digits that two copies of a mail share: over the Message-ID where there is one, else over Date, From, Subject
 * and `size` (bytes of the whole mail). Fields are taken undecoded with white space runs as one blank, so that a copy
 * refolded on its way, or one with `needed` headers only, has the same key. Not a secret, and not proof: whoever
 * writes a mail can copy a Message-ID.
 */
export function contentKey(header: Uint8Array, size: number): string {
  const fields = someFields(splitHeader(header).header, new Set(['message-id']));
  const messageId = ownId(firstValue(fields, 'message-id') ?? '');
  return messageId === undefined ? headerDigest(header, size).slice(0, 16) : digest(['id', messageId]).slice(0, 16);
}

const digested = ['date', 'from', 'subject'];

/** 32 hex digits over Date, From, Subject and `size`, whether there is a Message-ID or not. */
export function headerDigest(header: Uint8Array, size: number): string {
  const fields = someFields(splitHeader(header).header, new Set(digested));
  const values = digested.map((name) => (firstValue(fields, name) ?? '').replace(/\s+/g, ' '));
  return digest([...values, String(size)]);
}

/** Values hold no line ends, so that a line each keeps them apart. */
function digest(lines: readonly string[]): string {
  return bytesToHex(sha256(utf8Bytes(lines.join('\n')))).slice(0, 32);
}
