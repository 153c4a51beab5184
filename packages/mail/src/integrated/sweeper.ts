// Removes what no longer belongs to anybody, in small steps: mails of removed folders, bodies without a mail,
// old tombstones and submission keys. At opening it also removes what a crash left half received.
import { setImmediate as nextTick } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import type { BodyPins } from './body-pins.ts';
import { BYTES_PER_WRITE, type IntegratedLimits, ROWS_PER_STEP } from './limits.ts';
import { dropMails } from './mail-rows.ts';
import type { Tables } from './tables.ts';

export interface SweeperOptions {
  readonly db: Kysely<Tables>;
  readonly pins: BodyPins;
  readonly limits: IntegratedLimits;
  readonly now: () => number;
  /** Told of a failure; the next `kick` tries again. */
  readonly onError: (error: unknown) => void;
}

export class Sweeper {
  readonly #options: SweeperOptions;
  #running: Promise<void> | undefined;
  #again = false;
  #closed = false;
  /** Bodies without a mail that were in use when we came by. */
  readonly #skipped = new Set<number>();

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Something may have become garbage. Returns at once. */
  kick(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#running ??= this.#loop();
  }

  /** Nobody reads or writes this body any more. */
  freed(body: number): void {
    if (this.#skipped.delete(body)) this.kick();
  }

  /** Resolves when there is nothing left to do. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.idle();
  }

  async #loop(): Promise<void> {
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        // A reader that has just looked a body up pins it in this turn; we begin in the next.
        await nextTick();
        await this.#sweepFolders();
        await this.#sweepBodies();
        await this.#sweepTombstones();
        await this.#sweepKeys();
      }
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#running = undefined;
    }
  }

  async #sweepFolders(): Promise<void> {
    const { db } = this.#options;
    while (!this.#closed) {
      const folder = await db.selectFrom('folder').select('id').where('person_id', 'is', null).limit(1).executeTakeFirst();
      if (folder === undefined) return;
      const mails = await db.selectFrom('mail').select(['id', 'body_id']).where('folder_id', '=', folder.id).limit(ROWS_PER_STEP).execute();
      await db.transaction().execute(async (trx) => {
        await dropMails(trx, mails);
        if (mails.length === ROWS_PER_STEP) return;
        await trx.deleteFrom('tombstone').where('folder_id', '=', folder.id).execute();
        await trx.deleteFrom('folder').where('id', '=', folder.id).execute();
      });
      await nextTick();
    }
  }

  async #sweepBodies(): Promise<void> {
    const { db, pins } = this.#options;
    let after = 0;
    while (!this.#closed) {
      const body = await db
        .selectFrom('body')
        .select('id')
        .where('refs', '=', 0)
        .where('id', '>', after)
        .orderBy('id')
        .limit(1)
        .executeTakeFirst();
      if (body === undefined) return;
      after = body.id;
      if (pins.has(body.id)) this.#skipped.add(body.id);
      else await this.#removeBody(body.id);
      await nextTick();
    }
  }

  /** From its end, so that what is left after a crash is still found by its row. */
  async #removeBody(body: number): Promise<void> {
    const { db } = this.#options;
    const last = await db
      .selectFrom('chunk')
      .select((eb) => eb.fn.max('start').as('start'))
      .where('body_id', '=', body)
      .executeTakeFirst();
    for (let start = last?.start ?? 0; start > 0; start -= BYTES_PER_WRITE * 4) {
      await db
        .deleteFrom('chunk')
        .where('body_id', '=', body)
        .where('start', '>', Math.max(0, start - BYTES_PER_WRITE * 4))
        .execute();
      await nextTick();
    }
    await db.transaction().execute(async (trx) => {
      await trx.deleteFrom('chunk').where('body_id', '=', body).execute();
      await trx.deleteFrom('body').where('id', '=', body).where('refs', '=', 0).execute();
    });
  }

  async #sweepKeys(): Promise<void> {
    const { db, limits, now } = this.#options;
    await db
      .deleteFrom('submission')
      .where('submitted', '<', now() - limits.keyAge)
      .execute();
  }

  async #sweepTombstones(): Promise<void> {
    const { db, limits, now } = this.#options;
    const before = now() - limits.tombstoneAge;
    while (!this.#closed) {
      const rows = await db
        .selectFrom('tombstone')
        .select(['folder_id', 'uid', 'revision'])
        .where('vanished', '<', before)
        .orderBy('vanished')
        .limit(ROWS_PER_STEP)
        .execute();
      if (rows.length === 0) return;
      const byFolder = Map.groupBy(rows, (row) => row.folder_id);
      await db.transaction().execute(async (trx) => {
        for (const [folder, stones] of byFolder) {
          const floor = stones.reduce((most, stone) => Math.max(most, stone.revision), 0);
          await trx
            .updateTable('folder')
            .set({ tombstone_floor: floor })
            .where('id', '=', folder)
            .where('tombstone_floor', '<', floor)
            .execute();
          await trx
            .deleteFrom('tombstone')
            .where('folder_id', '=', folder)
            .where(
              'uid',
              'in',
              stones.map((stone) => stone.uid),
            )
            .execute();
        }
      });
      await nextTick();
    }
  }
}
