// Submission between the store's own people, and by way of a relay to everybody else (RFC 6409).
import { MailError } from '../errors.ts';
import type { ByteSource, Envelope, Submission, SubmitResult } from '../port.ts';
import { withBody, type WrittenBody } from './body-writer.ts';
import { deliverBody, NO_RELAYING, NO_SUCH_MAILBOX } from './delivery.ts';
import { ownsAddress, routeOf } from './persons.ts';
import { exactly, writtenSource } from './source.ts';
import { guarded, type StoreCore } from './store-core.ts';

interface Refusal {
  readonly address: string;
  readonly text: string;
}

interface Recipients {
  readonly local: readonly string[];
  readonly outside: readonly string[];
  readonly refused: readonly Refusal[];
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

/**
 * Submits a mail that has been received. The relay is asked first: when it says "later" or does not answer, nothing has
 * happened here yet, so the same submission can be made again and nobody gets the mail twice.
 */
export async function submitBody(
  core: StoreCore,
  relay: Submission | undefined,
  sender: { readonly user: string; readonly envelope: Envelope },
  body: WrittenBody,
): Promise<SubmitResult> {
  const { user, envelope } = sender;
  const wrong = await checkEnvelope(core, user, envelope);
  if (wrong !== undefined) return wrong;
  const { local, outside, refused } = await divide(core, envelope.to, relay !== undefined);
  const refusals = [...refused];
  let relayed: SubmitResult | undefined;
  if (relay !== undefined && outside.length > 0) {
    relayed = await relay.submit({ from: envelope.from, to: outside }, writtenSource(core.db, core.pins, body));
    if (relayed.outcome === 'refused' && !relayed.permanent) return relayed;
    if (relayed.outcome === 'accepted') refusals.push(...relayed.refusedRecipients);
    if (relayed.outcome === 'refused') for (const address of outside) refusals.push({ address, text: relayed.text });
  }
  if (local.length > 0) {
    for (const result of await deliverBody(core, { from: envelope.from, to: local }, body)) {
      if (result.outcome === 'refused') refusals.push({ address: result.address, text: result.text });
    }
  }
  if (relayed?.outcome === 'unknown') return relayed;
  const [first] = refusals;
  if (first !== undefined && refusals.length === envelope.to.length) return refusal(first.text);
  return { outcome: 'accepted', text: relayed?.text ?? 'delivered', refusedRecipients: refusals };
}

/** One person's way to send. The bytes are delivered as they are, with no line added. */
export class IntegratedSubmission implements Submission {
  readonly filesSentCopy = false;
  readonly #core: StoreCore;
  readonly #user: string;
  readonly #relay: Submission | undefined;

  constructor(core: StoreCore, user: string, relay: Submission | undefined) {
    this.#core = core;
    this.#user = user;
    this.#relay = relay;
  }

  submit(envelope: Envelope, mail: ByteSource): Promise<SubmitResult> {
    const sender = { user: this.#user, envelope };
    return guarded(async () => {
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
