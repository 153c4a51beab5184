// UTF-8 both ways, and which text an XML document may hold (XML 1.0 §2.2 Char).

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of well-formed UTF-8, a byte order mark included; undefined where it is not well-formed. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes of a text in UTF-8, without encoding it. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else {
      length += 2;
      // A pair is two units and four bytes; a lone surrogate is written as U+FFFD, three bytes.
      if (unit >= 0xd8_00 && unit < 0xdc_00 && (text.charCodeAt(i + 1) & 0xfc_00) === 0xdc_00) i += 1;
    }
  }
  return length;
}

/** Whether every character is one that an XML document can hold. */
export function isXmlText(text: string): boolean {
  return !/[^\t\n\r\u0020-\uFFFD]/.test(text) && text.isWellFormed();
}

/** The bytes of several pieces in a row. */
export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
