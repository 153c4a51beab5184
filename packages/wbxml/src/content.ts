// Making elements, and reading what is in them, however it was encoded.
import type { Content, Element, Space } from './element.ts';
import { WbxmlError } from './errors.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/**
 * Makes an element. A single piece of content may be given as it is.
 *
 * @example element('syncml', 'Target', element('syncml', 'LocURI', './mail'))
 */
export function element(
  space: Space,
  name: string,
  content: Content | readonly Content[] = [],
  attributes?: Readonly<Record<string, string>>,
): Element {
  const list: readonly Content[] = isList(content) ? content : [content];
  return attributes === undefined ? { name, space, content: list } : { name, space, attributes, content: list };
}

function isList(content: Content | readonly Content[]): content is readonly Content[] {
  return Array.isArray(content);
}

/** True for a child element, false for text and bytes. */
export function isElement(content: Content): content is Element {
  return typeof content === 'object' && !(content instanceof Uint8Array);
}

/** The child elements, in order. */
export function childElements(parent: Element): Element[] {
  return parent.content.filter(isElement);
}

/** The first child element of that name, whatever its space. */
export function child(parent: Element, name: string): Element | undefined {
  for (const piece of parent.content) {
    if (isElement(piece) && piece.name === name) return piece;
  }
  return undefined;
}

/**
 * The element's own text: strings and bytes concatenated, bytes read as UTF-8. Text of child elements is not included.
 * Throws `ERR_WBXML_CHARSET` if the bytes are not well-formed UTF-8.
 */
export function textOf(parent: Element): string {
  const pieces = ownPieces(parent);
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
  const text = decodeUtf8(joinBytes(pieces));
  if (text === undefined) throw new WbxmlError('ERR_WBXML_CHARSET', 'text is not well-formed UTF-8', { path: parent.name });
  return text;
}

/**
 * The element's own content as bytes: strings as UTF-8, bytes as they are, concatenated. A single piece of bytes is
 * returned itself, not copied.
 */
export function bytesOf(parent: Element): Uint8Array {
  return joinBytes(ownPieces(parent));
}

function ownPieces(parent: Element): (string | Uint8Array)[] {
  return parent.content.filter((piece) => typeof piece === 'string' || piece instanceof Uint8Array);
}

/** False for empty text and empty bytes, which stand for nothing in either encoding. */
export function isFilled(piece: Content): boolean {
  return typeof piece === 'string' || piece instanceof Uint8Array ? piece.length > 0 : true;
}

/** Strings (as UTF-8) and bytes as one run of bytes. */
export function joinBytes(pieces: readonly (string | Uint8Array)[]): Uint8Array {
  const [first] = pieces;
  if (pieces.length === 1 && first instanceof Uint8Array) return first;
  // Strings side by side are joined first, lest a surrogate pair split between them turns into two U+FFFD.
  const parts: Uint8Array[] = [];
  let text = '';
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece;
    } else {
      if (text !== '') parts.push(encodeUtf8(text));
      text = '';
      parts.push(piece);
    }
  }
  if (text !== '') parts.push(encodeUtf8(text));
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.length;
  }
  return joined;
}

/** True if the bytes begin like a WBXML document (version 1.1–1.3), not like XML or text. */
export function looksLikeWbxml(bytes: Uint8Array): boolean {
  const [version] = bytes;
  return version !== undefined && version >= 1 && version <= 3;
}
