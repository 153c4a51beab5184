// What a decoder accepts from a stranger, each limit with its reason, and the account that is kept against them.
import { WbxmlError } from './errors.ts';
import type { WbxmlErrorCode } from './errors.ts';

/** Bounds on a document being decoded. All are inclusive. */
export interface Limits {
  /** Bytes of input. */
  readonly bytes: number;
  /** Bytes of text, OPAQUE and attribute values after expansion: a string-table entry counts each time it is used. */
  readonly expandedBytes: number;
  /** Open elements, the root included. */
  readonly depth: number;
  /** Elements and OPAQUE pieces in the whole document. */
  readonly nodes: number;
  /** Attributes of one element. */
  readonly attributes: number;
  /** Bytes of one element or attribute name that the input itself spells out. */
  readonly nameBytes: number;
}

export const defaultLimits: Limits = {
  // Peers announce MaxMsgSize of 10 kB to 1 MB, but some send one large mail whole whatever we announce.
  bytes: 16 * 1024 * 1024,
  // A message without a string table expands to less than its size; 2 leaves room for honest tables.
  expandedBytes: 32 * 1024 * 1024,
  // The deepest SyncML path is about 14 (Sync/Add/Item/Data/DevInf/CTCap/…); nested Atomic and Sequence may add some.
  depth: 64,
  // A node costs some 150 bytes of memory for as few as 1 byte of input; a 1 MB message of tiny items has 40,000.
  nodes: 200_000,
  // SI has the most attributes of all: 6. Namespace declarations may come on top.
  attributes: 32,
  // The longest name in use has 23 letters.
  nameBytes: 128,
};

/** Options that every decoder takes. */
export interface DecodeOptions {
  /** Replaces single values of `defaultLimits`. */
  readonly limits?: Partial<Limits>;
}

/** Keeps count of what a document has used up. */
export class Budget {
  readonly limits: Limits;
  readonly #code: WbxmlErrorCode;
  readonly #place: () => { readonly offset: number; readonly path: string };
  #nodes = 0;
  #expanded = 0;

  constructor(limits: Partial<Limits> | undefined, code: WbxmlErrorCode, place: () => { readonly offset: number; readonly path: string }) {
    this.limits = { ...defaultLimits, ...limits };
    this.#code = code;
    this.#place = place;
  }

  /** Counts one element or OPAQUE piece. */
  node(): void {
    this.#nodes += 1;
    if (this.#nodes > this.limits.nodes) this.exceeded('nodes');
  }

  /** Counts bytes of text after expansion. */
  expand(bytes: number): void {
    this.#expanded += bytes;
    if (this.#expanded > this.limits.expandedBytes) this.exceeded('expandedBytes');
  }

  /** Throws if `value` is beyond the limit of that name. */
  check(name: keyof Limits, value: number): void {
    if (value > this.limits[name]) this.exceeded(name);
  }

  exceeded(name: keyof Limits): never {
    throw new WbxmlError(this.#code, `limit ${name} of ${this.limits[name]} exceeded`, this.#place());
  }
}
