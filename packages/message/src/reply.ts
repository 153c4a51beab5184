// Answering a mail: recipients, subject, thread (RFC 5322 §3.6.2, §3.6.4) and the quoted text.
import { addressKey, formatAddress, isAddress, parseAddresses, type Address } from './address.ts';
import { formatDate } from './date.ts';
import type { MailDraft } from './draft.ts';
import { shortReferences, summarise, type MailSummary } from './summary.ts';

export interface ReplyOptions {
  /** Also to everybody the mail went to. */
  readonly all?: boolean;
  /** The answering person's addresses, `address` or `Name <address>`, at least one. The one the mail was sent to writes, else the first. */
  readonly self: readonly string[];
  readonly text: string;
  /** ms since 1970. */
  readonly date: number;
  /** With angle brackets. */
  readonly messageId: string;
  /** Text of the original, as it is: it is quoted below `text`, with a line that says who wrote it. */
  readonly quote?: string;
}

/**
 * The draft of an answer to `original` (a mail or its header). It goes to Reply-To, else From; an answer to one's own mail
 * goes to whom that went. Oneself and doubles are left out, as are addresses that no mail can be sent to; `to` may be empty.
 */
export function replyTo(original: Uint8Array, options: ReplyOptions): MailDraft {
  const summary = summarise(original);
  const self = options.self.flatMap((entry) => parseAddresses(entry));
  const { to, cc } = recipients(summary, self, options.all === true);
  const quoted = options.quote === undefined ? '' : `\n\n${quoteText(options.quote, attributionLine(summary))}`;
  const id = usableId(summary.messageId);
  const before = summary.references.length > 0 ? summary.references : [summary.inReplyTo ?? ''];
  const references = [...before, id ?? ''].filter((each) => usableId(each) !== undefined);
  return {
    from: writer(summary, self),
    to,
    ...(cc.length > 0 && { cc }),
    subject: replySubject(summary.subject),
    text: `${options.text}${quoted}`,
    date: options.date,
    messageId: options.messageId,
    ...(id !== undefined && { inReplyTo: id }),
    ...(references.length > 0 && { references: shortReferences(references) }),
  };
}

function recipients(summary: MailSummary, self: readonly Address[], all: boolean): { to: Address[]; cc: Address[] } {
  const own = new Set(self.map((entry) => addressKey(entry.address)));
  const isOwn = (entry: Address): boolean => own.has(addressKey(entry.address));
  const author = summary.replyTo.some((entry) => isAddress(entry.address)) ? summary.replyTo : summary.from;
  // An answer to one's own mail carries on with the people it was for.
  const wroteIt = author.length > 0 && author.every((entry) => isOwn(entry));
  const first = wroteIt ? summary.to : author;
  const seen = new Set(own);
  const to = distinct(first, seen);
  const cc = all ? distinct(wroteIt ? summary.cc : [...summary.to, ...summary.cc], seen) : [];
  // A note to oneself is answered to oneself.
  return { to: to.length === 0 && cc.length === 0 && wroteIt ? distinct(author, new Set()) : to, cc };
}

/** Those not seen yet that mail can be sent to. */
function distinct(list: readonly Address[], seen: Set<string>): Address[] {
  return list.filter((entry) => {
    const key = addressKey(entry.address);
    if (seen.has(key) || !isAddress(entry.address)) return false;
    seen.add(key);
    return true;
  });
}

function writer(summary: MailSummary, self: readonly Address[]): Address {
  const addressed = new Set([...summary.to, ...summary.cc, ...summary.from].map((entry) => addressKey(entry.address)));
  return self.find((entry) => addressed.has(addressKey(entry.address))) ?? self[0] ?? { address: '' };
}

/** `Re: ` once, in place of any number of them and of the German and Swedish ones (AW, SV). */
export function replySubject(subject: string): string {
  return `Re: ${subject.replace(/^(?:\s*(?:re|aw|sv|antw)\s?(?:\[\d{1,3}\])?:)+/i, '').trim()}`.trim();
}

function usableId(id: string | undefined): string | undefined {
  return id !== undefined && /^<[!-;=?-~]{1,900}>$/.test(id) ? id : undefined;
}

function attributionLine(summary: MailSummary): string {
  const [author] = summary.from;
  const who = author === undefined ? 'somebody' : formatAddress(author);
  return summary.date === undefined ? `${who} wrote:` : `On ${formatDate(summary.date)}, ${who} wrote:`;
}

/** The text with `> ` before each line, below `attribution` (left out if empty). LF line ends; empty lines at the end go. */
export function quoteText(text: string, attribution: string): string {
  const lines = text.replace(/\r\n?/g, '\n').trimEnd().split('\n');
  const quoted = lines.map((line) => (line === '' || line.startsWith('>') ? `>${line}` : `> ${line}`)).join('\n');
  return attribution === '' ? `${quoted}\n` : `${attribution}\n${quoted}\n`;
}
