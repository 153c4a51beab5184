// The submission queue of one account (design 4.2, RFC 6409): each mail in the Outbox is sent once, or its writer is told why not.
import type { SubmissionOutcome } from '@packetboat/datasync';
import type { Envelope, SubmitResult } from '@packetboat/mail';
import type { AccountContext } from '../account/context.ts';
import { faultText, isMailError } from '../account/errors.ts';
import { spoolSize } from '../store/spool.ts';
import { backOff } from '../tracking/back-off.ts';
import { folderOfRole } from '../tracking/rows.ts';
import { limits } from './limits.ts';
import { pathOf } from './place.ts';
import { spoolSource } from './spool-source.ts';
import {
  type Claimed,
  claimSubmission,
  dueSubmissions,
  putBack,
  recordRefused,
  recordSent,
  recordUncertain,
  recordWaiting,
  recoverSubmissions,
} from './submission-rows.ts';

export interface SubmissionEvents {
  /** A mail was sent: there is a copy to be filed, or to be seen in the folder for sent mail. */
  readonly sent: () => void;
}

export class SubmissionQueue {
  readonly #context: AccountContext;
  readonly #events: SubmissionEvents;
  readonly #underWay = new Map<string, Promise<void>>();
  #running: Promise<void> | undefined;
  #recovered: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(context: AccountContext, events: SubmissionEvents) {
    this.#context = context;
    this.#events = events;
  }

  /** Looks for work now. Returns at once. */
  wake(): void {
    if (this.#closed) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#running = this.#run().finally(() => {
      this.#running = undefined;
      if (this.#again) {
        this.#again = false;
        this.wake();
      }
    });
  }

  /** Tries the named submissions and tells what is known of them after `wait` ms at most; what is `open` then goes on. */
  async submit(queueIds: readonly string[], wait: number = limits.submitWait): Promise<readonly SubmissionOutcome[]> {
    if (!this.#closed) {
      const work = this.#recover().then(() => Promise.all(queueIds.map((queueId) => this.#process(queueId))));
      await within(work, wait);
    }
    const rows = await this.#context.store.db
      .selectFrom('submission')
      .select(['queue_id', 'state', 'text'])
      .where('account', '=', this.#context.account)
      .where('queue_id', 'in', queueIds)
      .execute();
    const byId = new Map(rows.map((row) => [row.queue_id, row]));
    return queueIds.map((queueId): SubmissionOutcome => {
      const row = byId.get(queueId);
      if (row?.state === 'sent') return { queueId, outcome: 'sent' };
      if (row?.state === 'refused') return { queueId, outcome: 'refused', text: row.text ?? '' };
      return { queueId, outcome: 'open' };
    });
  }

  /** Resolves when nothing is under way and nothing is due. */
  async idle(): Promise<void> {
    while (this.#running !== undefined || this.#underWay.size > 0) await Promise.all([this.#running, ...this.#underWay.values()]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await Promise.all([this.#running, ...this.#underWay.values()]);
  }

  /** Once; until it has succeeded, whoever asks tries again. */
  #recover(): Promise<void> {
    this.#recovered ??= recoverSubmissions(this.#context).catch((error: unknown) => {
      this.#recovered = undefined;
      throw error;
    });
    return this.#recovered;
  }

  async #run(): Promise<void> {
    const { store, account, now, log } = this.#context;
    try {
      await this.#recover();
      const { due } = await dueSubmissions(store.db, account, now());
      for (const queueId of due) if (!this.#closed) await this.#process(queueId);
      const { next, due: left } = await dueSubmissions(store.db, account, now());
      this.#sleepUntil(left.length > 0 ? now() : next);
    } catch (error) {
      log.error({ account, err: error }, 'the submission queue failed');
      this.#sleepUntil(now() + limits.submitRetry.most);
    }
  }

  #sleepUntil(at: number | undefined): void {
    if (this.#closed || at === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.wake(), Math.max(10, at - this.#context.now()));
    this.#timer.unref();
  }

  /** One attempt at a time for each mail: whoever comes second waits for the first. */
  #process(queueId: string): Promise<void> {
    const running = this.#underWay.get(queueId);
    if (running !== undefined) return running;
    const work = this.#attempt(queueId)
      .catch((error: unknown) => this.#context.log.error({ account: this.#context.account, queueId, err: error }, 'a submission failed'))
      .finally(() => this.#underWay.delete(queueId));
    this.#underWay.set(queueId, work);
    return work;
  }

  async #attempt(queueId: string): Promise<void> {
    const claimed = await claimSubmission(this.#context, queueId);
    if (claimed === undefined) return;
    if (claimed.was === 'uncertain' && this.#context.submission.remembersKeys !== true) {
      const filed = await this.#isFiled(claimed);
      if (filed === undefined) return this.#lookLater(claimed);
      if (filed) return this.#sent(claimed, 'found in the folder for sent mail', null);
      // Once more after the first attempt of which nobody knows; a third would risk a third copy.
      if (claimed.row.unknowns > 1) return this.#refuse(claimed, 'it is not known whether this mail was sent');
    }
    await this.#record(claimed, await this.#send(claimed));
  }

  /** Without a look into the folder for sent mail nothing may be sent again. */
  async #lookLater({ row }: Claimed): Promise<void> {
    const { now, random } = this.#context;
    const next = now() + backOff(limits.submitRetry, row.attempts + 1, random);
    await putBack(this.#context, row.queue_id, next);
    this.#sleepUntil(next);
  }

  async #send({ row, spool }: Claimed): Promise<SubmitResult> {
    const { store, submission, log, account } = this.#context;
    const size = await spoolSize(store.db, spool);
    if (size === null) return { outcome: 'refused', permanent: true, text: 'its content is gone' };
    try {
      return await submission.submit(readEnvelope(row.envelope), spoolSource(store.db, spool, size), row.queue_id);
    } catch (error) {
      // Thrown before the mail was handed over: what may have been accepted is a result.
      const permanent = isMailError(error) && !error.retryable && error.scope !== 'account';
      log.warn(
        { account, queueId: row.queue_id, fault: faultText(error), ...(isMailError(error) ? {} : { err: error }) },
        'a mail could not be submitted',
      );
      return { outcome: 'refused', permanent, text: isMailError(error) ? error.message : 'the mail could not be submitted' };
    }
  }

  async #record(claimed: Claimed, result: SubmitResult): Promise<void> {
    const { now, random } = this.#context;
    const next = now() + backOff(limits.submitRetry, claimed.row.attempts + 1, random);
    const text = result.text.slice(0, limits.textLength);
    if (result.outcome === 'accepted') return this.#sent(claimed, text, refusals(result.refusedRecipients));
    if (result.outcome === 'unknown') {
      await recordUncertain(this.#context, claimed, text, next);
      return this.#sleepUntil(next);
    }
    if (result.permanent || now() - claimed.row.created > limits.submitAge) return this.#refuse(claimed, text);
    await recordWaiting(this.#context, claimed, text, next);
    return this.#sleepUntil(next);
  }

  async #sent(claimed: Claimed, text: string, problem: string | null): Promise<void> {
    await recordSent(this.#context, claimed, text, problem);
    this.#context.log.info({ account: this.#context.account, queueId: claimed.row.queue_id }, 'a mail was sent');
    this.#events.sent();
  }

  async #refuse(claimed: Claimed, text: string): Promise<void> {
    await recordRefused(this.#context, claimed, text);
    this.#context.log.info({ account: this.#context.account, queueId: claimed.row.queue_id }, 'a mail was refused');
  }

  /** Whether the folder for sent mail has the copy that the server files when it accepts a mail; undefined when it could not be looked at. */
  async #isFiled({ row }: Claimed): Promise<boolean | undefined> {
    const { store, account, server, submission } = this.#context;
    if (!submission.filesSentCopy) return false;
    const path = await pathOf(this.#context, (await folderOfRole(store.db, account, 'sent')) ?? null);
    if (path === undefined) return false;
    try {
      return (await server.find(path, row.message_id)).length > 0;
    } catch (error) {
      this.#context.log.warn({ account, fault: faultText(error) }, 'the folder for sent mail could not be searched');
      return undefined;
    }
  }
}

function readEnvelope(json: string): Envelope {
  const parsed = JSON.parse(json) as Envelope;
  return { from: parsed.from, to: parsed.to };
}

/** Words for the writer about recipients who do not get the mail. */
function refusals(refused: readonly { readonly address: string; readonly text: string }[]): string | null {
  if (refused.length === 0) return null;
  return refused
    .map(({ address, text }) => `${address}: ${text}`)
    .join('; ')
    .slice(0, limits.textLength);
}

async function within(work: Promise<unknown>, wait: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, wait);
  });
  try {
    await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
