// One pass over one folder: everything that changed there since its cursor.
import type { ChangePage, FlagChange, RemoteMail } from '@packetboat/mail';
import type { AccountContext } from '../account/context.ts';
import { none, type Suspect } from './arrivals.ts';
import type { Pass } from './journal.ts';
import { limits } from './limits.ts';
import { writePart, writeWhole } from './page.ts';
import { rebindFolder } from './rebind.ts';
import { type FolderRow, knownUids } from './rows.ts';
import { askPlaces } from './suspects.ts';

/**
 * Brings a folder's items up to what the mail server has. Returns whether anything has happened there since the last time, even if
 * it has left no trace. Throws `MailError`; what was written until then stays.
 */
export async function syncFolder(context: AccountContext, folder: FolderRow): Promise<boolean> {
  const pass = context.journal.begin();
  try {
    return await new FolderPass(context, folder, pass).run();
  } finally {
    pass.end();
  }
}

/** What is held in memory until it is written. */
interface Held {
  added: RemoteMail[];
  changed: FlagChange[];
  gone: string[];
}

const nothing = (): Held => ({ added: [], changed: [], gone: [] });

/**
 * Changes since a cursor are written all at once, with the new cursor: a mail that was written without the cursor that tells of it,
 * and that left before the next pass, would never be reported as gone. A listing from nothing (and one of very many changes, which
 * is made such) is written page by page. When it is repeated, what was known before and is not in it has gone.
 */
class FolderPass {
  readonly #context: AccountContext;
  readonly #folder: FolderRow;
  readonly #pass: Pass;
  #held = nothing();
  #isWhole: boolean;
  /** Uids that were known when a listing from nothing began, without those that it has. */
  #unlisted: ReadonlySet<string> = new Set();
  #suspects: Suspect[] = [];

  constructor(context: AccountContext, folder: FolderRow, pass: Pass) {
    this.#context = context;
    this.#folder = folder;
    this.#pass = pass;
    this.#isWhole = folder.remote_cursor !== null;
  }

  async run(): Promise<boolean> {
    const { server, store } = this.#context;
    const { id, remote_path: path, remote_cursor: cursor } = this.#folder;
    const unlisted = new Set(cursor === null ? await knownUids(store, id) : []);
    this.#unlisted = unlisted;
    let isReset = false;
    let isNews = false;
    for await (const page of server.changes(path, cursor ?? undefined, () => knownUids(store, id))) {
      isReset ||= page.reset === true;
      for (const { uid } of page.added) unlisted.delete(uid);
      this.#hold(page);
      if (isReset) {
        if (page.cursor !== undefined) await this.#rebind(page.cursor);
      } else if (page.cursor !== undefined) isNews = await this.#finish(page.cursor);
      else if (!this.#isWhole || this.#held.added.length + this.#held.changed.length + this.#held.gone.length >= limits.changes) {
        await this.#writePart();
      }
    }
    return isNews || isReset;
  }

  #hold({ added, changed, gone }: ChangePage): void {
    for (const mail of added) this.#held.added.push(mail);
    for (const change of changed) this.#held.changed.push(change);
    for (const uid of gone) this.#held.gone.push(uid);
  }

  async #finish(cursor: string): Promise<boolean> {
    const { added, changed, gone } = this.#held;
    const isNothing = added.length + changed.length + gone.length + this.#suspects.length + this.#unlisted.size === 0;
    // Looking at a folder in which nothing has happened writes nothing: most looks are such.
    if (cursor === this.#folder.remote_cursor && isNothing) return false;
    gone.push(...this.#unlisted);
    await this.#write(cursor);
    return true;
  }

  /** Suspects are held, so that each other folder is asked once; unless there are very many. */
  async #writePart(): Promise<void> {
    if (this.#isWhole) {
      this.#isWhole = false;
      // From here on this is a listing that does not stand without its end.
      await this.#write(null);
      return;
    }
    const held = this.#held;
    this.#held = nothing();
    this.#suspects.push(...(await writePart(this.#context, this.#folder.id, held, this.#pass)));
    if (this.#suspects.length >= limits.suspects) await this.#write(null);
  }

  /** Writes what is held, suspects included, with the cursor. Other folders are asked between attempts, outside any transaction. */
  async #write(cursor: string | null): Promise<void> {
    const changes = { ...this.#held, added: [...this.#suspects.map((suspect) => suspect.mail), ...this.#held.added] };
    let asked = await askPlaces(this.#context, this.#suspects, none);
    this.#held = nothing();
    this.#suspects = [];
    for (;;) {
      const suspects = await writeWhole(this.#context, this.#folder.id, changes, { pass: this.#pass, asked, cursor });
      if (suspects.length === 0) return;
      asked = await askPlaces(this.#context, suspects, asked);
    }
  }

  async #rebind(cursor: string): Promise<void> {
    const listing = this.#held.added;
    this.#context.log.info(
      { account: this.#context.account, folder: this.#folder.id, mails: listing.length },
      'the uids of a folder are new: binding its mails again',
    );
    await rebindFolder(this.#context, this.#folder.id, listing, { pass: this.#pass, cursor });
  }
}
