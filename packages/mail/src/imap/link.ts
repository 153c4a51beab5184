// The connection that calls go through: made when needed, one call at a time, made again when it was lost.
import { MailError } from '../errors.ts';
import { Connection } from './connection.ts';
import { toMailError } from './fault.ts';
import type { ImapOptions } from './options.ts';

/** The commands of one call. No other call's commands come in between. */
export type Job<T> = (connection: Connection) => Promise<T>;

/** After a refused log-in nobody is asked again for so long: servers lock accounts that guess. */
const LOGIN_PAUSE_MS = 30_000;

export class ImapLink {
  readonly #options: ImapOptions;
  readonly #now: () => number;
  #connection: Connection | undefined;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  #closed = false;
  #failures = 0;
  #failure: MailError | undefined;
  #pauseUntil = 0;
  #linger: NodeJS.Timeout | undefined;

  constructor(options: ImapOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Runs a job that changes nothing; when the connection is lost meanwhile, once more on a new one. */
  read<T>(job: Job<T>): Promise<T> {
    return this.#enqueue(job, true);
  }

  /** Runs a job that changes something; a connection lost meanwhile is the caller's to deal with, because the change may have been made. */
  write<T>(job: Job<T>): Promise<T> {
    return this.#enqueue(job, false);
  }

  /** Ends the connection. Jobs that run or wait fail. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#linger);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    if (this.#waiting === 0) await connection.end();
    else connection.client.close();
    await this.#tail;
  }

  #enqueue<T>(job: Job<T>, repeatable: boolean): Promise<T> {
    this.#waiting++;
    clearTimeout(this.#linger);
    const result = this.#tail.then(() => this.#attempt(job, repeatable));
    this.#tail = result.then(
      () => this.#done(),
      () => this.#done(),
    );
    return result;
  }

  #done(): void {
    this.#waiting--;
    if (this.#waiting > 0 || this.#closed || this.#connection === undefined) return;
    this.#linger = setTimeout(() => this.#rest(), (this.#options.lingerSeconds ?? 60) * 1000).unref();
  }

  /** Nobody has called for a while. */
  #rest(): void {
    const connection = this.#connection;
    if (this.#waiting > 0 || connection === undefined) return;
    this.#connection = undefined;
    void connection.end();
  }

  async #attempt<T>(job: Job<T>, repeatable: boolean): Promise<T> {
    const connection = await this.#connected();
    try {
      return await job(connection);
    } catch (error) {
      if (isBug(error)) throw error;
      const fault = toMailError(error);
      if (connection.usable && fault.code !== 'ERR_MAIL_CONNECTION') throw fault;
      connection.client.close();
      this.#connection = undefined;
      if (this.#closed) throw closedError();
      this.#options.log?.({ level: 'info', event: 'connection lost', host: this.#options.host, detail: fault.code });
      if (!repeatable || fault.code !== 'ERR_MAIL_CONNECTION') throw fault;
    }
    return this.#attempt(job, false);
  }

  async #connected(): Promise<Connection> {
    if (this.#closed) throw closedError();
    if (this.#connection?.usable === true) return this.#connection;
    if (this.#failure !== undefined && this.#now() < this.#pauseUntil) throw this.#failure;
    try {
      const connection = await Connection.open(this.#options, 'calls');
      if (this.#closed) {
        connection.client.close();
        throw closedError();
      }
      this.#connection = connection;
      this.#failures = 0;
      this.#failure = undefined;
      return connection;
    } catch (error) {
      const fault = toMailError(error, 'account');
      this.#failure = fault;
      this.#pauseUntil = this.#now() + (fault.code === 'ERR_MAIL_AUTH' ? LOGIN_PAUSE_MS : backOff(this.#failures++));
      this.#options.log?.({ level: 'warn', event: 'cannot connect', host: this.#options.host, detail: fault.code });
      throw fault;
    }
  }
}

/** Milliseconds to wait after so many failures in a row: 1 s doubled up to 5 min, less up to a half so that accounts do not come back all at once. */
export function backOff(failures: number): number {
  return Math.min(300_000, 1000 * 2 ** Math.min(failures, 20)) * (0.5 + Math.random() / 2);
}

/** A mistake in the program is no fault of the link and is not tried again. */
function isBug(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}

function closedError(): MailError {
  return new MailError('ERR_MAIL_CONNECTION', 'this mail server object was closed', { scope: 'account', retryable: false });
}
