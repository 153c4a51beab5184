import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePeer } from '../describe-peer.ts';
import { type Dovecot, dovecotPeer, startDovecot } from '../dovecot.ts';
import { type Postfix, postfixPeer, startPostfix } from '../postfix.ts';
import { sessionMembers } from '../process.ts';

describePeer('Postfix launcher', [dovecotPeer, postfixPeer], () => {
  let dovecot: Dovecot;
  let postfix: Postfix;

  beforeAll(async () => {
    dovecot = await startDovecot();
    postfix = await startPostfix({ dovecot });
  });

  afterAll(async () => {
    expect(sessionMembers(postfix.pid).length).toBeGreaterThan(2);
    await postfix.stop();
    await dovecot.stop();
    expect(sessionMembers(postfix.pid)).toEqual([]);
  });

  const submit = (password: string, to: string) =>
    createTransport({
      host: 'localhost',
      port: postfix.submissionPort,
      requireTLS: true,
      tls: { ca: dovecot.cert },
      auth: { user: 'alice', pass: password },
    }).sendMail({ from: 'alice@example.test', to, subject: 'submitted', text: 'hello' });

  test('takes a submission after log-in and delivers it to Dovecot', async () => {
    await submit('alicepw', 'bob@example.test');
    await expect
      .poll(() => dovecot.doveadm('fetch', '-u', 'bob', 'hdr.subject', 'mailbox', 'INBOX', 'all'), { timeout: 10_000 })
      .toContain('submitted');
  });

  test('refuses a wrong password and mail to other domains', async () => {
    await expect(submit('wrong', 'bob@example.test')).rejects.toThrow(/535/);
    const asStranger = createTransport({ host: '127.0.0.1', port: postfix.smtpPort, ignoreTLS: true });
    await expect(asStranger.sendMail({ from: 'x@example.test', to: 'y@elsewhere.test', text: 'x' })).rejects.toThrow(
      /554.*Relay access denied/,
    );
  });
});
