// Bytes and strings, without Node: joining, lenient decoding of header bytes, and making text harmless to show.

const encoder = new TextEncoder();
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
// Windows-1252 is what unlabelled 8-bit mail in a Western script really is; it holds all of printable latin-1.
const latin = new TextDecoder('windows-1252');

export const LF = 10;
export const CR = 13;

export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** UTF-8 where the bytes are well-formed UTF-8, else windows-1252. Never throws. */
export function lenientText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return latin.decode(bytes);
  }
}

export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** True for space and tab. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** One line of text for people: control characters and line separators become spaces, so that no value can break a line or drive a terminal. */
export function oneLine(text: string): string {
  return text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
}
