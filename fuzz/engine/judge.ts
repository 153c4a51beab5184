// Runs one input under the time of the processor that it may take: of that, other programs on the machine take nothing.
import { Finding, type Subject } from './subject.ts';

/** ms that an input may take. */
export function timeFor(subject: Subject, input: Uint8Array): number {
  return subject.time.fixed + (subject.time.perKilobyte * input.length) / 1024;
}

/** What is wrong with an input; undefined if nothing is. */
export async function judge(subject: Subject, input: Uint8Array, how: 'run' | 'runAlone' = 'run'): Promise<unknown> {
  const allowed = timeFor(subject, input);
  let best = Infinity;
  // Compilation and garbage are paid for by whoever comes: only what is slow three times is.
  for (let attempt = 0; attempt < 3 && best > allowed; attempt += 1) {
    const before = process.threadCpuUsage();
    try {
      // Most subjects are synchronous; waiting for each would cost more than the run.
      const running = subject[how](input);
      if (running !== undefined) await running;
    } catch (error) {
      return error;
    }
    const { user, system } = process.threadCpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
  }
  if (best > allowed)
    return new Finding('takes too long', `${Math.round(best)} ms for ${input.length} bytes, ${Math.round(allowed)} allowed`);
  return undefined;
}
