// Objects too large for memory, in rows of 64 kB: every row but the last is full, so that a range is found without a search.
import type { Kysely } from 'kysely';
import { limits } from './limits.ts';
import type { Database } from './schema.ts';

type Db = Kysely<Database>;

/**
 * Writes bytes from the offset `at` on; what was there, and behind them, goes: written once more they make the same object. Bytes
 * behind a gap are not kept. Inside a transaction.
 */
export async function writeSpool(tx: Db, id: string, at: number, bytes: Uint8Array, now: number): Promise<void> {
  const first = Math.floor(at / limits.spoolChunk);
  const kept = at - first * limits.spoolChunk;
  const before = await readSpool(tx, id, at - kept, kept);
  if (before.length < kept || (kept === 0 && at > 0 && (await readSpool(tx, id, at - 1, 1)).length === 0)) return;
  await tx.deleteFrom('spool').where('id', '=', id).where('seq', '>=', first).execute();
  const rest = new Uint8Array(kept + bytes.length);
  rest.set(before);
  rest.set(bytes, kept);
  for (let from = 0, seq = first; from < rest.length || seq === 0; from += limits.spoolChunk, seq += 1) {
    const chunk = rest.subarray(from, from + limits.spoolChunk);
    await tx.insertInto('spool').values({ id, seq, bytes: chunk, created: now }).execute();
  }
}

/** A range of an object; shorter where the object ends, empty where there is none. */
export async function readSpool(db: Db, id: string, from: number, length: number): Promise<Uint8Array> {
  if (length <= 0) return new Uint8Array(0);
  const first = Math.floor(from / limits.spoolChunk);
  const chunks = await db
    .selectFrom('spool')
    .select('bytes')
    .where('id', '=', id)
    .where('seq', '>=', first)
    .where('seq', '<=', Math.floor((from + length - 1) / limits.spoolChunk))
    .orderBy('seq')
    .execute();
  const start = from - first * limits.spoolChunk;
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0));
  let at = 0;
  for (const { bytes } of chunks) {
    whole.set(bytes, at);
    at += bytes.length;
  }
  return whole.subarray(start, start + length);
}

/** Bytes of an object; null if there is none. */
export async function spoolSize(db: Db, id: string): Promise<number | null> {
  const { n, size } = await db
    .selectFrom('spool')
    .select((eb) => [eb.fn.countAll<number>().as('n'), eb.fn.sum<number | null>(eb.fn<number>('length', ['bytes'])).as('size')])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return n === 0 ? null : (size ?? 0);
}

export async function dropSpool(tx: Db, id: string): Promise<void> {
  await tx.deleteFrom('spool').where('id', '=', id).execute();
}
