// Makes a failing input small while it fails in the same way.
import { judge } from './judge.ts';
import { signatureOf, type Subject } from './subject.ts';

/** The smallest input found in the time that the subject gives that still fails with this signature. */
export async function minimize(subject: Subject, input: Uint8Array, signature: string): Promise<Uint8Array> {
  const until = performance.now() + subject.minimizeMs;
  let smallest = input;
  for (let progress = true; progress;) {
    progress = false;
    for (const candidate of subject.smaller(smallest)) {
      if (performance.now() > until) return smallest;
      if (candidate.length >= smallest.length) continue;
      const fault = await judge(subject, candidate, 'runAlone');
      if (fault === undefined || signatureOf(fault) !== signature) continue;
      smallest = candidate;
      progress = true;
      break;
    }
  }
  return smallest;
}

/** Bytes without one of their stretches: halves first, single bytes last. */
export function* withoutStretches(input: Uint8Array): Iterable<Uint8Array> {
  for (let size = Math.ceil(input.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < input.length; at += size) yield concat(input.subarray(0, at), input.subarray(at + size));
  }
}

export function concat(...pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
