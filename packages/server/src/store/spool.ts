// Objects too large for memory, in rows of 64 kB: every row but the last is full, so that a range is found without a search.
import type { Kysely } from 'kysely';
import { limits } from './limits.ts';
import type { Database } from './schema.ts';

type Db = Kysely<Database>;

/** Appends bytes to an object; the first ones make it. Inside a transaction. */
export async function appendSpool(tx: Db, id: string, bytes: Uint8Array, now: number): Promise<void> {
  const last = await tx
    .selectFrom('spool')
    .select(['seq', 'bytes'])
    .where('id', '=', id)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  let seq = last?.seq ?? 0;
  let at = 0;
  if (last !== undefined && last.bytes.length < limits.spoolChunk) {
    at = Math.min(limits.spoolChunk - last.bytes.length, bytes.length);
    const filled = new Uint8Array(last.bytes.length + at);
    filled.set(last.bytes);
    filled.set(bytes.subarray(0, at), last.bytes.length);
    await tx.updateTable('spool').set({ bytes: filled }).where('id', '=', id).where('seq', '=', seq).execute();
  }
  if (last !== undefined) seq += 1;
  for (; at < bytes.length || seq === 0; at += limits.spoolChunk, seq += 1) {
    const chunk = bytes.subarray(at, at + limits.spoolChunk);
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
