// From the bytes of a text part to a string: charset labels as mail writes them, over the labels that TextDecoder knows.
import { lenientText } from './bytes.ts';

/** Labels seen in mail that the WHATWG encoding standard does not list, without separators and `x-`, → one that it does. */
const aliases: Readonly<Record<string, string>> = {
  cp932: 'shift_jis',
  mskanji: 'shift_jis',
  eucjp: 'euc-jp',
  iso2022jp1: 'iso-2022-jp',
  iso2022jp2: 'iso-2022-jp',
  cp50220: 'iso-2022-jp',
  cp50221: 'iso-2022-jp',
  cp936: 'gbk',
  cp949: 'euc-kr',
  uhc: 'euc-kr',
  cp950: 'big5',
  cp874: 'windows-874',
  tis620: 'windows-874',
};

/**
 * Decodes text bytes. No label, `us-ascii` and labels that nobody knows are read as UTF-8 where the bytes are that, else as
 * windows-1252. Never throws; bytes that are wrong in the charset become U+FFFD.
 */
export function decodeCharset(bytes: Uint8Array, label: string | undefined): string {
  const name = (label ?? '').trim().toLowerCase();
  if (name === '' || name === 'us-ascii' || name === 'ascii') return withoutBom(lenientText(bytes));
  const decoder = decoderOf(name) ?? decoderOf(aliases[plain(name)] ?? plain(name));
  return decoder === undefined ? withoutBom(lenientText(bytes)) : decoder.decode(bytes);
}

function plain(name: string): string {
  return name
    .slice(0, 40)
    .replace(/^(?:x-ms-|x-|cs)/, '')
    .replace(/^(?:windows|ms|ibm)-?(?=\d)/, 'cp')
    .replace(/[\s._-]+/g, '');
}

function decoderOf(name: string): TextDecoder | undefined {
  try {
    return new TextDecoder(name);
  } catch {
    return undefined;
  }
}

function withoutBom(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}
