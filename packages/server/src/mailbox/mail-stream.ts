// A mail that streams by: its header first, then the rest.
import { splitHeader } from '@packetboat/message';
import { limits } from './limits.ts';

export interface MailStream {
  /** The header with its empty line; empty when its end is not within `limits.header`. */
  readonly header: Uint8Array;
  /** What was read to find it: enough to tell when the mail was written. */
  readonly start: Uint8Array;
  /** What follows `header`. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Reads until the header has ended. `body` must be read to its end, or left by `break`. */
export async function splitStream(content: AsyncIterable<Uint8Array>): Promise<MailStream> {
  const pieces = content[Symbol.asyncIterator]();
  let start = new Uint8Array(0);
  for (;;) {
    const next = await pieces.next();
    if (next.done !== true) start = new Uint8Array(Buffer.concat([start, next.value]));
    const { header, body } = splitHeader(start);
    const isFound = body.length > 0 || next.done === true;
    if (!isFound && start.length < limits.header) continue;
    const kept = isFound ? header : header.subarray(0, 0);
    return { header: kept, start, body: rest(start.subarray(kept.length), pieces) };
  }
}

async function* rest(first: Uint8Array, pieces: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (first.length > 0) yield first;
    for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
  } finally {
    await pieces.return?.();
  }
}

/** Whole pieces of a multiple of three bytes, the last one excepted: what base64 can be made of piece by piece. */
export async function* inThrees(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let left: Uint8Array = new Uint8Array(0);
  for await (const piece of pieces) {
    const whole = left.length === 0 ? piece : new Uint8Array(Buffer.concat([left, piece]));
    const end = whole.length - (whole.length % 3);
    if (end > 0) yield whole.subarray(0, end);
    left = whole.slice(end);
  }
  if (left.length > 0) yield left;
}
