// What comes of executing operations: done, put off, or refused.
import type { AccountContext, Writing } from '../account/context.ts';
import type { Operation } from './rows.ts';

/** What one execution did. Operations that are in no list are still in the queue for a reason of their own. */
export interface Executed {
  /** Written down in the same transaction in which their rows are removed. */
  readonly done: readonly Done[];
  /** To be tried again soon: something stands in their way that a pass will clear. */
  readonly putOff?: readonly Operation[];
  /** Path of a folder in which mails were put: a pass over it confirms where they are. */
  readonly touched?: string;
}

export interface Done {
  readonly operation: Operation;
  /** Changes of the item that the execution brought, if any. */
  readonly settle?: (writing: Writing) => Promise<void>;
}

/** Executes operations of one kind, with equal arguments, in one folder. Throws `MailError`: then nothing of them is known to be done. */
export type Execute = (context: AccountContext, operations: readonly Operation[]) => Promise<Executed>;
/** Puts an item back to what the mail server has, after it said no for good. */
export type Revert = (writing: Writing, operation: Operation, reason: string) => Promise<void>;

export function done(operations: readonly Operation[]): readonly Done[] {
  return operations.map((operation) => ({ operation }));
}
