// Element tree → XML, as short as namespaces allow and without a byte that the tree does not hold (XML 1.0 §2.4, §2.7).
import { ByteWriter } from './byte-writer.ts';
import { isElement, isFilled, joinBytes } from './content.ts';
import type { Document, Element } from './element.ts';
import { WbxmlError } from './errors.ts';
import { defaultLimits } from './limits.ts';
import { decodeUtf8 } from './utf8.ts';
import { isAttributeName, isName, isXmlText } from './xml-character.ts';
import { isTakenForAnother, uriOf, versionOf } from './xml-space.ts';

export interface EncodeXmlOptions {
  /** Begin with `<?xml version="1.0" encoding="UTF-8"?>`. Default true. */
  readonly declaration?: boolean;
  /**
   * Write the text of an item's `Data`, and of other `Data` that holds markup, as CDATA with CR as it is. Peers want this that
   * search messages for CDATA instead of parsing them, and libsynthesis, which loses a chunk of an object that comes as plain
   * text; a strict XML parser would lose the CR. Default false: references, which lose nothing.
   */
  readonly cdata?: boolean;
}

/**
 * Encodes a document as UTF-8 XML without adding white space. The namespace stands on the root and on each first element
 * of another space. Bytes are written as the text that they are; an unpaired surrogate becomes U+FFFD.
 *
 * Throws `WbxmlError` with the path: `ERR_XML_BINARY` (bytes that are not UTF-8, characters that XML has no form for),
 * `ERR_XML_BAD_NAME`, `ERR_XML_LIMIT` (deeper than a decoder accepts by default).
 */
export function encodeXml(document: Document, options: EncodeXmlOptions = {}): Uint8Array {
  const writer = new ByteWriter();
  if (options.declaration ?? true) writer.text('<?xml version="1.0" encoding="UTF-8"?>');
  new XmlEncoder(writer, versionOf(document.type), options.cdata ?? false).element(document.root, undefined);
  return writer.finish();
}

class XmlEncoder {
  readonly #writer: ByteWriter;
  readonly #version: string;
  readonly #cdata: boolean;
  readonly #path: string[] = [];

  constructor(writer: ByteWriter, version: string, cdata: boolean) {
    this.#writer = writer;
    this.#version = version;
    this.#cdata = cdata;
  }

  element(element: Element, parent: Element | undefined): void {
    const { name } = element;
    this.#path.push(name);
    if (this.#path.length > defaultLimits.depth) this.#fail('ERR_XML_LIMIT', `tree of more than ${defaultLimits.depth} levels`);
    if (!isName(name)) this.#fail('ERR_XML_BAD_NAME', 'the name of an element is not a name');
    const uri = uriOf(element.space, this.#version);
    const inherited = parent === undefined ? '' : uriOf(parent.space, this.#version);
    const isPlain = uri === inherited && !isTakenForAnother(element, parent);
    this.#writer.text(isPlain ? `<${name}` : `<${name} xmlns="${uri}"`);
    for (const [key, value] of Object.entries(element.attributes ?? {})) this.#attribute(key, value);
    if (element.content.some(isFilled)) {
      this.#writer.text('>');
      this.#content(element);
      this.#writer.text(`</${name}>`);
    } else {
      this.#writer.text('/>');
    }
    this.#path.pop();
  }

  #attribute(name: string, value: string): void {
    if (!isAttributeName(name)) this.#fail('ERR_XML_BAD_NAME', 'the name of an attribute is not a name');
    this.#check(value);
    this.#writer.text(` ${name}="${value.replaceAll(/[&<"\t\n\r]/g, reference)}"`);
  }

  #content(element: Element): void {
    let run: (string | Uint8Array)[] = [];
    for (const piece of element.content) {
      if (isElement(piece)) {
        this.#run(element, run);
        run = [];
        this.element(piece, element);
      } else {
        run.push(piece);
      }
    }
    this.#run(element, run);
  }

  /** Writes neighbouring strings and bytes, which may share a character between them. */
  #run(element: Element, run: readonly (string | Uint8Array)[]): void {
    if (run.length === 0) return;
    const text = run.every((piece) => typeof piece === 'string') ? run.join('') : decodeUtf8(joinBytes(run));
    if (text === undefined) return this.#fail('ERR_XML_BINARY', 'bytes that are not UTF-8');
    this.#check(text);
    if (this.#cdata && element.name === 'Data' && text !== '' && (this.#path.at(-2) === 'Item' || /[<&]/.test(text))) {
      this.#writer.text(`<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`);
    } else {
      this.#writer.text(/[&<>\r]/.test(text) ? text.replaceAll(/[&<\r]|(?<=\]\])>/g, reference) : text);
    }
    return undefined;
  }

  #check(text: string): void {
    if (!isXmlText(text)) this.#fail('ERR_XML_BINARY', 'a character that XML cannot hold');
  }

  #fail(code: 'ERR_XML_BINARY' | 'ERR_XML_BAD_NAME' | 'ERR_XML_LIMIT', reason: string): never {
    throw new WbxmlError(code, reason, { path: this.#path.join('/') });
  }
}

const references: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

function reference(character: string): string {
  return references.get(character) ?? `&#${character.charCodeAt(0)};`;
}
