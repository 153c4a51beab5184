// The tokens that stand for text, in content and in attribute values: STR_I, STR_T, ENTITY (WBXML 1.3 §5.8.4).
import type { ByteReader } from './byte-reader.ts';
import type { Budget } from './limits.ts';
import type { StringTable } from './string-table.ts';
import { Token } from './tokens.ts';

export class TextReader {
  readonly #reader: ByteReader;
  readonly #budget: Budget;
  readonly #table: StringTable;

  constructor(reader: ByteReader, budget: Budget, table: StringTable) {
    this.#reader = reader;
    this.#budget = budget;
    this.#table = table;
  }

  /** The text of a token that was read at offset `at`. */
  read(token: typeof Token.StrI | typeof Token.StrT | typeof Token.Entity, at: number): string {
    if (token === Token.StrT) return this.#table.text(this.#reader.multiByte(), this.#reader, this.#budget, at);
    if (token === Token.Entity) return this.#entity(at);
    const length = this.#reader.stringLength();
    this.#budget.expand(length);
    return this.#reader.string(length);
  }

  #entity(at: number): string {
    const code = this.#reader.multiByte();
    if (code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) {
      this.#reader.fail('ERR_WBXML_BAD_VALUE', 'entity is not a character', at);
    }
    this.#budget.expand(4);
    return String.fromCodePoint(code);
  }
}
