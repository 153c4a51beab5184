// The status of a mail in letters and words.
import { Flag, flagBits, type FlagSet, type MailView } from '@packetboat/client';

/** All five by name, for programs. */
export function flagObject(flags: FlagSet): Readonly<Record<string, boolean>> {
  return Object.fromEntries(flagBits.map(([name, bit]) => [name, (flags & bit) !== 0]));
}

/** Four columns: N unread, R replied or F forwarded, ! flagged, then > waiting to be sent or x refused. */
export function flagLetters({ flags, sendError, unsent }: MailView): string {
  const has = (bit: FlagSet): boolean => (flags & bit) !== 0;
  const answered = has(Flag.Replied) ? 'R' : has(Flag.Forwarded) ? 'F' : ' ';
  const waiting = sendError !== null ? 'x' : unsent === 'no' ? ' ' : '>';
  return `${has(Flag.Read) ? ' ' : 'N'}${answered}${has(Flag.Flagged) ? '!' : ' '}${waiting}`;
}

export function flagWords(flags: FlagSet): string {
  const words = flagBits.filter(([name, bit]) => name !== 'read' && (flags & bit) !== 0).map(([name]) => name);
  return [(flags & Flag.Read) === 0 ? 'unread' : 'read', ...words].join(', ');
}
