// One account at work: it watches the mail server, follows it, and carries out what devices did. One bad account stops no other.
import type { ObjectWish, RenderedObject, ServerNeeds, SubmissionOutcome } from '@packetboat/datasync';
import type { MailServer, Submission, Watch } from '@packetboat/mail';
import { Mailbox } from '../mailbox/mailbox.ts';
import { prepareOutgoing } from '../operations/outgoing.ts';
import { OperationQueue } from '../operations/queue.ts';
import { SubmissionQueue } from '../operations/submission-queue.ts';
import type { Store } from '../store/store.ts';
import { hasBeenRead } from '../tracking/first-read.ts';
import { PassJournal } from '../tracking/journal.ts';
import { limits } from '../tracking/limits.ts';
import { PassLoop, type TrackingState } from '../tracking/pass-loop.ts';
import type { AccountContext } from './context.ts';
import { faultText } from './errors.ts';
import { type Log, silentLog } from './log.ts';

export interface AccountWorkerOptions {
  /** Row id of the account. */
  readonly account: number;
  readonly address: string;
  /** Addresses that the account may write as. */
  readonly identities: readonly string[];
  readonly store: Store;
  /** Both are the worker's own from here on: it closes them. */
  readonly server: MailServer;
  readonly submission: Submission;
  readonly now: () => number;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  readonly log?: Log;
  /** ms between full passes with nobody asking. */
  readonly passInterval?: number;
}

/** For health checks; nothing in it is secret. */
export interface AccountState {
  readonly tracking: TrackingState;
  readonly watching: boolean;
  /** End of the last full pass, ms since 1970. */
  readonly lastPass: number | undefined;
}

export class AccountWorker {
  readonly account: number;
  readonly #context: AccountContext;
  readonly #passes: PassLoop;
  readonly #operations: OperationQueue;
  readonly #submissions: SubmissionQueue;
  readonly #mailbox: Mailbox;
  readonly #listeners = new Set<() => void>();
  #watch: Watch | undefined;
  #watching: Promise<void> | undefined;
  #closed = false;
  #isRead = false;

  constructor(options: AccountWorkerOptions) {
    this.account = options.account;
    const { account, address, identities, store, server, submission, now, random } = options;
    this.#context = {
      account,
      address,
      identities,
      store,
      server,
      submission,
      now,
      random,
      log: options.log ?? silentLog,
      journal: new PassJournal(),
      changed: () => this.#tell(),
    };
    this.#passes = new PassLoop({
      context: this.#context,
      passed: () => this.#passed(),
      ...(options.passInterval === undefined ? {} : { interval: options.passInterval }),
    });
    this.#operations = new OperationQueue(this.#context, { passNeeded: (folder) => this.#passes.hint(folder) });
    this.#submissions = new SubmissionQueue(this.#context, {
      sent: () => {
        this.#operations.wake();
        if (submission.filesSentCopy) this.#passes.hint();
      },
    });
    this.#mailbox = new Mailbox(this.#context, { look: () => this.#passes.full() });
  }

  /** Begins to watch and to follow. Returns at once: a mail server that is down is tried again until it is there. */
  start(): void {
    this.#watching = this.#startWatch().finally(() => this.#passes.hint());
    this.wake();
  }

  /** Looks at the mail server now; resolves when that is done, or fails, or takes longer than `wait` ms (5 s). Calls at one time share a pass. */
  refresh(wait?: number): Promise<void> {
    return this.#passes.full(wait);
  }

  /**
   * Whether the mailbox has been read in full at least once, in this life of the server or an earlier one. If not, waits until it has
   * been, for `wait` ms (20 s) at most and only while the mail server answers. Before that no device's mails may be compared with it:
   * those that were not listed yet would be taken for new ones.
   */
  async hasBeenRead(wait: number = limits.firstReadWait): Promise<boolean> {
    const { store, account, now } = this.#context;
    const end = now() + wait;
    while (!this.#isRead) {
      this.#isRead = this.#passes.lastPass !== undefined || (await hasBeenRead(store.db, account));
      const { state } = this.#passes;
      if (this.#isRead || this.#closed || state === 'down' || state === 'refused' || now() >= end) break;
      await this.#passes.full(end - now());
    }
    return this.#isRead;
  }

  /** Something was queued for the mail server: call after each commit of a session. */
  wake(): void {
    this.#operations.wake();
    this.#submissions.wake();
  }

  /** Answers `ServerNeeds.submit`: what is known after 2 s at most. */
  submit(queueIds: readonly string[]): Promise<readonly SubmissionOutcome[]> {
    return this.#submissions.submit(queueIds);
  }

  /** Answers `ServerNeeds.objects`. */
  objects(wishes: readonly ObjectWish[]): Promise<readonly RenderedObject[]> {
    return this.#mailbox.objects(wishes);
  }

  /** Answers `ServerNeeds.prepareSend`. */
  prepareSend(mail: Uint8Array): ServerNeeds['prepareSend']['answer'] {
    return prepareOutgoing(this.#context, mail, this.#context.now());
  }

  /** Calls `listener` after each commit of this worker that moved the account's revision. Returns what ends that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  state(): AccountState {
    return { tracking: this.#passes.state, watching: this.#watch !== undefined, lastPass: this.#passes.lastPass };
  }

  /** Resolves when the queues have nothing to do now. */
  async idle(): Promise<void> {
    await this.#submissions.idle();
    await this.#operations.idle();
  }

  /** Ends all work; what is queued goes on at the next start. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { server, submission, log, account } = this.#context;
    const work = [this.#watching, this.#watch?.close(), this.#passes.close(), this.#operations.close(), this.#submissions.close()];
    // A call under way ends with its connection.
    const ends: readonly Promise<void>[] = [...work.map(async (end) => end), server.close(), submission.close()];
    for (const end of await Promise.allSettled(ends)) {
      if (end.status === 'rejected') log.warn({ account, fault: faultText(end.reason) }, 'an account did not end cleanly');
    }
  }

  /** Watching comes before the first pass, so that nothing between the two is missed. */
  async #startWatch(): Promise<void> {
    if (this.#closed || this.#watch !== undefined) return;
    try {
      const watch = await this.#context.server.watch((event) => this.#passes.hint(event.folder));
      if (this.#closed) return await watch.close();
      this.#watch = watch;
      // What happened before is told by a pass.
      this.#passes.hint();
    } catch (error) {
      this.#context.log.warn({ account: this.account, fault: faultText(error) }, 'the mail server cannot be watched');
    }
  }

  #passed(): void {
    this.#operations.resume();
    this.#operations.wake();
    if (this.#watch === undefined) this.#watching = (this.#watching ?? Promise.resolve()).then(() => this.#startWatch());
  }

  #tell(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#context.log.error({ account: this.account, err: error }, 'a listener failed');
      }
    }
  }
}
