// The integrated mail store: opens the database, and hands out mailboxes, submission and delivery.
import { Kysely } from 'kysely';
import { MailError } from '../errors.ts';
import type { ByteSource, Envelope, MailServer, Submission, SubmitResult } from '../port.ts';
import { BodyPins } from './body-pins.ts';
import { withBody } from './body-writer.ts';
import { type DeliveryResult, deliverBody } from './delivery.ts';
import { openSqlite, sqlite } from './dialect.ts';
import { defaultLimits, type IntegratedLimits } from './limits.ts';
import { IntegratedMailServer } from './mail-server.ts';
import { migrate } from './migrations/migrate.ts';
import {
  addPerson,
  addressesOf,
  listPersons,
  ownsAddress,
  type Person,
  placePersons,
  removePerson,
  type Route,
  routeOf,
} from './persons.ts';
import { exactly } from './source.ts';
import { guarded, type IntegratedLog, silentLog, type StoreCore, Watchers } from './store-core.ts';
import { IntegratedSubmission, submitBody } from './submission.ts';
import { Sweeper } from './sweeper.ts';
import type { Tables } from './tables.ts';

export interface IntegratedStoreOptions {
  /** The SQLite file; made when it is not there. One process may have it open. */
  readonly file: string;
  /** The clock, ms since 1970. */
  readonly now: () => number;
  readonly log?: IntegratedLog;
  readonly limits?: Partial<IntegratedLimits>;
  /** Takes what our people send to others. Without it such recipients are refused. The caller closes it. */
  readonly relay?: Submission;
}

/** Mail kept durably in one file, for the people in it. Faults of the database are thrown as `MailError`. */
export interface IntegratedStore {
  readonly limits: IntegratedLimits;
  /** Makes a person with empty folders. Throws `ERR_MAIL_REFUSED` when the user name or an address is taken or is none. */
  addPerson(person: Person): Promise<void>;
  /**
   * Makes these people what they are told to be: who is missing is made, the others keep their mail and get their addresses and
   * names. An address of somebody who is not among them goes to who has it now. Throws `ERR_MAIL_REFUSED`, with nothing changed,
   * when two have one user name or one address, or for what is no address.
   */
  placePersons(persons: readonly Person[]): Promise<void>;
  /** Takes a person and all their mail away. Nothing happens when there is none. */
  removePerson(user: string): Promise<void>;
  persons(): Promise<readonly Person[]>;
  /** Where mail for an address goes. */
  route(address: string): Promise<Route>;
  /** Whether an address is the person's own or an alias. Throws `ERR_MAIL_AUTH` when there is no such person. */
  owns(user: string, address: string): Promise<boolean>;
  /** The person's addresses, the primary one first. Throws `ERR_MAIL_AUTH` when there is no such person. */
  addresses(user: string): Promise<readonly string[]>;
  /** Whether mail for other domains is taken from our people. */
  readonly relays: boolean;
  /** A person's mailbox. Its calls throw `ERR_MAIL_AUTH` while there is no such person. Closing it leaves the store open. */
  mailServer(user: string): MailServer;
  /** A person's way to send: to people here directly, to others by the relay. */
  submission(user: string): Submission;
  /**
   * Delivers a mail to the recipients that are ours, bytes unchanged, all in one transaction; it is on the disk when this
   * resolves. Throws `ERR_MAIL_LIMIT` when it is larger than `limits.maxMailBytes`.
   */
  deliver(envelope: Envelope, mail: ByteSource): Promise<readonly DeliveryResult[]>;
  /** As `deliver`, for bytes that come once and whose number is not known, such as a DATA command. What they throw is thrown, and nothing stays. */
  deliverStream(envelope: Envelope, chunks: AsyncIterable<Uint8Array>): Promise<readonly DeliveryResult[]>;
  /** As a submission of this person, for bytes that come once. */
  submitStream(user: string, envelope: Envelope, chunks: AsyncIterable<Uint8Array>): Promise<SubmitResult>;
  /** Ends what runs and closes the file. The store is not used again. */
  close(): Promise<void>;
}

