// Element tree → WBXML (WBXML 1.3 §5 and §8), in the form that phones and the widespread stacks send: version 1.2,
// numeric public identifier, no string table unless needed, page switches as late as possible.
import { ByteWriter } from './byte-writer.ts';
import { isFilled } from './content.ts';
import { AttributeWriter } from './encode-attributes.ts';
import type { Content, Document, Element } from './element.ts';
import { WbxmlError } from './errors.ts';
import { defaultLimits } from './limits.ts';
import { StringTableWriter } from './string-table.ts';
import { vocabularyOf } from './tables/vocabulary.ts';
import type { Vocabulary } from './tables/vocabulary.ts';
import { hasAttributes, hasContent, Token } from './tokens.ts';
import { encodeUtf8 } from './utf8.ts';
import { writeHeader } from './wbxml-header.ts';
import type { WbxmlVersion } from './wbxml-header.ts';
import { isName } from './xml-character.ts';

export interface EncodeWbxmlOptions {
  /** Version byte; nothing else depends on it. Default 1.2. */
  readonly wbxmlVersion?: WbxmlVersion;
  /** Send the public identifier as text in the string table, as SyncML 1.0 stacks do. Default false: as a number. */
  readonly textualPublicId?: boolean;
}

/**
 * Encodes a document of any type but `XML`.
 *
 * Strings become STR_I (OPAQUE if they hold NUL; an unpaired surrogate becomes U+FFFD), bytes become OPAQUE, an element
 * without content gets no END. An element that its code page does not have is written as LITERAL, with its name in a
 * string table, and so are unknown attributes.
 *
 * Throws `WbxmlError` with the path: `ERR_WBXML_UNSUPPORTED` (type `XML`, an element of a space that the document has no
 * page for, attributes where there are none), `ERR_WBXML_BAD_VALUE` (not a name; NUL in an attribute),
 * `ERR_WBXML_LIMIT` (deeper than a decoder accepts by default).
 */
export function encodeWbxml(document: Document, options: EncodeWbxmlOptions = {}): Uint8Array {
  const vocabulary = vocabularyOf(document.type);
  if (vocabulary === undefined) throw new WbxmlError('ERR_WBXML_UNSUPPORTED', `a document of type ${document.type} has no WBXML form`);
  const table = new StringTableWriter();
  if (options.textualPublicId === true) table.offset(vocabulary.fpi);
  const body = new BodyEncoder(vocabulary, table);
  body.element(document.root);
  const output = new ByteWriter(body.writer.length + 64);
  writeHeader(output, options.wbxmlVersion ?? '1.2', options.textualPublicId === true ? undefined : vocabulary.publicId, table);
  output.bytes(body.writer.view());
  return output.finish();
}

class BodyEncoder {
  readonly writer: ByteWriter = new ByteWriter();
  readonly #vocabulary: Vocabulary;
  readonly #table: StringTableWriter;
  readonly #attributes: AttributeWriter | undefined;
  readonly #path: string[] = [];
  #page = 0;

  constructor(vocabulary: Vocabulary, table: StringTableWriter) {
    this.#vocabulary = vocabulary;
    this.#table = table;
    const page = vocabulary.attributes;
    this.#attributes = page && new AttributeWriter(this.writer, table, page, (code, reason) => this.#fail(code, reason));
  }

  element(element: Element): void {
    this.#path.push(element.name);
    if (this.#path.length > defaultLimits.depth) this.#fail('ERR_WBXML_LIMIT', `tree of more than ${defaultLimits.depth} levels`);
    const page = this.#switchTo(element);
    const filled = element.content.some(isFilled);
    const attributes = Object.entries(element.attributes ?? {});
    this.#tag(element, page, (filled ? hasContent : 0) | (attributes.length > 0 ? hasAttributes : 0));
    if (attributes.length > 0) this.#list(attributes);
    if (filled) {
      this.#content(element.content);
      this.#leavePage(page);
      this.writer.byte(Token.End);
    }
    this.#path.pop();
  }

  #switchTo(element: Element): number {
    const page = this.#vocabulary.pages.findIndex(({ space }) => space === element.space);
    if (page < 0) this.#fail('ERR_WBXML_UNSUPPORTED', `a ${this.#vocabulary.type} document has no code page for this element`);
    this.#setPage(page);
    return page;
  }

  #setPage(page: number): void {
    if (page === this.#page) return;
    this.writer.byte(Token.SwitchPage);
    this.writer.byte(page);
    this.#page = page;
  }

  /**
   * Other pages are left at the next start tag, wherever that is. Device information inside of a SyncML document (page 2)
   * is left at once: only Nokia's S60 is known to use that page, and this is how it does.
   */
  #leavePage(page: number): void {
    if (page !== this.#page && page === 0 && this.#vocabulary.pages[this.#page]?.space === 'devinf') this.#setPage(page);
  }

  #tag(element: Element, page: number, bits: number): void {
    const token = this.#vocabulary.pages[page]?.tokens.get(element.name);
    this.writer.byte((token ?? Token.Literal) | bits);
    if (token !== undefined) return;
    if (!isName(element.name)) this.#fail('ERR_WBXML_BAD_VALUE', 'the name of an element is not a name');
    this.writer.multiByte(this.#table.offset(element.name));
  }

  #list(attributes: readonly [string, string][]): void {
    if (this.#attributes === undefined) this.#fail('ERR_WBXML_UNSUPPORTED', `a ${this.#vocabulary.type} document has no attributes`);
    for (const [name, value] of attributes) this.#attributes.write(name, value);
    this.writer.byte(Token.End);
  }

  #content(content: readonly Content[]): void {
    let text = '';
    for (const piece of content) {
      if (typeof piece === 'string') {
        text += piece;
        continue;
      }
      this.#text(text);
      text = '';
      if (!(piece instanceof Uint8Array)) this.element(piece);
      else if (piece.length > 0) this.#opaque(piece);
    }
    this.#text(text);
  }

  #text(text: string): void {
    if (text === '') return;
    if (text.includes('\0')) {
      this.#opaque(encodeUtf8(text));
      return;
    }
    this.writer.byte(Token.StrI);
    this.writer.text(text);
    this.writer.byte(0);
  }

  #opaque(bytes: Uint8Array): void {
    this.writer.byte(Token.Opaque);
    this.writer.multiByte(bytes.length);
    this.writer.bytes(bytes);
  }

  #fail(code: 'ERR_WBXML_LIMIT' | 'ERR_WBXML_UNSUPPORTED' | 'ERR_WBXML_BAD_VALUE', reason: string): never {
    throw new WbxmlError(code, reason, { path: this.#path.join('/') });
  }
}
