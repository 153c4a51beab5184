// A mail that a device wants sent, made fit to leave (the answer to `ServerNeeds.prepareSend`; RFC 6409 §8).
import { randomUUID } from 'node:crypto';
import type { ServerNeeds } from '@packetboat/datasync';
import { sanitiseOutgoing } from '@packetboat/message';

/** Who sends. */
export interface Sender {
  readonly address: string;
  /** Addresses that this account may write as. */
  readonly identities: readonly string[];
}

/** The mail as it will be submitted and filed, with its envelope; or why it is not sent, in words for its writer. */
export function prepareOutgoing(sender: Sender, mail: Uint8Array, now: number): ServerNeeds['prepareSend']['answer'] {
  const domain = sender.address.slice(sender.address.lastIndexOf('@') + 1);
  const rules = { identities: sender.identities, defaultFrom: sender.address, messageId: `<${randomUUID()}@${domain}>`, date: now };
  const prepared = sanitiseOutgoing(mail, rules);
  if ('refused' in prepared) return { ok: false, text: prepared.refused };
  return { ok: true, mail: prepared.mail, envelope: prepared.envelope, messageId: prepared.messageId };
}
