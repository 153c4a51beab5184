// The status of a mail in letters and words.
import { Flag, type FlagSet, type MailView } from '@packetboat/client';

const names = [
  ['read', Flag.Read],
  ['replied', Flag.Replied],
  ['forwarded', Flag.Forwarded],
  ['flagged', Flag.Flagged],
  ['deleted', Flag.Deleted],
] as const;

/** All five by name, for programs. */
export function flagObject(flags: FlagSet): Readonly<Record<string, boolean>> {
  return Object.fromEntries(names.map(([name, bit]) => [name, (flags & bit) !== 0]));
}

/** Four columns: N unread, R replied or F forwarded, ! flagged, then > waiting to be sent or x refused. */
export function flagLetters({ flags, sendError, unsent }: MailView): string {
  const has = (bit: FlagSet): boolean => (flags & bit) !== 0;
  const answered = has(Flag.Replied) ? 'R' : has(Flag.Forwarded) ? 'F' : ' ';
  const waiting = sendError !== null ? 'x' : unsent === 'no' ? ' ' : '>';
  return `${has(Flag.Read) ? ' ' : 'N'}${answered}${has(Flag.Flagged) ? '!' : ' '}${waiting}`;
}

export function flagWords(flags: FlagSet): string {
  const words = names.filter(([name, bit]) => name !== 'read' && (flags & bit) !== 0).map(([name]) => name);
  return [(flags & Flag.Read) === 0 ? 'unread' : 'read', ...words].join(', ');
}
