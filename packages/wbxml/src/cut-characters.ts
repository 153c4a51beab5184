// Bytes of characters that a peer has cut in two. libsynthesis sends a large object in chunks that end anywhere, so in its XML
// messages a chunk can end with the first bytes of a UTF-8 sequence and the next begin with the rest. An XML parser takes only
// text: there each such byte stands as two of the noncharacters U+FDD0 to U+FDE7, which no honest document holds.
import { decodeUtf8, invalidUtf8At } from './utf8.ts';

/** A message holds the end of one object and the beginning of another at most: three bytes of a character each. */
const mostBytes = 6;
const first = 0xfdd0;
/** Marks as they would stand in a document: as characters or as references to them. */
const ownMarks = /[\uFDD0-\uFDE7]|&#(?:x0*fd[de]|0*649)/i;
const mark = /([\uFDD0-\uFDD7][\uFDD8-\uFDE7])/;

/** The text with such bytes marked; undefined when there are more of them than cutting explains, or the document holds marks of its own. */
export function markCutBytes(bytes: Uint8Array, start: number): string | undefined {
  let text = '';
  let from = start;
  for (let count = 0; count <= mostBytes; count += 1) {
    const at = invalidUtf8At(bytes, from);
    const whole = decodeUtf8(bytes, from, at);
    if (whole === undefined || ownMarks.test(whole)) return undefined;
    text += whole;
    const byte = bytes[at];
    if (byte === undefined) return text;
    text += String.fromCharCode(first + ((byte >> 4) & 7), first + 8 + (byte & 15));
    from = at + 1;
  }
  return undefined;
}

/** Whether `index` stands between the two characters of a mark. */
export function isWithinMark(text: string, index: number): boolean {
  return index > 0 && mark.test(text.slice(index - 1, index + 1));
}

export function hasCutBytes(text: string): boolean {
  return mark.test(text);
}

/** The marked text in pieces: text, and the bytes that were marked. */
export function piecesOf(text: string): (string | Uint8Array)[] {
  return text.split(mark).flatMap((piece, index) => {
    if (index % 2 === 1) return Uint8Array.of(0x80 | ((piece.charCodeAt(0) - first) << 4) | (piece.charCodeAt(1) - first - 8));
    return piece === '' ? [] : piece;
  });
}
