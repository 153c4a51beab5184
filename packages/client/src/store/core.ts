// The store port over rows: units of work that load entries, change them by the rules, and save what is different.
import type { ClientChange, FlagSet } from '@packetboat/datasync';
import { ClientError } from '../errors.ts';
import { storeAnswers } from './answers.ts';
import type { BaseItem, Entry } from './entry.ts';
import type { ClientStore, FolderView, MailView } from './port.ts';
import type { Row, Rows } from './rows.ts';
import { loadEntry, newLuid, nextNumber, putContent, saveEntry } from './save.ts';
import { marked, moved, removed, type Hand } from './user.ts';

/** What a place for rows adds to make a store. */
export interface StoreHouse {
  readonly lock: () => () => void;
  readonly close: () => void;
}

const roleOrder = ['inbox', 'outbox', 'drafts', 'sent', 'archive', 'junk', 'trash'];

export function storeOver(rows: Rows, house: StoreHouse): ClientStore {
  return {
    answers: storeAnswers(rows),
    folders: async () => foldersOf(rows),
    list: async (query) => rows.shownMails(query).map((row) => mailView(rows, row)),
    get: async (luid) => {
      const row = shownMail(rows, luid);
      return row === undefined ? null : { ...mailView(rows, row), content: rows.content(luid) ?? null };
    },
    mark: async (luid, named, set) => act(rows, luid, (entry, hand) => marked(entry, named, set, hand)),
    move: async (luid, folder) => {
      requireFolder(rows, folder);
      act(rows, luid, (entry, hand) => moved(entry, folder, hand));
    },
    remove: async (luid) => {
      const trash = foldersOf(rows).find((folder) => folder.role === 'trash')?.luid ?? null;
      act(rows, luid, (entry, hand) => removed(entry, trash, hand));
    },
    write: async (mail, folder, flags, received) => write(rows, { mail, folder, flags, received }),
    stats: async () => rows.stats(),
    lock: async () => house.lock(),
    close: async () => house.close(),
  };
}

function act(rows: Rows, luid: string, action: (entry: Entry, hand: Hand) => Entry): void {
  rows.transaction(() => {
    if (shownMail(rows, luid) === undefined) throw notFound('mail', luid);
    const entry = loadEntry(rows, luid);
    // A sync that is running may have read changes that it has not yet noted as being on their way.
    const fixed = Math.max(rows.highestInflight(), Number(rows.value('handedOut') ?? 0));
    saveEntry(rows, entry, action(entry, { fixed, next: () => nextNumber(rows, 'change') }));
  });
}

interface NewMail {
  readonly mail: Uint8Array;
  readonly folder: string;
  readonly flags: FlagSet;
  readonly received: number;
}

function write(rows: Rows, { mail, folder, flags, received }: NewMail): string {
  return rows.transaction(() => {
    requireFolder(rows, folder);
    const luid = newLuid(rows);
    const item: BaseItem = {
      luid,
      kind: 'mail',
      parent: folder,
      flags,
      name: null,
      role: null,
      shape: 'full',
      size: mail.length,
      received,
      sendError: null,
      known: false,
    };
    const add: ClientChange = { number: nextNumber(rows, 'change'), luid, op: 'add', named: 0, set: 0, parent: folder };
    saveEntry(rows, { item: null, changes: [] }, { item, changes: [add] });
    putContent(rows, luid, mail);
    return luid;
  });
}

function shownMail(rows: Rows, luid: string): Row | undefined {
  const row = rows.row(luid);
  return row?.kind === 'mail' && row.shown !== null ? row : undefined;
}

function requireFolder(rows: Rows, luid: string): void {
  const row = rows.row(luid);
  if (row?.kind !== 'folder' || row.shown === null) throw notFound('folder', luid);
}

function notFound(what: string, luid: string): ClientError {
  return new ClientError('ERR_CLIENT_NOT_FOUND', `there is no ${what} ${luid} on this device`);
}

function mailView(rows: Rows, row: Row): MailView {
  const waiting = rows.changesOf(row.luid);
  return {
    luid: row.luid,
    folder: row.shown?.parent ?? null,
    flags: row.shown?.flags ?? 0,
    shape: row.shape,
    size: row.size,
    received: row.received,
    unsent: row.known ? (waiting.length > 0 ? 'changed' : 'no') : 'new',
    sendError: row.sendError,
    header: rows.header(row.luid) ?? new Uint8Array(),
  };
}

function foldersOf(rows: Rows): readonly FolderView[] {
  const counts = new Map(rows.folderCounts().map((count) => [count.folder, count]));
  return rows
    .shownFolders()
    .map((row) => ({
      luid: row.luid,
      name: row.name ?? '',
      role: row.role,
      parent: row.shown?.parent ?? null,
      mails: counts.get(row.luid)?.mails ?? 0,
      unread: counts.get(row.luid)?.unread ?? 0,
    }))
    .toSorted((a, b) => rank(a.role) - rank(b.role) || (a.name < b.name ? -1 : Number(a.name > b.name)));
}

function rank(role: string | null): number {
  const at = roleOrder.indexOf(role ?? '');
  return at < 0 ? roleOrder.length : at;
}
