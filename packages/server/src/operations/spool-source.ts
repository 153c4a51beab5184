// A spool object as the byte source that the mail port takes: read piece by piece, never whole in memory.
import type { ByteSource } from '@packetboat/mail';
import type { Kysely } from 'kysely';
import type { Database } from '../store/schema.ts';
import { readSpool } from '../store/spool.ts';

/** Bytes per read. A multiple of a spool row, and the largest piece that the mail port hands on. */
const PIECE = 65_536;

/** Part of a spool object. Throws when it ends early: the object has been dropped meanwhile, and a cut mail must be taken for no mail. */
export async function* spoolBytes(
  db: Kysely<Database>,
  spool: string,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = from; at < to;) {
    const bytes = await readSpool(db, spool, at, Math.min(PIECE, to - at));
    if (bytes.length === 0) throw new Error('the spool object is no longer there');
    at += bytes.length;
    yield bytes;
  }
}

export function spoolSource(db: Kysely<Database>, spool: string, size: number): ByteSource {
  return { size, open: () => spoolBytes(db, spool, 0, size) };
}
