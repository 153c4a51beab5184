import { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fillDovecot, type Filled } from '../../support/fill-dovecot.ts';
import { nastyMails, sampleMails } from '../../support/mail-samples.ts';
import { describePeer } from '../describe-peer.ts';
import { type Dovecot, dovecotPeer, startDovecot } from '../dovecot.ts';

describePeer('a filled Dovecot mailbox', dovecotPeer, () => {
  let dovecot: Dovecot;
  let filled: Filled;
  let client: ImapFlow;

  beforeAll(async () => {
    dovecot = await startDovecot();
    filled = await fillDovecot({ dovecot, user: 'alice', count: 100, seed: 3 });
    const { host, imapPort: port } = dovecot;
    client = new ImapFlow({ host, port, doSTARTTLS: false, auth: { user: 'alice', pass: 'alicepw' }, logger: false });
    await client.connect();
  });

  afterAll(async () => {
    await client.logout();
    await dovecot.stop();
  });

  test('has the mails in order, with their own dates, flags, bytes and structure', async () => {
    await client.mailboxOpen('INBOX');
    const options = { uid: true, envelope: true, internalDate: true, flags: true, source: true, bodyStructure: true } as const;
    const fetched = await client.fetchAll('1:*', options);
    const samples = sampleMails({ count: 100, seed: 3, to: { name: '', address: 'alice@example.test' } });
    expect(fetched.map((mail) => mail.uid)).toEqual(samples.map((_, index) => index + 1));
    expect(fetched.map((mail) => mail.envelope?.messageId)).toEqual(filled.messageIds);
    expect(fetched.map((mail) => mail.envelope?.subject)).toEqual(samples.map((mail) => mail.subject));
    expect(fetched.map((mail) => new Date(mail.internalDate ?? 0).getTime())).toEqual(samples.map((mail) => mail.date));
    expect(fetched.filter((mail) => mail.flags?.has('\\Seen')).length).toBe(90);
    expect(fetched.every((mail, index) => mail.source?.equals(samples[index]?.bytes ?? Buffer.alloc(0)))).toBe(true);
    expect(fetched.map((mail) => mail.bodyStructure?.type?.replace('multipart/', '').replace('text/', ''))).toEqual(
      samples.map((mail) => mail.kind),
    );
  });

  test('takes a folder besides INBOX', async () => {
    await fillDovecot({ dovecot, user: 'alice', count: 5, folder: 'Projects/2026' });
    expect((await client.mailboxOpen('Projects/2026')).exists).toBe(5);
  });

  test('takes every broken mail by LMTP, except that it may refuse a NUL', async () => {
    for (const mail of nastyMails.filter(({ containsNul }) => !containsNul)) await dovecot.deliver('bob@example.test', mail.bytes);
    expect(await dovecot.doveadm('mailbox', 'status', '-u', 'bob', 'messages', 'INBOX')).toContain(`messages=${nastyMails.length - 1}`);
  });
});
