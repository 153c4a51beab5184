// The flags of a mail as bits of one number.
import type { MailFlags } from '../port.ts';

const bits = { read: 1, replied: 2, forwarded: 4, flagged: 8, deleted: 16, draft: 32 } as const satisfies Record<keyof MailFlags, number>;
const names = ['read', 'replied', 'forwarded', 'flagged', 'deleted', 'draft'] as const satisfies readonly (keyof MailFlags)[];
const ALL = 63;

export function flagsOf(value: number): MailFlags {
  const has = (bit: number): boolean => (value & bit) !== 0;
  return {
    read: has(bits.read),
    replied: has(bits.replied),
    forwarded: has(bits.forwarded),
    flagged: has(bits.flagged),
    deleted: has(bits.deleted),
    draft: has(bits.draft),
  };
}

/** A change as two masks: new value = (old | set) & keep. */
export function flagMasks(flags: Partial<MailFlags>): { readonly set: number; readonly keep: number } {
  let set = 0;
  let keep = ALL;
  for (const name of names) {
    if (flags[name] === true) set |= bits[name];
    if (flags[name] === false) keep &= ~bits[name];
  }
  return { set, keep };
}
