// The IMAP implementation of the mail server port.
import type { ByteSource, ChangePage, MailEvent, MailFlags, MailServer, Placement, RemoteFolder, Watch } from '../port.ts';
import { checkSecurity } from '../link-security.ts';
import { appendMail, collect, findMails, moveMails, removeMails, setFlags } from './actions.ts';
import { FolderChanges } from './changes.ts';
import { type Range, readContent, readHeaders } from './content.ts';
import { childPath, createFolder, listFolders, removeFolder, renameFolder } from './folders.ts';
import { ImapLink } from './link.ts';
import type { ImapOptions } from './options.ts';
import { ImapWatcher } from './watch.ts';

/**
 * An account at an IMAP server. Nothing is sent before the first call. Calls that read are repeated once when the connection is lost
 * under them; calls that change something then throw ERR_MAIL_CONNECTION (retryable), and the change may have been made.
 *
 * - `changes` holds what it told in the cursor; with QRESYNC or CONDSTORE its cost follows the number of changes. All uids are compared
 *   in full when the count does not agree and once in `compareHours`, because some servers lose VANISHED responses.
 *   Without CONDSTORE each call reads the flags of the whole folder.
 * - `forwarded` is the keyword $Forwarded; a folder that keeps no such keyword (PERMANENTFLAGS) does not keep it.
 * - `append` takes 64 MB at most.
 * - Watching: IDLE on the inbox, a look at the other folders every `pollSeconds`. Read the changes once after `watch` has returned.
 * @throws RangeError when the options would send the password in clear text over a network
 */
export function createImapMailServer(options: ImapOptions): MailServer {
  checkSecurity(options);
  return new ImapMailServer(options);
}

class ImapMailServer implements MailServer {
  readonly #options: ImapOptions;
  readonly #link: ImapLink;
  readonly #watcher: ImapWatcher;
  /** Appends wait for each other, so that one mail at a time is in memory. */
  #appends: Promise<unknown> = Promise.resolve();

  constructor(options: ImapOptions) {
    this.#options = options;
    this.#link = new ImapLink(options);
    this.#watcher = new ImapWatcher(options, this.#link);
  }

  async open(): Promise<void> {
    await this.#link.read(async () => {});
  }

  async close(): Promise<void> {
    await Promise.all([this.#watcher.close(), this.#link.close()]);
  }

  folders(): Promise<readonly RemoteFolder[]> {
    return this.#link.read(listFolders);
  }

  changes(folder: string, cursor: string | undefined, known: () => Promise<readonly string[]>): AsyncIterable<ChangePage> {
    return new FolderChanges(this.#link, folder, this.#options).since(cursor, known);
  }

  headers(folder: string, uids: readonly string[]): AsyncIterable<{ readonly uid: string; readonly header: Uint8Array }> {
    return readHeaders(this.#link, folder, uids);
  }

  content(folder: string, uid: string, range?: Range): Promise<AsyncIterable<Uint8Array> | undefined> {
    return readContent(this.#link, folder, uid, range);
  }

  setFlags(folder: string, uids: readonly string[], flags: Partial<MailFlags>): Promise<readonly string[]> {
    return this.#link.write((connection) => setFlags(connection, folder, uids, flags));
  }

  move(folder: string, uids: readonly string[], to: string): Promise<ReadonlyMap<string, Placement>> {
    return this.#link.write((connection) => moveMails(connection, folder, uids, to));
  }

  remove(folder: string, uids: readonly string[]): Promise<void> {
    return this.#link.write((connection) => removeMails(connection, folder, uids));
  }

  append(folder: string, mail: ByteSource, flags: Partial<MailFlags>, received: number): Promise<Placement> {
    const appended = this.#appends.then(async () => {
      // Before its turn at the connection: the source may itself be content read through it.
      const bytes = await collect(mail);
      return this.#link.write((connection) => appendMail(connection, folder, bytes, flags, received));
    });
    this.#appends = appended.catch(() => {});
    return appended;
  }

  find(folder: string, messageId: string): Promise<readonly string[]> {
    return this.#link.read((connection) => findMails(connection, folder, messageId));
  }

  createFolder(path: string): Promise<void> {
    return this.#link.write((connection) => createFolder(connection, path));
  }

  childPath(parent: string | undefined, name: string): Promise<string> {
    return this.#link.read((connection) => childPath(connection, parent, name));
  }

  renameFolder(path: string, to: string): Promise<void> {
    return this.#link.write((connection) => renameFolder(connection, path, to));
  }

  removeFolder(path: string): Promise<void> {
    return this.#link.write((connection) => removeFolder(connection, path));
  }

  watch(listener: (event: MailEvent) => void): Promise<Watch> {
    return this.#watcher.add(listener);
  }
}
