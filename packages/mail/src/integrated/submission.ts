// Submission between the store's own people, and by way of a relay to everybody else (RFC 6409).
import { MailError } from '../errors.ts';
import type { ByteSource, Envelope, Submission, SubmitResult } from '../port.ts';
import { withBody, type WrittenBody } from './body-writer.ts';
import { deliverIn, type DeliveryResult, NO_RELAYING, NO_SUCH_MAILBOX, tellRecipients } from './delivery.ts';
import { findPerson } from './folders.ts';
import { ownsAddress, routeOf } from './persons.ts';
import { exactly, writtenSource } from './source.ts';
import { guarded, type StoreCore } from './store-core.ts';
import { recallKey, rememberKey } from './submission-keys.ts';

interface Refusal {
  readonly address: string;
  readonly text: string;
}

interface Recipients {
  readonly local: readonly string[];
  readonly outside: readonly string[];
  readonly refused: readonly Refusal[];
}

/** Who submits, and what names the submission, if the sender named it. */
export interface Sender {
  readonly user: string;
  readonly envelope: Envelope;
  readonly key?: string;
}

function refusal(text: string): SubmitResult {
  return { outcome: 'refused', permanent: true, text };
}

/** Divides the recipients; without a relay those outside are refused. */
async function divide(core: StoreCore, to: readonly string[], relayed: boolean): Promise<Recipients> {
  const local: string[] = [];
  const outside: string[] = [];
  const refused: Refusal[] = [];
  for (const address of to) {
    const { kind } = await routeOf(core.db, address);
    if (kind === 'local') local.push(address);
    else if (kind === 'unknown') refused.push({ address, text: NO_SUCH_MAILBOX });
    else if (relayed) outside.push(address);
    else refused.push({ address, text: NO_RELAYING });
  }
  return { local, outside, refused };
}

async function checkEnvelope(core: StoreCore, user: string, envelope: Envelope): Promise<SubmitResult | undefined> {
  if (!(await ownsAddress(core.db, user, envelope.from))) return refusal('the sender address is not yours');
  if (envelope.to.length === 0) return refusal('there is no recipient');
  if (envelope.to.length > core.limits.maxRecipients) return refusal(`a mail may have ${core.limits.maxRecipients} recipients at most`);
  return undefined;
}

function refusalsOf(results: readonly DeliveryResult[]): readonly Refusal[] {
  return results.flatMap((result) => (result.outcome === 'refused' ? [{ address: result.address, text: result.text }] : []));
}

/** What the relay refused, of the recipients that it was given. */
function outsideRefusals(relayed: SubmitResult | undefined, outside: readonly string[]): readonly Refusal[] {
  if (relayed?.outcome === 'accepted') return relayed.refusedRecipients;
  if (relayed?.outcome === 'refused') return outside.map((address) => ({ address, text: relayed.text }));
  return [];
}

/** Delivers here and keeps the key, both or neither. `relayed` is what the relay answered, if it was asked. */
async function settle(
  core: StoreCore,
  sender: Sender,
  parts: Recipients & { readonly relayed: SubmitResult | undefined },
  body: WrittenBody,
): Promise<SubmitResult> {
  const submitted = core.now();
  const { relayed } = parts;
  const { results, answer } = await core.db.transaction().execute(async (trx) => {
    const person = await findPerson(trx, sender.user);
    // Asked again here: the same submission may have been made at the same time.
    const remembered = await recallKey(trx, person, sender.key);
    if (remembered?.state === 'done') return { results: [], answer: remembered.answer };
    const delivered = remembered === undefined ? await deliverIn(trx, parts.local, body, submitted) : [];
    const refused = [...parts.refused, ...outsideRefusals(relayed, parts.outside), ...refusalsOf(delivered)];
    const [first] = refused;
    if (first !== undefined && refused.length === sender.envelope.to.length) return { results: delivered, answer: refusal(first.text) };
    if (relayed?.outcome === 'unknown') {
      if (parts.local.length > 0) await rememberKey(trx, { person, key: sender.key }, undefined, submitted);
      return { results: delivered, answer: relayed };
    }
    const accepted = { outcome: 'accepted', text: relayed?.text ?? 'delivered', refusedRecipients: refused } as const;
    await rememberKey(trx, { person, key: sender.key }, accepted, submitted);
    return { results: delivered, answer: accepted };
  });
  tellRecipients(core, results);
  return answer;
}

/** The answer that was given to this submission before, if it was accepted. */
async function repeated(core: StoreCore, { user, key }: Sender): Promise<SubmitResult | undefined> {
  if (key === undefined) return undefined;
  const remembered = await recallKey(core.db, await findPerson(core.db, user), key);
  return remembered?.state === 'done' ? remembered.answer : undefined;
}

/**
 * Submits a mail that has been received. The relay is asked first: when it says "later", nothing has happened here yet, so the
 * same submission can be made again and nobody gets the mail twice.
 */
export async function submitBody(core: StoreCore, relay: Submission | undefined, sender: Sender, body: WrittenBody): Promise<SubmitResult> {
  const wrong = await checkEnvelope(core, sender.user, sender.envelope);
  if (wrong !== undefined) return wrong;
  const recipients = await divide(core, sender.envelope.to, relay !== undefined);
  let relayed: SubmitResult | undefined;
  if (relay !== undefined && recipients.outside.length > 0) {
    const envelope = { from: sender.envelope.from, to: recipients.outside };
    relayed = await relay.submit(envelope, writtenSource(core.db, core.pins, body), sender.key);
    if (relayed.outcome === 'refused' && !relayed.permanent) return relayed;
  }
  return settle(core, sender, { ...recipients, relayed }, body);
}

/** One person's way to send. The bytes are delivered as they are, with no line added. */
export class IntegratedSubmission implements Submission {
  readonly filesSentCopy = false;
  /** Without a relay always; with one as far as the relay does. */
  readonly remembersKeys: boolean;
  readonly #core: StoreCore;
  readonly #user: string;
  readonly #relay: Submission | undefined;

  constructor(core: StoreCore, user: string, relay: Submission | undefined) {
    this.#core = core;
    this.#user = user;
    this.#relay = relay;
    this.remembersKeys = relay === undefined || relay.remembersKeys === true;
  }

  submit(envelope: Envelope, mail: ByteSource, key?: string): Promise<SubmitResult> {
    const sender: Sender = key === undefined ? { user: this.#user, envelope } : { user: this.#user, envelope, key };
    return guarded(async () => {
      // Asked before the bytes are, so that a repeat costs nothing.
      const before = await repeated(this.#core, sender);
      if (before !== undefined) return before;
      try {
        return await withBody(this.#core, exactly(mail), (body) => submitBody(this.#core, this.#relay, sender, body));
      } catch (error) {
        if (error instanceof MailError && error.code === 'ERR_MAIL_LIMIT') return refusal(error.message);
        throw error;
      }
    });
  }

  async close(): Promise<void> {
    // Nothing is open between two submissions; the relay belongs to who made it.
  }
}
