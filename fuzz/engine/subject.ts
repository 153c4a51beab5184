// What is fuzzed: how inputs are made and changed, how one is run, and how long it may take.
import type { Random } from '../../test/support/random.ts';

/** One thing under test. Inputs are bytes: a document, or a script as JSON. */
export interface Subject {
  /** Ending of the files that inputs are kept in. */
  readonly extension: string;
  /** ms of the processor that an input may take: so many whatever it is, and so many for each of its kilobytes. */
  readonly time: { readonly fixed: number; readonly perKilobyte: number };
  /** Executions between two looks at the coverage: few where one takes long. */
  readonly mostBetweenLooks: number;
  seeds(): readonly Uint8Array[];
  /** An input from nothing. */
  invent(random: Random): Uint8Array;
  /** Another input, made of one or two. */
  mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array;
  /** Throws `Finding` where a promise was broken, or whatever our code threw and should not have. */
  run(input: Uint8Array): void | Promise<void>;
  /** The same with nothing left of the runs before, and with every promise looked at; `run` where it is the same anyway. */
  runAlone(input: Uint8Array): void | Promise<void>;
  /** ms that may be spent on making a failing input smaller. */
  readonly minimizeMs: number;
  /** Smaller inputs that may fail in the same way, the most promising first. */
  smaller(input: Uint8Array): Iterable<Uint8Array>;
  close(): Promise<void>;
}

/** A promise that was broken. `what` stays the same for the same fault, whatever the input was. */
export class Finding extends Error {
  override readonly name = 'Finding';
  readonly what: string;
  /** What has to be run to see it again, where that is more than the input. */
  readonly input: Uint8Array | undefined;

  constructor(what: string, detail = '', options: { cause?: unknown; input?: Uint8Array } = {}) {
    super(detail === '' ? what : `${what}: ${detail}`, options);
    this.what = what;
    this.input = options.input;
  }
}

/** Two failures with the same signature are one fault. */
export function signatureOf(error: unknown): string {
  if (error instanceof Finding) return error.what;
  if (!(error instanceof Error)) return `thrown: ${typeof error}`;
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  const frame = /packages\/(\S+?\.ts):\d+/.exec(error.stack ?? '')?.[1] ?? 'unknown place';
  return `${error.name}${code} in ${frame}`;
}
