// The mail server port over the integrated store: one person's folders and mails.
import type { ByteSource, ChangePage, MailEvent, MailFlags, MailServer, Placement, RemoteFolder, Watch } from '../port.ts';
import { referBody, withBody, type WrittenBody } from './body-writer.ts';
import { readBody } from './body-reader.ts';
import { readChanges } from './changes.ts';
import { flagMasks } from './flags.ts';
import { joinPath, normalPath, refusedFolder } from './folder-path.ts';
import { createFolder, findFolder, findPerson, listFolders, removeFolder, renameFolder } from './folders.ts';
import { type FolderRow, takeRevision } from './mail-rows.ts';
import { findBody, findMails, moveMails, readHeaders, removeMails, setFlags } from './mails.ts';
import { exactly } from './source.ts';
import { guarded, guardedPages, type StoreCore } from './store-core.ts';
import { formatUid } from './uid.ts';

export class IntegratedMailServer implements MailServer {
  readonly #core: StoreCore;
  readonly #login: string;
  readonly #watches = new Set<() => void>();

  constructor(core: StoreCore, login: string) {
    this.#core = core;
    this.#login = login;
  }

  async open(): Promise<void> {
    await guarded(() => findPerson(this.#core.db, this.#login));
  }

  async close(): Promise<void> {
    for (const stop of this.#watches) stop();
    this.#watches.clear();
  }

  folders(): Promise<readonly RemoteFolder[]> {
    return guarded(() => listFolders(this.#core.db, this.#login));
  }

  changes(folder: string, cursor: string | undefined, known: () => Promise<readonly string[]>): AsyncIterable<ChangePage> {
    const { db } = this.#core;
    const login = this.#login;
    return guardedPages(async function* () {
      yield* readChanges(db, await findFolder(db, login, folder), cursor, known);
    });
  }

  headers(folder: string, uids: readonly string[]): AsyncIterable<{ readonly uid: string; readonly header: Uint8Array }> {
    const { db, pins } = this.#core;
    const login = this.#login;
    return guardedPages(async function* () {
      yield* readHeaders(db, pins, await findFolder(db, login, folder), uids);
    });
  }

  content(
    folder: string,
    uid: string,
    range?: { readonly from: number; readonly length: number },
  ): Promise<AsyncIterable<Uint8Array> | undefined> {
    const { db, pins } = this.#core;
    return guarded(async () => {
      const body = await findBody(db, await this.#folder(folder), uid);
      if (body === undefined) return undefined;
      const from = Math.max(0, range?.from ?? 0);
      const to = range === undefined ? body.size : Math.min(body.size, range.from + range.length);
      return guardedPages(() => readBody(db, pins, body.id, from, to));
    });
  }

  setFlags(folder: string, uids: readonly string[], flags: Partial<MailFlags>): Promise<readonly string[]> {
    return guarded(async () => {
      const { existing, changed } = await setFlags(this.#core.db, await this.#folder(folder), uids, flags);
      if (changed) this.#tell(folder);
      return existing;
    });
  }

  move(folder: string, uids: readonly string[], to: string): Promise<ReadonlyMap<string, Placement>> {
    return guarded(async () => {
      const folders = { from: await this.#folder(folder), to: await this.#folder(to) };
      const moved = await moveMails(this.#core.db, folders, uids, this.#core.now());
      if (moved.size > 0) {
        this.#tell(folder);
        this.#tell(to);
      }
      return moved;
    });
  }

  remove(folder: string, uids: readonly string[]): Promise<void> {
    return guarded(async () => {
      if (!(await removeMails(this.#core.db, await this.#folder(folder), uids, this.#core.now()))) return;
      this.#tell(folder);
      this.#core.sweeper.kick();
    });
  }

  append(folder: string, mail: ByteSource, flags: Partial<MailFlags>, received: number): Promise<Placement> {
    return guarded(async () => {
      // Asked before the bytes are, so that a wrong folder costs nothing.
      await this.#folder(folder);
      return withBody(this.#core, exactly(mail), (body) => this.#place(folder, body, flagMasks(flags).set, received));
    });
  }

  find(folder: string, messageId: string): Promise<readonly string[]> {
    return guarded(async () => findMails(this.#core.db, await this.#folder(folder), messageId));
  }

  createFolder(path: string): Promise<void> {
    return this.#changeFolders(() => createFolder(this.#core.db, this.#login, path, this.#folderOptions()));
  }

  async childPath(parent: string | undefined, name: string): Promise<string> {
    if (name === '') throw refusedFolder('a folder name is empty');
    return joinPath(parent, name);
  }

  renameFolder(path: string, to: string): Promise<void> {
    return this.#changeFolders(() => renameFolder(this.#core.db, this.#login, { from: path, to }, this.#folderOptions()));
  }

  removeFolder(path: string): Promise<void> {
    return this.#changeFolders(async () => {
      await removeFolder(this.#core.db, this.#login, path);
      this.#core.sweeper.kick();
    });
  }

  async watch(listener: (event: MailEvent) => void): Promise<Watch> {
    const stop = this.#core.watchers.add(this.#login, listener);
    this.#watches.add(stop);
    return {
      close: async () => {
        stop();
        this.#watches.delete(stop);
      },
    };
  }

  #folder(path: string): Promise<FolderRow> {
    return findFolder(this.#core.db, this.#login, path);
  }

  #folderOptions(): { maxPathLength: number; now: number } {
    return { maxPathLength: this.#core.limits.maxPathLength, now: this.#core.now() };
  }

  #tell(folder: string): void {
    this.#core.watchers.tell(this.#login, { folder: normalPath(folder) });
  }

  /** A hint about folders names none: everything is to be looked at. */
  #changeFolders(work: () => Promise<void>): Promise<void> {
    return guarded(async () => {
      await work();
      this.#core.watchers.tell(this.#login, {});
    });
  }

  async #place(folder: string, body: WrittenBody, flags: number, received: number): Promise<Placement> {
    const uid = await this.#core.db.transaction().execute(async (trx) => {
      const row = await findFolder(trx, this.#login, folder);
      const bodyId = await referBody(trx, body, 1);
      const { revision, firstUid } = await takeRevision(trx, row.id, 1);
      await trx.insertInto('mail').values({ folder_id: row.id, uid: firstUid, body_id: bodyId, flags, received, revision }).execute();
      return formatUid(row, firstUid);
    });
    this.#tell(folder);
    return { uid };
  }
}
