// A mail as people read it: which text, which attachments (RFC 2046 §5.1, RFC 2183, RFC 2387).
// Our own walk over the structure, not postal-mime's: an attachment's number here must be the section the server serves.
import { lenientText } from './bytes.ts';
import { htmlToText } from './html-to-text.ts';
import { limits } from './limits.ts';
import { mailStructure, partContent, partText, type MailPart } from './structure.ts';
import { summarise, type MailSummary } from './summary.ts';

export interface MailAttachment {
  /** IMAP section number: what a part is asked for by. */
  readonly number: string;
  /** File name, safe to save under; for an attached mail without one, its subject. */
  readonly name?: string;
  readonly type: string;
  /** Decoded bytes that are here; a partly downloaded mail may hold fewer than the whole. */
  readonly size: number;
  /** Shown inside the HTML, by this Content-ID (`cid:`). */
  readonly contentId?: string;
  /** True for a part that the HTML refers to by its Content-ID. */
  readonly inline: boolean;
  /** Decodes the content: a new array, or a view of the mail where nothing is encoded. */
  content(): Uint8Array;
}

export interface ReadableMail {
  readonly summary: MailSummary;
  /** Plain text, LF line ends; undefined if the mail has HTML only (`htmlToText` makes text of it). */
  readonly text?: string;
  /** HTML as it came: not safe to show without sanitising and without blocking remote content. */
  readonly html?: string;
  readonly attachments: readonly MailAttachment[];
}

/** One thing to read: both, if the sender gave alternatives. */
interface Piece {
  text?: string;
  html?: string;
}

/** Reads a mail, whole or partly downloaded. Never throws. */
export function readMail(mail: Uint8Array): ReadableMail {
  const root = mailStructure(mail);
  const attached: MailPart[] = [];
  const pieces = piecesOf(root, attached);
  const html = pieces.some((piece) => piece.html !== undefined)
    ? pieces.map((piece) => piece.html ?? textToHtml(piece.text ?? '')).join('\n')
    : undefined;
  const text = pieces.some((piece) => piece.text !== undefined)
    ? pieces.map((piece) => piece.text ?? `${htmlToText(piece.html ?? '')}\n`).join('\n')
    : undefined;
  const referred = referredIds(html ?? '');
  return {
    summary: summarise(root.header),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    attachments: attached.map((part) => attachment(part, referred)),
  };
}

function piecesOf(part: MailPart, attached: MailPart[]): Piece[] {
  if (part.parts.length === 0) {
    const piece = leafPiece(part);
    // A multipart of which nothing is here (headers only) is no attachment.
    if (piece === undefined && !part.type.startsWith('multipart/')) attached.push(part);
    return piece === undefined ? [] : [piece];
  }
  const inner = part.parts.map((child) => piecesOf(child, attached));
  if (part.type !== 'multipart/alternative') return inner.flat();
  // The first text and the last HTML: senders order alternatives from the plainest to the richest (RFC 2046 §5.1.4).
  const all = inner.flat();
  const text = all.find((piece) => piece.text !== undefined)?.text;
  const html = all.findLast((piece) => piece.html !== undefined)?.html;
  return all.length === 0 ? [] : [{ ...(text !== undefined && { text }), ...(html !== undefined && { html }) }];
}

function leafPiece(part: MailPart): Piece | undefined {
  const isBody = part.disposition !== 'attachment' && part.name === undefined;
  if (isBody && part.type === 'text/plain') return { text: partText(part) };
  // A multipart that could not be taken apart is shown as it is rather than not at all.
  if (part.type.startsWith('multipart/') && part.body.length > 0) return { text: lenientText(part.body.subarray(0, limits.textBytes)) };
  return isBody && part.type === 'text/html' ? { html: partText(part) } : undefined;
}

function textToHtml(text: string): string {
  const escaped = text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);
  return `<div style="white-space: pre-wrap">${escaped}</div>`;
}

/** The Content-IDs that the HTML refers to. */
function referredIds(html: string): ReadonlySet<string> {
  return new Set(Array.from(html.matchAll(/cid:([^\s"'<>)]{1,998})/gi), (found) => decoded(found[1] ?? '')));
}

function decoded(cid: string): string {
  try {
    return decodeURIComponent(cid);
  } catch {
    return cid;
  }
}

function attachment(part: MailPart, referred: ReadonlySet<string>): MailAttachment {
  const subject =
    part.message === undefined
      ? ''
      : summarise(part.message.header)
          .subject.replace(/[/\\]+/g, '_')
          .slice(0, 100);
  const name = part.name ?? (subject === '' ? undefined : `${subject}.eml`);
  return {
    number: part.number,
    ...(name !== undefined && { name }),
    type: part.type,
    size: partContent(part).length,
    ...(part.contentId !== undefined && { contentId: part.contentId }),
    inline: part.contentId !== undefined && referred.has(part.contentId),
    content: () => partContent(part),
  };
}
