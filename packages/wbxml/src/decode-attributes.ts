// Attribute lists of WBXML (WBXML 1.3 §5.8.3), and the names that a document spells out itself.
import type { ByteReader } from './byte-reader.ts';
import type { Budget } from './limits.ts';
import type { StringTable } from './string-table.ts';
import type { AttributePage } from './tables/page.ts';
import type { TextReader } from './text-reader.ts';
import { firstTag, Token } from './tokens.ts';
import { decodeUtf8 } from './utf8.ts';
import { decodeDate } from './wbxml-date.ts';
import { isAttributeName, isName } from './xml-character.ts';

/** True for a namespace declaration: WBXML has code pages instead. */
function declaresNamespace(name: string): boolean {
  return name === 'xmlns' || name.startsWith('xmlns:');
}

export class AttributeReader {
  readonly #reader: ByteReader;
  readonly #budget: Budget;
  readonly #table: StringTable;
  readonly #text: TextReader;
  readonly #page: AttributePage | undefined;
  // Attributes have a page number of their own, and no vocabulary of ours has more than page 0.
  #pageNumber = 0;

  constructor(reader: ByteReader, budget: Budget, table: StringTable, text: TextReader, page: AttributePage | undefined) {
    this.#reader = reader;
    this.#budget = budget;
    this.#table = table;
    this.#text = text;
    this.#page = page;
  }

  /** Reads up to the END of the list. Undefined if nothing remains that the tree keeps. */
  read(): Readonly<Record<string, string>> | undefined {
    const found = new Map<string, string>();
    let name: string | undefined;
    for (;;) {
      const at = this.#reader.position;
      const token = this.#reader.byte();
      if (token === Token.End) break;
      if (token === Token.SwitchPage) {
        this.#pageNumber = this.#reader.byte();
        continue;
      }
      const start = this.#start(token, at);
      if (start !== undefined) {
        [name] = start;
        this.#add(found, name, start[1], at);
      } else if (name === undefined) {
        this.#reader.fail('ERR_WBXML_BAD_VALUE', 'attribute value without a name', at);
      } else {
        found.set(name, `${found.get(name) ?? ''}${this.#value(token, name, at)}`);
      }
    }
    for (const key of found.keys()) if (declaresNamespace(key)) found.delete(key);
    // Vocabularies without attributes have namespace declarations at most.
    return this.#page === undefined || found.size === 0 ? undefined : Object.fromEntries(found);
  }

  /** The name in the string table that a LITERAL token refers to. */
  literalName(at: number): string {
    const name = this.#table.text(this.#reader.multiByte(), this.#reader, this.#budget, at);
    this.#checkName(name, isName(name), at);
    return name;
  }

  #add(found: Map<string, string>, name: string, value: string, at: number): void {
    if (found.has(name)) this.#reader.fail('ERR_WBXML_BAD_VALUE', 'attribute given twice', at);
    found.set(name, value);
    this.#budget.check('attributes', found.size);
  }

  /** Name and beginning of the value if the token starts an attribute. */
  #start(token: number, at: number): readonly [name: string, prefix: string] | undefined {
    if (token === Token.Literal) return [this.#literalAttribute(at), ''];
    if (token < firstTag || token >= 0x80) return undefined;
    const start = this.#pageNumber === 0 ? this.#page?.starts.get(token) : undefined;
    if (start === undefined) this.#reader.fail('ERR_WBXML_UNKNOWN_TOKEN', `unknown attribute token 0x${token.toString(16)}`, at);
    this.#budget.expand(start[1].length);
    return start;
  }

  #literalAttribute(at: number): string {
    const offset = this.#reader.multiByte();
    // Some Nokia phones write xmlns as LITERAL 0 and send no string table.
    if (offset === 0 && this.#table.empty) return 'xmlns';
    const name = this.#table.text(offset, this.#reader, this.#budget, at);
    this.#checkName(name, declaresNamespace(name) || isAttributeName(name), at);
    return name;
  }

  #checkName(name: string, valid: boolean, at: number): void {
    // A name of n characters has at least n bytes.
    this.#budget.check('nameBytes', name.length);
    if (!valid) this.#reader.fail('ERR_WBXML_BAD_VALUE', 'string is not a name', at);
  }

  #value(token: number, attribute: string, at: number): string {
    if (token === Token.StrI || token === Token.StrT || token === Token.Entity) return this.#text.read(token, at);
    if (token === Token.Opaque) return this.#opaqueValue(attribute, at);
    const value = this.#pageNumber === 0 ? this.#page?.values.get(token) : undefined;
    if (value === undefined) this.#reader.fail('ERR_WBXML_UNKNOWN_TOKEN', `unknown attribute value token 0x${token.toString(16)}`, at);
    this.#budget.expand(value.length);
    return value;
  }

  #opaqueValue(attribute: string, at: number): string {
    const bytes = this.#reader.take(this.#reader.multiByte());
    this.#budget.expand(bytes.length);
    const isDate = this.#page?.dates.has(attribute) ?? false;
    const value = isDate ? decodeDate(bytes) : decodeUtf8(bytes);
    if (value === undefined) this.#reader.fail('ERR_WBXML_BAD_VALUE', isDate ? 'not a date' : 'attribute bytes are not text', at);
    return value;
  }
}
