// Submission between the store's people, and by way of a relay.
import { describe, expect, it } from 'vitest';
import type { ByteSource, Envelope, Submission, SubmitResult } from '../../src/index.ts';
import { drain, largeMail, plainMail, source } from '../contract/harness.ts';
import { openInbound, openTestStore, PASSWORD, RawClient, readAll, stuffed } from './support.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** The outside world: notes what it was given and answers as it is told. */
class Outside implements Submission {
  readonly filesSentCopy = false;
  readonly got: { readonly envelope: Envelope; readonly text: string }[] = [];
  answer: SubmitResult = { outcome: 'accepted', text: '2.0.0 queued outside', refusedRecipients: [] };

  async submit(envelope: Envelope, mail: ByteSource): Promise<SubmitResult> {
    const first = text((await drain(mail.open())).bytes);
    const second = text((await drain(mail.open())).bytes);
    expect(second === first).toBe(true);
    expect(first).toHaveLength(mail.size);
    this.got.push({ envelope, text: first });
    return this.answer;
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

describe('submission without a relay', () => {
  it('delivers to people here, bytes unchanged, and names who was refused and why', async () => {
    await using opened = await openTestStore();
    const submission = opened.store.submission('alice');
    expect(submission.filesSentCopy).toBe(false);
    const mail = plainMail('to bob');
    const to = ['bob@example.test', 'nobody@example.test', 'x@elsewhere.test'];
    expect(await submission.submit({ from: 'alice@example.test', to }, source(mail.bytes))).toEqual({
      outcome: 'accepted',
      text: 'delivered',
      refusedRecipients: [
        { address: 'nobody@example.test', text: 'no such mailbox here' },
        { address: 'x@elsewhere.test', text: 'relaying is not configured' },
      ],
    });
    expect(await readAll(opened.store, 'bob')).toEqual([text(mail.bytes)]);
    expect(await readAll(opened.store, 'alice', 'Sent')).toEqual([]);
  });

  it('refuses for good when nobody can be reached, when the sender is another, and what is too large', async () => {
    await using opened = await openTestStore({ limits: { maxMailBytes: 5000 } });
    const submission = opened.store.submission('alice');
    const mail = source(plainMail('x').bytes);
    const from = 'alice@example.test';
    const refused = (words: string): unknown => ({ outcome: 'refused', permanent: true, text: words });
    expect(await submission.submit({ from, to: ['x@elsewhere.test'] }, mail)).toEqual(refused('relaying is not configured'));
    expect(await submission.submit({ from, to: ['nobody@example.test'] }, mail)).toEqual(refused('no such mailbox here'));
    expect(await submission.submit({ from, to: [] }, mail)).toEqual(refused('there is no recipient'));
    for (const other of ['bob@example.test', 'x@elsewhere.test', '']) {
      expect(await submission.submit({ from: other, to: ['bob@example.test'] }, mail)).toEqual(refused('the sender address is not yours'));
    }
    const large = source(largeMail(6000).bytes);
    expect(await submission.submit({ from, to: ['bob@example.test'] }, large)).toEqual(refused('a mail may have 5000 bytes at most'));
    expect(await readAll(opened.store, 'bob')).toEqual([]);
    await expect(opened.store.submission('nobody').submit({ from, to: ['bob@example.test'] }, mail)).rejects.toMatchObject({
      code: 'ERR_MAIL_AUTH',
    });
  });
});

describe('submission with a relay', () => {
  const from = 'alice@example.test';
  const to = ['bob@example.test', 'x@elsewhere.test', 'y@elsewhere.test'];

  it('gives it the recipients outside and the same bytes, and keeps the others', async () => {
    const relay = new Outside();
    await using opened = await openTestStore({ relay });
    relay.answer = { outcome: 'accepted', text: 'queued', refusedRecipients: [{ address: 'y@elsewhere.test', text: 'unknown there' }] };
    for (const mail of [plainMail('small'), largeMail(700_000)]) {
      expect(await opened.store.submission('alice').submit({ from, to }, source(mail.bytes))).toEqual(relay.answer);
      expect(relay.got.at(-1)?.envelope).toEqual({ from, to: ['x@elsewhere.test', 'y@elsewhere.test'] });
      expect(relay.got.at(-1)?.text === text(mail.bytes)).toBe(true);
      expect((await readAll(opened.store, 'bob')).at(-1) === text(mail.bytes)).toBe(true);
    }
  });

  it('delivers to nobody when the relay says "later", so that the same can be submitted again', async () => {
    const relay = new Outside();
    await using opened = await openTestStore({ relay });
    relay.answer = { outcome: 'refused', permanent: false, text: 'try later' };
    const mail = source(plainMail('x').bytes);
    expect(await opened.store.submission('alice').submit({ from, to }, mail)).toEqual(relay.answer);
    expect(await readAll(opened.store, 'bob')).toEqual([]);
    relay.answer = { outcome: 'accepted', text: 'queued', refusedRecipients: [] };
    expect(await opened.store.submission('alice').submit({ from, to }, mail)).toMatchObject({ outcome: 'accepted' });
    expect(await readAll(opened.store, 'bob')).toHaveLength(1);
  });

  it('delivers here and names those outside when the relay refuses them for good', async () => {
    const relay = new Outside();
    await using opened = await openTestStore({ relay });
    relay.answer = { outcome: 'refused', permanent: true, text: 'no' };
    const submission = opened.store.submission('alice');
    expect(await submission.submit({ from, to }, source(plainMail('x').bytes))).toMatchObject({
      outcome: 'accepted',
      refusedRecipients: [
        { address: 'x@elsewhere.test', text: 'no' },
        { address: 'y@elsewhere.test', text: 'no' },
      ],
    });
    expect(await submission.submit({ from, to: ['x@elsewhere.test'] }, source(plainMail('x').bytes))).toEqual(relay.answer);
    expect(await readAll(opened.store, 'bob')).toHaveLength(1);
  });

  it('passes on that the fate of a mail is not known', async () => {
    const relay = new Outside();
    await using opened = await openTestStore({ relay });
    relay.answer = { outcome: 'unknown', text: 'the link broke' };
    expect(await opened.store.submission('alice').submit({ from, to }, source(plainMail('x').bytes))).toEqual(relay.answer);
    expect(await readAll(opened.store, 'bob')).toHaveLength(1);
  });

  it('is open by SMTP to those who have logged in and to nobody else', async () => {
    const relay = new Outside();
    await using inbound = await openInbound({}, { relay });
    const client = await RawClient.connect(inbound.smtp);
    await client.command('EHLO test');
    await client.command('MAIL FROM:<alice@example.test>');
    expect(await client.command('RCPT TO:<x@elsewhere.test>')).toMatch(/^550 .*relaying/);
    await client.command('RSET');
    expect(await client.command(`AUTH PLAIN ${Buffer.from(`\0alice\0${PASSWORD}`).toString('base64')}`)).toMatch(/^235/);
    for (const [answer, code] of [
      [relay.answer, /^250/],
      [{ outcome: 'refused', permanent: false, text: 'later' }, /^451 .*later/],
      [{ outcome: 'refused', permanent: true, text: 'never' }, /^554 .*never/],
      [{ outcome: 'unknown', text: 'broke' }, /^451/],
    ] as const) {
      relay.answer = answer;
      await client.command('MAIL FROM:<alice@example.test>');
      expect(await client.command('RCPT TO:<x@elsewhere.test>')).toMatch(/^250/);
      await client.command('DATA');
      client.send(stuffed('Subject: out\r\n\r\nbody\r\n'));
      expect(await client.reply()).toMatch(code);
    }
    expect(relay.got).toHaveLength(4);
    expect(relay.got[0]?.text).toMatch(/^Received: from test \(\[127\.0\.0\.1\]\)\r\n(?:\t.+\r\n)+Subject: out\r\n\r\nbody\r\n$/);
    client.cut();
  });
});
