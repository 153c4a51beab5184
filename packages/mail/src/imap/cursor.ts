// The cursor of a folder's changes: what the caller has been told, as a short opaque text.
import { MAX_FLAG_RUNS } from './limits.ts';

/** From this uid on, up to the next run, mails have these flags (as bits). */
export interface FlagRun {
  readonly from: number;
  readonly bits: number;
}

export interface Cursor {
  readonly validity: bigint;
  /** Mails below this uid have been told. */
  readonly uidNext: number;
  /** How many mails the caller holds, those that cannot be listed included. */
  readonly count: number;
  /** When all uids were last compared, seconds since 1970; 0 where that happens each time. */
  readonly compared: number;
  /** The mod-sequence up to which changes have been told, or, without CONDSTORE, the flags that have been told (undefined: too many to keep). */
  readonly state: { readonly modseq: bigint } | { readonly runs: readonly FlagRun[] | undefined };
}

const VERSION = 'i1';

export function formatCursor({ validity, uidNext, count, compared, state }: Cursor): string {
  const told = 'modseq' in state ? `m${state.modseq.toString(16)}` : `f${formatRuns(state.runs)}`;
  return [VERSION, validity.toString(16), ...[uidNext, count, compared].map((number) => number.toString(36)), told].join(';');
}

/** Undefined for a text that is no cursor of ours. */
export function parseCursor(text: string | undefined): Cursor | undefined {
  const match = /^i1;([0-9a-f]{1,16});([0-9a-z]{1,7});([0-9a-z]{1,7});([0-9a-z]{1,8});(?:m([0-9a-f]{1,16})|f([0-9a-z:,?]*))$/.exec(
    text ?? '',
  );
  if (match === null) return undefined;
  const [, validity = '0', uidNext = '0', count = '0', compared = '0', modseq, runs = ''] = match;
  return {
    validity: BigInt(`0x${validity}`),
    uidNext: Number.parseInt(uidNext, 36),
    count: Number.parseInt(count, 36),
    compared: Number.parseInt(compared, 36),
    state: modseq === undefined ? { runs: parseRuns(runs) } : { modseq: BigInt(`0x${modseq}`) },
  };
}

/** Runs as `uid:bits` by comma, each uid as the distance from the one before; `?` for unknown. */
function formatRuns(runs: readonly FlagRun[] | undefined): string {
  if (runs === undefined) return '?';
  let before = 0;
  const parts = runs.map(({ from, bits }) => {
    const part = `${(from - before).toString(36)}:${bits.toString(36)}`;
    before = from;
    return part;
  });
  return parts.join(',');
}

function parseRuns(text: string): readonly FlagRun[] | undefined {
  if (text === '?') return undefined;
  let from = 0;
  return text
    .split(',')
    .filter((part) => part !== '')
    .map((part) => {
      const [distance = '', bits = ''] = part.split(':');
      from += Number.parseInt(distance, 36);
      return { from, bits: Number.parseInt(bits, 36) };
    });
}

/** The flags of a folder's mails as runs along ascending uids; undefined when there are too many changes along the way. */
export function makeRuns(flags: Iterable<readonly [uid: number, bits: number]>): readonly FlagRun[] | undefined {
  const runs: FlagRun[] = [];
  for (const [from, bits] of flags) {
    if (runs.at(-1)?.bits === bits) continue;
    if (runs.length === MAX_FLAG_RUNS) return undefined;
    runs.push({ from, bits });
  }
  return runs;
}

/** Looks up ascending uids in runs; undefined where no flags have been told. */
export function runReader(runs: readonly FlagRun[] | undefined): (uid: number) => number | undefined {
  let at = -1;
  return (uid) => {
    if (runs === undefined) return undefined;
    while ((runs[at + 1]?.from ?? Infinity) <= uid) at++;
    return runs[at]?.bits;
  };
}
