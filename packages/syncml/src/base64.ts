// Base64, RFC 4648 §4, over bytes: the decoder forgives white space and missing padding, nothing else.
// Written out because `Uint8Array.fromBase64` is not in every runtime that we support, and `atob` needs a string of the whole.

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const digits: Uint8Array = Uint8Array.from(alphabet, (letter) => letter.charCodeAt(0));
const padding = 0x3d;
const space = 64;
const bad = 65;

const values: Uint8Array = new Uint8Array(256).fill(bad);
for (const [value, digit] of digits.entries()) values[digit] = value;
for (const blank of [0x09, 0x0a, 0x0d, 0x20]) values[blank] = space;

/** Bytes that `encodeBase64Bytes` makes of `length` bytes. */
export function base64Length(length: number): number {
  return Math.ceil(length / 3) * 4;
}

/** Base64 with padding, no line breaks, as ASCII bytes. Pieces whose lengths are multiples of 3 may be encoded one by one. */
export function encodeBase64Bytes(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(base64Length(bytes.length));
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    out[at] = digits[group >> 18] ?? 0;
    out[at + 1] = digits[(group >> 12) & 63] ?? 0;
    out[at + 2] = left > 1 ? (digits[(group >> 6) & 63] ?? 0) : padding;
    out[at + 3] = left > 2 ? (digits[group & 63] ?? 0) : padding;
    at += 4;
  }
  return out;
}

/** Base64 with padding, as text. */
export function encodeBase64(bytes: Uint8Array): string {
  return new TextDecoder().decode(encodeBase64Bytes(bytes));
}

/** The bytes of a base64 text; undefined where it is none. White space anywhere and missing padding are forgiven. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const out = new Uint8Array(Math.floor((text.length * 3) / 4));
  let at = 0;
  let group = 0;
  let count = 0;
  let pads = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit === padding) {
      pads += 1;
      continue;
    }
    const value = unit < 256 ? (values[unit] ?? bad) : bad;
    if (value === space) continue;
    if (value === bad || pads > 0) return undefined;
    group = (group << 6) | value;
    count += 1;
    if (count % 4 !== 0) continue;
    out[at] = group >> 16;
    out[at + 1] = (group >> 8) & 255;
    out[at + 2] = group & 255;
    at += 3;
    group = 0;
  }
  return finish(out, at, group, count % 4, pads);
}

/** Writes the last, incomplete group and checks the padding: none, or exactly what completes four digits. */
function finish(out: Uint8Array, at: number, group: number, rest: number, pads: number): Uint8Array | undefined {
  if (rest === 1) return undefined;
  if (pads > 0 && (rest === 0 || rest + pads !== 4)) return undefined;
  if (rest === 2) out[at] = group >> 4;
  if (rest === 3) {
    out[at] = group >> 10;
    out[at + 1] = (group >> 2) & 255;
  }
  return out.subarray(0, at + (rest === 0 ? 0 : rest - 1));
}
