// From a draft to a mail: RFC 5322 header, MIME body (RFC 2045–2047, 2231), CRLF line ends, 7-bit, lines of 78 wherever words allow.
// Written by us: the browser-safe composers there are write encoded words of any length, do not fold, take line breaks in values,
// and ask for a clock and random numbers.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { addressWords } from './address.ts';
import { concatBytes, utf8Bytes } from './bytes.ts';
import { formatDate } from './date.ts';
import type { DraftAttachment, MailDraft } from './draft.ts';
import { unstructuredWords } from './encoded-word.ts';
import { MessageError } from './errors.ts';
import { parameterWords, refuseLineBreaks, writeField } from './field-writer.ts';
import { shortReferences } from './summary.ts';
import { encodeBase64, encodeQuotedPrintable } from './transfer.ts';

/** A part ready to be joined: header fields without the empty line, and the encoded body. */
interface Entity {
  readonly header: string;
  readonly body: readonly Uint8Array[];
}

const reserved =
  /^(?:from|sender|reply-to|to|cc|bcc|subject|date|message-id|in-reply-to|references|mime-version|content-.*|return-path|received)$/i;

/**
 * Writes the mail. Bcc is left out unless `keepBcc` (drafts, and mail on its way to the gateway that reads the envelope from it).
 * The same draft gives the same bytes. Throws `MessageError`: line breaks in header values, addresses, ids and names that
 * cannot be written. All of it is 7-bit, except an attached mail that is not (RFC 2046 §5.2.1 allows no encoding there).
 */
export function composeMail(draft: MailDraft, options: { readonly keepBcc?: boolean } = {}): Uint8Array {
  const header = draftHeader(draft, options.keepBcc === true);
  const entity = contentEntity(draft);
  return concatBytes([utf8Bytes(`${header}MIME-Version: 1.0\r\n${entity.header}\r\n`), ...entity.body]);
}

function draftHeader(draft: MailDraft, keepBcc: boolean): string {
  refuseLineBreaks('Subject', draft.subject);
  const lists = [
    ['From', [draft.from]],
    ['Sender', draft.sender === undefined ? [] : [draft.sender]],
    ['Reply-To', draft.replyTo ?? []],
    ['To', draft.to],
    ['Cc', draft.cc ?? []],
    ['Bcc', keepBcc ? (draft.bcc ?? []) : []],
  ] as const;
  let header = writeField('Date', formatDate(draft.date).split(' '));
  for (const [name, list] of lists) {
    refuseLineBreaks(name, ...list.flatMap((entry) => [entry.name, entry.address]));
    if (list.length > 0) header += writeField(name, addressWords(list, name));
  }
  header += writeField('Subject', unstructuredWords(draft.subject));
  header += writeField('Message-ID', [checkedId(draft.messageId, 'Message-ID')]);
  if (draft.inReplyTo !== undefined) header += writeField('In-Reply-To', [checkedId(draft.inReplyTo, 'In-Reply-To')]);
  const references = shortReferences(draft.references ?? []).map((value) => checkedId(value, 'References'));
  if (references.length > 0) header += writeField('References', references);
  for (const { name, value } of draft.headers ?? []) header += extraField(name, value);
  return header;
}

function extraField(name: string, value: string): string {
  if (!/^[!-9;-~]{1,76}$/.test(name) || reserved.test(name)) {
    throw new MessageError('ERR_MESSAGE_HEADER_NAME', 'headers: a field with this name cannot be added');
  }
  refuseLineBreaks(name, value);
  return writeField(name, unstructuredWords(value));
}

function checkedId(id: string, field: string): string {
  refuseLineBreaks(field, id);
  if (!/^<[!-;=?-~]{1,900}>$/.test(id)) throw new MessageError('ERR_MESSAGE_ID', `${field}: not of the form <left@right>`);
  return id;
}

/** text; text and HTML (alternative); HTML with its pictures (related); all that with attachments (mixed). */
function contentEntity(draft: MailDraft): Entity {
  const attachments = draft.attachments ?? [];
  const shown = draft.html === undefined ? [] : attachments.filter((each) => each.contentId !== undefined);
  const attached = attachments.filter((each) => !shown.includes(each));
  let entity = textEntity('plain', draft.text);
  if (draft.html !== undefined) {
    let html = textEntity('html', draft.html);
    if (shown.length > 0) html = multipart(draft, 'related', [html, ...shown.map((each) => attachmentEntity(each, 'inline'))]);
    entity = multipart(draft, 'alternative', [entity, html]);
  }
  if (attached.length === 0) return entity;
  return multipart(draft, 'mixed', [entity, ...attached.map((each) => attachmentEntity(each, 'attachment'))]);
}

