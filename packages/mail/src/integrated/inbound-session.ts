// What our people's mail has to pass on its way in by SMTP (RFC 5321, RFC 6409) and LMTP (RFC 2033): who may send, to whom,
// how much. "250" is said when the mail is on the disk.
import type {
  SMTPServerAddress,
  SMTPServerAuthentication,
  SMTPServerAuthenticationResponse,
  SMTPServerDataStream,
  SMTPServerSession,
} from 'smtp-server';
import { MailError } from '../errors.ts';
import { addressKey } from './address.ts';
import type { DeliveryResult } from './delivery.ts';
import { NO_RELAYING, NO_SUCH_MAILBOX } from './delivery.ts';
import { AUTH_ATTEMPTS } from './limits.ts';
import type { IntegratedStore } from './store.ts';
import type { IntegratedLog } from './store-core.ts';
import { submittedMail } from './submitted.ts';
import { traceHeader } from './trace.ts';

/** Whether the password is right. `later`: there were too many wrong ones from `remote` (an IP address), this one was not looked at. */
export type PasswordCheck = (user: string, password: string, remote: string) => Promise<boolean | 'later'>;

/** A reply other than "250". The library sends `responseCode` and the message. */
export type Reply = Error & { readonly responseCode: number };

export function reply(responseCode: number, text: string): Reply {
  return Object.assign(new Error(text), { responseCode });
}

export interface InboundRules {
  readonly store: IntegratedStore;
  readonly protocol: 'smtp' | 'lmtp';
  /** Absent: nobody can log in. */
  readonly auth?: PasswordCheck;
  /** Largest mail in bytes, as announced. */
  readonly maxSize: number;
  readonly hostname: string;
  readonly traceHeaders: boolean;
  readonly now: () => number;
  readonly log: IntegratedLog;
}

/** What one connection has said so far. */
interface Said {
  readonly recipients: string[];
  /** Whether a recipient is somewhere else. */
  goesOut: boolean;
  wrongPasswords: number;
}

/** The bytes of DATA. One that grows too large is still read to its end, since the reply has its place only there; then this throws. */
async function* dataBytes(stream: SMTPServerDataStream, maxSize: number): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0;
  const chunks: AsyncIterable<Uint8Array> = stream.iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size <= maxSize) yield chunk;
  }
  // The library announces SIZE and takes any number of bytes.
  if (size > maxSize || stream.sizeExceeded) {
    throw new MailError('ERR_MAIL_LIMIT', `a mail may have ${maxSize} bytes at most`, { scope: 'message', retryable: false });
  }
}

