// `application/vnd.packetboat-flags`: flag changes of many mails as one small text. This file is its definition.
//
//   batch = *line                                  UTF-8; no line at all is a batch without changes
//   line  = flags 1*(SP luid) LF
//   flags = ["+" 1*letter] ["-" 1*letter]          at least one; "+" sets, "-" clears what follows
//   letter = r (read) / a (answered: replied) / w (forwarded) / f (flagged) / d (deleted), in this order, each at most once
//   luid  = delta / literal
//   delta = decimal number without leading zeros: the first of a line is the LUID, each further one is added to the LUID before
//   literal = any other LUID, with %XX for bytes 00–20 and 7F, for "%", and for a first digit
//
// Canonical: one line per set of flags, lines in ascending order of `flags`; in a line first the decimal LUIDs (canonical decimal
// numbers up to 2^53−1) ascending, then the literals in ascending order of their bytes; a LUID stands once in a batch.
// A reader refuses everything else, so that equal batches are equal bytes.
import { SyncmlError } from './errors.ts';
import { maxFlagBatchBytes, maxFlagBatchEntries, maxLuidBytes, maxNumber } from './limits.ts';
import type { EmailFlags } from './types.ts';
import { decodeUtf8, encodeUtf8, utf8Length } from './utf8.ts';

/** One mail's change: its LUID and only the flags to set or clear. */
export interface FlagBatchEntry {
  readonly luid: string;
  readonly flags: EmailFlags;
}

const letters: readonly (readonly [string, keyof EmailFlags])[] = [
  ['r', 'read'],
  ['a', 'replied'],
  ['w', 'forwarded'],
  ['f', 'flagged'],
  ['d', 'deleted'],
];

/**
 * The canonical bytes of a batch, whatever the order of the entries. Throws ERR_SYNCML_BAD_VALUE for an entry without flags, an
 * empty, too long or ill-formed LUID, a LUID that stands twice, and too many entries.
 */
export function generateFlagBatch(entries: readonly FlagBatchEntry[]): Uint8Array {
  if (entries.length > maxFlagBatchEntries) bad('too many entries');
  const seen = new Set<string>();
  const lines = new Map<string, string[]>();
  for (const { luid, flags } of entries) {
    checkLuid(luid);
    if (seen.has(luid)) bad('a LUID stands twice');
    seen.add(luid);
    const key = generateFlags(flags);
    const line = lines.get(key);
    if (line) line.push(luid);
    else lines.set(key, [luid]);
  }
  const text = [...lines]
    .toSorted(([a], [b]) => compare(a, b))
    .map(([key, luids]) => `${key}${generateLuids(luids)}\n`)
    .join('');
  const bytes = encodeUtf8(text);
  if (bytes.length > maxFlagBatchBytes) bad('too many bytes');
  return bytes;
}

/** The entries of a batch, in its order. Throws ERR_SYNCML_BAD_VALUE for bytes that `generateFlagBatch` would not have written. */
export function parseFlagBatch(bytes: Uint8Array): FlagBatchEntry[] {
  if (bytes.length > maxFlagBatchBytes) bad('too many bytes');
  const text = decodeUtf8(bytes) ?? bad('no UTF-8');
  if (text !== '' && !text.endsWith('\n')) bad('the last line has no end');
  const entries: FlagBatchEntry[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const [key = '', ...luids] = line.split(' ');
    const flags = parseFlags(key);
    if (entries.length + luids.length > maxFlagBatchEntries) bad('too many entries');
    for (const luid of parseLuids(luids)) entries.push({ luid, flags });
  }
  // One rule for order, repetition and spelling: the bytes must be the ones that we would write.
  const canonical = generateFlagBatch(entries);
  if (canonical.length !== bytes.length || !canonical.every((byte, at) => byte === bytes[at])) bad('not in canonical form');
  return entries;
}

function bad(reason: string): never {
  throw new SyncmlError('ERR_SYNCML_BAD_VALUE', `flag batch: ${reason}`);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function generateFlags(flags: EmailFlags): string {
  const having = (value: boolean): string =>
    letters
      .filter(([, name]) => flags[name] === value)
      .map(([letter]) => letter)
      .join('');
  const set = having(true);
  const cleared = having(false);
  if (set === '' && cleared === '') bad('an entry has no flags');
  return `${set === '' ? '' : `+${set}`}${cleared === '' ? '' : `-${cleared}`}`;
}

function parseFlags(key: string): EmailFlags {
  const match = /^(?:\+([rawfd]+))?(?:-([rawfd]+))?$/.exec(key);
  if (!match || key === '') return bad('a line does not begin with flags');
  const [, set = '', cleared = ''] = match;
  const flags: { -readonly [Name in keyof EmailFlags]: boolean } = {};
  for (const [letter, name] of letters) {
    if (set.includes(letter) && cleared.includes(letter)) bad('a flag is both set and cleared');
    if (set.includes(letter)) flags[name] = true;
    else if (cleared.includes(letter)) flags[name] = false;
  }
  return flags;
}

function checkLuid(luid: string): void {
  if (luid === '' || !luid.isWellFormed()) bad('a LUID is empty or ill-formed');
  if (utf8Length(luid) > maxLuidBytes) bad('a LUID is too long');
}

/** Whether a LUID is written as a number. */
function isDecimal(luid: string): boolean {
  return /^(0|[1-9]\d{0,15})$/.test(luid) && Number(luid) <= maxNumber;
}

function generateLuids(luids: readonly string[]): string {
  let last = 0;
  const deltas = luids
    .filter(isDecimal)
    .map(Number)
    .toSorted((a, b) => a - b)
    .map((value) => {
      const delta = value - last;
      last = value;
      return ` ${delta}`;
    });
  const literals = luids
    .filter((luid) => !isDecimal(luid))
    .map(quote)
    .toSorted(compare);
  return `${deltas.join('')}${literals.map((literal) => ` ${literal}`).join('')}`;
}

function parseLuids(tokens: readonly string[]): string[] {
  if (tokens.length === 0) bad('a line names no mail');
  let last = 0;
  return tokens.map((token) => {
    if (!/^\d/.test(token)) return unquote(token);
    if (!isDecimal(token)) return bad('no delta');
    last += Number(token);
    return last <= maxNumber ? String(last) : bad('a LUID is too large');
  });
}

function quote(luid: string): string {
  return luid.replace(/^\d|[\0-\u0020%\u007F]/g, percent);
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}

function unquote(token: string): string {
  return token.replace(/%([0-9A-F]{2})?/g, (_, hex: string | undefined) =>
    hex === undefined ? bad('a bad % sequence') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
