// Where a header ends and what fields it has (RFC 5322 §2.2, §4.5), as it is, byte for byte, however broken.
import { CR, LF, isBlank, lenientText } from './bytes.ts';
import { limits } from './limits.ts';

/** One header field. All fields of a header, in order, are the header without its empty line. */
export interface HeaderField {
  /** As written; '' for a line that is no field (no colon, mbox `From ` line). */
  readonly name: string;
  /** The whole field: name, folded lines, line end. A view of the header, not a copy. */
  readonly raw: Uint8Array;
  /** Unfolded, white space around it removed; UTF-8, else windows-1252; encoded words are left as they are. */
  readonly value: string;
}

/** A field's place in its header; `colon` is -1 for a line that is no field. */
export interface FieldRange {
  readonly name: string;
  readonly start: number;
  readonly colon: number;
  readonly end: number;
}

/**
 * Cuts a mail behind the empty line that ends its header. `header` has that line; both are views of `mail`, and one
 * after the other they are `mail`. Without an empty line everything is header; if the first line is no field, nothing is.
 */
export function splitHeader(mail: Uint8Array): { header: Uint8Array; body: Uint8Array } {
  const end = headerEnd(mail);
  return { header: mail.subarray(0, end), body: mail.subarray(end) };
}

function headerEnd(mail: Uint8Array): number {
  let start = 0;
  while (start < mail.length) {
    const end = lineEnd(mail, start);
    if (isEmptyLine(mail, start, end)) return end;
    if (start === 0 && colonOf(mail, 0, end) < 0 && !isMboxLine(mail)) return 0;
    start = end;
  }
  return mail.length;
}

/** The fields of a header, in order. Never throws. `header` may or may not have its empty line; reading stops there. */
export function headerFields(header: Uint8Array): HeaderField[] {
  return fieldRanges(header).map((range) => fieldAt(header, range));
}

/** Only the fields with these names (lower-case): the values of the others, most of a header, are not decoded. */
export function someFields(header: Uint8Array, names: ReadonlySet<string>): HeaderField[] {
  return fieldRanges(header)
    .filter((range) => names.has(range.name.toLowerCase()))
    .map((range) => fieldAt(header, range));
}

function fieldAt(header: Uint8Array, range: FieldRange): HeaderField {
  return { name: range.name, raw: header.subarray(range.start, range.end), value: fieldValue(header, range) };
}

/** Where the fields are, without decoding them. After `limits.fields` fields the rest is one range without a name. */
export function fieldRanges(header: Uint8Array): FieldRange[] {
  const ranges: FieldRange[] = [];
  let start = 0;
  while (start < header.length) {
    let end = lineEnd(header, start);
    if (isEmptyLine(header, start, end)) break;
    if (ranges.length === limits.fields) {
      ranges.push({ name: '', start, colon: -1, end: lastFieldEnd(header, start) });
      break;
    }
    while (end < header.length && isBlank(header[end])) end = lineEnd(header, end);
    const colon = colonOf(header, start, end);
    ranges.push({ name: colon < 0 ? '' : nameOf(header, start, colon), start, colon, end });
    start = end;
  }
  return ranges;
}

/** The unfolded value of a field, at most `limits.fieldBytes` of it. */
function fieldValue(header: Uint8Array, range: FieldRange): string {
  const from = range.colon < 0 ? range.start : range.colon + 1;
  return lenientText(header.subarray(from, Math.min(range.end, from + limits.fieldBytes)))
    .replace(/\r?\n(?=[ \t])/g, '')
    .replace(/[\r\n]+/g, ' ')
    .replace(/^[ \t]+/, '')
    .trimEnd();
}

/** All fields of one name (any case), in order. */
export function fieldsNamed(fields: readonly HeaderField[], name: string): HeaderField[] {
  const wanted = name.toLowerCase();
  return fields.filter((field) => field.name.toLowerCase() === wanted);
}

/** The value of the first field of that name. Where a field is doubled, the first one counts, here and everywhere. */
export function firstValue(fields: readonly HeaderField[], name: string): string | undefined {
  const wanted = name.toLowerCase();
  return fields.find((field) => field.name.toLowerCase() === wanted)?.value;
}

/** Index behind the line that begins at `start`. */
function lineEnd(bytes: Uint8Array, start: number): number {
  const at = bytes.indexOf(LF, start);
  return at < 0 ? bytes.length : at + 1;
}

function isEmptyLine(bytes: Uint8Array, start: number, end: number): boolean {
  return bytes[end - 1] === LF && (end - start === 1 || (end - start === 2 && bytes[start] === CR));
}

function lastFieldEnd(header: Uint8Array, from: number): number {
  let start = from;
  while (start < header.length) {
    const end = lineEnd(header, start);
    if (isEmptyLine(header, start, end)) return start;
    start = end;
  }
  return header.length;
}

/** The colon behind a field name of printable ASCII; blanks before it are allowed (RFC 5322 §4.5.8). -1 if the line is no field. */
function colonOf(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isNameByte(bytes[at] ?? 0)) at += 1;
  if (at === start) return -1;
  while (at < end && isBlank(bytes[at])) at += 1;
  return bytes[at] === 0x3a && at < end ? at : -1;
}

function isNameByte(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f && byte !== 0x3a;
}

function nameOf(bytes: Uint8Array, start: number, colon: number): string {
  return lenientText(bytes.subarray(start, colon)).trimEnd();
}

/** `From someone date` or the same behind `>`: what mbox files leave before the header. */
function isMboxLine(mail: Uint8Array): boolean {
  return /^>?From /.test(String.fromCharCode(...mail.subarray(0, 6)));
}
