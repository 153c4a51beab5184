// From what a person writes to a mail: who it is from, when, and its Message-ID.
import { composeMail, isAddress, parseAddresses, type Address, type DraftAttachment, type MailDraft } from '@packetboat/message';
import { hex } from './bytes.ts';
import { ClientError } from './errors.ts';
import type { ClientSettings } from './settings.ts';

export interface Draft {
  /** Addresses as people write them: `anna@example.org`, `Anna <anna@example.org>`, several with commas. */
  readonly to: readonly string[];
  readonly cc?: readonly string[];
  readonly bcc?: readonly string[];
  readonly subject: string;
  /** Plain text, any line ends. */
  readonly text: string;
  readonly html?: string;
  readonly attachments?: readonly DraftAttachment[];
}

export interface Stamp {
  /** ms since 1970. */
  readonly now: number;
  readonly random: (bytes: number) => Uint8Array;
}

/** The sender as it stands in From. */
export function ownAddress(settings: ClientSettings): Address {
  if (!isAddress(settings.address)) {
    throw new ClientError('ERR_CLIENT_ADDRESS', `"${settings.address}" is no address to send from: set "address" in the settings`);
  }
  return settings.name === '' ? { address: settings.address } : { name: settings.name, address: settings.address };
}

/** The stamp's random bytes in angle brackets, in the sender's domain. */
export function newMessageId(settings: ClientSettings, stamp: Stamp): string {
  const domain = settings.address.slice(settings.address.lastIndexOf('@') + 1);
  return `<${hex(stamp.random(16))}@${domain}>`;
}

/** The mail with its Bcc: the server reads the envelope from it and takes it out. */
export function mailOf(draft: Draft, settings: ClientSettings, stamp: Stamp): Uint8Array {
  const [to, cc, bcc] = [addresses('To', draft.to), addresses('Cc', draft.cc ?? []), addresses('Bcc', draft.bcc ?? [])];
  const { attachments, html, subject, text } = draft;
  return compose({
    from: ownAddress(settings),
    to,
    ...(cc.length > 0 && { cc }),
    ...(bcc.length > 0 && { bcc }),
    subject,
    text,
    ...(html !== undefined && { html }),
    ...(attachments !== undefined && { attachments }),
    date: stamp.now,
    messageId: newMessageId(settings, stamp),
  });
}

/** Throws ERR_CLIENT_NO_RECIPIENT, and `MessageError` for what cannot be written. */
export function compose(draft: MailDraft): Uint8Array {
  if (draft.to.length + (draft.cc?.length ?? 0) + (draft.bcc?.length ?? 0) === 0) {
    throw new ClientError('ERR_CLIENT_NO_RECIPIENT', 'the mail has nobody to go to: name at least one address');
  }
  return composeMail(draft, { keepBcc: true });
}

function addresses(field: string, entries: readonly string[]): readonly Address[] {
  return entries.flatMap((entry) => {
    const found = parseAddresses(entry);
    const bad = found.find((each) => !isAddress(each.address));
    if (bad !== undefined || (found.length === 0 && entry.trim() !== '')) {
      throw new ClientError('ERR_CLIENT_ADDRESS', `${field}: "${entry}" is no address that mail can be sent to`);
    }
    return found;
  });
}
