// Runs one input under the time that it may take.
import { Finding, type Subject } from './subject.ts';

/** ms that an input may take. */
export function timeFor(subject: Subject, input: Uint8Array): number {
  return subject.time.fixed + (subject.time.perKilobyte * input.length) / 1024;
}

/** What is wrong with an input; undefined if nothing is. */
export async function judge(subject: Subject, input: Uint8Array, how: 'run' | 'runAlone' = 'run'): Promise<unknown> {
  const allowed = timeFor(subject, input);
  let best = Infinity;
  // The machine does other things too: only what is slow three times is.
  for (let attempt = 0; attempt < 3 && best > allowed; attempt += 1) {
    const started = performance.now();
    try {
      // Most subjects are synchronous; waiting for each would cost more than the run.
      const running = subject[how](input);
      if (running !== undefined) await running;
    } catch (error) {
      return error;
    }
    best = Math.min(best, performance.now() - started);
  }
  if (best > allowed)
    return new Finding('takes too long', `${Math.round(best)} ms for ${input.length} bytes, ${Math.round(allowed)} allowed`);
  return undefined;
}
