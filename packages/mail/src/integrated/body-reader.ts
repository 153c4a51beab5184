// Reads the bytes of a stored mail piece by piece.
import { setImmediate as nextTick } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { MailError } from '../errors.ts';
import type { BodyPins } from './body-pins.ts';
import { BYTES_PER_WRITE, CHUNK_BYTES } from './limits.ts';
import type { Tables } from './tables.ts';

/** A plain view: better-sqlite3 gives a Buffer, whose `slice` and JSON form surprise. */
export function plainBytes(data: Uint8Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}

/** Bytes `from` to before `to` of a body, one piece of at most `CHUNK_BYTES` in memory. The body stays until the reader is done or leaves. */
export async function* readBody(
  db: Kysely<Tables>,
  pins: BodyPins,
  body: number,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  pins.pin(body);
  try {
    let sinceTick = 0;
    for (let at = from; at < to;) {
      const piece = await db
        .selectFrom('chunk')
        .select(['start', 'data'])
        .where('body_id', '=', body)
        .where('start', '>', at - CHUNK_BYTES)
        .where('start', '<=', at)
        .orderBy('start', 'desc')
        .limit(1)
        .executeTakeFirst();
      const data = piece === undefined ? undefined : plainBytes(piece.data).subarray(at - piece.start, to - piece.start);
      if (data === undefined || data.length === 0) {
        throw new MailError('ERR_MAIL_REFUSED', 'the mail was removed while it was read', { scope: 'message', retryable: false });
      }
      yield data;
      at += data.length;
      sinceTick += data.length;
      if (sinceTick >= BYTES_PER_WRITE) {
        sinceTick = 0;
        await nextTick();
      }
    }
  } finally {
    pins.release(body);
  }
}

export interface HeaderBlock {
  readonly uid: number;
  readonly body: number;
  readonly size: number;
  readonly first: Uint8Array;
}

/** A whole header block; its first piece was read with the others of its step. */
export async function completeHeader(db: Kysely<Tables>, pins: BodyPins, block: HeaderBlock): Promise<Uint8Array> {
  if (block.first.length >= block.size) return plainBytes(block.first).subarray(0, block.size);
  const whole = new Uint8Array(block.size);
  let at = 0;
  for await (const piece of readBody(db, pins, block.body, 0, block.size)) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
