// A mail that one of our people submits, made fit to leave (RFC 6409 §8): it says that it is from its writer, and tells nobody
// of the secret recipients. Only the header is held; the body passes by.
import { randomUUID } from 'node:crypto';
import { sanitiseOutgoing } from '@packetboat/message';
import { HeaderCollector } from './header.ts';

export interface SubmittedRules {
  /** Addresses that may stand in From and Sender; the first is put where there is none. */
  readonly identities: readonly string[];
  /** Of the envelope. */
  readonly to: readonly string[];
  /** Bytes of the largest header taken. */
  readonly maxHeaderBytes: number;
  /** ms since 1970. */
  readonly now: number;
}

/** The bytes that go on, or why none do, in words for the writer. What is refused is read no further. */
export async function submittedMail(
  bytes: AsyncIterable<Uint8Array>,
  rules: SubmittedRules,
): Promise<{ readonly bytes: AsyncIterable<Uint8Array> } | { readonly refused: string }> {
  const source = bytes[Symbol.asyncIterator]();
  const collector = new HeaderCollector(rules.maxHeaderBytes);
  let found: ReturnType<HeaderCollector['push']>;
  while (found === undefined) {
    const next = await source.next();
    found = next.done === true ? collector.end() : collector.push(next.value);
    if (next.done === true) break;
  }
  const { collected, headerSize } = found ?? collector.end();
  const [defaultFrom = ''] = rules.identities;
  const outgoing = sanitiseOutgoing(collected.subarray(0, headerSize), {
    identities: rules.identities,
    defaultFrom,
    messageId: `<${randomUUID()}${defaultFrom.slice(defaultFrom.lastIndexOf('@'))}>`,
    date: rules.now,
    recipients: rules.to,
  });
  if ('refused' in outgoing) return outgoing;
  const body = collected.subarray(headerSize);
  return { bytes: joined([outgoing.mail, body], source) };
}

async function* joined(first: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of first) if (piece.length > 0) yield piece;
  for (;;) {
    const next = await rest.next();
    if (next.done === true) return;
    yield next.value;
  }
}
