// What every part of an open store shares: the database, its limits and clock, who is watching, and how its faults look.
import { EventEmitter } from 'node:events';
import type { Kysely } from 'kysely';
import { MailError } from '../errors.ts';
import type { MailEvent } from '../port.ts';
import type { BodyPins } from './body-pins.ts';
import { isDiskFull } from './dialect.ts';
import type { IntegratedLimits } from './limits.ts';
import type { Sweeper } from './sweeper.ts';
import type { Tables } from './tables.ts';

/** Where the store and its servers tell what happened. Never a password, never content of a mail. */
export interface IntegratedLog {
  info(fields: Readonly<Record<string, unknown>>, text: string): void;
  warn(fields: Readonly<Record<string, unknown>>, text: string): void;
  error(fields: Readonly<Record<string, unknown>>, text: string): void;
}

export const silentLog: IntegratedLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Hints of changes, by the log-in of the person concerned. Told when the change is committed, in the same turn. */
export class Watchers {
  readonly #events = new EventEmitter({ captureRejections: false }).setMaxListeners(0);
  readonly #log: IntegratedLog;

  constructor(log: IntegratedLog) {
    this.#log = log;
  }

  add(login: string, listener: (event: MailEvent) => void): () => void {
    const safely = (event: MailEvent): void => {
      try {
        listener(event);
      } catch (error) {
        this.#log.error({ err: error }, 'a listener of mail events failed');
      }
    };
    this.#events.on(`person ${login}`, safely);
    return () => this.#events.off(`person ${login}`, safely);
  }

  tell(login: string, event: MailEvent): void {
    this.#events.emit(`person ${login}`, event);
  }
}

export interface StoreCore {
  readonly db: Kysely<Tables>;
  readonly limits: IntegratedLimits;
  readonly now: () => number;
  readonly log: IntegratedLog;
  readonly pins: BodyPins;
  readonly sweeper: Sweeper;
  readonly watchers: Watchers;
}

/** A fault of the database as the port tells it. What is already a MailError stays as it is. */
export function asMailError(error: unknown): MailError {
  if (error instanceof MailError) return error;
  return isDiskFull(error)
    ? new MailError('ERR_MAIL_QUOTA', 'the disk of the mail store is full', { scope: 'account', retryable: true, cause: error })
    : new MailError('ERR_MAIL_CONNECTION', 'the mail store failed', { scope: 'account', retryable: true, cause: error });
}

export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asMailError(error);
  }
}

export async function* guardedPages<T>(work: () => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
  try {
    yield* work();
  } catch (error) {
    throw asMailError(error);
  }
}
