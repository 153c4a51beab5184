// Building an element tree in the order of the content models; what is undefined is left out.
import type { Content, Element, Space } from '@packetboat/wbxml';

/** What may stand between two tags when an element is built. */
export type Piece = Content | readonly Content[] | undefined;

/** Makes the elements of one vocabulary. */
export interface Writer {
  /** An element with its children in order. */
  readonly el: (name: string, ...pieces: readonly Piece[]) => Element;
  /** An element with text or a number; nothing if that is undefined. */
  readonly leaf: (name: string, value: string | number | undefined) => Element | undefined;
  /** One element per text. */
  readonly leaves: (name: string, values: readonly (string | number)[] | undefined) => readonly Element[];
  /** An empty element if `on`. */
  readonly flag: (name: string, on: boolean | undefined) => Element | undefined;
}

/** The writer of a vocabulary. */
export function writer(space: Space): Writer {
  const el = (name: string, ...pieces: readonly Piece[]): Element => ({ name, space, content: pieces.flat().filter(isContent) });
  const leaf = (name: string, value: string | number | undefined): Element | undefined => {
    if (value === undefined) return undefined;
    const text = String(value);
    return { name, space, content: text === '' ? [] : [text] };
  };
  return {
    el,
    leaf,
    leaves: (name, values = []) => values.map((value) => leaf(name, value)).filter(isContent),
    flag: (name, on) => (on === true ? { name, space, content: [] } : undefined),
  };
}

function isContent<T extends Content>(piece: T | undefined): piece is T {
  return piece !== undefined;
}
