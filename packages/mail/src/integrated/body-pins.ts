// Which bodies somebody is writing or reading right now. The sweeper leaves them alone.

export class BodyPins {
  readonly #pins = new Map<number, number>();
  readonly #onFree: (body: number) => void;

  /** `onFree` is called whenever the last pin of a body goes. */
  constructor(onFree: (body: number) => void) {
    this.#onFree = onFree;
  }

  pin(body: number): void {
    this.#pins.set(body, (this.#pins.get(body) ?? 0) + 1);
  }

  release(body: number): void {
    const left = (this.#pins.get(body) ?? 0) - 1;
    if (left > 0) {
      this.#pins.set(body, left);
      return;
    }
    this.#pins.delete(body);
    this.#onFree(body);
  }

  has(body: number): boolean {
    return this.#pins.has(body);
  }
}
