// The last look at a mail before it leaves (RFC 6409 §8): who it says it is from, who gets it, and nothing in it that was meant for us.
import { addressKey, addressWords, isAddress, parseAddresses, wireAddress, type Address } from './address.ts';
import { CR, LF, concatBytes, utf8Bytes } from './bytes.ts';
import { formatDate, parseDate } from './date.ts';
import { refuseLineBreaks, writeField } from './field-writer.ts';
import { fieldsNamed, headerFields, splitHeader, type HeaderField } from './header.ts';
import { limits } from './limits.ts';
import { ownId } from './summary.ts';

export interface OutgoingRules {
  /** Addresses this account may write as. */
  readonly identities: readonly string[];
  /** The From value of a mail without one; an identity too. */
  readonly defaultFrom: string;
  /** For a mail without Message-ID; with angle brackets. */
  readonly messageId: string;
  /** For a mail without a Date that can be read; ms since 1970. */
  readonly date: number;
  /** Who gets it, where an envelope says so; then the header may name anybody or nobody. */
  readonly recipients?: readonly string[];
}

export interface OutgoingMail {
  readonly mail: Uint8Array;
  /** For SMTP: Sender, else the first From; everybody in To, Cc and Bcc once, or the recipients given. */
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** The mail's own, or the one given to it. */
  readonly messageId: string;
}

/** Why a mail is not sent, in words for its writer, without content of the mail. */
export interface RefusedMail {
  readonly refused: string;
}

/** Fields that say who writes. They are written anew from what was read, so that nobody downstream can read another name out of them. */
const authors = new Set(['from', 'sender', 'resent-from', 'resent-sender']);
/** Bcc is secret; Return-Path belongs to the receiving side (RFC 5321 §4.4). */
const removed = new Set(['bcc', 'resent-bcc', 'return-path']);
/** RFC 5322 §3.6: at most one of each. A doubled one would let two readers see two mails. */
const single = ['From', 'Sender', 'Reply-To', 'Date', 'Message-ID', 'Subject', 'Resent-From', 'Resent-Sender'];

/**
 * Makes a mail fit to be submitted, or says why it is not. The body's bytes are untouched; in the header Bcc, Return-Path and
 * `X-Packetboat-*` go, From and Sender are written anew, Date, Message-ID and From are added where missing, line ends
 * become CRLF. Everything else is kept byte for byte, 8-bit bytes included. Never throws for anything in the mail.
 */
export function sanitiseOutgoing(mail: Uint8Array, rules: OutgoingRules): OutgoingMail | RefusedMail {
  const { header, body } = splitHeader(mail);
  const fields = headerFields(header);
  const from = fieldAddresses(fields, 'from')[0] ?? parseAddresses(rules.defaultFrom)[0];
  const to = rules.recipients ?? recipients(fields);
  const refused =
    structureFault(header, fields) ??
    authorFault(fields, from, rules.identities) ??
    (rules.recipients === undefined ? recipientFault(fields, to) : undefined);
  if (refused !== undefined || from === undefined) return { refused: refused ?? 'From: there is no address to send as' };
  const sender = fieldAddresses(fields, 'sender')[0] ?? from;
  const ownMessageId = ownId(fieldsNamed(fields, 'message-id')[0]?.value ?? '');
  const messageId = ownMessageId ?? rules.messageId;
  const kept = fields.flatMap((field) => outgoingField(field, ownMessageId !== undefined));
  return {
    mail: concatBytes([...kept, utf8Bytes(missingFields(fields, rules, ownMessageId)), utf8Bytes('\r\n'), body]),
    envelope: { from: wireAddress(sender.address, 'From'), to: to.map((address) => wireAddress(address, 'To')) },
    messageId,
  };
}

function fieldAddresses(fields: readonly HeaderField[], name: string): Address[] {
  return fieldsNamed(fields, name)
    .flatMap((field) => parseAddresses(field.value))
    .filter((entry) => entry.address !== '');
}

