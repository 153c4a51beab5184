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
  shapes.set([...new Set(pairsBelow(decodeWbxml(bytes).root))].toSorted().join(), bytes);
}

function pairsBelow(parent: Element): readonly string[] {
  return childElements(parent).flatMap((child) => [`${parent.name} ${child.name}`, ...pairsBelow(child)]);
}
