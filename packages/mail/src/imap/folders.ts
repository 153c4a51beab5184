// Folders: LIST with SPECIAL-USE (RFC 6154) as the port's folders, names, and making, renaming and removing them.
import type { ListResponse } from 'imapflow';
import { MailError } from '../errors.ts';
import type { FolderRole, RemoteFolder } from '../port.ts';
import type { Connection } from './connection.ts';
import { roleByName } from './role-names.ts';

const ROLES: Readonly<Record<string, FolderRole>> = {
  '\\Inbox': 'inbox',
  '\\Sent': 'sent',
  '\\Drafts': 'drafts',
  '\\Trash': 'trash',
  '\\Archive': 'archive',
  '\\Junk': 'junk',
};

export async function listFolders({ client }: Connection): Promise<readonly RemoteFolder[]> {
  const entries = (await client.list()).filter((entry) => entry.path !== '' && !entry.flags.has('\\NonExistent'));
  const roles = assignRoles(entries);
  const paths = new Set(entries.map((entry) => entry.path));
  return entries.map((entry) => remoteFolder(entry, parentOf(entry, paths, client.namespace?.prefix ?? ''), roles.get(entry.path)));
}

function remoteFolder(entry: ListResponse, parent: string | undefined, role: FolderRole | undefined): RemoteFolder {
  const folder = { path: entry.path, name: entry.name, selectable: isSelectable(entry) };
  return { ...folder, ...(parent === undefined ? {} : { parent }), ...(role === undefined ? {} : { role }) };
}

export function isSelectable(entry: ListResponse): boolean {
  return !entry.flags.has('\\Noselect') && !entry.flags.has('\\NonExistent');
}

/** The nearest folder above that is listed. Where all folders must lie below INBOX (a namespace with a prefix), that is the top. */
function parentOf({ path, delimiter }: ListResponse, paths: ReadonlySet<string>, prefix: string): string | undefined {
  if (!delimiter) return undefined;
  for (let end = path.lastIndexOf(delimiter); end > 0; end = path.lastIndexOf(delimiter, end - 1)) {
    const above = path.slice(0, end);
    if (`${above}${delimiter}` === prefix) return undefined;
    if (paths.has(above)) return above;
  }
  return undefined;
}

/** Each role goes to one folder: to the one that the server marks, else to one with a usual name, near the top before deep. */
function assignRoles(entries: readonly ListResponse[]): ReadonlyMap<string, FolderRole> {
  const roles = new Map<string, FolderRole>();
  const given = new Set<FolderRole>();
  const give = (entry: ListResponse, role: FolderRole | undefined): void => {
    if (role === undefined || given.has(role) || roles.has(entry.path) || !isSelectable(entry)) return;
    roles.set(entry.path, role);
    given.add(role);
  };
  for (const entry of entries) if (entry.path === 'INBOX') give(entry, 'inbox');
  for (const entry of entries) if (entry.specialUseSource === 'extension') give(entry, ROLES[entry.specialUse ?? '']);
  const byDepth = entries.toSorted((a, b) => a.parent.length - b.parent.length);
  for (const entry of byDepth) give(entry, roleByName(entry.name));
  // Gmail archives by taking a mail out of everything else; then it is in All Mail.
  for (const entry of entries) if (entry.flags.has('\\All')) give(entry, 'archive');
  return roles;
}

/** The path of a folder of this name; what cannot stand in a name (the separator, control characters) becomes `_`. */
export async function childPath({ client }: Connection, parent: string | undefined, name: string): Promise<string> {
  const { namespace } = client;
  const delimiter = await delimiterOf(client, parent, namespace?.delimiter);
  const clean = name.normalize('NFC').replace(/\p{Cc}/gu, '_');
  const segment = delimiter === '' ? clean : clean.replaceAll(delimiter, '_');
  if (segment.trim() === '') throw refused('a folder needs a name');
  if (parent === undefined) return `${namespace?.prefix ?? ''}${segment}`;
  if (delimiter === '') throw refused('this mail server has no folders within folders');
  return `${parent}${delimiter}${segment}`;
}

async function delimiterOf(client: Connection['client'], parent: string | undefined, usual: string | null | undefined): Promise<string> {
  if (typeof usual === 'string' && usual !== '') return usual;
  if (usual === null) return '';
  const entries = await client.list({ listOnly: true });
  return (entries.find((entry) => entry.path === parent) ?? entries[0])?.delimiter ?? '';
}

/** @throws MailError ERR_MAIL_REFUSED also when the folder exists */
export async function createFolder(connection: Connection, path: string): Promise<void> {
  const { created } = await connection.client.mailboxCreate(path);
  if (!created) throw refused('the folder exists');
}

export async function renameFolder(connection: Connection, path: string, to: string): Promise<void> {
  await leave(connection, path);
  await connection.client.mailboxRename(path, to);
  // Programs that show subscribed folders alone would lose sight of it. A refusal answers false and changes nothing else.
  await connection.client.mailboxSubscribe(to);
  await connection.client.mailboxUnsubscribe(path);
}

/** ImapFlow closes a selected folder before it renames it, and CLOSE removes what is marked \Deleted unless the folder is open for reading only. */
async function leave(connection: Connection, path: string): Promise<void> {
  const { client } = connection;
  if (client.mailbox === false || client.mailbox.path !== path || connection.has('UNSELECT')) return;
  await client.mailboxOpen(path, { readOnly: true });
}

export async function removeFolder({ client }: Connection, path: string): Promise<void> {
  await client.mailboxDelete(path);
  await client.mailboxUnsubscribe(path);
}

function refused(text: string): MailError {
  return new MailError('ERR_MAIL_REFUSED', text, { scope: 'folder', retryable: false });
}
