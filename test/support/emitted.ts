// The WBXML messages that our sides wrote in this process, for a judge: of those made of the same elements one is kept.
import { childElements, decodeWbxml } from '@packetboat/wbxml';

type Element = Parameters<typeof childElements>[0];

let shapes: Map<string, Uint8Array> | undefined;

/** Begins to take note; the messages so far, and those that will come. */
export function gatherEmitted(): ReadonlyMap<string, Uint8Array> {
  shapes ??= new Map();
  return shapes;
}

/** Takes note of a message of ours, if somebody gathers them. */
export function noteEmitted(bytes: Uint8Array): void {
  if (shapes === undefined) return;
  const pairs = new Set<string>();
  addPairs(pairs, decodeWbxml(bytes).root);
  shapes.set([...pairs].toSorted().join(), bytes);
}

/** Which elements stand in which. */
function addPairs(pairs: Set<string>, parent: Element): void {
  for (const child of childElements(parent)) {
    pairs.add(`${parent.name} ${child.name}`);
    addPairs(pairs, child);
  }
}
