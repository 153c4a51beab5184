// Text in header fields that is not plain ASCII: RFC 2047 encoded words, written here, read by postal-mime.
import { decodeWords } from 'postal-mime';
import { oneLine, utf8Bytes } from './bytes.ts';
import { encodeBase64 } from './transfer.ts';

/** Longest encoded word. RFC 2047 §2 allows 75; this leaves room for every usual field name on the same line of 78. */
const wordLength = 62;
const ends = '=?utf-8?Q?'.length + '?='.length;

/**
 * An unstructured value as people read it: encoded words decoded (all charsets TextDecoder knows, unknown ones as
 * windows-1252), control characters made spaces. What is malformed stays as it is.
 */
export function decodeText(value: string): string {
  return oneLine(value.includes('=?') ? decodeWords(value) : value);
}

/**
 * Words of an unstructured value, to be joined by a space or a fold. Plain ASCII stays as it is; where it would not come
 * back unchanged (other characters, doubled or outer blanks, a look-alike of an encoded word, an endless word), all is encoded.
 */
export function unstructuredWords(text: string): string[] {
  if (text === '') return [];
  const plain = /^[!-~]+(?: [!-~]+)*$/.test(text) && !text.includes('=?') && !/[^ ]{77}/.test(text);
  return plain ? text.split(' ') : encodeWords(text);
}

/** Encoded words for any text, in UTF-8, each holding whole characters (RFC 2047 §5), in the shorter of the two encodings. */
export function encodeWords(text: string): string[] {
  const characters = Array.from(text.toWellFormed(), (character) => utf8Bytes(character));
  const quoted = characters.map((bytes) => quote(bytes));
  const quotedLength = quoted.reduce((sum, word) => sum + word.length, 0);
  const total = characters.reduce((sum, bytes) => sum + bytes.length, 0);
  if (quotedLength <= Math.ceil(total / 3) * 4) return packQuoted(quoted);
  return packBase64(characters);
}

/** RFC 2047 §5 (3): the letters that are allowed as they are even in a display name. */
function quote(bytes: Uint8Array): string {
  const char = String.fromCharCode(bytes[0] ?? 0);
  if (bytes.length === 1 && char === ' ') return '_';
  if (bytes.length === 1 && /[A-Za-z0-9!*+/-]/.test(char)) return char;
  return Array.from(bytes, (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

function packQuoted(pieces: readonly string[]): string[] {
  const words: string[] = [];
  let word = '';
  for (const piece of pieces) {
    if (word.length + piece.length > wordLength - ends) {
      words.push(word);
      word = '';
    }
    word += piece;
  }
  if (word !== '') words.push(word);
  return words.map((each) => `=?utf-8?Q?${each}?=`);
}

function packBase64(characters: readonly Uint8Array[]): string[] {
  const room = Math.floor((wordLength - ends) / 4) * 3;
  const words: string[] = [];
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) words.push(`=?utf-8?B?${base64Text(Uint8Array.from(bytes))}?=`);
    bytes = [];
  };
  for (const character of characters) {
    if (bytes.length + character.length > room) flush();
    bytes.push(...character);
  }
  flush();
  return words;
}

function base64Text(bytes: Uint8Array): string {
  return String.fromCharCode(...encodeBase64(bytes, 0));
}
