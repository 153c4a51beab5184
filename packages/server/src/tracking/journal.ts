// What our own operations did at the mail server while a pass was reading: a page that was made before an operation tells
// of a state that is over, and must neither undo it here nor make a second item of a mail that has left.
import type { FlagSet } from '@packetboat/datasync';

/** No folder has this id: paths of folders that left their place are noted under it. */
export const FOLDERS = 0;

/** One reading of a folder, from its first question to its last page. */
export interface Pass {
  /** Fields of an item that an operation wrote since the pass began. */
  maskOf(item: number): FlagSet;
  /** Whether an operation took the mail away from this place since the pass began. */
  hasLeft(folder: number, uid: string): boolean;
  end(): void;
}

interface Notes {
  readonly masks: Map<number, FlagSet>;
  readonly left: Set<string>;
}

function place(folder: number, uid: string): string {
  return `${folder} ${uid}`;
}

/** One per account. Operations note here before they remove their row, so that row or note is there at every moment. */
export class PassJournal {
  readonly #passes = new Set<Notes>();

  begin(): Pass {
    const notes: Notes = { masks: new Map(), left: new Set() };
    this.#passes.add(notes);
    return {
      maskOf: (item) => notes.masks.get(item) ?? 0,
      hasLeft: (folder, uid) => notes.left.has(place(folder, uid)),
      end: () => this.#passes.delete(notes),
    };
  }

  noteFlags(item: number, mask: FlagSet): void {
    for (const { masks } of this.#passes) masks.set(item, (masks.get(item) ?? 0) | mask);
  }

  noteLeft(folder: number, uid: string): void {
    for (const { left } of this.#passes) left.add(place(folder, uid));
  }
}
