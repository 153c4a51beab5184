// A decoded document as lines for people: one element a line, what it holds behind it or below it.
import { number } from '../client/report.ts';
import { safeText } from '../terminal/safe-text.ts';
import type { DecodedDocument, DecodedElement, DecodedPiece } from './document.ts';

/** Longest text shown whole; mails are cut, since a tree is read for its shape. */
const longestText = 2_000;
const bytesShown = 48;

export interface LinesOptions {
  /** Shows long texts whole. */
  readonly full: boolean;
}

export function documentLines(document: DecodedDocument, options: LinesOptions, indent = ''): readonly string[] {
  const head = `${indent}${document.type === 'XML' ? '' : `${document.type} in `}${document.encoding}, ${number(document.bytes)} bytes`;
  return [head, ...elementLines(document.root, options, `${indent}  `)];
}

function elementLines(element: DecodedElement, options: LinesOptions, indent: string): readonly string[] {
  const attributes = Object.entries(element.attributes ?? {}).map(([name, value]) => ` ${name}=${quoted(value, options)}`);
  const start = `${indent}${safeText(element.name)}${attributes.join('')}`;
  const [only, ...others] = element.content;
  if (only === undefined) return [start];
  const single = others.length === 0 ? inline(only, options) : undefined;
  if (single !== undefined) return [`${start} ${single}`];
  return [start, ...element.content.flatMap((piece) => pieceLines(piece, options, `${indent}  `))];
}

function pieceLines(piece: DecodedPiece, options: LinesOptions, indent: string): readonly string[] {
  if ('name' in piece) return elementLines(piece, options, indent);
  if ('document' in piece) return documentLines(piece.document, options, indent);
  const text = 'text' in piece ? quoted(piece.text, options) : (inline(piece, options) ?? '');
  return text.split('\n').map((line) => `${indent}${line}`);
}

/** What fits behind the name of its element; undefined for what needs lines of its own. */
function inline(piece: DecodedPiece, options: LinesOptions): string | undefined {
  if ('masked' in piece) return `(log-in of ${piece.masked} bytes; --secrets shows it)`;
  if ('base64' in piece) {
    const bytes = Buffer.from(piece.base64, 'base64');
    const shown = options.full ? bytes : bytes.subarray(0, bytesShown);
    return `${number(piece.bytes)} bytes ${shown.toString('hex').replace(/(..)(?=.)/g, '$1 ')}${shown.length < bytes.length ? ' …' : ''}`;
  }
  if (!('text' in piece)) return undefined;
  if (/[\n\r]/.test(piece.text.trimEnd())) return undefined;
  return piece.note === undefined ? quoted(piece.text, options) : `${quoted(piece.text, options)}  (${piece.note})`;
}

function quoted(text: string, { full }: LinesOptions): string {
  const shown = full ? text : text.slice(0, longestText);
  return `"${safeText(shown)}"${shown.length < text.length ? ` … (${number(text.length)} characters)` : ''}`;
}

/** Offset, sixteen bytes, and those of them that are ASCII. */
export function hexLines(bytes: Uint8Array): readonly string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    const hex = Array.from(row, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${ascii}`);
  }
  return lines;
}
