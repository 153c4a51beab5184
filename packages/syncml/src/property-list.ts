// The property list in Data of a Filter's Field, in every form that peers use: elements (in WBXML on code page 2), an OPAQUE
// WBXML document or headless fragment, XML text. One form is written: elements.
import { decodeWbxml, decodeXml, looksLikeWbxml } from '@packetboat/wbxml';
import type { Element } from '@packetboat/wbxml';
import { parseProperty } from './property.ts';
import { badValue, bytes, childNodes, children, rootNode } from './read.ts';
import type { Node } from './read.ts';
import type { Property } from './types.ts';
import { concatBytes, encodeUtf8 } from './utf8.ts';

/** Header of a WBXML DevInf 1.2 document and the start tag of a CTCap, which holds the fragment; then its END. */
const fragmentStart = Uint8Array.of(0x02, 0xa4, 0x03, 0x6a, 0x00, 0x45);
const fragmentEnd = Uint8Array.of(0x01);

/** The properties in a Data (or Field) element. Throws ERR_SYNCML_BAD_VALUE for content that is in none of the forms. */
export function parsePropertyList(node: Node): Property[] {
  if (childNodes(node).length > 0) return findProperties(node);
  const content = bytes(node);
  const first = content.findIndex((byte) => byte > 0x20 || looksLikeWbxml(Uint8Array.of(byte)));
  return first < 0 ? [] : findProperties({ element: decodeList(content.subarray(first), node), path: node.path });
}

function decodeList(content: Uint8Array, node: Node): Element {
  try {
    if (looksLikeWbxml(content)) return decodeWbxml(content).root;
    if (content[0] !== 0x3c) return decodeWbxml(concatBytes([fragmentStart, content, fragmentEnd])).root;
    const declaration = /^<\?xml[^>]*\?>/.exec(String.fromCharCode(...content.subarray(0, 100)))?.[0].length ?? 0;
    return decodeXml(concatBytes([encodeUtf8('<CTCap>'), content.subarray(declaration), encodeUtf8('</CTCap>')])).root;
  } catch {
    return badValue(node, 'no list of properties');
  }
}

/** Every Property at any depth: the fragment may be wrapped in CTCap, DataStore or a whole DevInf. */
function findProperties(node: Node): Property[] {
  if (node.element.name === 'Property') return [parseProperty(node)];
  const own = children(node, 'Property').map(parseProperty);
  return own.length > 0 ? own : childNodes(node).flatMap(findProperties);
}

/** Whether an element holds Property elements as its children. */
export function holdsProperties(element: Element): boolean {
  return children(rootNode(element), 'Property').length > 0;
}