function structureFault(header: Uint8Array, fields: readonly HeaderField[]): string | undefined {
  if (header.length > limits.outgoingHeaderBytes) return 'the header is too long';
  if (fields.some((field) => field.name === '')) return 'the header has a line that is no header field';
  if (fields.some((field) => field.raw.length > limits.fieldBytes)) return 'a header field is too long';
  if (header.includes(0)) return 'the header holds a NUL byte';
  for (let at = header.indexOf(CR); at >= 0; at = header.indexOf(CR, at + 1)) {
    if (header[at + 1] !== LF) return 'the header holds a CR that ends no line';
  }
  const doubled = single.find((name) => fieldsNamed(fields, name).length > 1);
  return doubled === undefined ? undefined : `the header has more than one ${doubled} field`;
}

function authorFault(fields: readonly HeaderField[], from: Address | undefined, identities: readonly string[]): string | undefined {
  const allowed = new Set(identities.map((address) => addressKey(address)));
  const isAllowed = (entry: Address): boolean => allowed.has(addressKey(entry.address)) && isWireAddress(entry.address);
  if (from === undefined || !isAllowed(from)) return 'From: this account may not send as that address';
  for (const name of authors) {
    if (!fieldAddresses(fields, name).every(isAllowed))
      return `${fieldsNamed(fields, name)[0]?.name ?? name}: this account may not send as that address`;
  }
  return fieldAddresses(fields, 'sender').length > 1 ? 'Sender: there must be one address' : undefined;
}

function recipients(fields: readonly HeaderField[]): string[] {
  const seen = new Set<string>();
  return ['to', 'cc', 'bcc']
    .flatMap((name) => fieldAddresses(fields, name))
    .filter((entry) => {
      const key = addressKey(entry.address);
      return !seen.has(key) && seen.add(key);
    })
    .map(({ address }) => address);
}

function recipientFault(fields: readonly HeaderField[], to: readonly string[]): string | undefined {
  if (to.length === 0) return 'there is no recipient: To, Cc and Bcc are empty';
  if (to.length > limits.recipients) return `there are more than ${limits.recipients} recipients`;
  for (const name of ['To', 'Cc', 'Bcc']) {
    const parsed = fieldsNamed(fields, name).flatMap((field) => parseAddresses(field.value));
    const wrong = parsed.findIndex((entry) => !isWireAddress(entry.address));
    if (wrong >= 0) return `${name}: recipient ${wrong + 1} is not a mail address`;
  }
  return undefined;
}

function isWireAddress(address: string): boolean {
  try {
    return isAddress(wireAddress(address, ''));
  } catch {
    return false;
  }
}

/** What becomes of one field: nothing, itself, or itself written anew. */
function outgoingField(field: HeaderField, keepsId: boolean): Uint8Array[] {
  const name = field.name.toLowerCase();
  if (removed.has(name) || name.startsWith('x-packetboat-')) return [];
  if (name === 'message-id' && !keepsId) return [];
  if (name === 'date' && parseDate(field.value) === undefined) return [];
  if (!authors.has(name)) return [withCrlf(field.raw)];
  const list = parseAddresses(field.value).filter((entry) => entry.address !== '');
  return list.length === 0 ? [] : [utf8Bytes(writeField(field.name, addressWords(list, field.name)))];
}

function missingFields(fields: readonly HeaderField[], rules: OutgoingRules, ownMessageId: string | undefined): string {
  const date = fieldsNamed(fields, 'date')[0]?.value ?? '';
  refuseLineBreaks('Message-ID', rules.messageId);
  let added = '';
  if (fieldAddresses(fields, 'from').length === 0) added += writeField('From', addressWords(parseAddresses(rules.defaultFrom), 'From'));
  if (parseDate(date) === undefined) added += writeField('Date', formatDate(rules.date).split(' '));
  if (ownMessageId === undefined) added += writeField('Message-ID', [rules.messageId]);
  return added;
}

/** The field with CRLF line ends, the last one included. */
function withCrlf(raw: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  const crlf = Uint8Array.of(CR, LF);
  for (let start = 0; start < raw.length;) {
    const feed = raw.indexOf(LF, start);
    const end = feed < 0 ? raw.length : feed;
    pieces.push(raw.subarray(start, feed > start && raw[feed - 1] === CR ? feed - 1 : end), crlf);
    start = end + 1;
  }
  return concatBytes(pieces);
}
