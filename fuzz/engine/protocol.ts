// What the thread that runs a subject and the one that watches it say to each other, and the memory they share.
import type { Failure, Tally } from './explore.ts';

export interface Job {
  readonly target: string;
  readonly seed: number;
  readonly executions: number;
  readonly ms: number;
  readonly shared: SharedArrayBuffer;
}

export type Report =
  | { readonly kind: 'started' }
  | { readonly kind: 'progress'; readonly tally: Tally }
  | { readonly kind: 'failure'; readonly failure: Failure }
  | { readonly kind: 'done'; readonly tally: Tally };

/** Inputs beyond this are not kept whole when the thread is lost. */
const mostBytes = 1_048_576;
const headBytes = 16;

/** The input that runs now: when it began (ms since 1970; 0: none runs), its length, its bytes. */
export class Current {
  readonly buffer: SharedArrayBuffer;
  readonly #numbers: Float64Array;
  readonly #bytes: Uint8Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(headBytes + mostBytes)) {
    this.buffer = buffer;
    this.#numbers = new Float64Array(buffer, 0, 2);
    this.#bytes = new Uint8Array(buffer, headBytes);
  }

  begin(input: Uint8Array): void {
    this.#bytes.set(input.subarray(0, mostBytes));
    this.#numbers[1] = Math.min(input.length, mostBytes);
    this.#numbers[0] = Date.now();
  }

  end(): void {
    this.#numbers[0] = 0;
  }

  get since(): number {
    return this.#numbers[0] ?? 0;
  }

  get input(): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(0, this.#numbers[1] ?? 0));
  }
}
