// WBXML → element tree (WBXML 1.3 §5 and §8). One pass with a stack of its own: input decides neither recursion nor time
// beyond its expanded size.
import { ByteReader } from './byte-reader.ts';
import { child, textOf } from './content.ts';
import { AttributeReader } from './decode-attributes.ts';
import type { Content, Document, Element } from './element.ts';
import { Budget } from './limits.ts';
import type { DecodeOptions } from './limits.ts';
import type { CodePage } from './tables/page.ts';
import type { TokenizedType, Vocabulary } from './tables/vocabulary.ts';
import { vocabularyOf } from './tables/vocabulary.ts';
import { TextReader } from './text-reader.ts';
import { firstTag, hasAttributes, hasContent, tagMask, Token } from './tokens.ts';
import { readHeader } from './wbxml-header.ts';
import type { Header, WbxmlVersion } from './wbxml-header.ts';

/** A decoded document and the WBXML version that it was written in. */
export interface DecodedWbxml extends Document {
  readonly wbxmlVersion: WbxmlVersion;
}

/**
 * Decodes a SyncML, DevInf, SI, SL or EMN document of WBXML 1.1–1.3.
 *
 * Adjacent text becomes one string. Each OPAQUE stays a `Uint8Array`, a view of `bytes`, so the input must not be
 * changed while the tree is in use; a document embedded in an OPAQUE is not decoded. Attributes of SyncML, MetInf and
 * DevInf elements (namespace declarations, which some phones send) are dropped.
 *
 * Throws `WbxmlError` with byte offset and path.
 */
export function decodeWbxml(bytes: Uint8Array, options: DecodeOptions = {}): DecodedWbxml {
  const decoded = decodeOnce(bytes, options, undefined);
  if (!decoded.guessed) return decoded.document;
  const older = olderType(decoded.document);
  return older === undefined ? decoded.document : decodeOnce(bytes, options, older).document;
}

function decodeOnce(
  bytes: Uint8Array,
  options: DecodeOptions,
  known: Vocabulary | undefined,
): { document: DecodedWbxml; guessed: boolean } {
  const reader = new ByteReader(bytes);
  const budget = new Budget(options.limits, 'ERR_WBXML_LIMIT', () => reader.place());
  budget.check('bytes', bytes.length);
  const header = readHeader(reader, budget);
  const vocabulary = known ?? header.vocabulary ?? guess(reader, header, budget);
  const root = new BodyDecoder(reader, budget, header, vocabulary).decode();
  return { document: { type: vocabulary.type, root, wbxmlVersion: header.version }, guessed: header.vocabulary === undefined };
}

const rootTypes: ReadonlyMap<string | number, TokenizedType> = new Map<string | number, TokenizedType>([
  [0x2d, 'SyncML 1.2'],
  ['SyncML', 'SyncML 1.2'],
  [0x0a, 'DevInf 1.2'],
  ['DevInf', 'DevInf 1.2'],
]);

/** What a document without a public identifier is, told by its first tag. */
function guess(reader: ByteReader, header: Header, budget: Budget): Vocabulary {
  const start = reader.position;
  const token = reader.byte();
  const tag = token & tagMask;
  const type = rootTypes.get(tag === Token.Literal ? header.table.text(reader.multiByte(), reader, budget, start) : tag);
  const vocabulary = type === undefined ? undefined : vocabularyOf(type);
  if (vocabulary === undefined) return reader.fail('ERR_WBXML_UNSUPPORTED', 'no public identifier, and an unknown first tag', start);
  reader.position = start;
  return vocabulary;
}

/** The vocabulary that a guessed document names itself in VerDTD, if it is not the newest. */
function olderType({ root }: Document): Vocabulary | undefined {
  const verDtd = child(root.name === 'SyncML' ? (child(root, 'SyncHdr') ?? root) : root, 'VerDTD');
  const version = verDtd === undefined ? '' : textOf(verDtd);
  if (version !== '1.0' && version !== '1.1') return undefined;
  return vocabularyOf(root.name === 'SyncML' ? `SyncML ${version}` : `DevInf ${version}`);
}

/** An element whose END has not been read. */
interface Frame {
  readonly element: Element;
  readonly content: Content[];
  /** Text read since the last child or OPAQUE. */
  text: string;
}

