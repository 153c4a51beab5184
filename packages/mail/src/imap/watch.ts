// Watching a mailbox: IDLE on the inbox (RFC 2177), a look at all folders now and then, a new connection when one is lost.
import { setTimeout as sleep } from 'node:timers/promises';
import { MailError } from '../errors.ts';
import type { MailEvent, Watch } from '../port.ts';
import { Connection } from './connection.ts';
import { toMailError } from './fault.ts';
import { backOff, type ImapLink } from './link.ts';
import type { ImapOptions } from './options.ts';
import { compareSnapshots, type Snapshot, takeFreshSnapshot, takeSnapshot } from './snapshot.ts';

type Listener = (event: MailEvent) => void;

interface Running {
  readonly stop: AbortController;
  /** The first attempt. */
  readonly first: Promise<void>;
  readonly end: Promise<void>;
}

/** Events of a burst come as one: IDLE tells of each mail by itself. */
const GATHER_MS = 10;

/** Looks are this much rarer where each folder costs a command of its own. */
const SLOW_LOOKS = 5;

/** One connection, or the one for calls, serves all listeners of an account. */
export class ImapWatcher {
  readonly #options: ImapOptions;
  readonly #link: ImapLink;
  readonly #listeners = new Set<{ readonly listener: Listener }>();
  readonly #pending = new Set<string | undefined>();
  #gather: NodeJS.Timeout | undefined;
  #running: Running | undefined;

  constructor(options: ImapOptions, link: ImapLink) {
    this.#options = options;
    this.#link = link;
  }

  /** Resolves once the mailbox is being watched, or after the first attempt failed in a way that may pass. @throws MailError ERR_MAIL_AUTH */
  async add(listener: Listener): Promise<Watch> {
    const entry = { listener };
    this.#listeners.add(entry);
    const running = (this.#running ??= this.#start());
    try {
      await running.first;
    } catch (error) {
      this.#listeners.delete(entry);
      throw error;
    }
    return { close: () => this.#remove(entry) };
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#stop();
  }

  async #remove(entry: { readonly listener: Listener }): Promise<void> {
    this.#listeners.delete(entry);
    if (this.#listeners.size === 0) await this.#stop();
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    clearTimeout(this.#gather);
    this.#pending.clear();
    running?.stop.abort();
    await running?.end;
  }

  #start(): Running {
    const stop = new AbortController();
    const { promise: first, resolve, reject } = Promise.withResolvers<void>();
    // Nobody may be waiting any more when it fails.
    first.catch(() => {});
    const end = this.#run(stop.signal, { resolve, reject });
    return { stop, first, end };
  }

  async #run(stop: AbortSignal, first: { resolve: () => void; reject: (error: MailError) => void }): Promise<void> {
    let failures = 0;
    for (let round = 0; !stop.aborted; round++) {
      const started = (): void => {
        failures = 0;
        first.resolve();
        // Whatever happened while nobody looked.
        if (round > 0) this.#tell({});
      };
      try {
        if (this.#options.connections === 1) await this.#poll(stop, started);
        else await this.#idle(stop, started);
      } catch (error) {
        const fault = toMailError(error, 'account');
        if (stop.aborted) break;
        this.#options.log?.({ level: 'warn', event: 'watching was interrupted', host: this.#options.host, detail: fault.code });
        if (round === 0 && fault.code === 'ERR_MAIL_AUTH') {
          this.#running = undefined;
          first.reject(fault);
          return;
        }
        first.resolve();
        await pause(backOff(fault.retryable ? failures++ : 20), stop);
      }
    }
    first.resolve();
  }

  /** Until told to stop or until the connection is lost (then it throws). */
  async #idle(stop: AbortSignal, started: () => void): Promise<void> {
    const connection = await Connection.open(this.#options, 'watching');
    const { client } = connection;
    const lost = new AbortController();
    client.once('close', () => lost.abort());
    const wake = AbortSignal.any([stop, lost.signal]);
    try {
      let snapshot = await takeSnapshot(connection);
      const inbox = await client.mailboxOpen('INBOX', { readOnly: true });
      const tell = (): void => this.#tell({ folder: inbox.path });
      for (const event of ['exists', 'expunge', 'flags'] as const) client.on(event, tell);
      started();
      let lookAt = Date.now() + this.#lookMs(connection);
      while (!wake.aborted) {
        void client.idle().catch(() => lost.abort());
        await pause(Math.min(this.#idleMs(), lookAt - Date.now()), wake);
        if (wake.aborted) break;
        if (Date.now() < lookAt) {
          await client.noop();
          continue;
        }
        snapshot = this.#compare(snapshot, await takeSnapshot(connection));
        lookAt = Date.now() + this.#lookMs(connection);
      }
    } finally {
      client.removeAllListeners('close');
      if (connection.usable && stop.aborted) await connection.end();
      else client.close();
    }
    if (!stop.aborted)
      throw new MailError('ERR_MAIL_CONNECTION', 'the watching connection was lost', { scope: 'account', retryable: true });
  }

  /** Looks by way of the connection for calls. */
  async #poll(stop: AbortSignal, started: () => void): Promise<void> {
    let snapshot = await this.#link.read(takeFreshSnapshot);
    started();
    while (!stop.aborted) {
      await pause((this.#options.pollSeconds ?? 60) * 1000, stop);
      if (!stop.aborted) snapshot = this.#compare(snapshot, await this.#link.read(takeFreshSnapshot));
    }
  }

  #compare(before: Snapshot, after: Snapshot): Snapshot {
    for (const event of compareSnapshots(before, after)) this.#tell(event);
    return after;
  }

  #idleMs(): number {
    return (this.#options.idleMinutes ?? 9) * 60_000;
  }

  #lookMs(connection: Connection): number {
    return (this.#options.pollSeconds ?? 60) * 1000 * (connection.has('LIST-STATUS') ? 1 : SLOW_LOOKS);
  }

  #tell({ folder }: MailEvent): void {
    if (this.#pending.size === 0) this.#gather = setTimeout(() => this.#flush(), GATHER_MS);
    this.#pending.add(folder);
  }

  #flush(): void {
    const everywhere = this.#pending.has(undefined);
    const folders = [...this.#pending].filter((folder) => folder !== undefined);
    this.#pending.clear();
    const events: MailEvent[] = everywhere ? [{}] : folders.map((folder) => ({ folder }));
    for (const event of events) for (const { listener } of this.#listeners) listener(event);
  }
}

/** Waits; ends early without an error when aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => {});
}
