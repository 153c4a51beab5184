// The status of a mail as a small set of bits: how the session, the map and the stores hold it.
import type { EmailFlags } from '@packetboat/syncml';

/** Bits of `FlagSet`; `Deleted` is IMAP's \Deleted. */
export const Flag = { Read: 1, Replied: 2, Forwarded: 4, Flagged: 8, Deleted: 16 } as const;

/** A sum of `Flag` bits. */
export type FlagSet = number;

/** A field of an email object, and how the mail port calls it too. */
export type FlagName = 'read' | 'replied' | 'forwarded' | 'flagged' | 'deleted';

/** Every field with its bit. */
export const flagBits: readonly (readonly [FlagName, FlagSet])[] = [
  ['read', Flag.Read],
  ['replied', Flag.Replied],
  ['forwarded', Flag.Forwarded],
  ['flagged', Flag.Flagged],
  ['deleted', Flag.Deleted],
];

/** Which fields an email object names, and their values; a field that it does not name is in neither sum. */
export function flagFields(flags: EmailFlags): { readonly named: FlagSet; readonly set: FlagSet } {
  let named = 0;
  let set = 0;
  for (const [name, bit] of flagBits) {
    const value = flags[name];
    if (value !== undefined) named |= bit;
    if (value === true) set |= bit;
  }
  return { named, set };
}

/** The fields of `which` (all five by default) as an email object names them. */
export function emailFlags(flags: FlagSet, which: FlagSet = 31): EmailFlags {
  const out: { -readonly [K in keyof EmailFlags]: EmailFlags[K] } = {};
  for (const [name, bit] of flagBits) if ((which & bit) !== 0) out[name] = (flags & bit) !== 0;
  return out;
}

/**
 * Three-way merge, field by field: only a field in which `theirs` differs from `base` is intent and changes `ours`.
 * `named` limits it to the fields that the device spoke of.
 */
export function mergeFlags(base: FlagSet, theirs: FlagSet, named: FlagSet, ours: FlagSet): FlagSet {
  const intent = (base ^ theirs) & named;
  return (ours & ~intent) | (theirs & intent);
}
