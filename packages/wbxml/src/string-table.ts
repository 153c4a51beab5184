// The string table of a document: NUL-terminated strings found by byte offset (WBXML 1.3 §5.7).
import type { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Budget } from './limits.ts';
import { decodeUtf8 } from './utf8.ts';

interface Entry {
  readonly text: string;
  readonly bytes: number;
}

/** The table of a document being decoded. Entries are decoded once, and charged to the budget at every use. */
export class StringTable {
  readonly #bytes: Uint8Array;
  readonly #entries = new Map<number, Entry>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get empty(): boolean {
    return this.#bytes.length === 0;
  }

  /** The string at `offset`; `at` is where in the input the reference stands. The last string may lack its NUL. */
  text(offset: number, reader: ByteReader, budget: Budget, at: number): string {
    const entry = this.#entries.get(offset);
    if (entry !== undefined) {
      budget.expand(entry.bytes);
      return entry.text;
    }
    if (offset >= this.#bytes.length) reader.fail('ERR_WBXML_BAD_VALUE', `no string at ${offset} of the string table`, at);
    const found = this.#bytes.indexOf(0, offset);
    const end = found < 0 ? this.#bytes.length : found;
    // Charged before it is decoded: overlapping strings of a large table are the cheapest way to make us work.
    budget.expand(end - offset);
    const text = decodeUtf8(this.#bytes, offset, end);
    if (text === undefined) reader.fail('ERR_WBXML_CHARSET', `string ${offset} of the string table is not UTF-8`, at);
    this.#entries.set(offset, { text, bytes: end - offset });
    return text;
  }
}

/** The table of a document being encoded: each string once, at the offset that it first got. */
export class StringTableWriter {
  readonly #writer = new ByteWriter(64);
  readonly #offsets = new Map<string, number>();

  /** Offset of `text`, which is added if it is new. It holds no NUL. */
  offset(text: string): number {
    const known = this.#offsets.get(text);
    if (known !== undefined) return known;
    if (this.#writer.length > 0) this.#writer.byte(0);
    const offset = this.#writer.length;
    this.#offsets.set(text, offset);
    this.#writer.text(text);
    return offset;
  }

  /**
   * The table's bytes. A single string goes without its NUL, as the widespread stacks send a textual public identifier
   * and as their fixed-length readers expect it.
   */
  bytes(): Uint8Array {
    if (this.#offsets.size > 1) this.#writer.byte(0);
    return this.#writer.view();
  }
}