export class InboundSessions {
  readonly #rules: InboundRules;
  readonly #said = new WeakMap<SMTPServerSession, Said>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(rules: InboundRules) {
    this.#rules = rules;
  }

  /** Resolves when no mail is on its way any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }

  /** The user name when the password is right, else the reply. */
  async logIn(auth: SMTPServerAuthentication, session: SMTPServerSession): Promise<SMTPServerAuthenticationResponse> {
    const { auth: check, log } = this.#rules;
    const user = auth.username ?? '';
    const wrong = { responseCode: 535, message: 'user name or password is wrong' };
    // One person does not act for another (RFC 4616 §2, authorization identity).
    const actsForAnother = auth.authzid !== undefined && auth.authzid !== '' && auth.authzid !== user;
    if (check === undefined || actsForAnother) return wrong;
    const verdict = await check(user, auth.password ?? '', session.remoteAddress);
    if (verdict === 'later') return { responseCode: 454, message: 'too many wrong passwords, try again later' };
    if (verdict) return { user };
    const said = this.#saidIn(session);
    said.wrongPasswords++;
    log.warn({ remote: session.remoteAddress }, 'a log-in for submission was refused');
    return said.wrongPasswords < AUTH_ATTEMPTS ? wrong : { responseCode: 421, message: 'too many wrong passwords' };
  }

  /** Undefined when the sender may send. */
  async mailFrom(sender: SMTPServerAddress, session: SMTPServerSession): Promise<Reply | undefined> {
    const said = this.#saidIn(session);
    said.recipients.length = 0;
    said.goesOut = false;
    // What stands in Return-Path must not end its line, nor its brackets.
    if (sender.address !== '' && addressKey(sender.address) === undefined) return reply(553, 'the sender address is not a mail address');
    const user = userOf(session);
    if (user === undefined) return undefined;
    const owns = await this.#rules.store.owns(user, sender.address);
    return owns ? undefined : reply(553, 'the sender address is not yours');
  }

  /** Undefined when mail for the recipient is taken. */
  async recipient(address: string, session: SMTPServerSession): Promise<Reply | undefined> {
    const { store, protocol } = this.#rules;
    const route = await store.route(address);
    if (route.kind === 'unknown') return reply(550, NO_SUCH_MAILBOX);
    const maySendOut = protocol === 'smtp' && store.relays && userOf(session) !== undefined;
    if (route.kind === 'foreign' && !maySendOut) return reply(550, NO_RELAYING);
    // The library drops a repeated recipient, but LMTP has a reply for each RCPT that was accepted (RFC 2033 §4.2): we count them.
    const said = this.#saidIn(session);
    if (said.recipients.length >= store.limits.maxRecipients) return reply(452, 'too many recipients');
    said.recipients.push(address);
    if (route.kind === 'foreign') said.goesOut = true;
    return undefined;
  }

  /** Takes the mail. One reply for SMTP; for LMTP one for each recipient, in their order. Undefined is "250". */
  data(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<readonly (Reply | undefined)[]> {
    const work = this.#receive(stream, session);
    this.#running.add(work);
    return work.finally(() => this.#running.delete(work));
  }

  async #receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<readonly (Reply | undefined)[]> {
    const { protocol, log } = this.#rules;
    const to = [...this.#saidIn(session).recipients];
    const remote = session.remoteAddress;
    try {
      const replies = await this.#store(stream, session, to);
      const refused = replies.filter((each) => each !== undefined).length;
      log.info({ protocol, remote, recipients: to.length, refused }, 'a mail was received');
      return replies;
    } catch (error) {
      const answer = replyTo(error);
      if (answer.responseCode === 451) log.error({ protocol, remote, err: error }, 'a mail could not be received');
      // What the client still sends of this mail is read away before it gets the reply.
      stream.resume();
      return protocol === 'lmtp' ? to.map(() => answer) : [answer];
    }
  }

  async #store(stream: SMTPServerDataStream, session: SMTPServerSession, to: readonly string[]): Promise<readonly (Reply | undefined)[]> {
    const { store, protocol, maxSize } = this.#rules;
    const from = session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address;
    const arriving = dataBytes(stream, maxSize);
    const user = userOf(session);
    if (protocol === 'smtp' && user !== undefined) return [await this.#submit(arriving, session, user, { from, to })];
    const bytes = this.#traced(arriving, session, from);
    const results = await store.deliverStream({ from, to }, bytes);
    return protocol === 'lmtp' ? results.map(refusalOf) : [soleReply(results)];
  }

  async #submit(
    arriving: AsyncIterable<Uint8Array>,
    session: SMTPServerSession,
    user: string,
    envelope: { readonly from: string; readonly to: readonly string[] },
  ): Promise<Reply | undefined> {
    const { store, now } = this.#rules;
    const mail = await submittedMail(arriving, {
      identities: await store.addresses(user),
      to: envelope.to,
      maxHeaderBytes: store.limits.maxHeaderBytes,
      now: now(),
    });
    if ('refused' in mail) {
      // It has its reply when all of it has come.
      for await (const _piece of arriving);
      return reply(554, mail.refused);
    }
    const result = await store.submitStream(user, envelope, this.#traced(mail.bytes, session, envelope.from));
    if (result.outcome === 'accepted') return undefined;
    return reply(result.outcome === 'refused' && result.permanent ? 554 : 451, result.text);
  }

  async *#traced(bytes: AsyncIterable<Uint8Array>, session: SMTPServerSession, from: string): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#rules.traceHeaders) {
      yield traceHeader({
        returnPath: this.#saidIn(session).goesOut ? undefined : from,
        helo: session.hostNameAppearsAs,
        remoteAddress: session.remoteAddress,
        hostname: this.#rules.hostname,
        protocol: session.transmissionType,
        id: session.id,
        time: this.#rules.now(),
      });
    }
    yield* bytes;
  }

  #saidIn(session: SMTPServerSession): Said {
    const said = this.#said.get(session) ?? { recipients: [], goesOut: false, wrongPasswords: 0 };
    this.#said.set(session, said);
    return said;
  }
}

/** Who has logged in, if anybody. */
function userOf(session: SMTPServerSession): string | undefined {
  const user: unknown = session.user;
  return typeof user === 'string' ? user : undefined;
}

function refusalOf(result: DeliveryResult): Reply | undefined {
  return result.outcome === 'refused' ? reply(550, result.text) : undefined;
}

/** SMTP has one reply for all: the mail is ours once somebody has it. A person who went between RCPT and DATA gets none. */
function soleReply(results: readonly DeliveryResult[]): Reply | undefined {
  return results.some((result) => result.outcome === 'delivered') ? undefined : reply(550, NO_SUCH_MAILBOX);
}

/** Faults as replies; no internal text travels. */
export function replyTo(error: unknown): Reply {
  if (error instanceof MailError && error.code === 'ERR_MAIL_LIMIT') return reply(552, error.message);
  if (error instanceof MailError && error.code === 'ERR_MAIL_QUOTA') return reply(452, 'there is no room for the mail now');
  return reply(451, 'the mail could not be stored, try again later');
}
