// A cursor over the input that knows where it is: byte offset, and the path of open elements for errors.
import { WbxmlError } from './errors.ts';
import type { WbxmlErrorCode } from './errors.ts';
import { decodeUtf8, invalidUtf8At } from './utf8.ts';

export class ByteReader {
  readonly bytes: Uint8Array;
  /** Offset of the next byte. */
  position = 0;
  /** Names of the open elements. */
  readonly path: string[] = [];

  constructor(bytes: Uint8Array) {
    // A plain view, so that pieces cut from it are plain too whatever subclass came in.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.position >= this.bytes.length;
  }

  place(offset: number = this.position): { readonly offset: number; readonly path: string } {
    return { offset, path: this.path.join('/') };
  }

  fail(code: WbxmlErrorCode, reason: string, offset: number = this.position): never {
    throw new WbxmlError(code, reason, this.place(offset));
  }

  byte(): number {
    const byte = this.bytes[this.position];
    if (byte === undefined) this.fail('ERR_WBXML_TRUNCATED', 'input ends early');
    this.position += 1;
    return byte;
  }

  /** mb_u_int32 (WBXML 1.3 §5.1): 7 bits a byte, most significant first, at most 5 bytes and 32 bits. */
  multiByte(): number {
    const start = this.position;
    let value = 0;
    for (let count = 0; count < 5; count += 1) {
      const byte = this.byte();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break;
        return value;
      }
    }
    return this.fail('ERR_WBXML_BAD_VALUE', 'integer of more than 32 bits', start);
  }

  /** The next `length` bytes, as a view of the input. */
  take(length: number): Uint8Array {
    const end = this.position + length;
    if (end > this.bytes.length) {
      this.fail('ERR_WBXML_TRUNCATED', `${length} bytes announced, ${this.bytes.length - this.position} left`);
    }
    const taken = this.bytes.subarray(this.position, end);
    this.position = end;
    return taken;
  }

  /** Length of the NUL-terminated string that starts here, the NUL not counted. */
  stringLength(): number {
    const end = this.bytes.indexOf(0, this.position);
    if (end < 0) this.fail('ERR_WBXML_TRUNCATED', 'string without its end');
    return end - this.position;
  }

  /** A NUL-terminated string whose length is known from `stringLength`. */
  string(length: number): string {
    const start = this.position;
    const text = decodeUtf8(this.bytes, start, start + length);
    if (text === undefined) {
      this.fail('ERR_WBXML_CHARSET', 'text is not well-formed UTF-8', invalidUtf8At(this.bytes.subarray(0, start + length), start));
    }
    this.position = start + length + 1;
    return text;
  }
}
