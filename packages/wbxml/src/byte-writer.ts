// A byte buffer that grows by doubling, so that a document of n bytes costs O(n).
import { encodeUtf8Into } from './utf8.ts';

// Below this length a loop over ASCII beats the call into the encoder.
const shortText = 32;

export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  /** mb_u_int32 (WBXML 1.3 §5.1). */
  multiByte(value: number): void {
    if (value >= 0x80) this.#highGroups(Math.floor(value / 128));
    this.byte(value % 128);
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  /** Text as UTF-8; an unpaired surrogate becomes U+FFFD. */
  text(text: string): void {
    this.#reserve(text.length * 3);
    if (text.length <= shortText && this.#ascii(text)) return;
    this.#length += encodeUtf8Into(text, this.#bytes.subarray(this.#length));
  }

  /** What was written, in memory of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** What was written so far; valid until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Writes short ASCII text; false, and nothing written, if there is another character in it. */
  #ascii(text: string): boolean {
    for (let index = 0; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) return false;
      this.#bytes[this.#length + index] = unit;
    }
    this.#length += text.length;
    return true;
  }

  #highGroups(value: number): void {
    if (value >= 0x80) this.#highGroups(Math.floor(value / 128));
    this.byte(0x80 | (value % 128));
  }

  #reserve(extra: number): void {
    const needed = this.#length + extra;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.view());
    this.#bytes = grown;
  }
}
