// Submission through a real Postfix, delivered to a real Dovecot, and links that break at bad moments.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePeer } from '../../../../test/peers/describe-peer.ts';
import { type Dovecot, dovecotPeer, startDovecot } from '../../../../test/peers/dovecot.ts';
import { type Postfix, postfixPeer, startPostfix } from '../../../../test/peers/postfix.ts';
import { createImapMailServer, createSmtpSubmission, type MailLogEntry, type MailServer, type SmtpOptions } from '../../src/index.ts';
import { drain, latin1, plainMail, source } from '../contract/harness.ts';
import { startProxy } from '../proxy.ts';

describePeer('SMTP submission', [dovecotPeer, postfixPeer], () => {
  let dovecot: Dovecot;
  let postfix: Postfix;
  let bob: MailServer;
  beforeAll(async () => {
    dovecot = await startDovecot();
    postfix = await startPostfix({ dovecot });
    bob = createImapMailServer({ host: '127.0.0.1', port: dovecot.imapPort, security: 'none', user: 'bob', password: 'bobpw' });
  });
  afterAll(async () => {
    await bob.close();
    await postfix.stop();
    await dovecot.stop();
  });

  const options = (more: Partial<SmtpOptions> = {}): SmtpOptions => ({
    host: 'localhost',
    port: postfix.submissionPort,
    security: 'starttls',
    tls: { ca: dovecot.cert },
    login: { user: 'alice', password: 'alicepw' },
    ...more,
  });
  const toBob = { from: 'alice@example.test', to: ['bob@example.test'] };

  async function arrived(messageId: string): Promise<string> {
    await expect.poll(() => bob.find('INBOX', messageId), { timeout: 15_000 }).toHaveLength(1);
    const [uid = ''] = await bob.find('INBOX', messageId);
    const { bytes } = await drain((await bob.content('INBOX', uid)) ?? source(new Uint8Array()).open());
    return Buffer.from(bytes).toString('latin1');
  }

  it('sends a mail over STARTTLS that arrives byte for byte below the lines of its way', async () => {
    const mail = plainMail('by postfix', '.\r\n..two dots\r\n8-bit: \u00e9\r\n\r\nend\r\n');
    const submission = createSmtpSubmission(options());
    const result = await submission.submit(toBob, source(mail.bytes, 11));
    expect(result).toMatchObject({ outcome: 'accepted', refusedRecipients: [] });
    expect(result.text).toMatch(/^250 /);
    expect((await arrived(mail.messageId)).endsWith(Buffer.from(mail.bytes).toString('latin1'))).toBe(true);
    await submission.close();
  });

  it('streams a large mail', async () => {
    const mail = plainMail('large', 'abcdefghij'.repeat(7).concat('\r\n').repeat(40_000));
    const submission = createSmtpSubmission(options());
    expect(await submission.submit(toBob, source(mail.bytes, 50_000))).toMatchObject({ outcome: 'accepted' });
    expect((await arrived(mail.messageId)).length).toBeGreaterThan(mail.bytes.length);
  });

  it('throws ERR_MAIL_AUTH for a wrong password, with no password in the text', async () => {
    const submission = createSmtpSubmission(options({ login: { user: 'alice', password: 'not-the-password' } }));
    const error = await submission.submit(toBob, source(plainMail('x').bytes)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'ERR_MAIL_AUTH', scope: 'account', retryable: false });
    expect(JSON.stringify(error) + String(error)).not.toContain('not-the-password');
  });

  it('reports a recipient that is refused and sends to the others', async () => {
    const mail = plainMail('one of two');
    const submission = createSmtpSubmission(options({ login: { user: 'alice', password: 'alicepw' } }));
    const envelope = { from: toBob.from, to: ['not an address at all', ...toBob.to] };
    const result = await submission.submit(envelope, source(mail.bytes));
    expect(result).toMatchObject({ outcome: 'accepted', refusedRecipients: [{ address: 'not an address at all' }] });
    await arrived(mail.messageId);
  });

  it.each([
    ['recipient', { from: toBob.from, to: ['bob@example.test>\r\nRCPT TO:<alice@example.test'] }],
    ['recipient with a bare line feed', { from: toBob.from, to: ['bob@example.test>\nRCPT TO:<alice@example.test'] }],
    ['sender', { from: 'alice@example.test>\r\nRCPT TO:<bob@example.test', to: toBob.to }],
  ])('sends nothing for an envelope whose %s holds a line end', async (_which, envelope) => {
    const mail = plainMail('injected');
    const submission = createSmtpSubmission(options());
    expect(await submission.submit(envelope, source(mail.bytes))).toMatchObject({ outcome: 'refused', permanent: true });
    const after = plainMail('after');
    expect(await submission.submit(toBob, source(after.bytes))).toMatchObject({ outcome: 'accepted' });
    await arrived(after.messageId);
    expect(await bob.find('INBOX', mail.messageId)).toEqual([]);
    await submission.close();
  });

  it('tells a permanent refusal of all recipients, in the words of the server', async () => {
    const { login: _, ...open } = options({ port: postfix.smtpPort });
    const result = await createSmtpSubmission(open).submit(
      { from: 'a@example.test', to: ['x@elsewhere.test'] },
      source(plainMail('x').bytes),
    );
    expect(result).toMatchObject({ outcome: 'refused', permanent: true });
    expect(result.text).toContain('Relay access denied');
  });

  it('refuses an address with a line end in it before anything is sent', async () => {
    const proxy = await startProxy({ port: postfix.submissionPort });
    const submission = createSmtpSubmission(options({ port: proxy.port }));
    const envelope = { from: 'alice@example.test', to: ['bob@example.test>\r\nRCPT TO:<carol@example.test'] };
    expect(await submission.submit(envelope, source(plainMail('x').bytes))).toMatchObject({ outcome: 'refused', permanent: true });
    expect(await submission.submit({ from: 'alice@example.test', to: [] }, source(plainMail('x').bytes))).toMatchObject({
      permanent: true,
    });
    await proxy.close();
  });

  it('does not know what became of a mail when the link breaks after the final dot', async () => {
    const proxy = await startProxy({
      port: postfix.smtpPort,
      fromServer: (data, cut) => {
        if (!/^250 2\.0\.0 Ok: queued/m.test(data.toString('latin1'))) return data;
        cut();
        return Buffer.alloc(0);
      },
    });
    const mail = plainMail('accepted, but nobody heard it');
    const submission = createSmtpSubmission({ host: '127.0.0.1', port: proxy.port, security: 'none' });
    expect(await submission.submit(toBob, source(mail.bytes))).toMatchObject({ outcome: 'unknown' });
    await arrived(mail.messageId);
    await proxy.close();
  });

  it('calls a mail not accepted when the link breaks before the final dot', async () => {
    const proxy = await startProxy({
      port: postfix.smtpPort,
      fromClient: (data, cut) => {
        if (!data.includes('half way')) return data;
        cut();
        return Buffer.alloc(0);
      },
    });
    const mail = plainMail('cut', `half way\r\n${'filler to keep the source busy\r\n'.repeat(200_000)}`);
    const submission = createSmtpSubmission({ host: '127.0.0.1', port: proxy.port, security: 'none' });
    expect(await submission.submit(toBob, source(mail.bytes, 65_536))).toMatchObject({ outcome: 'refused', permanent: false });
    await proxy.close();
  });

  it('calls a mail not accepted when nobody listens', async () => {
    const proxy = await startProxy({ port: postfix.smtpPort });
    await proxy.close();
    const submission = createSmtpSubmission({ host: '127.0.0.1', port: proxy.port, security: 'none' });
    const result = await submission.submit(toBob, source(plainMail('x').bytes));
    expect(result).toEqual({ outcome: 'refused', permanent: false, text: 'no connection to the mail server (ECONNREFUSED)' });
  });

  it('sends nothing and throws the fault of a source that fails or does not keep its size', async () => {
    const short = plainMail('short');
    const submission = createSmtpSubmission(options());
    const lying = { size: short.bytes.length + 1, open: () => source(short.bytes).open() };
    await expect(submission.submit(toBob, lying)).rejects.toThrow('as many bytes as its size');
    const next = plainMail('after the short one');
    expect(await submission.submit(toBob, source(next.bytes))).toMatchObject({ outcome: 'accepted' });
    await arrived(next.messageId);
    expect(await bob.find('INBOX', short.messageId)).toEqual([]);
  });

  it('refuses a mail larger than the server takes, for good', async () => {
    const size = 60_000_000;
    const filler = latin1('x'.repeat(998).concat('\r\n'));
    async function* open(): AsyncIterable<Uint8Array> {
      for (let at = 0; at < size; at += filler.length) yield filler;
    }
    const result = await createSmtpSubmission(options()).submit(toBob, { size, open });
    expect(result).toMatchObject({ outcome: 'refused', permanent: true });
  });

  it('does not take a certificate that it cannot trust, and refuses clear text over a network', async () => {
    const { tls: _, ...untrusting } = options();
    const result = await createSmtpSubmission(untrusting).submit(toBob, source(plainMail('x').bytes));
    expect(result).toMatchObject({ outcome: 'refused', permanent: false });
    expect(() => createSmtpSubmission(options({ host: 'mail.example.test', security: 'none' }))).toThrow(RangeError);
  });

  it('sends to and from addresses beyond ASCII', async () => {
    const submission = createSmtpSubmission(options());
    const result = await submission.submit({ from: 'alice@example.test', to: ['bøb@example.test'] }, source(plainMail('x').bytes));
    // Dovecot's LMTP knows no such person; Postfix takes the mail because it speaks SMTPUTF8.
    expect(result).toMatchObject({ outcome: 'accepted' });
  });

  it('logs outcomes without secrets, and sends nothing once closed', async () => {
    const log: MailLogEntry[] = [];
    const submission = createSmtpSubmission(options({ log: (entry) => log.push(entry) }));
    await submission.submit(toBob, source(plainMail('secret subject').bytes));
    expect(log.map((entry) => entry.event)).toEqual(['submission accepted']);
    expect(JSON.stringify(log)).not.toMatch(/alicepw|secret subject|bob@/);
    await submission.close();
    await expect(submission.submit(toBob, source(plainMail('x').bytes))).rejects.toMatchObject({ code: 'ERR_MAIL_CONNECTION' });
    expect(submission.filesSentCopy).toBe(false);
    expect(createSmtpSubmission(options({ host: 'smtp.gmail.com' })).filesSentCopy).toBe(true);
  });
});