class SqliteIntegratedStore implements IntegratedStore {
  readonly limits: IntegratedLimits;
  readonly relays: boolean;
  readonly #core: StoreCore;
  readonly #relay: Submission | undefined;
  #closing: Promise<void> | undefined;

  constructor(core: StoreCore, relay: Submission | undefined) {
    this.#core = core;
    this.#relay = relay;
    this.limits = core.limits;
    this.relays = relay !== undefined;
  }

  addPerson(person: Person): Promise<void> {
    return guarded(() => addPerson(this.#core.db, person, this.#core.now()));
  }

  placePersons(persons: readonly Person[]): Promise<void> {
    return guarded(() => placePersons(this.#core.db, persons, this.#core.now()));
  }

  removePerson(user: string): Promise<void> {
    return guarded(async () => {
      await removePerson(this.#core.db, user);
      this.#core.watchers.tell(user, {});
      this.#core.sweeper.kick();
    });
  }

  persons(): Promise<readonly Person[]> {
    return guarded(() => listPersons(this.#core.db));
  }

  route(address: string): Promise<Route> {
    return guarded(() => routeOf(this.#core.db, address));
  }

  owns(user: string, address: string): Promise<boolean> {
    return guarded(() => ownsAddress(this.#core.db, user, address));
  }

  addresses(user: string): Promise<readonly string[]> {
    return guarded(() => addressesOf(this.#core.db, user));
  }

  mailServer(user: string): MailServer {
    return new IntegratedMailServer(this.#core, user);
  }

  submission(user: string): Submission {
    return new IntegratedSubmission(this.#core, user, this.#relay);
  }

  deliver(envelope: Envelope, mail: ByteSource): Promise<readonly DeliveryResult[]> {
    return this.deliverStream(envelope, exactly(mail));
  }

  deliverStream(envelope: Envelope, chunks: AsyncIterable<Uint8Array>): Promise<readonly DeliveryResult[]> {
    return guarded(async () => {
      const most = this.limits.maxRecipients;
      if (envelope.to.length > most) {
        throw new MailError('ERR_MAIL_LIMIT', `a mail may have ${most} recipients at most`, { scope: 'message', retryable: false });
      }
      return withBody(this.#core, chunks, (body) => deliverBody(this.#core, envelope, body));
    });
  }

  submitStream(user: string, envelope: Envelope, chunks: AsyncIterable<Uint8Array>): Promise<SubmitResult> {
    return guarded(() => withBody(this.#core, chunks, (body) => submitBody(this.#core, this.#relay, { user, envelope }, body)));
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#core.sweeper.close();
      await this.#core.db.destroy();
    })();
    return this.#closing;
  }
}

/** Opens the store, brings its tables up to date and removes what a crash left half received. Throws `ERR_MAIL_CONNECTION` when the file cannot be opened. */
export function openIntegratedStore(options: IntegratedStoreOptions): Promise<IntegratedStore> {
  return guarded(async () => {
    const log = options.log ?? silentLog;
    const limits = { ...defaultLimits, ...options.limits };
    const db = new Kysely<Tables>({ dialect: openSqlite(options.file) });
    const pins: BodyPins = new BodyPins((body) => sweeper.freed(body));
    const onError = (error: unknown): void => log.error({ err: error }, 'sweeping the mail store failed');
    const sweeper = new Sweeper({ db, pins, limits, now: options.now, onError });
    try {
      await migrate(db, sqlite);
      sweeper.kick();
      await sweeper.idle();
    } catch (error) {
      await db.destroy();
      throw error;
    }
    const core = { db, limits, now: options.now, log, pins, sweeper, watchers: new Watchers(log) };
    return new SqliteIntegratedStore(core, options.relay);
  });
}
