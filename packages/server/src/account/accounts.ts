// The accounts of this server: their rows, made from the configuration, and their workers.
import {
  createImapMailServer,
  createSmtpSubmission,
  type ImapOptions,
  type IntegratedStore,
  type MailLogEntry,
  type MailServer,
  type SmtpOptions,
  type Submission,
} from '@packetboat/mail';
import { ensureAccount } from '../store/account.ts';
import type { Store } from '../store/store.ts';
import { type Log, silentLog } from './log.ts';
import { type AccountState, AccountWorker } from './worker.ts';

/** Where an account's mail is. */
export type AccountSource =
  | { readonly kind: 'imap'; readonly imap: ImapOptions; readonly smtp: SmtpOptions }
  | { readonly kind: 'integrated'; readonly user: string };

/** An account as the configuration names it. `name` is unique per person and its key in LocURIs. */
export interface AccountConfig {
  readonly person: string;
  readonly name: string;
  readonly address: string;
  /** Addresses that the account may write as, `address` included. */
  readonly identities: readonly string[];
  readonly source: AccountSource;
}

export interface AccountsOptions {
  readonly store: Store;
  readonly accounts: readonly AccountConfig[];
  /** Needed for accounts of the kind `integrated`; its owner closes it. */
  readonly integrated?: IntegratedStore;
  readonly now: () => number;
  readonly random: () => number;
  readonly log?: Log;
}

/** An account that is being followed. */
export interface Account {
  /** GUID of the account: its row id in decimal. */
  readonly guid: string;
  readonly config: AccountConfig;
  readonly worker: AccountWorker;
}

/** All accounts of this process. */
export class Accounts {
  readonly #accounts: readonly Account[];

  constructor(accounts: readonly Account[]) {
    this.#accounts = accounts;
  }

  /** The account of a person by its name; without a name the person's first. */
  find(person: string, name?: string): Account | undefined {
    return this.#accounts.find(({ config }) => config.person === person && (name === undefined || config.name === name));
  }

  /** The account with this GUID. */
  byGuid(guid: string): Account | undefined {
    return this.#accounts.find((account) => account.guid === guid);
  }

  list(): readonly Account[] {
    return this.#accounts;
  }

  /** State of each account by `person/name`, for health checks. */
  states(): ReadonlyMap<string, AccountState> {
    return new Map(this.#accounts.map(({ config, worker }) => [`${config.person}/${config.name}`, worker.state()]));
  }

  async close(): Promise<void> {
    await Promise.all(this.#accounts.map(({ worker }) => worker.close()));
  }
}

/** Makes the rows that are missing and starts a worker for each account. A mail server that is down delays nothing. Throws for a configuration that contradicts itself. */
export async function startAccounts(options: AccountsOptions): Promise<Accounts> {
  const accounts: Account[] = [];
  for (const config of options.accounts) {
    if (accounts.some((other) => other.config.person === config.person && other.config.name === config.name)) {
      throw new Error(`two accounts of one person are named ${config.name}`);
    }
    const { person, name, address } = config;
    const account = await options.store.transaction((tx) => ensureAccount(tx, { person, name, address, now: options.now() }));
    const { server, submission } = openSource(config.source, options.integrated, linkLog(options.log ?? silentLog, config));
    const worker = new AccountWorker({
      account,
      address: config.address,
      identities: config.identities,
      store: options.store,
      server,
      submission,
      now: options.now,
      random: options.random,
      log: options.log ?? silentLog,
    });
    accounts.push({ guid: String(account), config, worker });
  }
  for (const { worker } of accounts) worker.start();
  return new Accounts(accounts);
}

/** What happens on the links of an account, told with its name. */
function linkLog(log: Log, { person, name }: AccountConfig): (entry: MailLogEntry) => void {
  return ({ level, event, host, detail }) =>
    log[level]({ account: `${person}/${name}`, host, event, ...(detail === undefined ? {} : { detail }) }, 'a link to a mail server');
}

function openSource(
  source: AccountSource,
  integrated: IntegratedStore | undefined,
  log: (entry: MailLogEntry) => void,
): { readonly server: MailServer; readonly submission: Submission } {
  if (source.kind === 'imap')
    return { server: createImapMailServer({ ...source.imap, log }), submission: createSmtpSubmission({ ...source.smtp, log }) };
  if (integrated === undefined) throw new Error('an account is of the integrated store, and there is none');
  return { server: integrated.mailServer(source.user), submission: integrated.submission(source.user) };
}