function textEntity(subtype: 'plain' | 'html', text: string): Entity {
  const lines = text.toWellFormed().replace(/\r\n?|\n/g, '\r\n');
  const whole = lines === '' || lines.endsWith('\r\n') ? lines : `${lines}\r\n`;
  const { encoding, body } = encodedText(whole);
  const header = writeField('Content-Type', [`text/${subtype};`, 'charset=utf-8']) + writeField('Content-Transfer-Encoding', [encoding]);
  return { header, body: [body] };
}

function encodedText(text: string): { encoding: string; body: Uint8Array } {
  const bytes = utf8Bytes(text);
  // `=_` begins our boundaries; `From ` and a lone dot have been changed on the way (mbox, SMTP); a blank at the end of a line has been cut.
  const plain = /^[\t\r\n -~]*$/.test(text) && !/[^\r\n]{77}|^From |^\.|[ \t]$|=_/m.test(text);
  if (plain) return { encoding: '7bit', body: bytes };
  const quoted = encodeQuotedPrintable(bytes);
  // Base64 hides from compression what repeats, so it must be clearly shorter.
  if (quoted.length <= bytes.length * 1.75) return { encoding: 'quoted-printable', body: utf8Bytes(quoted) };
  return { encoding: 'base64', body: encodeBase64(bytes, 76) };
}

function attachmentEntity(attachment: DraftAttachment, disposition: 'inline' | 'attachment'): Entity {
  const { name, contentId, content } = attachment;
  refuseLineBreaks('attachment', name, attachment.type, contentId);
  const isMail = attachment.type?.toLowerCase() === 'message/rfc822' && isTransportable(content);
  const type = safeType(attachment.type, isMail);
  const named = name === undefined || name === '' ? [] : parameterWords('filename', name);
  let header = writeField('Content-Type', [type]);
  header += writeField('Content-Transfer-Encoding', [isMail ? (content.some((byte) => byte > 127) ? '8bit' : '7bit') : 'base64']);
  header += writeField('Content-Disposition', named.length === 0 ? [disposition] : [`${disposition};`, ...named]);
  if (contentId !== undefined) header += writeField('Content-ID', [checkedId(`<${contentId}>`, 'Content-ID')]);
  return { header, body: [isMail ? content : encodeBase64(content, 76)] };
}

function safeType(type: string | undefined, isMail: boolean): string {
  const usable = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,60}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}$/i.test(type ?? '');
  const composite = /^(?:multipart|message)\//i.test(type ?? '');
  return usable && (isMail || !composite) ? (type ?? '') : 'application/octet-stream';
}

/** Whether bytes can travel unencoded: CRLF line ends only, lines of at most 998 bytes, no NUL. */
function isTransportable(content: Uint8Array): boolean {
  let length = 0;
  for (let at = 0; at < content.length; at += 1) {
    const byte = content[at];
    if (byte === 0 || (byte === 10 && content[at - 1] !== 13) || (byte === 13 && content[at + 1] !== 10)) return false;
    length = byte === 10 ? 0 : length + 1;
    if (length > 999) return false;
  }
  return true;
}

function multipart(draft: MailDraft, subtype: 'alternative' | 'related' | 'mixed', parts: readonly Entity[]): Entity {
  const boundary = freeBoundary(`${draft.messageId} ${subtype}`, parts);
  const body = parts.flatMap((part) => [utf8Bytes(`--${boundary}\r\n${part.header}\r\n`), ...part.body, utf8Bytes('\r\n')]);
  return {
    header: writeField('Content-Type', [`multipart/${subtype};`, `boundary="${boundary}"`]),
    body: [...body, utf8Bytes(`--${boundary}--\r\n`)],
  };
}

/** A boundary that stands in none of the parts. `=_` never comes out of our encodings; attached mails are searched. */
function freeBoundary(seed: string, parts: readonly Entity[]): string {
  const ascii = new TextDecoder('windows-1252');
  for (let attempt = 0; ; attempt += 1) {
    const boundary = `=_${bytesToHex(sha256(utf8Bytes(`${seed} ${attempt}`))).slice(0, 24)}`;
    const taken = parts.some((part) => part.body.some((piece) => piece.includes(0x5f) && ascii.decode(piece).includes(boundary)));
    if (!taken) return boundary;
  }
}
