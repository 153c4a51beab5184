// Whether bytes that stream by can stand in one CDATA section: UTF-8 of XML characters (XML 1.0 §2.2) without its end mark.

/** Fed with the pieces of a mail in order. */
export class TextScan {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #tail = '';

  /** False when the bytes so far cannot: the scan is over then. */
  push(piece: Uint8Array): boolean {
    return this.#check(() => this.#decoder.decode(piece, { stream: true }));
  }

  /** Whether all of it can. */
  end(): boolean {
    return this.#check(() => this.#decoder.decode());
  }

  #check(decode: () => string): boolean {
    let text: string;
    try {
      text = decode();
    } catch {
      return false;
    }
    if (/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/.test(text)) return false;
    const whole = this.#tail + text;
    this.#tail = whole.slice(-2);
    return !whole.includes(']]>');
  }
}
