// Text as it is written into the XML of email and folder objects: escaped, or in CDATA sections. Sizes without writing.
import { SyncmlError } from './errors.ts';
import { concatBytes, encodeUtf8, isXmlText } from './utf8.ts';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' };

/**
 * Text with `&`, `<`, CR (raw it would be read as LF) and the `>` of `]]>` escaped. Throws ERR_SYNCML_BAD_VALUE for
 * characters that XML has not.
 */
export function escapeXml(text: string): string {
  if (!isXmlText(text)) throw new SyncmlError('ERR_SYNCML_BAD_VALUE', 'a character that XML cannot hold');
  return text.replaceAll(/[&<\r]|(?<=\]\])>/g, (character) => escapes[character] ?? character);
}

/** An element of the objects: name and text, without attributes. */
export function xmlElement(name: string, text: string | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeXml(text)}</${name}>`;
}

const cdataOpen = '<![CDATA[';
const cdataClose = ']]>';
/** What stands for `]]>` inside a section: close it behind the brackets, open the next before the `>`. */
const splitEnd = `]]${cdataClose}${cdataOpen}>`;

/** The marks around a CDATA section. */
export const cdataFrame: { readonly open: string; readonly close: string } = { open: cdataOpen, close: cdataClose };

/** Bytes that `]]>` grows by when it is split over two sections. */
const splitGrowth = cdataOpen.length + cdataClose.length;

/** What writing bytes as XML text would cost; counts for UTF-8 text of XML characters. */
export interface TextCost {
  readonly escaped: number;
  readonly cdata: number;
}

/** Bytes of the two ways to write `bytes` as XML text. */
export function textCost(bytes: Uint8Array): TextCost {
  let escaped = bytes.length;
  let splits = 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const byte = bytes[i];
    if (byte === 0x26 || byte === 0x0d) escaped += 4;
    else if (byte === 0x3c) escaped += 3;
    else if (byte === 0x3e && endsSection(bytes, i)) {
      escaped += 3;
      splits += 1;
    }
  }
  return { escaped, cdata: bytes.length + splitGrowth * (splits + 1) };
}

/** The bytes in one CDATA section, or more where they hold `]]>`. */
export function cdataBytes(bytes: Uint8Array): Uint8Array {
  const split = encodeUtf8(splitEnd);
  const pieces: Uint8Array[] = [encodeUtf8(cdataOpen)];
  let start = 0;
  for (let i = bytes.indexOf(0x3e); i >= 0; i = bytes.indexOf(0x3e, i + 1)) {
    if (!endsSection(bytes, i)) continue;
    pieces.push(bytes.subarray(start, i - 2), split);
    start = i + 1;
  }
  pieces.push(bytes.subarray(start), encodeUtf8(cdataClose));
  return concatBytes(pieces);
}

/** Whether the `>` at `at` ends the mark `]]>`. */
function endsSection(bytes: Uint8Array, at: number): boolean {
  return at >= 2 && bytes[at - 1] === 0x5d && bytes[at - 2] === 0x5d;
}
