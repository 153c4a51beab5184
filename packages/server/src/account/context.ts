// What all work on one account shares, and the one way in which that work changes the account's items.
import type { MailServer, Submission } from '@packetboat/mail';
import type { Transaction } from 'kysely';
import { takeRevision } from '../store/revision.ts';
import type { Database } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { PassJournal } from '../tracking/journal.ts';
import type { Log } from './log.ts';

export interface AccountContext {
  /** Row id of the account. */
  readonly account: number;
  readonly address: string;
  /** Addresses that this account may write as. */
  readonly identities: readonly string[];
  readonly store: Store;
  readonly server: MailServer;
  readonly submission: Submission;
  readonly journal: PassJournal;
  readonly log: Log;
  /** The clock, ms since 1970. */
  readonly now: () => number;
  /** 0 ≤ x < 1, for jitter. */
  readonly random: () => number;
  /** Told after each commit that moved the account's revision. */
  readonly changed: () => void;
}

/** The revision of one transaction: taken with the first change, so that a transaction without a change makes none. */
export class Revision {
  readonly #tx: Transaction<Database>;
  readonly #account: number;
  #taken: number | undefined;

  constructor(tx: Transaction<Database>, account: number) {
    this.#tx = tx;
    this.#account = account;
  }

  get isTaken(): boolean {
    return this.#taken !== undefined;
  }

  async take(): Promise<number> {
    this.#taken ??= await takeRevision(this.#tx, this.#account);
    return this.#taken;
  }
}

/** What a transaction on an account works with. */
export interface Writing {
  readonly context: AccountContext;
  readonly tx: Transaction<Database>;
  readonly revision: Revision;
}

/** Runs one short transaction; `work` awaits nothing but `tx`. Listeners of the account are told if an item changed. */
export async function write<T>(context: AccountContext, work: (writing: Writing) => Promise<T>): Promise<T> {
  let moved = false;
  const result = await context.store.transaction(async (tx) => {
    const revision = new Revision(tx, context.account);
    const done = await work({ context, tx, revision });
    moved = revision.isTaken;
    return done;
  });
  if (moved) context.changed();
  return result;
}
