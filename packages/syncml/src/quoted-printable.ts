// Quoted-printable, RFC 2045 §6.7, for the `enc` attribute of an email object: every byte comes back as it was.
import { encodeUtf8 } from './utf8.ts';

const maxLine = 76;
const hex = '0123456789ABCDEF';
const cr = 0x0d;
const lf = 0x0a;
const equals = 0x3d;

/**
 * Only CR LF stays a line break; lone CR and LF become `=0D` and `=0A`. `& < >` are quoted as well, so the result needs no
 * escaping in XML. Lines are at most 76 characters.
 */
export function encodeQuotedPrintable(bytes: Uint8Array): string {
  const pieces: string[] = [];
  let column = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte === cr && bytes[i + 1] === lf) {
      pieces.push('\r\n');
      column = 0;
      i += 1;
      continue;
    }
    const piece = isLiteral(byte, bytes[i + 1]) ? String.fromCharCode(byte) : `=${hex[byte >> 4] ?? ''}${hex[byte & 15] ?? ''}`;
    if (column + piece.length > maxLine - 1) {
      pieces.push('=\r\n');
      column = 0;
    }
    pieces.push(piece);
    column += piece.length;
  }
  return pieces.join('');
}

function isLiteral(byte: number, next: number | undefined): boolean {
  // A blank before a line break (or the end) would be lost on the way.
  if (byte === 0x20 || byte === 0x09) return next !== undefined && next !== cr && next !== lf;
  return byte > 0x20 && byte < 0x7f && byte !== equals && byte !== 0x26 && byte !== 0x3c && byte !== 0x3e;
}

/** Line breaks stay as they are; `=` before a line break joins the lines; an `=` that starts no hex pair stands for itself. */
export function decodeQuotedPrintable(text: string): Uint8Array {
  const bytes = encodeUtf8(text);
  const out = new Uint8Array(bytes.length);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    const skip = byte === equals ? softBreak(bytes, i) : 0;
    const quoted = byte === equals && skip === 0 ? hexPair(bytes, i + 1) : -1;
    if (skip > 0) i += skip;
    else {
      out[at] = quoted >= 0 ? quoted : byte;
      at += 1;
      if (quoted >= 0) i += 2;
    }
  }
  return out.subarray(0, at);
}

/** Bytes to skip after the `=` at `start` if it is a soft line break, blanks before the line break included; else 0. */
function softBreak(bytes: Uint8Array, start: number): number {
  let i = start + 1;
  while (bytes[i] === 0x20 || bytes[i] === 0x09) i += 1;
  if (i >= bytes.length) return bytes.length - start;
  if (bytes[i] === lf) return i - start;
  if (bytes[i] !== cr) return 0;
  return bytes[i + 1] === lf ? i + 1 - start : i - start;
}

function hexPair(bytes: Uint8Array, at: number): number {
  const high = hexDigit(bytes[at]);
  const low = hexDigit(bytes[at + 1]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
