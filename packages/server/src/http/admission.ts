// Who gets a place: messages that are answered at once, bytes of bodies held, connections; in all, and for each address.
import type { Origin } from './address.ts';
import { httpLimits, type HttpLimits } from './limits.ts';

/** Counts by a name and forgets a name that is back at nothing, so that it holds no more than is going on. */
export class Tally {
  readonly #counts = new Map<string, number>();

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  add(name: string, count: 1 | -1): void {
    const next = this.of(name) + count;
    if (next === 0) this.#counts.delete(name);
    else this.#counts.set(name, next);
  }

  get size(): number {
    return this.#counts.size;
  }
}

export class Admission {
  readonly limits: HttpLimits;
  readonly #running = new Tally();
  #all = 0;
  #bytes = 0;
  #whenIdle: (() => void)[] = [];

  constructor(limits: Partial<HttpLimits> = {}) {
    this.limits = { ...httpLimits, ...limits };
  }

  /** What is wrong: `busy` with everybody, or with this address. Programs on this machine are counted together with all alone: they may be a proxy. */
  isFull(origin: Origin): 'server' | 'address' | undefined {
    if (this.#all >= this.limits.running) return 'server';
    return !origin.isLocal && this.#running.of(origin.key) >= this.limits.runningPerAddress ? 'address' : undefined;
  }

  /** Takes a place; the function gives it back. */
  enter(origin: Origin): () => void {
    this.#all += 1;
    this.#running.add(origin.key, 1);
    return () => {
      this.#all -= 1;
      this.#running.add(origin.key, -1);
      if (this.#all > 0) return;
      for (const resolve of this.#whenIdle) resolve();
      this.#whenIdle = [];
    };
  }

  /** Resolves when nothing runs, or after `wait` ms. */
  async idle(wait: number): Promise<void> {
    if (this.#all === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle.push(resolve);
    const timer = setTimeout(resolve, wait);
    await promise;
    clearTimeout(timer);
  }

  /** False when there is no room for these bytes; then they are not counted. */
  hold(bytes: number): boolean {
    if (this.#bytes + bytes > this.limits.heldBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Bytes held now. */
  get held(): number {
    return this.#bytes;
  }
}
