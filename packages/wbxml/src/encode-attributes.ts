// Attributes of SI, SL and EMN in their shortest tokens (WBXML 1.3 §5.8.3).
import type { ByteWriter } from './byte-writer.ts';
import type { StringTableWriter } from './string-table.ts';
import type { AttributePage } from './tables/page.ts';
import { Token } from './tokens.ts';
import { encodeDate } from './wbxml-date.ts';
import { isAttributeName } from './xml-character.ts';

export class AttributeWriter {
  readonly #writer: ByteWriter;
  readonly #table: StringTableWriter;
  readonly #page: AttributePage;
  readonly #fail: (code: 'ERR_WBXML_BAD_VALUE', reason: string) => never;

  constructor(
    writer: ByteWriter,
    table: StringTableWriter,
    page: AttributePage,
    fail: (code: 'ERR_WBXML_BAD_VALUE', reason: string) => never,
  ) {
    this.#writer = writer;
    this.#table = table;
    this.#page = page;
    this.#fail = fail;
  }

  /** Writes one attribute. A date attribute that does not hold a date is written as the text it is. */
  write(name: string, value: string): void {
    if (value.includes('\0')) this.#fail('ERR_WBXML_BAD_VALUE', 'NUL in an attribute');
    const start = this.#page.startsOf.get(name)?.find(({ prefix }) => value.startsWith(prefix));
    if (start === undefined) {
      if (!isAttributeName(name)) this.#fail('ERR_WBXML_BAD_VALUE', 'the name of an attribute is not a name');
      this.#writer.byte(Token.Literal);
      this.#writer.multiByte(this.#table.offset(name));
    } else {
      this.#writer.byte(start.token);
    }
    const date = this.#page.dates.has(name) ? encodeDate(value) : undefined;
    if (date === undefined) {
      this.#value(value.slice(start?.prefix.length ?? 0));
      return;
    }
    this.#writer.byte(Token.Opaque);
    this.#writer.multiByte(date.length);
    this.#writer.bytes(date);
  }

  /** Writes a value as strings with value tokens for the endings that have one, such as `.com/`. */
  #value(value: string): void {
    for (const part of value.split(this.#page.valuePattern)) {
      const token = this.#page.valueTokens.get(part);
      if (token === undefined) this.#string(part);
      else this.#writer.byte(token);
    }
  }

  #string(text: string): void {
    if (text === '') return;
    this.#writer.byte(Token.StrI);
    this.#writer.text(text);
    this.#writer.byte(0);
  }
}
