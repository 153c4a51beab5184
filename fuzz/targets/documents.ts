// The codec: bytes are refused with a WbxmlError, or are a document that is written and read as the same again.
import {
  decodeWbxml,
  decodeXml,
  encodeWbxml,
  encodeXml,
  equalDocuments,
  isElement,
  WbxmlError,
  type Document,
  type Element,
} from '@packetboat/wbxml';
import type { Random } from '../../test/support/random.ts';
import { withoutStretches } from '../engine/minimize.ts';
import { Finding, type Subject } from '../engine/subject.ts';
import { changeBytes } from '../mutate/bytes.ts';
import { inventWbxml } from '../mutate/wbxml-grammar.ts';
import { inventXml } from '../mutate/xml-grammar.ts';
import { inventMessage, recordings, wbxmlVectors, xmlVectors } from './seeds.ts';

type Format = 'wbxml' | 'xml';

/** Inputs of a codec; larger ones find little more and take long. */
const mostBytes = 65_536;

/** Roots that XML documents of ours are known by, with their spaces. */
const ourRoots = new Set(['SyncML syncml', 'DevInf devinf', 'si si', 'sl sl', 'emn emn']);

/** A token has two names in device information (`MaxSize` of 1.2, `Size` before); which one comes back depends on the version. */
function withOneName(element: Element): Element {
  const name = element.space === 'devinf' && element.name === 'Size' ? 'MaxSize' : element.name;
  return { ...element, name, content: element.content.map((piece) => (isElement(piece) ? withOneName(piece) : piece)) };
}

function oneName(document: Document): Document {
  return { ...document, root: withOneName(document.root) };
}

/** Reads; undefined where that was refused as it should be. */
export function readOrRefuse(read: () => Document, length: number): Document | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof WbxmlError)) throw error;
    if (error.offset === undefined || error.offset < 0 || error.offset > length)
      throw new Finding('refused at a place that is not in it', error.message);
    return undefined;
  }
}

/** Writes; undefined for what the format cannot hold. */
function writeOrRefuse(write: () => Uint8Array, allowed: RegExp): Uint8Array | undefined {
  try {
    return write();
  } catch (error) {
    if (error instanceof WbxmlError && allowed.test(error.code)) return undefined;
    throw error;
  }
}

function expectSame(document: Document, written: Uint8Array, read: (bytes: Uint8Array) => Document, what: string): void {
  let again: Document;
  try {
    again = read(written);
  } catch (cause) {
    throw new Finding(`${what}: what was written is not read`, cause instanceof Error ? cause.message : '', { cause });
  }
  // In XML the version of device information stands in VerDTD alone, which may be missing.
  const type = read === decodeXml && document.type.startsWith('DevInf') ? again.type : document.type;
  if (!equalDocuments(again, { ...document, type })) throw new Finding(`${what}: what was written is read as something else`);
}

/** A document of the WBXML decoder may hold what XML cannot; what XML can hold must come back. */
function runWbxml(input: Uint8Array): void {
  const document = readOrRefuse(() => decodeWbxml(input), input.length);
  if (document === undefined) return;
  expectSame(document, encodeWbxml(document), decodeWbxml, 'WBXML');
  const xml = writeOrRefuse(() => encodeXml(document), /^ERR_XML_BINARY$/);
  if (xml !== undefined && decodeXml(xml).type === 'XML' && ourRoots.has(`${document.root.name} ${document.root.space}`))
    throw new Finding('XML: a document of ours is not known again');
}

/** Names and attributes of an XML document may have no WBXML form. */
function runXml(input: Uint8Array): void {
  const document = readOrRefuse(() => decodeXml(input), input.length);
  readOrRefuse(() => decodeXml(input, { cutCharacters: true }), input.length);
  if (document === undefined) return;
  for (const cdata of [false, true]) expectSame(document, encodeXml(document, { cdata }), decodeXml, cdata ? 'XML with CDATA' : 'XML');
  const wbxml = writeOrRefuse(() => encodeWbxml(document), /^ERR_WBXML_(UNSUPPORTED|BAD_VALUE)$/);
  if (wbxml === undefined) return;
  expectSame(oneName(document), wbxml, (bytes) => oneName(decodeWbxml(bytes)), 'WBXML of XML');
}

export function documents(format: Format): Subject {
  const isXml = format === 'xml';
  return {
    extension: format,
    time: { fixed: 200, perKilobyte: 5 },
    mostBetweenLooks: 16,
    seeds: () => [...recordings(format), ...(isXml ? xmlVectors() : wbxmlVectors())],
    invent: (random: Random) => {
      if (random.chance(0.05)) return inventMessage(random, format);
      return isXml ? inventXml(random) : inventWbxml(random);
    },
    mutate: (input, other, random) => changeBytes(input, other, random, mostBytes),
    run: isXml ? runXml : runWbxml,
    runAlone: isXml ? runXml : runWbxml,
    minimizeMs: 20_000,
    smaller: withoutStretches,
    close: () => Promise.resolve(),
  };
}
