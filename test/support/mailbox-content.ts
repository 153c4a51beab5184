// What a mailbox holds, whole: every mail of a folder with its bytes and flags, read anew from the mail server.
import type { IntegratedStore, MailFlags, MailServer } from '@packetboat/mail';

export interface ServerMail {
  readonly uid: string;
  readonly flags: MailFlags;
  readonly bytes: Buffer;
}

export async function folderPath(server: MailServer, role: string): Promise<string> {
  const folder = (await server.folders()).find((candidate) => candidate.role === role);
  if (folder === undefined) throw new Error(`no folder has the role ${role}`);
  return folder.path;
}

export async function readFolder(server: MailServer, path: string): Promise<ServerMail[]> {
  const mails: ServerMail[] = [];
  for await (const page of server.changes(path, undefined, () => Promise.resolve([]))) {
    for (const { uid, flags } of page.added) {
      const pieces: Uint8Array[] = [];
      for await (const piece of (await server.content(path, uid)) ?? []) pieces.push(piece);
      mails.push({ uid, flags, bytes: Buffer.concat(pieces) });
    }
  }
  return mails;
}

export async function deliverMail(store: IntegratedStore, to: string, mail: Uint8Array): Promise<void> {
  const results = await store.deliver(
    { from: 'sender@elsewhere.test', to: [to] },
    {
      size: mail.length,
      async *open() {
        yield mail;
      },
    },
  );
  if (results.some((result) => result.outcome !== 'delivered')) throw new Error(`the mail for ${to} was not delivered`);
}
