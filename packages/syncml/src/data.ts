// Data: what a command, item, Status or Cred carries, told apart by what is in it and, for device information, by its type.
import { decodeWbxml, decodeXml, encodeWbxml, encodeXml, looksLikeWbxml } from '@packetboat/wbxml';
import type { Content, Document, Element } from '@packetboat/wbxml';
import { generateDevInf } from './devinf-generate.ts';
import { parseDevInf } from './devinf-parse.ts';
import { generateAnchor, parseAnchor } from './meta.ts';
import { generateProperty } from './property.ts';
import { parsePropertyList, holdsProperties } from './property-list.ts';
import { badValue, bytes, child, childNodes, hasBytes, text } from './read.ts';
import type { Node } from './read.ts';
import type { Data, Encoding, Version } from './types.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';
import { writer } from './write.ts';

const { el } = writer('syncml');

/**
 * Reads a Data element. With `devInf` (Meta Type or LocURI say device information) text and OPAQUE are tried as a document, by
 * their first byte. Device information that cannot be read stays text or bytes, so that one bad Put does not cost the message;
 * `parseDevInf` tells the reason. Other elements inside Data come back as their XML text.
 */
export function parseData(node: Node, devInf: boolean): Data {
  const elements = childNodes(node);
  if (elements.length > 0) return parseElements(node, elements);
  if (devInf) {
    const found = parseDevInfBytes(bytes(node));
    if (found) return found;
  }
  return hasBytes(node) ? { kind: 'bytes', bytes: bytes(node) } : { kind: 'text', text: text(node) };
}

function parseElements(node: Node, elements: readonly Node[]): Data {
  // An anchor echo is Anchor itself; some phones echo the whole Meta around it.
  const meta = child(node, 'Meta') ?? node;
  const anchor = child(child(meta, 'MetInf') ?? meta, 'Anchor');
  if (anchor) return { kind: 'anchor', anchor: parseAnchor(anchor) };
  const devInf = child(node, 'DevInf');
  const read = devInf && tryDevInf(devInf.element);
  if (read) return read;
  if (holdsProperties(node.element)) return { kind: 'properties', properties: parsePropertyList(node) };
  return { kind: 'text', text: elements.map((element) => xmlOf(element)).join('') };
}

function parseDevInfBytes(content: Uint8Array): Data | undefined {
  try {
    return tryDevInf(looksLikeWbxml(content) ? decodeWbxml(content) : decodeXml(content));
  } catch {
    return undefined;
  }
}

function tryDevInf(source: Document | Element): Data | undefined {
  try {
    return { kind: 'devInf', devInf: parseDevInf(source) };
  } catch {
    return undefined;
  }
}

/** An element that we have no use for, as the XML text that it would be had it been escaped. */
function xmlOf(node: Node): string {
  try {
    const xml = encodeXml({ type: 'XML', root: node.element }, { declaration: false });
    return decodeUtf8(xml) ?? badValue(node, 'bytes are no UTF-8');
  } catch {
    return badValue(node, 'an element that XML cannot hold');
  }
}

/** Writes a Data element. Device information is an OPAQUE document of its own in WBXML and a child element in XML. */
export function generateData(data: Data | undefined, encoding: Encoding): Element | undefined {
  return data && el('Data', contentOf(data, encoding));
}

function contentOf(data: Data, encoding: Encoding): Content | readonly Content[] {
  if (data.kind === 'text') return data.text === '' ? [] : data.text;
  if (data.kind === 'bytes') return data.bytes;
  if (data.kind === 'anchor') return generateAnchor(data.anchor);
  if (data.kind === 'properties') return data.properties.map(generateProperty);
  const document = generateDevInf(data.devInf);
  return encoding === 'xml' ? document.root : encodeWbxml(document, wbxmlOptions(data.devInf.version));
}

/** SyncML 1.0 stacks know only the public identifier in words. */
export function wbxmlOptions(version: Version): { readonly textualPublicId: boolean } {
  return { textualPublicId: version === '1.0' };
}

/** The content of text or bytes as bytes; undefined for the structured kinds. */
export function dataBytes(data: Data | undefined): Uint8Array | undefined {
  if (data?.kind === 'bytes') return data.bytes;
  return data?.kind === 'text' ? encodeUtf8(data.text) : undefined;
}

/** The content of text or bytes as text; undefined for the structured kinds and for bytes that are no UTF-8. */
export function dataText(data: Data | undefined): string | undefined {
  if (data?.kind === 'text') return data.text;
  return data?.kind === 'bytes' ? decodeUtf8(data.bytes) : undefined;
}
