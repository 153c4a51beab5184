// When passes run: after hints, on demand, and now and then; one at a time, and with patience while the mail server is down.
import type { AccountContext } from '../account/context.ts';
import { faultText, isMailError } from '../account/errors.ts';
import { backOff } from './back-off.ts';
import { limits } from './limits.ts';
import { type PassResult, trackAccount, trackFolder } from './track.ts';

/** `down`: the mail server cannot be reached or fails. `refused`: it refuses the log-in. */
export type TrackingState = 'starting' | 'up' | 'down' | 'refused';

export interface PassLoopOptions {
  readonly context: AccountContext;
  /** Told after each pass that reached the mail server. */
  readonly passed: () => void;
  /** ms between full passes with nobody asking. */
  readonly interval?: number;
}

interface Waiter {
  readonly resolve: () => void;
  /** A pass has been made for it, and found mails missing. */
  seesMissing: boolean;
}

export class PassLoop {
  readonly #context: AccountContext;
  readonly #passed: () => void;
  readonly #interval: number;
  #all = false;
  readonly #folders = new Set<string>();
  /** Those who wait for the next full pass, and those who wait for the one that runs. */
  #waiting: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #running: Promise<void> | undefined;
  readonly #stop = new AbortController();
  #failures = 0;
  #state: TrackingState = 'starting';
  #lastPass: number | undefined;
  #firstHint: number | undefined;

  constructor(options: PassLoopOptions) {
    this.#context = options.context;
    this.#passed = options.passed;
    this.#interval = options.interval ?? limits.passInterval;
  }

  get state(): TrackingState {
    return this.#state;
  }

  /** When the last full pass ended, ms since 1970. */
  get lastPass(): number | undefined {
    return this.#lastPass;
  }

  /** A hint that something may have changed, in one folder or anywhere. */
  hint(folder?: string): void {
    if (folder === undefined) this.#all = true;
    else this.#folders.add(folder);
    const now = this.#context.now();
    this.#firstHint ??= now;
    if (this.#failures > 0) return;
    this.#plan(Math.min(now + limits.eventDelay, this.#firstHint + limits.eventDelayMost), true);
  }

  /**
   * A full pass that begins after this call; shared by all who call before it begins. When it finds mails missing, a second one
   * that tells whether they are gone. Resolves when that is over, or has failed, or after `wait` ms.
   */
  async full(wait: number = limits.refreshWait): Promise<void> {
    if (this.#stop.signal.aborted || this.#state === 'refused') return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ resolve, seesMissing: false });
    this.#all = true;
    this.#plan(this.#context.now(), false);
    const timer = setTimeout(resolve, wait);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#running;
    this.#release();
  }

  /** Has the next pass at `at`, or sooner if one is planned sooner; `later` lets it be put off. */
  #plan(at: number, later: boolean): void {
    if (this.#stop.signal.aborted) return;
    if (!later && at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(() => this.#start(), Math.max(0, at - this.#context.now()));
    this.#timer.unref();
  }

  #start(): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    // What came meanwhile is looked at when this pass is over.
    if (this.#running !== undefined) return;
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    const folders = [...this.#folders];
    const all = this.#all || folders.length === 0;
    let waiting = all ? this.#waiting : [];
    if (all) this.#waiting = [];
    this.#all = false;
    this.#folders.clear();
    this.#firstHint = undefined;
    try {
      const result = all ? await trackAccount(this.#context, this.#stop.signal) : await this.#trackFolders(folders);
      if (result.unsettled && result.failed === 0) {
        const { again = [], done = [] } = Object.groupBy(waiting, (waiter) => (waiter.seesMissing ? 'done' : 'again'));
        for (const waiter of again) waiter.seesMissing = true;
        this.#waiting.push(...again);
        waiting = done;
      }
      this.#succeeded(result, all);
    } catch (error) {
      this.#failed(error);
    } finally {
      for (const waiter of waiting) waiter.resolve();
    }
  }

  async #trackFolders(folders: readonly string[]): Promise<PassResult> {
    let result: PassResult = { failed: 0, unsettled: false };
    for (const folder of folders) {
      const one = await trackFolder(this.#context, folder);
      result = { failed: result.failed + one.failed, unsettled: one.unsettled };
    }
    return result;
  }

  #succeeded(result: PassResult, all: boolean): void {
    this.#failures = 0;
    this.#state = 'up';
    const now = this.#context.now();
    if (all) this.#lastPass = now;
    this.#passed();
    if (result.unsettled) {
      // What is missing is believed after a pass over all folders; with a folder that cannot be read there is no hurry.
      this.#all = true;
      this.#plan(result.failed > 0 ? now + limits.retry.first : now + 1, false);
    } else if (this.#all || this.#folders.size > 0 || this.#waiting.length > 0) this.#plan(now, false);
    else this.#plan(now + (result.failed > 0 ? limits.retry.first * 10 : this.#interval), false);
  }

  #failed(error: unknown): void {
    const { account, log, now, random } = this.#context;
    this.#failures += 1;
    const refused = isMailError(error) && error.code === 'ERR_MAIL_AUTH';
    this.#state = refused ? 'refused' : 'down';
    this.#all = true;
    const wait = backOff(refused ? limits.loginRetry : limits.retry, this.#failures, random);
    log.warn(
      { account, fault: faultText(error), failures: this.#failures, wait, ...(isMailError(error) ? {} : { err: error }) },
      'the mail server cannot be read',
    );
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
    // Who called while this pass was running gets one that began after the call, even if it fails too.
    this.#plan(now() + (this.#waiting.length > 0 && !refused ? 0 : wait), false);
    if (refused) this.#release();
  }

  #release(): void {
    for (const waiter of this.#waiting) waiter.resolve();
    this.#waiting = [];
  }
}
