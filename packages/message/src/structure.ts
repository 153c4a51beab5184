// The parts of a mail and their IMAP section numbers (RFC 2045, RFC 2046, numbering of RFC 9051 §6.4.5), as views of its bytes.
import { CR, LF, isBlank, utf8Bytes } from './bytes.ts';
import { decodeCharset } from './charset.ts';
import { firstValue, someFields, splitHeader } from './header.ts';
import { limits } from './limits.ts';
import { parseParameterised } from './parameter.ts';
import { decodeBase64, decodeQuotedPrintable } from './transfer.ts';

/** One part. A mail that is no multipart is its own part `1`. */
export interface MailPart {
  /** IMAP section number; '' for a multipart that is the mail itself. The multipart directly inside an attached message has that message's number. */
  readonly number: string;
  /** Media type, lower-case, e.g. `text/plain`. */
  readonly type: string;
  /** Parameters of the Content-Type, names in lower case, values decoded. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Content-Transfer-Encoding, lower-case; `7bit` if none is given. */
  readonly encoding: string;
  /** `attachment`, `inline` or another token, lower-case. */
  readonly disposition?: string;
  /** File name, decoded, without directories and control characters. */
  readonly name?: string;
  /** Content-ID without its angle brackets. */
  readonly contentId?: string;
  /** The part's own header, with its empty line; for the mail itself the mail's header. A view of the mail. */
  readonly header: Uint8Array;
  /** The part's bytes as they travel, still encoded. A view of the mail. */
  readonly body: Uint8Array;
  /** Parts of a multipart; empty for all else. */
  readonly parts: readonly MailPart[];
  /** The mail inside a `message/rfc822` part. */
  readonly message?: MailPart;
}

const mimeFields: ReadonlySet<string> = new Set(['content-type', 'content-transfer-encoding', 'content-disposition', 'content-id']);

interface Walk {
  depth: number;
  /** Parts still allowed, all levels together. */
  left: number;
  /** Bytes still allowed to be searched for boundaries, all levels together. */
  bytes: number;
}

/**
 * The parts of a mail. Never throws. What `limits` cut off, and a multipart without a boundary,
 * is left as one part without parts of its own; a mail that ends early (partly downloaded) has the parts that are there.
 */
export function mailStructure(mail: Uint8Array): MailPart {
  return readPart(mail, 'text/plain', undefined, { depth: 0, left: limits.parts, bytes: limits.scans * mail.length + limits.freeScan });
}

/** `number`: undefined for a whole mail, whose number depends on what it is; `parent`: of the message around it. */
function readPart(bytes: Uint8Array, defaultType: string, number: string | undefined, walk: Walk, parent = ''): MailPart {
  const { header, body } = splitHeader(bytes);
  const fields = someFields(header, mimeFields);
  const { type, parameters } = mediaType(firstValue(fields, 'content-type'), defaultType);
  const encoding = /[\w-]+/.exec((firstValue(fields, 'content-transfer-encoding') ?? '').replace(/\([^()]*\)/g, ''))?.[0];
  const disposition = parseParameterised(firstValue(fields, 'content-disposition') ?? '');
  const name = fileName(disposition.parameters.get('filename') ?? parameters.get('name'));
  const contentId = /<([^<>\s]+)>/.exec(firstValue(fields, 'content-id') ?? '')?.[1];
  const isMultipart = type.startsWith('multipart/') && parameters.get('boundary') !== undefined;
  const own = number ?? (isMultipart ? parent : `${parent === '' ? '' : `${parent}.`}1`);
  const part = { number: own, type, parameters, encoding: (encoding ?? '7bit').toLowerCase(), header, body, parts: [] };
  walk.left -= 1;
  const inner = walk.depth < limits.depth ? innerParts(part, isMultipart, walk) : {};
  return {
    ...part,
    ...(disposition.value !== '' && { disposition: disposition.value }),
    ...(name !== undefined && { name }),
    ...(contentId !== undefined && { contentId }),
    ...inner,
  };
}

function innerParts(part: MailPart, isMultipart: boolean, walk: Walk): { parts?: MailPart[]; message?: MailPart } {
  const found: { parts?: MailPart[]; message?: MailPart } = {};
  walk.depth += 1;
  if (isMultipart && walk.bytes >= part.body.length) {
    walk.bytes -= part.body.length;
    const defaultType = part.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain';
    const prefix = part.number === '' ? '' : `${part.number}.`;
    found.parts = [];
    for (const bytes of splitParts(part.body, part.parameters.get('boundary') ?? '', walk.left)) {
      if (walk.left <= 0) break;
      found.parts.push(readPart(bytes, defaultType, `${prefix}${found.parts.length + 1}`, walk));
    }
  } else if (part.type === 'message/rfc822' && /^(?:7bit|8bit|binary)$/.test(part.encoding) && walk.left > 0) {
    found.message = readPart(part.body, 'text/plain', undefined, walk, part.number);
  }
  walk.depth -= 1;
  return found;
}

