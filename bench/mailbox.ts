// A mailbox at Dovecot and what others do to it: mails arrive, statuses change.
import { createImapMailServer, type MailServer } from '@packetboat/mail';
import type { Dovecot } from '../test/peers/dovecot.ts';
import { fillDovecot, type Filled } from '../test/support/fill-dovecot.ts';
import { sampleMails } from '../test/support/mail-samples.ts';

export interface BenchMailbox {
  readonly filled: Filled;
  /** Delivers mails of about 6 kB by LMTP; the mailbox has them when it resolves. */
  deliver(count: number): Promise<void>;
  /** Flags this many mails, spread over the mailbox. */
  flag(count: number): Promise<void>;
  /** How many mails of INBOX have been read. */
  countRead(): Promise<number>;
}

export interface BenchMailboxOptions {
  readonly dovecot: Dovecot;
  readonly user: string;
  readonly count: number;
  readonly meanBytes: number;
}

export async function fillMailbox({ dovecot, user, count, meanBytes }: BenchMailboxOptions): Promise<BenchMailbox> {
  // With this spread half of the mails are below a fifth of the mean, and one in a hundred holds a large attachment.
  const filled = await fillDovecot({ dovecot, user, count, meanBytes, sigma: 1.8, seed: count });
  let date = filled.lastDate;
  let seed = count;
  return {
    filled,
    deliver: async (number) => {
      const to = { name: '', address: `${user}@example.test` };
      const mails = sampleMails({ count: number, seed: (seed += 1), meanBytes: 6_200, sigma: 0.03, to, firstDate: date });
      date = mails.at(-1)?.date ?? date;
      for (const { bytes } of mails) await dovecot.deliver(to.address, bytes);
    },
    flag: (number) =>
      withMailbox(dovecot, user, async (mailbox) => {
        const uids = (await listInbox(mailbox)).filter(({ flags }) => !flags.flagged).map(({ uid }) => uid);
        await mailbox.setFlags('INBOX', spread(uids, number), { flagged: true });
      }),
    countRead: () => withMailbox(dovecot, user, async (mailbox) => (await listInbox(mailbox)).filter(({ flags }) => flags.read).length),
  };
}

/** This many of a list, at even distances. */
export function spread<T>(list: readonly T[], count: number): readonly T[] {
  return list.filter((_, index) => Math.floor((index * count) / list.length) !== Math.floor(((index - 1) * count) / list.length));
}

async function withMailbox<T>(dovecot: Dovecot, user: string, use: (mailbox: MailServer) => Promise<T>): Promise<T> {
  const password = dovecot.users.find(({ name }) => name === user)?.password ?? '';
  const mailbox = createImapMailServer({ host: dovecot.host, port: dovecot.imapPort, security: 'none', user, password });
  try {
    return await use(mailbox);
  } finally {
    await mailbox.close();
  }
}

async function listInbox(
  mailbox: MailServer,
): Promise<readonly { readonly uid: string; readonly flags: { readonly flagged: boolean; readonly read: boolean } }[]> {
  const mails = [];
  for await (const page of mailbox.changes('INBOX', undefined, () => Promise.resolve([]))) mails.push(...page.added);
  return mails;
}
