// One message of a device at a time: a duplicate that comes while the first still runs waits, and then gets its stored reply.

export class DeviceLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Runs `work` after everything that was asked for under the same key before. */
  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const done = Promise.withResolvers<void>();
    const tail = before.then(() => done.promise);
    this.#tails.set(key, tail);
    await before;
    try {
      return await work();
    } finally {
      done.resolve();
      if (this.#tails.get(key) === tail) this.#tails.delete(key);
    }
  }
}
