// Strict UTF-8 (RFC 3629): nothing is ever replaced or skipped while decoding.

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();

// Below this length a loop over ASCII beats the call into the decoder; most SyncML strings are shorter.
const shortText = 32;

/** The text of `bytes[start, end)`, or undefined if it is not well-formed UTF-8. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end: number = bytes.length): string | undefined {
  if (end - start <= shortText) {
    let text = '';
    let position = start;
    for (; position < end; position += 1) {
      const byte = bytes[position] ?? 0;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (position === end) return text;
  }
  try {
    return strict.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** UTF-8 bytes of `text`; an unpaired surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  return utf8Encoder.encode(text);
}

/** Writes `text` into `target` as UTF-8 and says how many bytes that took. `target` must have 3 bytes per UTF-16 unit. */
export function encodeUtf8Into(text: string, target: Uint8Array): number {
  return utf8Encoder.encodeInto(text, target).written;
}

/** Index of the first byte that breaks UTF-8 in `bytes` from `start`, or the length if none does. For error messages. */
export function invalidUtf8At(bytes: Uint8Array, start = 0): number {
  let position = start;
  while (position < bytes.length) {
    const size = sequenceSize(bytes, position);
    if (size === 0) return position;
    position += size;
  }
  return position;
}

/** Length of the well-formed sequence at `at` (Unicode table 3-7), or 0. */
function sequenceSize(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const size = lead >= 0xc2 && lead <= 0xdf ? 2 : lead >= 0xe0 && lead <= 0xef ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  const second = bytes[at + 1] ?? 0;
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  if (size === 0 || second < lowest || second > highest) return 0;
  for (let index = 2; index < size; index += 1) {
    if (((bytes[at + index] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return size;
}
