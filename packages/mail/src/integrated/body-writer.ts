// Receives the bytes of a mail into the database, in pieces, before it is in any folder. Until a commit names the body,
// it has no reference and is swept, now or after a crash.
import { createHash, type Hash } from 'node:crypto';
import { setImmediate as nextTick } from 'node:timers/promises';
import type { Transaction } from 'kysely';
import { mailDigest, messageIdOf } from '../digest.ts';
import { MailError } from '../errors.ts';
import { HeaderCollector } from './header.ts';
import { BYTES_PER_WRITE, CHUNK_BYTES } from './limits.ts';
import type { StoreCore } from './store-core.ts';
import type { Tables } from './tables.ts';

interface Piece {
  readonly start: number;
  readonly data: Buffer;
}

/** A mail that has arrived in full: most of it on disk, at most `BYTES_PER_WRITE` of it still here. */
export interface WrittenBody {
  readonly size: number;
  readonly hash: string;
  readonly headerSize: number;
  readonly messageId: string | undefined;
  readonly digest: string;
  /** The row that holds the first pieces; undefined when nothing was written yet. It is pinned until `release`. */
  readonly row: number | undefined;
  readonly rest: readonly Piece[];
}

class BodyWriter {
  readonly #core: StoreCore;
  readonly #hash: Hash = createHash('sha256');
  readonly #collector: HeaderCollector;
  #header: Buffer | undefined;
  #size = 0;
  #block = Buffer.alloc(0);
  #filled = 0;
  #written = 0;
  #pending: Piece[] = [];
  #pendingBytes = 0;
  #row: number | undefined;

  constructor(core: StoreCore) {
    this.#core = core;
    this.#collector = new HeaderCollector(core.limits.maxHeaderBytes);
  }

  /** Takes all bytes of a mail. Throws `ERR_MAIL_LIMIT` above `maxMailBytes`, and whatever the source throws; then nothing stays. */
  async write(chunks: AsyncIterable<Uint8Array>): Promise<WrittenBody> {
    try {
      for await (const chunk of chunks) {
        if (this.#size + chunk.length > this.#core.limits.maxMailBytes) throw tooLarge(this.#core.limits.maxMailBytes);
        for (let at = 0; at < chunk.length; at += CHUNK_BYTES) {
          this.#push(chunk.subarray(at, at + CHUNK_BYTES));
          if (this.#pendingBytes >= BYTES_PER_WRITE) await this.#flush();
        }
      }
      return this.#finish();
    } catch (error) {
      releaseBody(this.#core, this.#row);
      throw error;
    }
  }

  #push(data: Uint8Array): void {
    this.#size += data.length;
    this.#hash.update(data);
    if (this.#header !== undefined) return this.#fill(data);
    const found = this.#collector.push(data);
    if (found !== undefined) this.#takeHeader(found.collected, found.headerSize);
  }

  #takeHeader(collected: Buffer, headerSize: number): void {
    this.#header = collected.subarray(0, headerSize);
    this.#fill(this.#header);
    this.#cut();
    this.#fill(collected.subarray(headerSize));
  }

  #fill(data: Uint8Array): void {
    let at = 0;
    while (at < data.length) {
      if (this.#block.length === 0) this.#block = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(data.length - at, 4096)));
      if (this.#filled === this.#block.length) this.#grow();
      const taken = Math.min(data.length - at, this.#block.length - this.#filled);
      this.#block.set(data.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled === CHUNK_BYTES) this.#cut();
    }
  }

  #grow(): void {
    const larger = Buffer.allocUnsafe(CHUNK_BYTES);
    this.#block.copy(larger, 0, 0, this.#filled);
    this.#block = larger;
  }

  /** Ends the piece at hand, also when it is not full. */
  #cut(): void {
    if (this.#filled === 0) return;
    this.#pending.push({ start: this.#written, data: this.#block.subarray(0, this.#filled) });
    this.#written += this.#filled;
    this.#pendingBytes += this.#filled;
    this.#block = Buffer.alloc(0);
    this.#filled = 0;
  }

  async #flush(): Promise<void> {
    const pieces = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    await this.#core.db.transaction().execute(async (trx) => {
      if (this.#row === undefined) {
        this.#row = await insertBody(trx, { refs: 0, hash: '', size: 0, header_size: 0, message_id: null, digest: '' });
        this.#core.pins.pin(this.#row);
      }
      await insertPieces(trx, this.#row, pieces);
    });
    // Everybody else gets a turn between two writes.
    await nextTick();
  }

  #finish(): WrittenBody {
    if (this.#header === undefined) {
      const { collected, headerSize } = this.#collector.end();
      this.#takeHeader(collected, headerSize);
    }
    this.#cut();
    const header = this.#header ?? Buffer.alloc(0);
    return {
      size: this.#size,
      hash: this.#hash.digest('hex'),
      headerSize: header.length,
      messageId: messageIdOf(header),
      digest: mailDigest(header, this.#size),
      row: this.#row,
      rest: this.#pending,
    };
  }
}

function tooLarge(limit: number): MailError {
  return new MailError('ERR_MAIL_LIMIT', `a mail may have ${limit} bytes at most`, { scope: 'message', retryable: false });
}

/** The writer's hold on the row ends; what no mail names is swept. */
function releaseBody({ pins, sweeper }: StoreCore, row: number | undefined): void {
  if (row === undefined) return;
  pins.release(row);
  sweeper.kick();
}

/** Receives a mail, hands it to `use`, and gives up what `use` has not made part of a mail. */
export async function withBody<T>(core: StoreCore, chunks: AsyncIterable<Uint8Array>, use: (body: WrittenBody) => Promise<T>): Promise<T> {
  const body = await new BodyWriter(core).write(chunks);
  try {
    return await use(body);
  } finally {
    releaseBody(core, body.row);
  }
}

interface BodyRow {
  readonly refs: number;
  readonly hash: string;
  readonly size: number;
  readonly header_size: number;
  readonly message_id: string | null;
  readonly digest: string;
}

async function insertBody(trx: Transaction<Tables>, row: BodyRow): Promise<number> {
  return (await trx.insertInto('body').values(row).returning('id').executeTakeFirstOrThrow()).id;
}

async function insertPieces(trx: Transaction<Tables>, row: number, pieces: readonly Piece[]): Promise<void> {
  if (pieces.length === 0) return;
  await trx
    .insertInto('chunk')
    .values(pieces.map(({ start, data }) => ({ body_id: row, start, data })))
    .execute();
}

/**
 * Makes a received body one that `refs` more mails name, in the transaction that makes these mails. Returns its row:
 * that of an equal body when there is one.
 */
export async function referBody(trx: Transaction<Tables>, body: WrittenBody, refs: number): Promise<number> {
  const twin = await trx
    .selectFrom('body')
    .select('id')
    .where('hash', '=', body.hash)
    .where('size', '=', body.size)
    .where('refs', '>', 0)
    .executeTakeFirst();
  if (twin !== undefined) {
    await trx
      .updateTable('body')
      .set((eb) => ({ refs: eb('refs', '+', refs) }))
      .where('id', '=', twin.id)
      .execute();
    return twin.id;
  }
  const row = {
    refs,
    hash: body.hash,
    size: body.size,
    header_size: body.headerSize,
    message_id: body.messageId ?? null,
    digest: body.digest,
  };
  if (body.row === undefined) {
    const id = await insertBody(trx, row);
    await insertPieces(trx, id, body.rest);
    return id;
  }
  await insertPieces(trx, body.row, body.rest);
  await trx.updateTable('body').set(row).where('id', '=', body.row).execute();
  return body.row;
}
