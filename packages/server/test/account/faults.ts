// A real mail server of which single calls fail: before they do anything, or after they have done it and before the answer arrives.
import { MailError, type MailServer } from '@packetboat/mail';

export interface Call {
  readonly method: string;
  readonly args: readonly unknown[];
  /** How often this method was called before. */
  readonly nth: number;
}

export interface Faults {
  readonly before?: (call: Call) => Error | undefined | Promise<Error | undefined>;
  readonly after?: (call: Call) => Error | undefined | Promise<Error | undefined>;
}

/** Every call made, and the server that makes them. `faults` may be replaced at any time. */
export interface FaultyServer {
  readonly server: MailServer;
  readonly calls: Call[];
  faults: Faults;
  readonly count: (method: string) => number;
}

export const linkLost = (): MailError => new MailError('ERR_MAIL_CONNECTION', 'the link broke', { scope: 'account', retryable: true });
export const refusal = (scope: 'message' | 'folder' = 'message'): MailError =>
  new MailError('ERR_MAIL_REFUSED', 'the server said no', { scope, retryable: false });
export const later = (): MailError => new MailError('ERR_MAIL_REFUSED', 'not now', { scope: 'folder', retryable: true });

const streams = new Set(['changes', 'headers']);

export function withFaults(real: MailServer): FaultyServer {
  const calls: Call[] = [];
  const count = (method: string): number => calls.filter((call) => call.method === method).length;
  const faulty: { faults: Faults } = { faults: {} };
  const server = new Proxy(real, {
    get(target, property) {
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const method = String(property);
      return (...args: unknown[]): unknown => {
        const call = { method, args, nth: count(method) };
        calls.push(call);
        const run = (): unknown => Reflect.apply(value, target, args);
        return streams.has(method) ? streamed(faulty, call, run) : single(faulty, call, run);
      };
    },
  });
  return Object.assign(faulty, { server, calls, count });
}

async function single({ faults }: { faults: Faults }, call: Call, run: () => unknown): Promise<unknown> {
  const early = await faults.before?.(call);
  if (early !== undefined) throw early;
  const result: unknown = await run();
  const late = await faults.after?.(call);
  if (late !== undefined) throw late;
  return result;
}

/** `after` strikes behind the first piece. */
async function* streamed({ faults }: { faults: Faults }, call: Call, run: () => unknown): AsyncGenerator<unknown, void, undefined> {
  const early = await faults.before?.(call);
  if (early !== undefined) throw early;
  for await (const piece of run() as AsyncIterable<unknown>) {
    yield piece;
    const late = await faults.after?.(call);
    if (late !== undefined) throw late;
  }
}