function mediaType(value: string | undefined, defaultType: string): { type: string; parameters: ReadonlyMap<string, string> } {
  if (value === undefined) return { type: defaultType, parameters: new Map() };
  const { value: type, parameters } = parseParameterised(value);
  // RFC 2045 §5.2: a value that is none is read as plain text; a multipart that cannot be taken apart likewise, so that it can be read.
  const usable = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) && !(type.startsWith('multipart/') && !parameters.get('boundary'));
  return { type: usable ? type : 'text/plain', parameters };
}

/** The bytes between the boundary lines (RFC 2046 §5.1.1), at most `most`; the line end before a boundary belongs to it. */
function splitParts(body: Uint8Array, boundary: string, most: number): Uint8Array[] {
  const marker = utf8Bytes(`--${boundary}`);
  const found: Uint8Array[] = [];
  let start = -1;
  for (let at = 0; at < body.length && found.length < most;) {
    // Byte by byte: with very short lines, which hostile mail has in every level, a call of indexOf for each costs ten times as much.
    let end = at;
    while (end < body.length && body[end] !== LF) end += 1;
    if (end < body.length) end += 1;
    const kind = body[at] === 0x2d ? boundaryKind(body, at, end, marker) : 'none';
    if (kind !== 'none') {
      if (start >= 0) found.push(body.subarray(start, Math.max(start, beforeLineEnd(body, at))));
      start = end;
      if (kind === 'last') return found;
    }
    at = end;
  }
  if (start >= 0 && found.length < most) found.push(body.subarray(start));
  return found;
}

function boundaryKind(body: Uint8Array, start: number, end: number, marker: Uint8Array): 'none' | 'next' | 'last' {
  if (end - start < marker.length) return 'none';
  for (let i = 0; i < marker.length; i += 1) if (body[start + i] !== marker[i]) return 'none';
  let at = start + marker.length;
  const closes = body[at] === 0x2d && body[at + 1] === 0x2d && at + 2 <= end;
  if (closes) at += 2;
  while (at < end && (isBlank(body[at]) || body[at] === CR || body[at] === LF)) at += 1;
  if (at < end) return 'none';
  return closes ? 'last' : 'next';
}

/** Where the line end before `at` begins. */
function beforeLineEnd(body: Uint8Array, at: number): number {
  if (body[at - 1] !== LF) return at;
  return body[at - 2] === CR ? at - 2 : at - 1;
}

/** A name that is safe to show and to save under: one path segment, no control or direction-changing characters. */
function fileName(name: string | undefined): string | undefined {
  const safe = (name ?? '')
    .replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu, '')
    .replace(/[/\\]+/g, '_')
    .trim();
  const cut = safe.length <= limits.fileName ? safe : shortened(safe);
  return cut === '' || cut === '.' || cut === '..' ? undefined : cut;
}

/** Keeps the ending, which says how to open the file. */
function shortened(name: string): string {
  const ending = /\.[^.]{1,16}$/.exec(name)?.[0] ?? '';
  return `${name.slice(0, limits.fileName - ending.length)}${ending}`.toWellFormed();
}

/** All parts, the given one first, in the order of the mail; attached messages are entered. */
export function* allParts(part: MailPart): Generator<MailPart> {
  yield part;
  for (const inner of part.parts) yield* allParts(inner);
  if (part.message !== undefined) yield* allParts(part.message);
}

/** The part with that IMAP section number, or undefined. */
export function findPart(root: MailPart, number: string): MailPart | undefined {
  for (const part of allParts(root)) if (part.number === number) return part;
  return undefined;
}

/** The decoded bytes of a part. Unknown encodings are left as they are. */
export function partContent(part: MailPart): Uint8Array {
  if (part.parts.length > 0) return part.body;
  if (part.encoding === 'base64') return decodeBase64(part.body);
  return part.encoding === 'quoted-printable' ? decodeQuotedPrintable(part.body) : part.body;
}

/** A text part as a string with LF line ends, at most `limits.textBytes` of it; format=flowed is joined (RFC 3676). */
export function partText(part: MailPart): string {
  const bytes = partContent(part).subarray(0, limits.textBytes);
  const text = decodeCharset(bytes, part.parameters.get('charset')).replace(/\r\n?/g, '\n');
  const flowed = part.parameters.get('format')?.toLowerCase() === 'flowed';
  return flowed ? unflowed(text, part.parameters.get('delsp')?.toLowerCase() === 'yes') : text;
}

/** RFC 3676 §4: a line that ends in a blank goes on in the next one if that has the same quote depth; `-- ` never does. */
function unflowed(text: string, deleteSpace: boolean): string {
  const paragraphs: { depth: number; pieces: string[]; open: boolean }[] = [];
  for (const line of text.split('\n')) {
    const depth = /^>*/.exec(line)?.[0].length ?? 0;
    const content = line.slice(depth).replace(/^ /, '');
    const signature = content === '-- ';
    const flows = content.endsWith(' ') && !signature;
    const last = paragraphs.at(-1);
    const piece = flows && deleteSpace ? content.slice(0, -1) : content;
    if (last?.open === true && last.depth === depth && !signature) {
      last.pieces.push(piece);
      last.open = flows;
    } else {
      paragraphs.push({ depth, pieces: [piece], open: flows });
    }
  }
  return paragraphs.map(({ depth, pieces }) => `${'>'.repeat(depth)}${depth > 0 ? ' ' : ''}${pieces.join('')}`).join('\n');
}