class BodyDecoder {
  readonly #reader: ByteReader;
  readonly #budget: Budget;
  readonly #vocabulary: Vocabulary;
  readonly #text: TextReader;
  readonly #attributes: AttributeReader;
  readonly #frames: Frame[] = [];
  // Sticky for the whole document, not stacked by element (WBXML 1.3 §5.8.1).
  #page = 0;

  constructor(reader: ByteReader, budget: Budget, header: Header, vocabulary: Vocabulary) {
    this.#reader = reader;
    this.#budget = budget;
    this.#vocabulary = vocabulary;
    this.#text = new TextReader(reader, budget, header.table);
    this.#attributes = new AttributeReader(reader, budget, header.table, this.#text, vocabulary.attributes);
  }

  decode(): Element {
    for (;;) {
      const closed = this.#step(this.#reader.position, this.#reader.byte());
      if (closed !== undefined && this.#frames.length === 0) {
        this.#readEpilog();
        return closed;
      }
    }
  }

  /** Reads one token and what belongs to it. Returns the element that it completed, if any. */
  #step(at: number, token: number): Element | undefined {
    switch (token) {
      case Token.SwitchPage:
        this.#page = this.#reader.byte();
        return undefined;
      case Token.End:
        return this.#close(at);
      case Token.Pi:
        this.#attributes.read();
        return undefined;
      case Token.StrI:
      case Token.StrT:
      case Token.Entity:
        this.#top(at).text += this.#text.read(token, at);
        return undefined;
      case Token.Opaque:
        this.#addOpaque(this.#top(at));
        return undefined;
      default:
        return this.#open(at, token);
    }
  }

  #open(at: number, token: number): Element | undefined {
    const page = this.#vocabulary.pages[this.#page];
    if (page === undefined) this.#reader.fail('ERR_WBXML_UNKNOWN_TOKEN', `token on unknown code page ${this.#page}`, at);
    const name = this.#tagName(at, token, page);
    this.#budget.node();
    this.#budget.check('depth', this.#frames.length + 1);
    this.#reader.path.push(name);
    const { space } = page;
    const attributes = (token & hasAttributes) === 0 ? undefined : this.#attributes.read();
    const content: Content[] = [];
    const element: Element = attributes === undefined ? { name, space, content } : { name, space, attributes, content };
    const parent = this.#frames.at(-1);
    if (parent !== undefined) {
      flushText(parent);
      parent.content.push(element);
    }
    if ((token & hasContent) !== 0) {
      this.#frames.push({ element, content, text: '' });
      return undefined;
    }
    this.#reader.path.pop();
    return element;
  }

  #tagName(at: number, token: number, page: CodePage): string {
    const tag = token & tagMask;
    if (tag === Token.Literal) return this.#attributes.literalName(at);
    const name = tag < firstTag ? undefined : page.names[tag];
    if (name === undefined) {
      this.#reader.fail('ERR_WBXML_UNKNOWN_TOKEN', `unknown token 0x${token.toString(16)} on code page ${this.#page}`, at);
    }
    return name;
  }

  #close(at: number): Element {
    const frame = this.#top(at);
    flushText(frame);
    this.#frames.pop();
    this.#reader.path.pop();
    return frame.element;
  }

  #top(at: number): Frame {
    const frame = this.#frames.at(-1);
    if (frame === undefined) this.#reader.fail('ERR_WBXML_BAD_VALUE', 'content outside of the root element', at);
    return frame;
  }

  #addOpaque(frame: Frame): void {
    const bytes = this.#reader.take(this.#reader.multiByte());
    this.#budget.expand(bytes.length);
    this.#budget.node();
    flushText(frame);
    frame.content.push(bytes);
  }

  /** After the root only page switches (of eager encoders) and processing instructions may stand. */
  #readEpilog(): void {
    while (!this.#reader.done) {
      const at = this.#reader.position;
      const token = this.#reader.byte();
      if (token === Token.SwitchPage) this.#reader.byte();
      else if (token === Token.Pi) this.#attributes.read();
      else this.#reader.fail('ERR_WBXML_BAD_VALUE', 'bytes after the root element', at);
    }
  }
}

function flushText(frame: Frame): void {
  if (frame.text === '') return;
  frame.content.push(frame.text);
  frame.text = '';
}
