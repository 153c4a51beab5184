// Submission between the store's people, and by way of a relay.
import { describe, expect, it } from 'vitest';
import type { ByteSource, Envelope, Submission, SubmitResult } from '../../src/index.ts';
import { drain, largeMail, plainMail, source } from '../contract/harness.ts';
import { openInbound, openTestStore, PASSWORD, RawClient, readAll, stuffed } from './support.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function refused(words: string): SubmitResult {
  return { outcome: 'refused', permanent: true, text: words };
}

/** The outside world: notes what it was given and answers as it is told. */
class Outside implements Submission {
  readonly filesSentCopy = false;
  readonly remembersKeys: boolean;
  readonly got: { readonly envelope: Envelope; readonly text: string; readonly key: string | undefined }[] = [];
  answer: SubmitResult = { outcome: 'accepted', text: '2.0.0 queued outside', refusedRecipients: [] };

  constructor(remembersKeys = false) {
    this.remembersKeys = remembersKeys;
  }

  async submit(envelope: Envelope, mail: ByteSource, key?: string): Promise<SubmitResult> {
    const first = text((await drain(mail.open())).bytes);
    const second = text((await drain(mail.open())).bytes);
    expect(second === first).toBe(true);
    expect(first).toHaveLength(mail.size);
    this.got.push({ envelope, text: first, key });
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
    expect(relay.got[0]?.text).toMatch(
      /^Received: from test \(\[127\.0\.0\.1\]\)\r\n(?:\t.+\r\n)+Subject: out\r\nFrom: Alice@Example\.Test\r\nDate: .+\r\nMessage-ID: .+\r\n\r\nbody\r\n$/,
    );
    client.cut();
  });
});

describe('a submission that is named by a key', () => {
  const from = 'alice@example.test';
  const mail = source(plainMail('once').bytes);

  it('is delivered once however often it is repeated, also at the same time and after opening anew', async () => {
    await using opened = await openTestStore();
    const submission = opened.store.submission('alice');
    expect(submission.remembersKeys).toBe(true);
    const envelope = { from, to: ['bob@example.test', 'nobody@example.test'] };
    const first = await submission.submit(envelope, mail, 'k1');
    expect(first).toMatchObject({ outcome: 'accepted', refusedRecipients: [{ address: 'nobody@example.test' }] });
    expect(await submission.submit(envelope, mail, 'k1')).toEqual(first);
    await Promise.all([1, 2, 3, 4].map(() => submission.submit(envelope, mail, 'k2')));
    expect(await readAll(opened.store, 'bob')).toHaveLength(2);
    const again = await opened.reopen();
    expect(await again.submission('alice').submit(envelope, mail, 'k1')).toEqual(first);
    expect(await readAll(again, 'bob')).toHaveLength(2);
  });

  it('is another when the key is another, there is none, or somebody else has it', async () => {
    await using opened = await openTestStore();
    const to = ['zoë@bücher.test'];
    for (const key of ['k1', 'k2', undefined, undefined]) await opened.store.submission('alice').submit({ from, to }, mail, key);
    await opened.store.submission('bob').submit({ from: 'bob@example.test', to }, mail, 'k1');
    expect(await readAll(opened.store, 'zoe')).toHaveLength(5);
  });

  it('can be made again after it was refused', async () => {
    await using opened = await openTestStore();
    const envelope = { from, to: ['carol@example.test'] };
    expect(await opened.store.submission('alice').submit(envelope, mail, 'k')).toMatchObject({ outcome: 'refused' });
    await opened.store.addPerson({ user: 'carol', address: 'carol@example.test' });
    expect(await opened.store.submission('alice').submit(envelope, mail, 'k')).toMatchObject({ outcome: 'accepted' });
    expect(await readAll(opened.store, 'carol')).toHaveLength(1);
  });

  it('is not delivered here a second time when only the answer of the relay was not known', async () => {
    const relay = new Outside(true);
    await using opened = await openTestStore({ relay });
    const submission = opened.store.submission('alice');
    const envelope = { from, to: ['bob@example.test', 'x@elsewhere.test'] };
    relay.answer = { outcome: 'unknown', text: 'the link broke' };
    expect(await submission.submit(envelope, mail, 'k')).toEqual(relay.answer);
    relay.answer = { outcome: 'accepted', text: 'queued', refusedRecipients: [] };
    expect(await submission.submit(envelope, mail, 'k')).toEqual(relay.answer);
    expect(await submission.submit(envelope, mail, 'k')).toEqual(relay.answer);
    expect(relay.got.map((each) => each.key)).toEqual(['k', 'k']);
    expect(await readAll(opened.store, 'bob')).toHaveLength(1);
  });

  it('is remembered no better than the relay remembers it, and says so', async () => {
    for (const remembers of [true, false]) {
      await using opened = await openTestStore({ relay: new Outside(remembers) });
      expect(opened.store.submission('alice').remembersKeys).toBe(remembers);
    }
  });

  it('is forgotten after its time', async () => {
    let now = 1_000_000;
    await using opened = await openTestStore({ now: () => now, limits: { keyAge: 1000 } });
    const envelope = { from, to: ['bob@example.test'] };
    await opened.store.submission('alice').submit(envelope, mail, 'k');
    now += 500;
    let store = await opened.reopen();
    await store.submission('alice').submit(envelope, mail, 'k');
    expect(await readAll(store, 'bob')).toHaveLength(1);
    now += 1000;
    store = await opened.reopen();
    await store.submission('alice').submit(envelope, mail, 'k');
    expect(await readAll(store, 'bob')).toHaveLength(2);
  });
});
