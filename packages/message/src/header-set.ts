// Which header fields travel to a device (parameter `headers`: all | needed).
import { concatBytes } from './bytes.ts';
import { fieldRanges } from './header.ts';

/**
 * What a mail reader shows, sorts or threads by, or needs to answer, unsubscribe or decode the body. It is an allow
 * list because the other side is open-ended: every relay, filter and list adds names of its own (Received, ARC-*,
 * DKIM-Signature, X-MS-Exchange-*, …), they are most of a header's bytes, and a device does nothing with any of them.
 * A name missing here costs one fetch of the whole header; a name missing from a deny list would cost bytes in every mail.
 */
const needed: ReadonlySet<string> = new Set([
  // who and when
  'from',
  'sender',
  'reply-to',
  'to',
  'cc',
  'bcc',
  'date',
  'subject',
  'comments',
  'keywords',
  // answering and threads
  'message-id',
  'in-reply-to',
  'references',
  'mail-followup-to',
  'mail-reply-to',
  // redirected by a person: shown beside From
  'resent-from',
  'resent-sender',
  'resent-to',
  'resent-cc',
  'resent-date',
  'resent-message-id',
  // how to read the body; Content-* is kept by its prefix
  'mime-version',
  // what the sender asks of the reader
  'disposition-notification-to',
  'return-receipt-to',
  'importance',
  'priority',
  'x-priority',
  'sensitivity',
  'expires',
  // whether a person wrote it: an automatic answer must not be answered automatically
  'auto-submitted',
  // what a list offers to people (RFC 2369, RFC 2919, RFC 8058); archive and help addresses are not needed
  'list-id',
  'list-post',
  'list-unsubscribe',
  'list-unsubscribe-post',
]);

/**
 * The header as a device gets it. With `needed`, fields outside the list are left out; the others keep their bytes and
 * order, and the empty line stays as it was.
 * @returns `omitted`: fields left out; `omittedBytes`: their bytes. `header.length + omittedBytes` is the input's length.
 */
export function headerSet(header: Uint8Array, which: 'all' | 'needed'): { header: Uint8Array; omittedBytes: number; omitted: number } {
  if (which === 'all') return { header, omittedBytes: 0, omitted: 0 };
  const ranges = fieldRanges(header);
  const kept = ranges.filter((range) => isNeeded(range.name.toLowerCase()));
  if (kept.length === ranges.length) return { header, omittedBytes: 0, omitted: 0 };
  const end = ranges.at(-1)?.end ?? 0;
  const pieces = kept.map((range) => header.subarray(range.start, range.end));
  const short = concatBytes([...pieces, header.subarray(end)]);
  return { header: short, omittedBytes: header.length - short.length, omitted: ranges.length - kept.length };
}

function isNeeded(name: string): boolean {
  return needed.has(name) || name.startsWith('content-');
}
