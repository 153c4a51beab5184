// Uids as the port has them, and UID sets (RFC 9051 §9, sequence-set).
import { SET_CHARS } from './limits.ts';

/**
 * A uid holds the UIDVALIDITY it belongs to, in hex, before the number. So a call with a uid from before a folder was made anew
 * finds a vanished mail and not another mail that has the same number now.
 */
export function formatUid(validity: bigint, uid: number): string {
  return `${validity.toString(16)}.${uid}`;
}

/** The numbers of those uids that belong to this UIDVALIDITY, ascending, each once. */
export function numbersOf(uids: readonly string[], validity: bigint): number[] {
  const prefix = `${validity.toString(16)}.`;
  const numbers = new Set<number>();
  for (const uid of uids) {
    if (!uid.startsWith(prefix)) continue;
    const text = uid.slice(prefix.length);
    if (/^[1-9]\d{0,9}$/.test(text) && Number(text) < 2 ** 32) numbers.add(Number(text));
  }
  return [...numbers].toSorted((a, b) => a - b);
}

/** UID sets that name exactly these ascending numbers, each short enough for a command line. */
export function uidSets(numbers: readonly number[]): string[] {
  const sets: string[] = [];
  let set = '';
  for (let at = 0; at < numbers.length;) {
    const first = numbers[at] ?? 0;
    let last = first;
    for (at++; at < numbers.length && numbers[at] === last + 1; at++) last++;
    const range = first === last ? `${first}` : `${first}:${last}`;
    if (set.length + range.length + 1 > SET_CHARS) {
      sets.push(set);
      set = '';
    }
    set = set === '' ? range : `${set},${range}`;
  }
  if (set !== '') sets.push(set);
  return sets;
}

export function* chunksOf<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
