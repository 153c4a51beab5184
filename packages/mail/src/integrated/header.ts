// Where the header of a mail ends, found while its bytes arrive (RFC 5322 §2.1). Bare LF ends a line too; a lone CR does not.

/** Offset behind the empty line that ends the header, or -1. Looks at line ends from `from` on, which may be 0. */
export function headerEnd(bytes: Uint8Array, from: number): number {
  if (from === 0) {
    if (bytes[0] === 0x0a) return 1;
    if (bytes[0] === 0x0d && bytes[1] === 0x0a) return 2;
  }
  for (let at = bytes.indexOf(0x0a, from); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    if (bytes[at + 1] === 0x0a) return at + 2;
    if (bytes[at + 1] === 0x0d && bytes[at + 2] === 0x0a) return at + 3;
  }
  return -1;
}

/** Collects the start of a mail until its header is complete, `limit` bytes are there, or the mail has ended. */
export class HeaderCollector {
  #bytes = Buffer.alloc(8192);
  #length = 0;
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes the next bytes of the mail. Returns undefined while more is needed, then all collected bytes and how many of
   * them are header; what is behind the header is body and must be used too. Not called again after that.
   */
  push(data: Uint8Array): { readonly collected: Buffer; readonly headerSize: number } | undefined {
    const from = Math.max(0, this.#length - 2);
    this.#append(data);
    const collected = this.#bytes.subarray(0, this.#length);
    const end = headerEnd(collected, from);
    if (end === -1 && this.#length < this.#limit) return undefined;
    return { collected, headerSize: Math.min(end === -1 ? this.#length : end, this.#limit) };
  }

  /** The mail has ended without an empty line: all of it is header. */
  end(): { readonly collected: Buffer; readonly headerSize: number } {
    return { collected: this.#bytes.subarray(0, this.#length), headerSize: this.#length };
  }

  #append(data: Uint8Array): void {
    const needed = this.#length + data.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#bytes.set(data, this.#length);
    this.#length = needed;
  }
}
