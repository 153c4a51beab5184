// A second look: what stands at the mail server, by a connection that nothing else has used, and what a device shows.
import { Flag, type ListedMail } from '@packetboat/client';
import { createImapMailServer, createSmtpSubmission, type MailServer, type RemoteMail } from '@packetboat/mail';
import { expect } from 'vitest';
import type { Dovecot } from '../peers/dovecot.ts';
import type { Postfix } from '../peers/postfix.ts';
import type { TestDevice } from './mail-world.ts';

/** A mailbox by an IMAP connection of its own that nothing else has used. Ends with `use`. */
export async function withMailbox<T>(dovecot: Dovecot, user: string, use: (mailbox: MailServer) => Promise<T>): Promise<T> {
  const mailbox = createImapMailServer({
    host: dovecot.host,
    port: dovecot.imapPort,
    security: 'none',
    user,
    password: passwordOf(dovecot, user),
  });
  try {
    return await use(mailbox);
  } finally {
    await mailbox.close();
  }
}

/** A mail from a person's other mail program, through Postfix. */
export async function sendThrough(postfix: Postfix, dovecot: Dovecot, mail: { from: string; to: string; text: string }): Promise<void> {
  const login = { user: mail.from, password: passwordOf(dovecot, mail.from) };
  const tls = { ca: dovecot.cert };
  const program = createSmtpSubmission({ host: dovecot.host, port: postfix.submissionPort, security: 'starttls', login, tls });
  const bytes = Buffer.from(mail.text, 'latin1');
  const envelope = { from: `${mail.from}@example.test`, to: [`${mail.to}@example.test`] };
  const result = await program.submit(envelope, { size: bytes.length, open: () => inOne(bytes) });
  expect(result).toMatchObject({ outcome: 'accepted', refusedRecipients: [] });
  await program.close();
}

/** Bytes as a stream of one piece. */
export async function* inOne(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

function passwordOf(dovecot: Dovecot, user: string): string {
  return dovecot.users.find(({ name }) => name === user)?.password ?? '';
}

/** Mails of a folder as the mail server lists them, oldest first. */
export async function listFolder(mailbox: MailServer, folder: string): Promise<readonly RemoteMail[]> {
  const mails: RemoteMail[] = [];
  for await (const page of mailbox.changes(folder, undefined, () => Promise.resolve([]))) mails.push(...page.added);
  return mails;
}

/** All bytes of a mail at the mail server. */
export async function readContent(mailbox: MailServer, folder: string, uid: string): Promise<Uint8Array> {
  const content = await mailbox.content(folder, uid);
  if (content === undefined) throw new Error(`there is no mail ${uid} in ${folder}`);
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The newest mail of a folder, bytes as characters. */
export function newestIn(dovecot: Dovecot, user: string, folder: string): Promise<{ readonly text: string; readonly messageId: string }> {
  return withMailbox(dovecot, user, async (mailbox) => {
    const mail = (await listFolder(mailbox, folder)).at(-1);
    return { text: text(await readContent(mailbox, folder, mail?.uid ?? '')), messageId: mail?.messageId ?? '' };
  });
}

/** Bytes as characters, for comparing. */
export function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? new Uint8Array()).toString('latin1');
}

/** A mail that a device shows. */
export async function shownMail({ client }: TestDevice, messageId: string): Promise<ListedMail> {
  const mail = (await client.ls({ limit: 1_000 })).find(({ summary }) => summary.messageId === messageId);
  if (mail === undefined) throw new Error(`the device does not show ${messageId}`);
  return mail;
}

/** Folder to sorted `Message-ID flags` of its mails; empty folders are left out. */
export type MailState = Readonly<Record<string, readonly string[]>>;

const flagNames = ['read', 'replied', 'forwarded', 'flagged', 'deleted'] as const;
const flagBits = [Flag.Read, Flag.Replied, Flag.Forwarded, Flag.Flagged, Flag.Deleted] as const;

/** What stands at the mail server, by a fresh connection. */
export function stateAtServer(dovecot: Dovecot, user: string): Promise<MailState> {
  return withMailbox(dovecot, user, async (mailbox) => {
    const state: [string, string[]][] = [];
    for (const folder of await mailbox.folders()) {
      if (!folder.selectable) continue;
      const mails = await listFolder(mailbox, folder.path);
      state.push([folder.path, mails.map((mail) => line(mail.messageId, (index) => mail.flags[flagNames[index] ?? 'read']))]);
    }
    return tidy(state);
  });
}

/** What a device shows. */
export async function stateOnDevice({ client }: TestDevice): Promise<MailState> {
  const state = new Map<string, string[]>((await client.folders()).map((folder) => [folder.luid, []]));
  for (const mail of await client.ls({ limit: 1_000_000 })) {
    state.get(mail.folder ?? '')?.push(line(mail.summary.messageId, (index) => (mail.flags & (flagBits[index] ?? 0)) !== 0));
  }
  const names = new Map((await client.folders()).map((folder) => [folder.luid, folder.role === 'outbox' ? '(outbox)' : folder.name]));
  return tidy([...state].map(([luid, mails]) => [names.get(luid) ?? luid, mails]));
}

function line(messageId: string | undefined, has: (index: number) => boolean): string {
  return `${messageId ?? ''} ${flagNames.filter((_, index) => has(index)).join(',')}`.trim();
}

function tidy(state: readonly (readonly [string, readonly string[]])[]): MailState {
  const full = state.filter(([, mails]) => mails.length > 0).map(([name, mails]) => [name, mails.toSorted()] as const);
  return Object.fromEntries(full.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Looks until what is looked at holds, for 5 s at most; then the last look decides. What devices did reaches the mail server behind their sync. */
export async function eventually(look: () => Promise<void>): Promise<void> {
  for (const end = Date.now() + 5_000; ;) {
    try {
      return await look();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
