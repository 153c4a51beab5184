// Content-Transfer-Encoding (RFC 2045 §6): base64 and quoted-printable, both ways. Reading is lenient and never throws.
import { CR, LF } from './bytes.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const codes = Uint8Array.from(alphabet, (char) => char.charCodeAt(0));
const values = new Uint8Array(256).fill(255);
codes.forEach((code, value) => {
  values[code] = value;
});
const PAD = 0x3d;
const hex = '0123456789ABCDEF';

/** Decodes base64; everything outside the alphabet is skipped, padding ends a quantum (several may follow each other). */
export function decodeBase64(text: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let at = 0;
  let bits = 0;
  let count = 0;
  for (const byte of text) {
    const value = values[byte] ?? 255;
    if (value === 255) {
      if (byte === PAD) count = 0;
      continue;
    }
    bits = ((bits << 6) | value) & 0xffffff;
    count += 1;
    if (count === 1) continue;
    out[at] = (bits >> (8 - count * 2)) & 0xff;
    at += 1;
    count %= 4;
  }
  return out.subarray(0, at);
}

/** Encodes as base64. `lineLength` characters a line (a multiple of 4), CRLF after each; 0: one line and no CRLF. */
export function encodeBase64(bytes: Uint8Array, lineLength: number): Uint8Array {
  const chars = Math.ceil(bytes.length / 3) * 4;
  const out = new Uint8Array(chars + (lineLength > 0 ? Math.ceil(chars / lineLength) * 2 : 0));
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const left = bytes.length - i;
    out[at] = codes[bits >> 18] ?? 0;
    out[at + 1] = codes[(bits >> 12) & 63] ?? 0;
    out[at + 2] = left > 1 ? (codes[(bits >> 6) & 63] ?? 0) : PAD;
    out[at + 3] = left > 2 ? (codes[bits & 63] ?? 0) : PAD;
    at += 4;
    if (lineLength > 0 && (at % (lineLength + 2) === lineLength || left <= 3)) {
      out[at] = CR;
      out[at + 1] = LF;
      at += 2;
    }
  }
  return out;
}

/** Decodes quoted-printable. An `=` that begins no escape stays; blanks at the end of a line go (RFC 2045 §6.7 rule 3). */
export function decodeQuotedPrintable(text: Uint8Array): Uint8Array {
  const out = new Uint8Array(text.length);
  let at = 0;
  // End of what is known not to be trailing blanks.
  let solid = 0;
  for (let i = 0; i < text.length; i += 1) {
    const byte = text[i] ?? 0;
    if (byte === PAD) {
      const skipped = softBreak(text, i + 1);
      const value = skipped > 0 ? -1 : hexValue(text[i + 1], text[i + 2]);
      if (skipped > 0) i += skipped;
      else if (value >= 0) i += 2;
      if (skipped === 0) out[at++] = value >= 0 ? value : byte;
      solid = at;
    } else if (byte === LF || (byte === CR && text[i + 1] === LF)) {
      at = solid;
      out[at++] = byte;
      if (byte === CR) {
        out[at++] = LF;
        i += 1;
      }
      solid = at;
    } else {
      out[at++] = byte;
      if (byte !== 0x20 && byte !== 0x09) solid = at;
    }
  }
  return out.subarray(0, solid);
}

/** Length of blanks and line end that make the `=` before `from` a soft line break; 0 if it is none. */
function softBreak(text: Uint8Array, from: number): number {
  let at = from;
  while (text[at] === 0x20 || text[at] === 0x09) at += 1;
  if (at >= text.length) return at - from + 1;
  if (text[at] === CR && text[at + 1] === LF) return at - from + 2;
  return text[at] === LF ? at - from + 1 : 0;
}

function hexValue(high: number | undefined, low: number | undefined): number {
  const [first, second] = [hexDigit(high), hexDigit(low)];
  return first < 0 || second < 0 ? -1 : first * 16 + second;
}

function hexDigit(code: number | undefined): number {
  return hex.indexOf(String.fromCharCode(code ?? 0).toUpperCase());
}

/**
 * Encodes text as quoted-printable, lines of at most 76 characters. `bytes` has CRLF line ends only; each stays a line
 * end. `From ` and `.` at the start of a line are escaped too: mbox files and SMTP relays have changed such lines.
 */
export function encodeQuotedPrintable(bytes: Uint8Array): string {
  const lines: string[] = [];
  let line = '';
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i] ?? 0;
    if (byte === CR && bytes[i + 1] === LF) {
      lines.push(line);
      line = '';
      i += 1;
      continue;
    }
    const word = isSafe(bytes, i, line === '') ? String.fromCharCode(byte) : `=${hex[byte >> 4]}${hex[byte & 15]}`;
    if (line.length + word.length > 75) {
      lines.push(`${line}=`);
      line = isSafe(bytes, i, true) ? word : `=${hex[byte >> 4]}${hex[byte & 15]}`;
    } else {
      line += word;
    }
  }
  lines.push(line);
  return lines.join('\r\n');
}

function isSafe(bytes: Uint8Array, at: number, lineStart: boolean): boolean {
  const byte = bytes[at] ?? 0;
  if (byte === 0x20 || byte === 0x09) return at + 1 < bytes.length && bytes[at + 1] !== CR;
  if (byte < 0x21 || byte > 0x7e || byte === PAD) return false;
  if (!lineStart) return true;
  return byte !== 0x2e && !(byte === 0x46 && bytes[at + 1] === 0x72 && bytes[at + 2] === 0x6f && bytes[at + 3] === 0x6d);
}
