// Submission by SMTP (RFC 6409, 5321): one connection a mail, the mail streamed, and every end told apart.
import { once } from 'node:events';
import { Readable } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import SMTPConnection, { type SMTPConnectionSendInfo } from 'nodemailer/lib/smtp-connection';
import { MailError } from '../errors.ts';
import { checkSecurity, type LinkSecurity, type MailLogEntry } from '../link-security.ts';
import type { ByteSource, Envelope, Submission, SubmitResult } from '../port.ts';
import { cleanText, linkResult, loginResult, refusals, sendResult, asFault } from './result.ts';

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** Ports: 465 for `tls`, 587 for `starttls`. */
  readonly security: LinkSecurity;
  /** Allows `none` to another host than loopback: for a link that something else protects. */
  readonly allowInsecure?: boolean;
  /** Undefined: no log-in, for a server that takes mail from this machine. */
  readonly login?: { readonly user: string; readonly password: string };
  /** For instance `ca`, `servername`, `minVersion`. */
  readonly tls?: ConnectionOptions;
  /** Name said in EHLO; default: the machine's. */
  readonly name?: string;
  /** Whether the server files a copy of what is sent. Default: true for Gmail, else false. */
  readonly filesSentCopy?: boolean;
  readonly log?: (entry: MailLogEntry) => void;
  readonly timeouts?: SmtpTimeouts;
}

export interface SmtpTimeouts {
  /** Ms for DNS, TCP and TLS. Default 20,000. */
  readonly connect?: number;
  /** Ms for the greeting. Default 30,000. */
  readonly greeting?: number;
  /** Ms without a byte while an answer is due. Default 600,000: RFC 5321 §4.5.3.2.6 gives a server ten minutes after the final dot. */
  readonly answer?: number;
}

/**
 * A way to send through a submission server. `submit` throws MailError ERR_MAIL_AUTH when the log-in is refused; everything else is
 * told in its result. When there is no connection, or it breaks before the final dot, the mail is `refused`, not permanently.
 * The mail goes as it is, with lone CR and LF made into CRLF; 8-bit content is announced (8BITMIME), an address beyond ASCII too (SMTPUTF8).
 * `key` has no meaning to SMTP and is not remembered.
 * @throws RangeError when the options would send the password in clear text over a network
 */
export function createSmtpSubmission(options: SmtpOptions): Submission {
  checkSecurity(options);
  return new SmtpSubmission(options);
}

class SmtpSubmission implements Submission {
  readonly filesSentCopy: boolean;
  readonly #options: SmtpOptions;
  readonly #open = new Set<SMTPConnection>();
  #closed = false;

  constructor(options: SmtpOptions) {
    this.#options = options;
    this.filesSentCopy = options.filesSentCopy ?? /(^|\.)(gmail|googlemail)\.com$/i.test(options.host);
  }

  async submit(envelope: Envelope, mail: ByteSource): Promise<SubmitResult> {
    if (this.#closed) throw new MailError('ERR_MAIL_CONNECTION', 'this submission was closed', { scope: 'account', retryable: false });
    const connection = new SMTPConnection(connectionOptions(this.#options));
    this.#open.add(connection);
    // The calls in flight tell it too.
    connection.on('error', () => {});
    try {
      const result = await this.#session(connection, envelope, mail);
      this.#options.log?.({ level: 'info', event: `submission ${result.outcome}`, host: this.#options.host });
      return result;
    } finally {
      connection.close();
      this.#open.delete(connection);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#open) connection.close();
  }

  async #session(connection: SMTPConnection, envelope: Envelope, mail: ByteSource): Promise<SubmitResult> {
    try {
      await connected(connection);
    } catch (error) {
      return linkResult(asFault(error), false);
    }
    const { login } = this.#options;
    if (login !== undefined) {
      try {
        await loggedIn(connection, login);
      } catch (error) {
        return loginResult(error);
      }
    }
    return send(connection, envelope, mail);
  }
}

function connectionOptions({ host, port, security, tls, name, timeouts }: SmtpOptions): SMTPConnection.Options {
  return {
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(tls === undefined ? {} : { tls }),
    ...(name === undefined ? {} : { name }),
    allowInternalNetworkInterfaces: true,
    logger: false,
    connectionTimeout: timeouts?.connect ?? 20_000,
    dnsTimeout: timeouts?.connect ?? 20_000,
    greetingTimeout: timeouts?.greeting ?? 30_000,
    socketTimeout: timeouts?.answer ?? 600_000,
  };
}

/** Rejects also when the connection fails without the library's calling back. */
async function settled<T>(
  connection: SMTPConnection,
  start: (done: (error: Error | null | undefined, value?: T) => void) => void,
): Promise<T | undefined> {
  const over = new AbortController();
  const lost = once(connection, 'end', { signal: over.signal }).then(
    () => {
      throw Object.assign(new Error('connection closed'), { code: 'ECONNECTION' });
    },
    (error: unknown) => {
      if (!over.signal.aborted) throw error;
      return undefined;
    },
  );
  const answer = new Promise<T | undefined>((resolve, reject) => {
    start((error, value) => {
      if (error === null || error === undefined) resolve(value);
      else reject(error);
    });
  });
  try {
    return await Promise.race([answer, lost]);
  } finally {
    over.abort();
  }
}

async function connected(connection: SMTPConnection): Promise<void> {
  await settled<void>(connection, (done) => connection.connect((error) => done(error)));
}

async function loggedIn(connection: SMTPConnection, { user, password }: { user: string; password: string }): Promise<void> {
  await settled(connection, (done) => connection.login({ credentials: { user, pass: password } }, done));
}

async function send(connection: SMTPConnection, { from, to }: Envelope, mail: ByteSource): Promise<SubmitResult> {
  const state: { handedOver: boolean; fault?: { readonly error: unknown } } = { handedOver: false };
  const bytes = Readable.from(watched(mail, state), { objectMode: false });
  bytes.on('error', () => {});
  try {
    const envelope = { from, to: [...to], size: mail.size, use8BitMime: true };
    const info = await settled<SMTPConnectionSendInfo>(connection, (done) => connection.send(envelope, bytes, done));
    connection.quit();
    const refused = refusals(info?.rejectedErrors).map(({ address, text }) => ({ address, text }));
    return { outcome: 'accepted', text: cleanText(info?.response), refusedRecipients: refused };
  } catch (error) {
    // Our own source failed, so no final dot was sent.
    if (state.fault !== undefined) throw state.fault.error;
    return sendResult(error, state.handedOver);
  } finally {
    bytes.destroy();
  }
}

/** The bytes of the mail; a source that does not keep its size fails before the final dot is sent. */
async function* watched(mail: ByteSource, state: { handedOver: boolean; fault?: { readonly error: unknown } }): AsyncIterable<Uint8Array> {
  let size = 0;
  try {
    for await (const piece of mail.open()) {
      size += piece.length;
      yield piece;
    }
    if (size !== mail.size) throw new RangeError('the byte source does not give as many bytes as its size');
  } catch (error) {
    state.fault = { error };
    throw error;
  }
  state.handedOver = true;
}
