// The operation queue of one account: what devices changed and the mail server must follow, in order (design 3, "accepted means durable").
// Every execution can be repeated: a crash at any point leaves the row, and the next attempt looks before it acts.
import { setImmediate } from 'node:timers/promises';
import { write, type AccountContext, type Writing } from '../account/context.ts';
import { faultText, isMailError } from '../account/errors.ts';
import type { Tx } from '../store/store.ts';
import { backOff } from '../tracking/back-off.ts';
import { executeAppend, revertAppend } from './append.ts';
import { appendFolder, begunAppend } from './args.ts';
import { executeCreateFolder, revertCreateFolder } from './create-folder.ts';
import { executeFlags, revertFlags } from './flags.ts';
import { limits } from './limits.ts';
import { executeMove, revertMove } from './move.ts';
import type { Executed, Execute, Revert } from './outcome.ts';
import { executeRemove, revertRemove } from './remove.ts';
import { dueOperations, nextDue, type Operation } from './rows.ts';

/** `batched`: one execution may take many rows with equal arguments in one folder. */
const kinds = {
  flags: { execute: executeFlags, revert: revertFlags, batched: true },
  move: { execute: executeMove, revert: revertMove, batched: true },
  remove: { execute: executeRemove, revert: revertRemove, batched: true },
  append: { execute: executeAppend, revert: revertAppend, batched: false },
  'create-folder': { execute: executeCreateFolder, revert: revertCreateFolder, batched: false },
} as const satisfies Record<Operation['kind'], { execute: Execute; revert: Revert; batched: boolean }>;

export interface QueueEvents {
  /** Something is to be learnt by a pass over this folder, or over all of the account. */
  readonly passNeeded: (folder?: string) => void;
}

export class OperationQueue {
  readonly #context: AccountContext;
  readonly #events: QueueEvents;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  /** Failures of the account in a row: while it cannot be had, one operation is tried for all. */
  #failures = 0;
  #pausedUntil = 0;

  constructor(context: AccountContext, events: QueueEvents) {
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

  /** The mail server can be had again: what waited for that goes on. */
  resume(): void {
    if (this.#failures === 0) return;
    this.#pausedUntil = 0;
    this.wake();
  }

  /** Resolves when nothing is being executed and nothing is due. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  async #run(): Promise<void> {
    try {
      while (!this.#closed && this.#context.now() >= this.#pausedUntil) {
        const batch = await claim(this.#context);
        if (batch.length === 0) break;
        await this.#execute(batch);
        // The database answers at once, so a long backlog would keep everybody else waiting.
        await setImmediate();
      }
      if (!this.#closed) await this.#sleep();
    } catch (error) {
      this.#context.log.error({ account: this.#context.account, err: error }, 'the operation queue failed');
      this.#sleepUntil(this.#context.now() + limits.retry.most);
    }
  }

  async #sleep(): Promise<void> {
    const due = await nextDue(this.#context.store.db, this.#context.account, this.#context.now());
    const at = Math.max(due ?? 0, this.#pausedUntil);
    if (at > 0) this.#sleepUntil(at);
  }

  #sleepUntil(at: number): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => this.wake(), Math.max(1, at - this.#context.now()));
    this.#timer.unref();
  }

  async #execute(batch: readonly Operation[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    try {
      const executed = await kinds[first.kind].execute(this.#context, batch);
      this.#failures = 0;
      await this.#settle(executed, batch);
    } catch (error) {
      await this.#fail(batch, error);
    }
  }

  async #settle(executed: Executed, batch: readonly Operation[]): Promise<void> {
    const putOff = executed.putOff ?? [];
    await write(this.#context, async (writing) => {
      for (const { operation, settle } of executed.done) {
        await settle?.(writing);
        await removeRow(writing, operation);
      }
      for (const operation of putOff) await this.#postpone(writing, operation, 'waits for a pass');
    });
    if (executed.touched !== undefined) this.#events.passNeeded(executed.touched);
    if (putOff.length > 0) this.#events.passNeeded();
    this.#context.log.debug(
      { account: this.#context.account, kind: batch[0]?.kind, done: executed.done.length, putOff: putOff.length },
      'operations executed',
    );
  }

  async #fail(batch: readonly Operation[], error: unknown): Promise<void> {
    const { account, log, now, random } = this.#context;
    const fields = { account, kind: batch[0]?.kind, operations: batch.map((operation) => operation.id), fault: faultText(error) };
    if (isMailError(error) && error.scope !== 'account' && !error.retryable) {
      // One mail of many may be what the server will not have: each is asked for alone.
      if (batch.length > 1) {
        for (const operation of batch) await this.#execute([operation]);
        return;
      }
      log.warn(fields, 'the mail server refused an operation');
      for (const operation of batch) await this.#refuse(operation, faultText(error));
      return;
    }
    if (isMailError(error) && error.scope === 'account') {
      this.#failures += 1;
      this.#pausedUntil = now() + backOff(error.code === 'ERR_MAIL_AUTH' ? limits.loginRetry : limits.retry, this.#failures, random);
    }
    log.warn({ ...fields, ...(isMailError(error) ? {} : { err: error }) }, 'an operation is put off');
    await write(this.#context, async (writing) => {
      for (const operation of batch) await this.#postpone(writing, operation, faultText(error));
    });
  }

  async #postpone({ tx, context }: Writing, operation: Operation, reason: string): Promise<void> {
    const next = context.now() + backOff(limits.retry, operation.attempts + 1, context.random);
    await tx.updateTable('operation').set({ next_at: next, last_error: reason }).where('id', '=', operation.id).execute();
  }

  async #refuse(operation: Operation, reason: string): Promise<void> {
    await write(this.#context, async (writing) => {
      await kinds[operation.kind].revert(writing, operation, reason);
      await removeRow(writing, operation);
    });
  }
}

async function removeRow({ tx }: Writing, operation: Operation): Promise<void> {
  await tx.deleteFrom('operation').where('id', '=', operation.id).execute();
}

/** The next operations to execute, marked as begun. `attempts` of the result is the number of attempts before this one. */
function claim(context: AccountContext): Promise<readonly Operation[]> {
  return context.store.transaction(async (tx) => {
    const due = await dueOperations(tx, context.account, context.now(), limits.look);
    const [first] = due;
    if (first === undefined) return [];
    const batch = kinds[first.kind].batched ? due.filter((operation) => isLike(first, operation)).slice(0, limits.batch) : [first];
    await tx
      .updateTable('operation')
      .set((eb) => ({ attempts: eb('attempts', '+', 1) }))
      .where(
        'id',
        'in',
        batch.map((operation) => operation.id),
      )
      .execute();
    return first.kind === 'append' ? [await beginAppend(tx, first)] : batch;
  });
}

/** From its first attempt on, an append is of one folder, wherever the item is taken meanwhile. */
async function beginAppend(tx: Tx, operation: Operation): Promise<Operation> {
  if (operation.parent === null || appendFolder(operation.args) !== undefined) return operation;
  const args = begunAppend(operation.parent);
  await tx.updateTable('operation').set({ args }).where('id', '=', operation.id).execute();
  return { ...operation, args };
}

function isLike(a: Operation, b: Operation): boolean {
  if (a.itemKind === 'folder' || b.itemKind === 'folder') return a.id === b.id;
  return a.kind === b.kind && a.args === b.args && a.remoteFolder === b.remoteFolder;
}
