// Fills a Dovecot mailbox fast: mails are written as Maildir files, with their dates as INTERNALDATE, then indexed once.
import { chownSync, existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dovecot } from '../peers/dovecot.ts';
import { generateMails, type SampleMail, type SampleOptions } from './mail-samples.ts';

export interface FillOptions extends SampleOptions {
  readonly dovecot: Dovecot;
  /** The user's name, e.g. alice. The mailbox should not have been opened yet, or mails get UIDs in the order they are found. */
  readonly user: string;
  /** Default INBOX; another folder is made. */
  readonly folder?: string;
  /** Share of the mails that have been read, from the oldest on; default 0.9. */
  readonly seen?: number;
}

export interface Filled {
  readonly count: number;
  readonly bytes: number;
  /** Message-IDs in order of UID. */
  readonly messageIds: readonly string[];
  /** Date of the newest mail, milliseconds since 1970. */
  readonly lastDate: number;
}

/** Writes the mails (10,000 of 6 kB take about 2 s); the oldest gets UID 1. */
export async function fillDovecot(options: FillOptions): Promise<Filled> {
  const { dovecot, user, folder = 'INBOX', seen = 0.9, ...samples } = options;
  const current = makeMaildir(dovecot, user, folder);
  const messageIds: string[] = [];
  let bytes = 0;
  let lastDate = 0;
  for (const mail of generateMails({ to: { name: '', address: `${user}@example.test` }, ...samples })) {
    const read = messageIds.length < options.count * seen;
    writeMail(dovecot, join(current, maildirName(mail, messageIds.length, read)), mail);
    messageIds.push(mail.messageId);
    bytes += mail.bytes.length;
    lastDate = mail.date;
  }
  await dovecot.doveadm('index', '-u', user, folder);
  return { count: messageIds.length, bytes, messageIds, lastDate };
}

/** Dovecot numbers new files in the order of their names. S and W are the size as stored and as sent. */
function maildirName({ bytes, date }: SampleMail, index: number, read: boolean): string {
  return `${date / 1_000}.M${String(index).padStart(6, '0')}P1.filled,S=${bytes.length},W=${bytes.length}:2,${read ? 'S' : ''}`;
}

function writeMail({ owner }: Dovecot, path: string, mail: SampleMail): void {
  writeFileSync(path, mail.bytes, { mode: 0o600 });
  chownSync(path, owner.uid, owner.gid);
  // The time of the file is the INTERNALDATE.
  utimesSync(path, mail.date / 1_000, mail.date / 1_000);
}

/** Makes the folder's Maildir with the rights Dovecot needs; gives the path of its `cur`. */
function makeMaildir(dovecot: Dovecot, user: string, folder: string): string {
  const inbox = dovecot.maildir(user);
  const folders = [join(inbox, '..'), inbox];
  // Maildir++: all folders lie beside each other, a dot between the levels.
  if (folder !== 'INBOX') folders.push(join(inbox, `.${folder.replaceAll('/', '.')}`));
  const maildir = folders.at(-1) ?? inbox;
  for (const path of [...folders, ...['cur', 'new', 'tmp'].map((name) => join(maildir, name))]) {
    if (existsSync(path)) continue;
    mkdirSync(path, { mode: 0o700 });
    chownSync(path, dovecot.owner.uid, dovecot.owner.gid);
  }
  return join(maildir, 'cur');
}
