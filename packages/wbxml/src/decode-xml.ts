// XML → element tree, for SyncML messages, device information, email and folder objects. The parser is strict; around it
// stand the limits, the DTD ban and the care for CR (XML 1.0, Namespaces in XML).
import { SaxesParser } from 'saxes';
import type { SaxesTagNS } from 'saxes';
import type { Content, Document, Element } from './element.ts';
import { hasCutBytes, isWithinMark, markCutBytes, piecesOf } from './cut-characters.ts';
import { WbxmlError } from './errors.ts';
import type { WbxmlErrorCode } from './errors.ts';
import { Budget } from './limits.ts';
import type { DecodeOptions } from './limits.ts';
import { decodeUtf8, encodeUtf8, invalidUtf8At } from './utf8.ts';
import { readDoctype } from './xml-doctype.ts';
import { isXmlText } from './xml-character.ts';
import { keepCarriageReturns } from './xml-line-ends.ts';
import type { XmlPiece } from './xml-line-ends.ts';
import { isMisnamed, spaceOf, typeOf } from './xml-space.ts';

export interface DecodeXmlOptions extends DecodeOptions {
  /**
   * Takes a document in which a few bytes are pieces of cut characters, as a message with a chunk of an object may be. They
   * come as bytes in the content of their element. Default false: all must be UTF-8.
   */
  readonly cutCharacters?: boolean;
}

/**
 * Decodes a UTF-8 XML document.
 *
 * Text arrives as it was sent, CR included; neighbouring text, references and CDATA are one string. White space between
 * child elements is dropped where an element has no other text. Namespaces become spaces, whatever prefix was used;
 * a missing one is inferred. Attributes of SyncML, MetInf and DevInf elements are dropped, as in WBXML.
 *
 * A DOCTYPE may carry an external identifier, which is not followed. Throws `WbxmlError`: `ERR_XML_SYNTAX`,
 * `ERR_XML_FORBIDDEN` (internal subset), `ERR_XML_CHARSET`, `ERR_XML_LIMIT`, with byte offset and path.
 */
export function decodeXml(bytes: Uint8Array, options: DecodeXmlOptions = {}): Document {
  new Budget(options.limits, 'ERR_XML_LIMIT', () => ({ offset: 0, path: '' })).check('bytes', bytes.length);
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const text = decodeUtf8(bytes, bom);
  const marked = text === undefined && options.cutCharacters === true;
  const source = marked ? markCutBytes(bytes, bom) : text;
  if (source === undefined) {
    throw new WbxmlError('ERR_XML_CHARSET', 'not well-formed UTF-8', { offset: invalidUtf8At(bytes) });
  }
  return new XmlDecoder(source, { offset: bom, marked }, options).decode();
}

/** An element whose end tag has not been read. */
interface Frame {
  readonly element: Element;
  readonly content: Content[];
  text: string;
}

class XmlDecoder {
  readonly #source: string;
  readonly #sourceOffset: number;
  /** Whether the source holds marks of cut bytes. */
  readonly #marked: boolean;
  readonly #parser = new SaxesParser({ xmlns: true, position: false, forceXMLVersion: true, defaultXMLVersion: '1.0' });
  readonly #budget: Budget;
  readonly #frames: Frame[] = [];
  readonly #path: string[] = [];
  #root: Element | undefined;
  #rootUri = '';
  #ignoredUri: string | undefined;
  #fpi: string | undefined;
  #attributeCount = 0;
  // The piece being parsed, and how many characters went before it.
  #piece: XmlPiece = { text: '', sections: [], slices: [] };
  #fed = 0;
  #nextSection = 0;

  constructor(source: string, place: { readonly offset: number; readonly marked: boolean }, options: DecodeOptions) {
    this.#source = source;
    this.#sourceOffset = place.offset;
    this.#marked = place.marked;
    this.#budget = new Budget(options.limits, 'ERR_XML_LIMIT', () => ({ offset: this.#offset(), path: this.#path.join('/') }));
    this.#listen();
  }

