// What identifies a mail when its place does not: Message-ID and a digest of a few raw header fields (RFC 5322 §2.2).
import { hash } from 'node:crypto';

const CR = 13;
const LF = 10;
const COLON = 58;

/** The header fields that `mailDigest` and `messageIdOf` read; a listing needs no others. */
export const IDENTITY_FIELDS: readonly string[] = ['Message-ID', 'Date', 'From', 'Subject'];

/**
 * Hex SHA-256, first 32 digits, of the Date, From and Subject fields of a header block and of the size of the mail.
 * "Raw" values: bytes as they stand, encoded words and 8-bit characters included, but each run of white space (folding too)
 * counts as one space and none at the ends, because servers refold. The first field of each name counts; a missing one is empty.
 * Hashed are the three values and the decimal size, each ended by LF.
 * @param header raw header block; other fields and the empty line may be in it
 * @param size bytes of the whole message
 */
export function mailDigest(header: Uint8Array, size: number): string {
  const values = ['date', 'from', 'subject'].map((name) => `${fieldValue(header, name) ?? ''}\n`);
  // In one call: a hash that is fed piece by piece is an object with memory outside the heap, one for each mail of a listing.
  return hash('sha256', Buffer.from(`${values.join('')}${size}\n`, 'latin1'), 'hex').slice(0, 32);
}

/** The Message-ID of a header block without any white space; undefined where there is none or it is empty. Bytes above 127 come as Latin-1 characters. */
export function messageIdOf(header: Uint8Array): string | undefined {
  const value = fieldValue(header, 'message-id')?.replaceAll(' ', '');
  return value === '' ? undefined : value;
}

/** Value of the first field of this name (lower case), unfolded, one Latin-1 character a byte. */
function fieldValue(header: Uint8Array, name: string): string | undefined {
  for (let start = 0; start < header.length;) {
    const end = fieldEnd(header, start);
    if (isNamed(header, start, name)) {
      const text = Buffer.from(header.buffer, header.byteOffset + start, end - start).toString('latin1');
      return text
        .slice(text.indexOf(':') + 1)
        .replace(/[ \t\r\n]+/g, ' ')
        .trim();
    }
    start = end;
  }
  return undefined;
}

/** Where the next field begins: after the first line end that no space or tab follows. */
function fieldEnd(header: Uint8Array, start: number): number {
  let end = start;
  while (end < header.length) {
    const lf = header.indexOf(LF, end);
    if (lf < 0) return header.length;
    end = lf + 1;
    const next = header[end];
    if (next !== 32 && next !== 9) return end;
  }
  return end;
}

function isNamed(header: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if (((header[start + i] ?? 0) | 32) !== name.charCodeAt(i)) return false;
  let at = start + name.length;
  while (header[at] === 32 || header[at] === 9) at++; // obsolete syntax allows white space before the colon (RFC 5322 §4.5.8)
  return header[at] === COLON && header[at - 1] !== CR;
}
