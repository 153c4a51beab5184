import { existsSync } from 'node:fs';
import { ImapFlow } from 'imapflow';
import { expect, test } from 'vitest';
import { describePeer } from '../describe-peer.ts';
import { dovecotPeer, startDovecot } from '../dovecot.ts';
import { sessionMembers } from '../process.ts';

const mail = (subject: string): Uint8Array => Buffer.from(`Subject: ${subject}\r\nFrom: x@example.test\r\n\r\n.dot\r\ntext\r\n`);

describePeer('Dovecot launcher', dovecotPeer, () => {
  test('delivers by LMTP what is then read by IMAP over TLS', async () => {
    const dovecot = await startDovecot();
    try {
      await dovecot.deliver('alice@example.test', mail('first'));
      const [alice] = dovecot.users;
      const client = new ImapFlow({
        host: 'localhost',
        port: dovecot.imapsPort,
        secure: true,
        tls: { ca: dovecot.cert },
        auth: { user: alice?.name ?? '', pass: alice?.password ?? '' },
        logger: false,
      });
      await client.connect();
      expect(client.capabilities.has('QRESYNC')).toBe(true);
      const mailbox = await client.mailboxOpen('INBOX');
      expect(mailbox.exists).toBe(1);
      const fetched = await client.fetchOne('1', { source: true });
      expect(fetched === false ? '' : fetched.source?.toString()).toMatch(/Subject: first\r\n.*\r\n\r\n\.dot\r\ntext\r\n$/s);
      await client.logout();
      expect((await dovecot.doveadm('mailbox', 'status', '-u', 'alice', 'messages', 'INBOX')).trim()).toBe('INBOX messages=1');
      expect(existsSync(`${dovecot.maildir('alice')}/cur`)).toBe(true);
    } finally {
      await dovecot.stop();
    }
  });

  test('announces only the capability it was told to, while another instance runs beside it', async () => {
    const [plain, full] = await Promise.all([startDovecot({ capability: 'IMAP4rev1 IDLE' }), startDovecot()]);
    try {
      const capabilities = await Promise.all(
        [plain, full].map(async ({ host, imapPort: port }) => {
          const client = new ImapFlow({ host, port, doSTARTTLS: false, auth: { user: 'bob', pass: 'bobpw' }, logger: false });
          await client.connect();
          const { size } = client.capabilities;
          await client.logout();
          return size;
        }),
      );
      expect(capabilities[0]).toBe(2);
      expect(capabilities[1]).toBeGreaterThan(20);
    } finally {
      await Promise.all([plain.stop(), full.stop()]);
    }
  });

  test('leaves no process and no file behind', async () => {
    const dovecot = await startDovecot();
    await dovecot.deliver('carol@example.test', mail('x'));
    expect(sessionMembers(dovecot.pid).length).toBeGreaterThan(1);
    const folder = dovecot.maildir('carol');
    await dovecot.stop();
    expect(sessionMembers(dovecot.pid)).toEqual([]);
    expect(existsSync(folder)).toBe(false);
  });

  test('rejects a delivery to nobody with the words of the server', async () => {
    const dovecot = await startDovecot();
    try {
      await expect(dovecot.deliver('mallory@example.test', mail('x'))).rejects.toThrow(/550 .*mallory/);
    } finally {
      await dovecot.stop();
    }
  });
});
