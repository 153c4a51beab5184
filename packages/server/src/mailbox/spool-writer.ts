// An object that is too large for memory, on its way into the spool.
import { randomUUID } from 'node:crypto';
import { dropSpool, writeSpool } from '../store/spool.ts';
import type { Store } from '../store/store.ts';
import { limits } from './limits.ts';

export class SpoolWriter {
  readonly id: string = `object:${randomUUID()}`;
  readonly #store: Store;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #size = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Bytes written so far. */
  get size(): number {
    return this.#size;
  }

  /** Takes over `bytes`: the caller does not change them any more. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    this.#size += bytes.length;
    if (this.#waitingBytes >= limits.spoolWrite) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#waitingBytes === 0) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    const at = this.#size - bytes.length;
    await this.#store.transaction((tx) => writeSpool(tx, this.id, at, bytes, this.#store.now()));
  }

  async discard(): Promise<void> {
    this.#waiting = [];
    await this.#store.transaction((tx) => dropSpool(tx, this.id));
  }
}
