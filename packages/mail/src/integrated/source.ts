// Byte sources: checked for the size they promise, and made of a body that is still on its way.
import type { Kysely } from 'kysely';
import { MailError } from '../errors.ts';
import type { ByteSource } from '../port.ts';
import type { BodyPins } from './body-pins.ts';
import { readBody } from './body-reader.ts';
import type { WrittenBody } from './body-writer.ts';
import type { Tables } from './tables.ts';

/** The bytes of a source; throws `ERR_MAIL_PROTOCOL` when they are more or fewer than it says, so that a cut mail is never stored. */
export async function* exactly(source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  let size = 0;
  for await (const chunk of source.open()) {
    size += chunk.length;
    if (size > source.size) break;
    yield chunk;
  }
  if (size !== source.size) {
    throw new MailError('ERR_MAIL_PROTOCOL', 'the mail does not have the size that was told', { scope: 'message', retryable: false });
  }
}

/** A received mail as a source, before it is in any folder. Valid until it is delivered or discarded. */
export function writtenSource(db: Kysely<Tables>, pins: BodyPins, body: WrittenBody): ByteSource {
  return {
    size: body.size,
    async *open() {
      const stored = body.rest[0]?.start ?? body.size;
      if (body.row !== undefined) yield* readBody(db, pins, body.row, 0, stored);
      for (const { data } of body.rest) yield data;
    },
  };
}
