// Folder paths: segments divided by '/', in which '/' and '%' of a name are percent-encoded, so that a name may have any character.
import { MailError } from '../errors.ts';
import type { FolderRole } from '../port.ts';

export const INBOX = 'INBOX';

/** Made with every person. The outbox is not among them: mail on its way lives in the sync server. */
export const roleFolders: readonly { readonly path: string; readonly role: FolderRole }[] = [
  { path: INBOX, role: 'inbox' },
  { path: 'Sent', role: 'sent' },
  { path: 'Drafts', role: 'drafts' },
  { path: 'Trash', role: 'trash' },
  { path: 'Archive', role: 'archive' },
  { path: 'Junk', role: 'junk' },
];

export function refusedFolder(text: string): MailError {
  return new MailError('ERR_MAIL_REFUSED', text, { scope: 'folder', retryable: false });
}

/** INBOX is the inbox however it is written (RFC 9051 §5.1). */
export function normalPath(path: string): string {
  const slash = path.indexOf('/');
  const top = slash === -1 ? path : path.slice(0, slash);
  return top.toUpperCase() === INBOX ? INBOX + path.slice(top.length) : path;
}

/** Throws `ERR_MAIL_REFUSED` for a path that no folder may have. */
export function checkPath(path: string, maxLength: number): void {
  if (path.length > maxLength) throw refusedFolder('the folder name is too long');
  for (const segment of path.split('/')) {
    if (segment === '') throw refusedFolder('a folder name is empty');
    if (/\p{Cc}/u.test(segment) || !segment.isWellFormed()) throw refusedFolder('a folder name has control characters');
    if (/%(?!25|2F)/.test(segment)) throw refusedFolder('a folder path is not encoded');
  }
}

export function joinPath(parent: string | undefined, name: string): string {
  const segment = name.replaceAll('%', '%25').replaceAll('/', '%2F');
  return normalPath(parent === undefined ? segment : `${parent}/${segment}`);
}

export function nameOf(path: string): string {
  return path
    .slice(path.lastIndexOf('/') + 1)
    .replaceAll('%2F', '/')
    .replaceAll('%25', '%');
}

export function parentOf(path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  return slash === -1 ? undefined : path.slice(0, slash);
}
