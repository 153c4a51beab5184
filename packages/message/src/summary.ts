// What a list of mails shows and a reply needs, from a header alone (RFC 5322 §3.6, RFC 2047).
import { parseAddresses, type Address } from './address.ts';
import { oneLine } from './bytes.ts';
import { parseDate } from './date.ts';
import { decodeText } from './encoded-word.ts';
import { fieldsNamed, firstValue, someFields, splitHeader, type HeaderField } from './header.ts';
import { limits } from './limits.ts';

/** All texts are decoded and on one line. Message-IDs keep their angle brackets. */
export interface MailSummary {
  readonly messageId?: string;
  /** Date field, ms since 1970; missing when it names no time. */
  readonly date?: number;
  readonly from: readonly Address[];
  readonly sender?: Address;
  readonly replyTo: readonly Address[];
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly subject: string;
  readonly inReplyTo?: string;
  /** Oldest first. */
  readonly references: readonly string[];
}

const shown: ReadonlySet<string> = new Set('message-id date from sender reply-to to cc subject in-reply-to references'.split(' '));

/** Reads a header (a whole mail will do). Never throws: what is missing is missing, what is malformed is shown as it is. */
export function summarise(header: Uint8Array): MailSummary {
  const fields = someFields(splitHeader(header).header, shown);
  const messageId = ownId(firstValue(fields, 'message-id') ?? '');
  const date = parseDate(firstValue(fields, 'date') ?? '');
  const sender = addresses(fields, 'sender')[0];
  const inReplyTo = messageIds(firstValue(fields, 'in-reply-to') ?? '')[0];
  return {
    ...(messageId !== undefined && { messageId }),
    ...(date !== undefined && { date }),
    from: addresses(fields, 'from'),
    ...(sender !== undefined && { sender }),
    replyTo: addresses(fields, 'reply-to'),
    to: addresses(fields, 'to'),
    cc: addresses(fields, 'cc'),
    subject: decodeText(firstValue(fields, 'subject') ?? ''),
    ...(inReplyTo !== undefined && { inReplyTo }),
    references: shortReferences(messageIds(firstValue(fields, 'references') ?? '')),
  };
}

/** Doubled To and Cc fields are against RFC 5322 §3.6 and common: all of them count. */
function addresses(fields: readonly HeaderField[], name: string): Address[] {
  return fieldsNamed(fields, name).flatMap((field) => parseAddresses(field.value));
}

/** The Message-IDs in a value: what stands in angle brackets, without white space. */
function messageIds(value: string): string[] {
  return (value.match(/<[^<>]{1,998}>/g) ?? []).map(withoutSpace).filter((id) => id !== '<>');
}

/** A mail's own id. Senders that forget the brackets still mean it: then it is the whole value. */
export function ownId(value: string): string | undefined {
  const id = messageIds(value)[0] ?? withoutSpace(value);
  return id === '' || id === '<>' ? undefined : id;
}

function withoutSpace(text: string): string {
  return oneLine(text).replace(/\s+/g, '');
}

/** The thread's first mail and its newest ones, at most `limits.references`. */
export function shortReferences(ids: readonly string[]): string[] {
  if (ids.length <= limits.references) return [...ids];
  return [...ids.slice(0, 1), ...ids.slice(1 - limits.references)];
}
