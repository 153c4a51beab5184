// Whether two documents mean the same, however each was encoded.
import { isElement, joinBytes } from './content.ts';
import type { Content, Document, Element } from './element.ts';

/**
 * True if both documents have the same type and the same tree. Adjacent text and bytes count as one, and text equals its
 * UTF-8 bytes. The order of attributes does not matter; that of elements does.
 */
export function equalDocuments(a: Document, b: Document): boolean {
  return a.type === b.type && equalElements(a.root, b.root);
}

function equalElements(a: Element, b: Element): boolean {
  if (a.name !== b.name || a.space !== b.space || !equalAttributes(a, b)) return false;
  const left = runs(a.content);
  const right = runs(b.content);
  return left.length === right.length && left.every((run, index) => equalRuns(run, right[index]));
}

function equalRuns(a: Element | Uint8Array, b: Element | Uint8Array | undefined): boolean {
  if (b === undefined) return false;
  if (a instanceof Uint8Array || b instanceof Uint8Array) {
    return a instanceof Uint8Array && b instanceof Uint8Array && a.length === b.length && a.every((byte, index) => byte === b[index]);
  }
  return equalElements(a, b);
}

/** Child elements, and between them what is there as one run of bytes; empty runs are left out. */
function runs(content: readonly Content[]): (Element | Uint8Array)[] {
  const found: (Element | Uint8Array)[] = [];
  let pieces: (string | Uint8Array)[] = [];
  const flush = (): void => {
    const bytes = joinBytes(pieces);
    if (bytes.length > 0) found.push(bytes);
    pieces = [];
  };
  for (const piece of content) {
    if (isElement(piece)) {
      flush();
      found.push(piece);
    } else {
      pieces.push(piece);
    }
  }
  flush();
  return found;
}

function equalAttributes(a: Element, b: Element): boolean {
  const left = Object.entries(a.attributes ?? {});
  const right = new Map(Object.entries(b.attributes ?? {}));
  return left.length === right.size && left.every(([name, value]) => right.get(name) === value);
}