  decode(): Document {
    try {
      for (const piece of keepCarriageReturns(this.#source)) {
        this.#fed += this.#piece.text.length;
        this.#piece = piece;
        this.#nextSection = 0;
        this.#parser.write(piece.text);
      }
      this.#parser.close();
    } catch (cause) {
      if (cause instanceof WbxmlError) throw cause;
      this.#fail('ERR_XML_SYNTAX', 'not well-formed XML', cause);
    }
    const root = this.#root;
    if (root === undefined) return this.#fail('ERR_XML_SYNTAX', 'no root element');
    return { type: typeOf(root, this.#rootUri, this.#fpi), root };
  }

  #listen(): void {
    this.#parser.on('error', (error) => {
      // What stands behind a colon or in quotes is taken from the document.
      this.#fail('ERR_XML_SYNTAX', error.message.replace(/:.*$/s, ''));
    });
    this.#parser.on('xmldecl', ({ encoding }) => {
      if (encoding !== undefined && !/^utf-?8$/i.test(encoding)) this.#fail('ERR_XML_CHARSET', 'the declared encoding is not UTF-8');
    });
    this.#parser.on('doctype', (text) => {
      const doctype = readDoctype(text);
      if (!doctype.allowed) this.#fail('ERR_XML_FORBIDDEN', 'document type with more than an external identifier');
      this.#fpi = doctype.fpi;
    });
    this.#parser.on('opentagstart', ({ name }) => {
      // Before the parser looks at namespaces: its time for that grows with the square of the depth.
      this.#budget.node();
      this.#budget.check('depth', this.#frames.length + 1);
      this.#budget.check('nameBytes', name.length);
      this.#attributeCount = 0;
    });
    this.#parser.on('attribute', ({ name, value }) => {
      this.#attributeCount += 1;
      this.#budget.check('attributes', this.#attributeCount);
      this.#budget.check('nameBytes', name.length);
      if (this.#marked && hasCutBytes(value)) this.#fail('ERR_XML_CHARSET', 'not well-formed UTF-8');
    });
    this.#parser.on('opentag', (tag) => this.#open(tag));
    this.#parser.on('closetag', () => this.#close());
    this.#parser.on('text', (text) => this.#text(text));
    this.#parser.on('cdata', (text) => this.#text(this.#takeSection() ?? text));
  }

  #open(tag: SaxesTagNS): void {
    const parent = this.#frames.at(-1);
    if (parent === undefined && isMisnamed(tag.local, tag.uri)) this.#ignoredUri = tag.uri;
    const ignored = tag.uri === this.#ignoredUri;
    const name = { name: tag.local, uri: ignored ? '' : tag.uri, declared: !ignored && Object.hasOwn(tag.ns, tag.prefix) };
    const space = spaceOf(name, parent?.element, this.#rootUri !== '');
    const attributes = space === 'syncml' || space === 'metinf' || space === 'devinf' ? undefined : keptAttributes(tag);
    const content: Content[] = [];
    const element: Element =
      attributes === undefined ? { name: tag.local, space, content } : { name: tag.local, space, attributes, content };
    if (parent === undefined) {
      this.#root = element;
      this.#rootUri = name.uri;
    } else {
      this.#flushText(parent);
      parent.content.push(element);
    }
    this.#frames.push({ element, content, text: '' });
    this.#path.push(tag.local);
  }

  #close(): void {
    const frame = this.#frames.pop();
    this.#path.pop();
    if (frame === undefined) return;
    this.#flushText(frame);
    if (isElementOnly(frame.content)) dropStrings(frame.content);
  }

  #flushText(frame: Frame): void {
    if (frame.text === '') return;
    if (this.#marked && hasCutBytes(frame.text)) frame.content.push(...piecesOf(frame.text));
    else frame.content.push(frame.text);
    frame.text = '';
  }

  #text(text: string): void {
    const frame = this.#frames.at(-1);
    if (frame !== undefined) frame.text += text;
  }

  /** The content of the CDATA section that the parser has just read, if it was given to it empty. */
  #takeSection(): string | undefined {
    const section = this.#piece.sections[this.#nextSection];
    this.#nextSection += 1;
    if (section !== undefined && !isXmlText(section)) this.#fail('ERR_XML_SYNTAX', 'disallowed character in CDATA');
    return section;
  }

  /** Byte offset in the input of what the parser reads now. */
  #offset(): number {
    const at = this.#parser.position - this.#fed;
    const slice = this.#piece.slices.findLast((candidate) => candidate.at <= at);
    const index = slice === undefined ? 0 : slice.source + at - slice.at;
    const end = this.#marked && isWithinMark(this.#source, index) ? index - 1 : index;
    return this.#sourceOffset + this.#sizeOf(this.#source.slice(0, end));
  }

  /** Bytes that a part of the source had. */
  #sizeOf(text: string): number {
    const pieces = this.#marked ? piecesOf(text) : [text];
    return pieces.reduce((size, piece) => size + (typeof piece === 'string' ? encodeUtf8(piece) : piece).length, 0);
  }

  #fail(code: WbxmlErrorCode, reason: string, cause?: unknown): never {
    throw new WbxmlError(code, reason, { offset: this.#offset(), path: this.#path.join('/'), cause });
  }
}

/** True if there are child elements, and nothing but white space between them. */
function isElementOnly(content: readonly Content[]): boolean {
  return content.some((piece) => typeof piece !== 'string') && content.every((piece) => typeof piece !== 'string' || isWhite(piece));
}

function isWhite(text: string): boolean {
  return /^[\t\n\r ]*$/.test(text);
}

function dropStrings(content: Content[]): void {
  let kept = 0;
  for (const piece of content) {
    if (typeof piece === 'string') continue;
    content[kept] = piece;
    kept += 1;
  }
  content.length = kept;
}

/** Attributes other than namespace declarations; a prefix is dropped, but for `xml:`. */
function keptAttributes(tag: SaxesTagNS): Readonly<Record<string, string>> | undefined {
  const kept = new Map<string, string>();
  for (const { prefix, local, name, value } of Object.values(tag.attributes)) {
    if (prefix !== 'xmlns' && name !== 'xmlns') kept.set(prefix === 'xml' ? name : local, value);
  }
  return kept.size === 0 ? undefined : Object.fromEntries(kept);
}
