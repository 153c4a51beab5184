// Flags as the mail port names them, and as the bits that an item row holds. \Draft is no fact of an item.
import { flagBits, type FlagSet } from '@packetboat/datasync';
import type { MailFlags } from '@packetboat/mail';

export function flagSetOf(flags: Partial<MailFlags>): FlagSet {
  let bits = 0;
  for (const [name, bit] of flagBits) if (flags[name] === true) bits |= bit;
  return bits;
}

/** The change that sets some bits and clears others, as the mail port takes it. */
export function flagChange(set: FlagSet, clear: FlagSet): Partial<MailFlags> {
  const out: { -readonly [K in keyof MailFlags]?: boolean } = {};
  for (const [name, bit] of flagBits) {
    if ((set & bit) !== 0) out[name] = true;
    else if ((clear & bit) !== 0) out[name] = false;
  }
  return out;
}
