// The port's flags as IMAP system flags and keywords (RFC 9051 §2.3.2, RFC 5788).
import type { MailFlags } from '../port.ts';
import type { FolderKeywords } from './connection.ts';

const SYSTEM_FLAGS = [
  ['read', '\\Seen'],
  ['replied', '\\Answered'],
  ['flagged', '\\Flagged'],
  ['deleted', '\\Deleted'],
  ['draft', '\\Draft'],
] as const satisfies readonly (readonly [keyof MailFlags, string])[];

const FORWARDED = '$Forwarded';
/** What some servers and older clients use for it. */
const OLD_FORWARDED = 'Forwarded';

export function readFlags(flags: ReadonlySet<string> | undefined): MailFlags {
  const lower = new Set([...(flags ?? [])].map((flag) => flag.toLowerCase()));
  return {
    read: lower.has('\\seen'),
    replied: lower.has('\\answered'),
    forwarded: lower.has('$forwarded') || lower.has('forwarded'),
    flagged: lower.has('\\flagged'),
    deleted: lower.has('\\deleted'),
    draft: lower.has('\\draft'),
  };
}

const BITS = ['read', 'replied', 'forwarded', 'flagged', 'deleted', 'draft'] as const satisfies readonly (keyof MailFlags)[];

/** All six flags in a number below 64. */
export function flagBits(flags: MailFlags): number {
  return BITS.reduce((bits, name, index) => (flags[name] ? bits | (1 << index) : bits), 0);
}

export function bitFlags(bits: number): MailFlags {
  const [read, replied, forwarded, flagged, deleted, draft] = BITS.map((_, index) => (bits & (1 << index)) !== 0);
  return {
    read: read === true,
    replied: replied === true,
    forwarded: forwarded === true,
    flagged: flagged === true,
    deleted: deleted === true,
    draft: draft === true,
  };
}

/**
 * What to add and what to take away in a folder. `forwarded` is the keyword $Forwarded, or Forwarded where the folder keeps only that;
 * a folder that keeps neither and makes no new keywords (PERMANENTFLAGS without \*) does not keep `forwarded` at all.
 */
export function flagCommands(flags: Partial<MailFlags>, folder: FolderKeywords): { readonly add: string[]; readonly remove: string[] } {
  const add: string[] = [];
  const remove: string[] = [];
  for (const [name, flag] of SYSTEM_FLAGS) {
    if (flags[name] === true && keeps(folder, flag)) add.push(flag);
    if (flags[name] === false) remove.push(flag);
  }
  if (flags.forwarded === true) add.push(...[FORWARDED, OLD_FORWARDED].filter((flag) => keeps(folder, flag)).slice(0, 1));
  if (flags.forwarded === false) remove.push(...[FORWARDED, OLD_FORWARDED].filter((flag) => knows(folder, flag)));
  return { add, remove };
}

function keeps({ permanent }: FolderKeywords, flag: string): boolean {
  return permanent === undefined || permanent.has('\\*') || hasFlag(permanent, flag);
}

/** Taking away a keyword that a folder does not know could make the keyword. */
function knows({ known, permanent }: FolderKeywords, flag: string): boolean {
  return hasFlag(known, flag) || (permanent !== undefined && hasFlag(permanent, flag)) || flag === FORWARDED;
}

function hasFlag(flags: ReadonlySet<string>, flag: string): boolean {
  return [...flags].some((each) => each.toLowerCase() === flag.toLowerCase());
}
