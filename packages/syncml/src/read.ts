// Reading an element tree: children by local name in any order, text, numbers and flags, each error with its path.
import { bytesOf, isElement } from '@packetboat/wbxml';
import type { Element } from '@packetboat/wbxml';
import { SyncmlError } from './errors.ts';
import { maxNumber } from './limits.ts';
import { decodeUtf8 } from './utf8.ts';

/** An element and where it stands. */
export interface Node {
  readonly element: Element;
  readonly path: string;
}

/** `Partial`, but only of the fields that may be undefined. */
type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out the fields that are undefined, so that a missing element is a missing field. */
export function defined<const T extends object>(fields: T): Defined<T>;
export function defined(fields: object): object {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  return kept;
}

export function rootNode(element: Element): Node {
  return { element, path: element.name };
}

/** Every child element. The vocabulary is not looked at: peers forget `xmlns` on the children of Meta. */
export function childNodes(node: Node): Node[] {
  const elements = node.element.content.filter(isElement);
  const total = new Map<string, number>();
  for (const { name } of elements) total.set(name, (total.get(name) ?? 0) + 1);
  const seen = new Map<string, number>();
  return elements.map((element) => {
    const { name } = element;
    if (total.get(name) === 1) return { element, path: `${node.path}/${name}` };
    const index = (seen.get(name) ?? 0) + 1;
    seen.set(name, index);
    return { element, path: `${node.path}/${name}[${index}]` };
  });
}

/** The child elements of one name. */
export function children(node: Node, name: string): Node[] {
  return childNodes(node).filter((candidate) => candidate.element.name === name);
}

/** The first child element of a name. */
export function child(node: Node, name: string): Node | undefined {
  for (const content of node.element.content) {
    if (isElement(content) && content.name === name) return { element: content, path: `${node.path}/${name}` };
  }
  return undefined;
}

/** Throws ERR_SYNCML_MISSING_ELEMENT where there is none. */
export function required(node: Node, name: string): Node {
  return child(node, name) ?? missing(node, name);
}

/** Throws ERR_SYNCML_MISSING_ELEMENT for a child. */
export function missing(node: Node, name: string): never {
  throw new SyncmlError('ERR_SYNCML_MISSING_ELEMENT', `${name} is missing`, { path: `${node.path}/${name}` });
}

/** Throws ERR_SYNCML_BAD_VALUE for an element. The reason must not quote the content. */
export function badValue(node: Node, reason: string): never {
  throw new SyncmlError('ERR_SYNCML_BAD_VALUE', reason, { path: node.path });
}

/** The character data, pieces joined; OPAQUE pieces are taken as UTF-8. */
export function text(node: Node): string {
  const { content } = node.element;
  const [only = ''] = content;
  if (content.length < 2 && typeof only === 'string') return only;
  return decodeUtf8(bytes(node)) ?? badValue(node, 'bytes are no UTF-8');
}

/** The character data without blanks around it, for codes, names and numbers. */
export function token(node: Node): string {
  return text(node).trim();
}

/** Whether any piece of the content came as OPAQUE. */
export function hasBytes(node: Node): boolean {
  return node.element.content.some((content) => content instanceof Uint8Array);
}

/** The content as bytes: OPAQUE as it is, text in UTF-8, pieces joined. */
export function bytes(node: Node): Uint8Array {
  return bytesOf(node.element);
}

/** A decimal number from 0 to `maxNumber`. */
export function number(node: Node): number {
  const digits = token(node);
  const value = /^\d{1,20}$/.test(digits) ? Number(digits) : Number.NaN;
  return value <= maxNumber ? value : badValue(node, 'no decimal number, or too large');
}

/** A child's text; undefined if there is no such child. */
export function textOf(node: Node, name: string): string | undefined {
  const found = child(node, name);
  return found && text(found);
}

/** A child's text without blanks around it. */
export function tokenOf(node: Node, name: string): string | undefined {
  const found = child(node, name);
  return found && token(found);
}

/** A child's number. */
export function numberOf(node: Node, name: string): number | undefined {
  const found = child(node, name);
  return found && number(found);
}

/** True if the empty element is there, else undefined. */
export function flagOf(node: Node, name: string): true | undefined {
  return child(node, name) && true;
}
