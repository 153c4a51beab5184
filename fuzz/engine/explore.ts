// The search: inputs that reach what no other has reached are kept, and the next ones are made of them.
import { seededRandom, type Random } from '../../test/support/random.ts';
import type { Coverage } from './coverage.ts';
import { judge } from './judge.ts';
import { minimize } from './minimize.ts';
import { Finding, signatureOf, type Subject } from './subject.ts';

export interface Failure {
  readonly signature: string;
  readonly message: string;
  readonly stack: string;
  readonly input: Uint8Array;
}

export interface Tally {
  readonly executions: number;
  readonly blocks: number;
  readonly corpus: number;
}

export interface Search {
  readonly subject: Subject;
  readonly coverage: Coverage;
  readonly seed: number;
  /** Ends after so many executions or ms, whichever comes first. */
  readonly executions: number;
  readonly ms: number;
  /** Called with each input before it is run. */
  readonly before: (input: Uint8Array) => void;
  readonly after: () => void;
  readonly found: (failure: Failure) => void;
  readonly progress: (tally: Tally) => void;
}

/** Inputs kept; beyond it, old ones make room. */
const largestCorpus = 5_000;
const progressMs = 1_000;

export async function explore(search: Search): Promise<Tally> {
  const { subject, coverage } = search;
  const random = seededRandom(search.seed);
  const corpus = [...subject.seeds()];
  const signatures = new Set<string>();
  const until = performance.now() + search.ms;
  let told = performance.now();
  let executions = 0;
  let waiting: Uint8Array[] = [];
  let most = 1;
  const tally = (): Tally => ({ executions, blocks: coverage.blocks, corpus: corpus.length });
  const run = async (input: Uint8Array): Promise<void> => {
    search.before(input);
    const fault = await judge(subject, input);
    search.after();
    executions += 1;
    if (fault === undefined) return;
    const signature = signatureOf(fault);
    if (signatures.has(signature)) return;
    signatures.add(signature);
    search.found(await failureOf(subject, input, fault));
  };
  for (const seed of corpus.slice()) await run(seed);
  coverage.look();
  while (executions < search.executions && performance.now() < until) {
    const input = next(subject, corpus, random);
    await run(input);
    waiting.push(input);
    if (waiting.length >= most) {
      const news = coverage.look();
      // Which of them it was is not told; while much is new they are looked at one by one.
      if (news > 0) keep(corpus, waiting, random);
      most = news > 0 ? 1 : Math.min(subject.mostBetweenLooks, most * 2);
      waiting = [];
    }
    if (performance.now() - told > progressMs) {
      told = performance.now();
      search.progress(tally());
    }
  }
  coverage.look();
  return tally();
}

function next(subject: Subject, corpus: readonly Uint8Array[], random: Random): Uint8Array {
  if (random.chance(0.1)) return subject.invent(random);
  // What was kept last is where something new may be near.
  const at = random.chance(0.3) ? corpus.length - 1 - random.integer(Math.min(20, corpus.length)) : random.integer(corpus.length);
  const input = corpus[at];
  const other = corpus[random.integer(corpus.length)];
  return input === undefined || other === undefined ? subject.invent(random) : subject.mutate(input, other, random);
}

function keep(corpus: Uint8Array[], inputs: readonly Uint8Array[], random: Random): void {
  corpus.push(...inputs);
  while (corpus.length > largestCorpus) corpus.splice(random.integer(corpus.length), 1);
}

/** A failure with the smallest input for it. */
async function failureOf(subject: Subject, input: Uint8Array, fault: unknown): Promise<Failure> {
  const signature = signatureOf(fault);
  return {
    signature,
    message: fault instanceof Error ? fault.message : String(fault),
    stack: fault instanceof Error ? `${fault.stack ?? ''}${causeOf(fault)}` : '',
    input: await minimize(subject, fault instanceof Finding ? (fault.input ?? input) : input, signature),
  };
}

function causeOf(fault: Error): string {
  return fault.cause instanceof Error ? `\ncaused by ${fault.cause.stack ?? fault.cause.message}` : '';
}
