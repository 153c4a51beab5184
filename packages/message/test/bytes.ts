// Small helpers of these tests: text to bytes and back, one byte a character.
import { MessageError } from '../src/index.ts';

/** One byte a character: for headers with 8-bit bytes as well. */
export function bytes(content: string): Uint8Array {
  return Uint8Array.from(content, (char) => char.charCodeAt(0));
}

export function utf8(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

export function text(data: Uint8Array): string {
  return Array.from(data, (byte) => String.fromCharCode(byte)).join('');
}

/** A mail or header from its lines, joined by CRLF; end with '' for a line end at the end. */
export function lines(...all: readonly string[]): Uint8Array {
  return bytes(all.join('\r\n'));
}

/** The code of the error that a call throws; undefined if it throws none. */
export function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return error instanceof MessageError ? error.code : String(error);
  }
  return undefined;
}

/** Every string in a plain value, keys left out. */
export function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap((each) => stringsIn(each)) : [];
}
