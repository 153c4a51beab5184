// The mail that a person writes, before it is bytes. Dates, ids and names are all given: nothing here asks a clock or dice.
import type { Address } from './address.ts';

export interface DraftAttachment {
  readonly name?: string;
  /** Media type; anything that is none becomes `application/octet-stream`. */
  readonly type?: string;
  readonly content: Uint8Array;
  /** For a picture that the HTML shows by `cid:`; without angle brackets. */
  readonly contentId?: string;
}

export interface MailDraft {
  readonly from: Address;
  /** Only where somebody else than `from` sends. */
  readonly sender?: Address;
  readonly replyTo?: readonly Address[];
  readonly to: readonly Address[];
  readonly cc?: readonly Address[];
  readonly bcc?: readonly Address[];
  readonly subject: string;
  /** Plain text, any line ends. */
  readonly text: string;
  readonly html?: string;
  readonly attachments?: readonly DraftAttachment[];
  /** With angle brackets. */
  readonly inReplyTo?: string;
  /** With angle brackets, oldest first. */
  readonly references?: readonly string[];
  /** ms since 1970. */
  readonly date: number;
  /** With angle brackets; unique, made by the caller (`<random@domain>`). */
  readonly messageId: string;
  /** Further fields, written in this order; none that the composer writes itself. */
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
}
