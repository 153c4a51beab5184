// The objects made last, by what they were made of. A changed item has another revision, and with it another key.
import { limits } from './limits.ts';

/** Least recently used go first. */
export class ObjectCache {
  readonly #objects = new Map<string, Uint8Array>();
  readonly #most: number;
  #bytes = 0;

  constructor(most: number = limits.cache) {
    this.#most = most;
  }

  get(key: string): Uint8Array | undefined {
    const bytes = this.#objects.get(key);
    if (bytes === undefined) return undefined;
    this.#objects.delete(key);
    this.#objects.set(key, bytes);
    return bytes;
  }

  set(key: string, bytes: Uint8Array): void {
    const before = this.#objects.get(key);
    if (before !== undefined) this.#bytes -= before.length;
    this.#objects.delete(key);
    this.#objects.set(key, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, old] of this.#objects) {
      if (this.#bytes <= this.#most) break;
      this.#objects.delete(oldest);
      this.#bytes -= old.length;
    }
  }
}
