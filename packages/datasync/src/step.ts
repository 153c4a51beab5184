// The shape of a session step: a generator that asks for what it needs and returns what it decided. It does no I/O and
// awaits nothing, so that a driver can answer from memory, stop it anywhere, and run it again from the start.

/** Questions by name, each with its answer. */
export type NeedTable = { readonly [name: string]: { readonly ask: unknown; readonly answer: unknown } };

/** One question of a table. */
export type Need<T> = { [K in keyof T]: T[K] extends { readonly ask: infer A } ? { readonly kind: K; readonly ask: A } : never }[keyof T];

/** A step over a table of needs with result R. */
export type Step<T, R> = Generator<Need<T>, R, unknown>;

type Ask<T, K extends keyof T> = T[K] extends { readonly ask: infer A } ? A : never;
type Answer<T, K extends keyof T> = T[K] extends { readonly answer: infer A } ? A : never;

/** Asks one question; use as `const x = yield* need<ServerNeeds, 'device'>('device', {…})`. */
export function* need<T, K extends keyof T>(kind: K, ask: Ask<T, K>): Step<T, Answer<T, K>> {
  return (yield { kind, ask } as unknown as Need<T>) as Answer<T, K>;
}

/** The answers to a table, as functions that may wait. */
export type Answers<T> = { readonly [K in keyof T]: (ask: Ask<T, K>) => Promise<Answer<T, K>> | Answer<T, K> };

/** Runs a step to its end, answering its questions one after the other. Errors of an answer are thrown into the step. */
export async function drive<T, R>(step: Step<T, R>, answers: Answers<T>): Promise<R> {
  let next = step.next();
  while (next.done !== true) {
    const { kind, ask } = next.value as unknown as { kind: keyof T; ask: never };
    let answer: unknown;
    try {
      answer = await answers[kind](ask);
    } catch (error) {
      next = step.throw(error);
      continue;
    }
    next = step.next(answer);
  }
  return next.value;
}
