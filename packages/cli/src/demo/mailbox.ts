// A mailbox at the mail server, read from nothing over a connection of its own: what the demo's steps are judged by.
import type { RunningServer } from '@packetboat/server';

/** One person's mailbox behind the mail server port. */
export type MailboxAtServer = ReturnType<NonNullable<RunningServer['integrated']>['mailServer']>;

export interface ServedMail {
  /** Role of the folder, or its path where it has none. */
  readonly folder: string;
  readonly path: string;
  readonly uid: string;
  readonly messageId: string;
  /** Those that are set, in a fixed order. */
  readonly flags: string;
  readonly size: number;
}

/** Flags that travel to devices, in the order in which they are written. */
const flagNames = ['read', 'replied', 'forwarded', 'flagged', 'deleted'] as const;

/** All mails of all folders. */
export async function readMailbox(mailbox: MailboxAtServer): Promise<readonly ServedMail[]> {
  const mails: ServedMail[] = [];
  for (const folder of await mailbox.folders()) {
    if (!folder.selectable) continue;
    for await (const page of mailbox.changes(folder.path, undefined, () => Promise.resolve([]))) {
      for (const { uid, messageId, digest, flags, size } of page.added) {
        const set = flagNames.filter((name) => flags[name]).join(' ');
        mails.push({ folder: folder.role ?? folder.path, path: folder.path, uid, messageId: messageId ?? digest, flags: set, size });
      }
    }
  }
  return mails;
}

/** The whole mail; undefined when it has vanished. */
export async function readBytes(mailbox: MailboxAtServer, mail: ServedMail): Promise<Uint8Array | undefined> {
  const content = await mailbox.content(mail.path, mail.uid);
  if (content === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

/** Bytes as the mail server port takes them. */
export function byteSource(bytes: Uint8Array): { readonly size: number; open(): AsyncIterable<Uint8Array> } {
  return {
    size: bytes.length,
    async *open() {
      yield bytes;
    },
  };
}
