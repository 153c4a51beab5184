// One logged-in IMAP connection: how we set ImapFlow up, and how its refusals are had.
import { ImapFlow, type MailboxObject } from 'imapflow';
import { MailError } from '../errors.ts';
import { toMailError } from './fault.ts';
import { MAX_LITERAL_BYTES } from './limits.ts';
import { type ImapOptions, usesQresync } from './options.ts';

/** A selected folder as it stood when it was selected. */
export interface Selected {
  readonly validity: bigint;
  /** No mail of the folder had this uid or a higher one. */
  readonly uidNext: number;
  readonly exists: number;
  /** Undefined where the folder has no mod-sequences. */
  readonly modseq: bigint | undefined;
  readonly keywords: FolderKeywords;
}

/** Flags a folder knows and those it keeps; `permanent` undefined: the server does not say, all of them. */
export interface FolderKeywords {
  readonly known: ReadonlySet<string>;
  readonly permanent: ReadonlySet<string> | undefined;
}

function ignore(): void {}

export class Connection {
  readonly client: ImapFlow;
  // ImapFlow answers `false` for several refused commands and tells the reason only to its logger.
  #refusal: unknown;

  private constructor(options: ImapOptions, purpose: 'calls' | 'watching') {
    const remember = (entry: unknown): void => {
      if (typeof entry === 'object' && entry !== null && 'err' in entry) this.#refusal = entry.err;
    };
    this.client = new ImapFlow({
      host: options.host,
      port: options.port,
      secure: options.security === 'tls',
      doSTARTTLS: options.security === 'starttls',
      ...(options.tls === undefined ? {} : { tls: options.tls }),
      auth: { user: options.user, pass: options.password },
      clientInfo: { name: 'Packetboat' },
      qresync: purpose === 'calls' && usesQresync(options),
      disableCompression: purpose === 'watching' || options.compress === false,
      disableAutoIdle: true,
      // Its answers to SEARCH and LIST differ; everything we use is announced by itself too.
      disableIMAP4rev2: true,
      missingIdleCommand: 'NOOP',
      connectionTimeout: options.timeouts?.connect ?? 20_000,
      greetingTimeout: options.timeouts?.greeting ?? 10_000,
      socketTimeout: options.timeouts?.answer ?? 60_000,
      maxLiteralSize: MAX_LITERAL_BYTES,
      maxResponseSize: 2 * MAX_LITERAL_BYTES,
      logger: { trace: ignore, debug: ignore, info: ignore, warn: remember, error: remember, fatal: remember },
    });
    // Without a listener a lost connection would end the process; the command in flight rejects as well.
    this.client.on('error', ignore);
  }

  /** @throws MailError */
  static async open(options: ImapOptions, purpose: 'calls' | 'watching'): Promise<Connection> {
    const connection = new Connection(options, purpose);
    try {
      await connection.client.connect();
    } catch (error) {
      connection.client.close();
      throw toMailError(error, 'account');
    }
    options.log?.({ level: 'debug', event: `connected for ${purpose}`, host: options.host });
    return connection;
  }

  get usable(): boolean {
    return this.client.usable && !this.client.isClosed;
  }

  has(capability: string): boolean {
    return this.client.capabilities.has(capability);
  }

  get qresync(): boolean {
    return this.client.enabled.has('QRESYNC');
  }

  /** Runs a command that answers `false` or nothing when it was refused, and throws the reason instead. */
  async demand<T>(command: () => Promise<T | false | undefined>): Promise<T> {
    this.#refusal = undefined;
    const result = await command();
    if (result !== false && result !== undefined) return result;
    if (!this.usable) throw toMailError({ code: 'NoConnection' });
    throw this.#refusal ?? new MailError('ERR_MAIL_REFUSED', 'the mail server refused a command', { scope: 'folder', retryable: false });
  }

  /** Selects a folder; `fresh` selects it again when it is selected already, which brings its state up to date. */
  async select(folder: string, fresh: 'fresh' | 'as it is' = 'as it is'): Promise<Selected> {
    const { mailbox } = this.client;
    if (fresh === 'as it is' && mailbox !== false && mailbox.path === folder) return this.#selected(mailbox);
    const opened = await this.client.mailboxOpen(folder);
    // Read at once: ImapFlow raises its numbers with what later answers tell.
    const state = this.#selected(opened);
    if (Number.isSafeInteger(opened.uidNext)) return state;
    const uids = await this.search({ all: true });
    return { ...state, uidNext: (uids.at(-1) ?? 0) + 1 };
  }

  #selected(mailbox: MailboxObject): Selected {
    // Some servers tell mod-sequences without having been asked to keep them for us.
    const keeps = this.client.enabled.has('CONDSTORE') && mailbox.noModseq !== true && mailbox.highestModseq !== 0n;
    return {
      validity: mailbox.uidValidity ?? 0n,
      uidNext: mailbox.uidNext,
      exists: mailbox.exists ?? 0,
      modseq: keeps ? mailbox.highestModseq : undefined,
      keywords: { known: mailbox.flags ?? new Set(), permanent: mailbox.permanentFlags },
    };
  }

  /** Uids in the selected folder, ascending. */
  async search(query: {
    readonly all?: true;
    readonly uid?: string;
    readonly deleted?: true;
    readonly header?: Record<string, string>;
  }): Promise<number[]> {
    return this.demand(() => this.client.search({ ...query }, { uid: true }));
  }

  /** Ends the connection with good manners, within two seconds. */
  async end(): Promise<void> {
    const { client } = this;
    const timer = setTimeout(() => client.close(), 2_000);
    await client.logout().catch(() => client.close());
    clearTimeout(timer);
  }
}
