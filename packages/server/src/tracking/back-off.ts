// How long to wait before something that failed is tried again: doubling, capped, with jitter so that accounts do not retry in step.

export interface BackOffRange {
  /** ms before the first repeat. */
  readonly first: number;
  /** ms at most. */
  readonly most: number;
}

/** ms to wait after the `failures`-th failure in a row (from 1): between half and all of min(first × 2^(failures−1), most). */
export function backOff({ first, most }: BackOffRange, failures: number, random: () => number): number {
  const full = Math.min(most, first * 2 ** Math.min(Math.max(failures, 1) - 1, 30));
  return Math.round(full / 2 + (full / 2) * random());
}
