// Mail that arrives by SMTP and LMTP, sent by real clients and by one that sends exactly the bytes it is told.
import { createTransport, type Transporter } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import { startInbound } from '../../src/integrated/inbound.ts';
import { openIntegratedStore } from '../../src/integrated/store.ts';
import { openInbound, openTestStore, PASSWORD, RawClient, readAll, stuffed, withoutTrace } from './support.ts';

const MAIL =
  'From: Ann <ann@outside.test>\r\nTo: alice@example.test\r\nSubject: tide\r\nMessage-ID: <t1@outside.test>\r\n\r\nHigh at six.\r\n';

function transport(port: number, lmtp: boolean, auth?: { user: string; pass: string }): Transporter {
  return createTransport({
    host: '127.0.0.1',
    port,
    secure: false,
    ignoreTLS: true,
    ...(lmtp ? { lmtp: true } : {}),
    ...(auth === undefined ? {} : { auth }),
  });
}

function send(
  port: number,
  to: string[],
  options: { lmtp?: boolean; from?: string; auth?: { user: string; pass: string } } = {},
): Promise<unknown> {
  const client = transport(port, options.lmtp === true, options.auth);
  return client
    .sendMail({ envelope: { from: options.from ?? 'ann@outside.test', to }, raw: Buffer.from(MAIL) })
    .finally(() => client.close());
}

/** The parameter of AUTH PLAIN (RFC 4616). */
function plain(...parts: string[]): string {
  return Buffer.from(parts.join('\0')).toString('base64');
}

describe('SMTP as the mail exchanger of our people', () => {
  it('delivers to addresses and aliases, each person once, with Return-Path and Received in front', async () => {
    await using inbound = await openInbound({ now: () => Date.UTC(2026, 10, 23, 10, 0, 0) });
    await send(inbound.smtp, ['ALICE@example.TEST', 'a.liddell@example.test', 'bob@example.test']);
    const [first, ...others] = await readAll(inbound.store, 'alice');
    expect(others).toEqual([]);
    expect(first).toMatch(
      /^Return-Path: <ann@outside\.test>\r\nReceived: from \S+ \(\[127\.0\.0\.1\]\)\r\n\tby mx\.example\.test with ESMTP id \S+;\r\n\tMon, 23 Nov 2026 10:00:00 \+0000\r\nFrom: Ann/,
    );
    expect(withoutTrace(first ?? '')).toBe(MAIL);
    expect((await readAll(inbound.store, 'bob')).map(withoutTrace)).toEqual([MAIL]);
  });

  it('adds nothing when it is told so', async () => {
    await using inbound = await openInbound({ traceHeaders: false });
    await send(inbound.smtp, ['bob@example.test']);
    await send(inbound.lmtp, ['bob@example.test'], { lmtp: true });
    expect(await readAll(inbound.store, 'bob')).toEqual([MAIL, MAIL]);
  });

  it('refuses other domains, unknown people and log-ins of others at RCPT, and takes the null sender', async () => {
    await using inbound = await openInbound();
    const client = await RawClient.connect(inbound.smtp);
    await client.command('EHLO test');
    expect(await client.command('MAIL FROM:<>')).toMatch(/^250/);
    expect(await client.command('RCPT TO:<someone@elsewhere.test>')).toMatch(/^550 .*relaying is not configured/);
    expect(await client.command('RCPT TO:<nobody@example.test>')).toMatch(/^550 .*no such mailbox/);
    expect(await client.command('RCPT TO:<alice%elsewhere.test@example.test>')).toMatch(/^550/);
    expect(await client.command('RCPT TO:<"alice@elsewhere.test"@example.test>')).toMatch(/^5/);
    expect(await client.command('DATA')).toMatch(/^503/);
    expect(await client.command('RCPT TO:<@elsewhere.test:bob@example.test>')).toMatch(/^250/);
    await client.command('DATA');
    client.send(stuffed(MAIL));
    expect(await client.reply()).toMatch(/^250/);
    expect((await readAll(inbound.store, 'bob'))[0]).toMatch(/^Return-Path: <>\r\n/);
    client.cut();
  });

  it('delivers to an international address written either way (RFC 6531)', async () => {
    await using inbound = await openInbound();
    await send(inbound.smtp, ['zoë@xn--bcher-kva.test']);
    await send(inbound.smtp, ['ZOË@BÜCHER.test']);
    expect((await readAll(inbound.store, 'zoe')).map(withoutTrace)).toEqual([MAIL, MAIL]);
  });

  it('announces SIZE, 8BITMIME and SMTPUTF8, and neither STARTTLS nor commands that are not for the public', async () => {
    await using inbound = await openInbound();
    const client = await RawClient.connect(inbound.smtp);
    const features = await client.command('EHLO test');
    for (const feature of ['SIZE 1000000', '8BITMIME', 'SMTPUTF8', 'PIPELINING', 'ENHANCEDSTATUSCODES', 'AUTH PLAIN LOGIN']) {
      expect(features).toContain(feature);
    }
    expect(features).not.toMatch(/STARTTLS|XCLIENT|XFORWARD/);
    for (const command of ['STARTTLS', 'WIZ', 'XCLIENT ADDR=192.0.2.1', 'AUTH CRAM-MD5'])
      expect(await client.command(command)).toMatch(/^50/);
    client.cut();
  });
});

describe('size', () => {
  it('refuses a mail that says it is too large, and one that turns out to be, and goes on with the connection', async () => {
    await using inbound = await openInbound({ maxSize: 300_000 });
    const client = await RawClient.connect(inbound.smtp);
    await client.command('EHLO test');
    expect(await client.command('MAIL FROM:<ann@outside.test> SIZE=300001')).toMatch(/^552/);
    for (const extra of [1, 400_000]) {
      await client.command('MAIL FROM:<ann@outside.test>');
      await client.command('RCPT TO:<bob@example.test>');
      await client.command('DATA');
      client.send(stuffed(`${'a'.repeat(300_000 - 2 + extra)}\r\n`));
      expect(await client.reply()).toMatch(/^552 .*300000 bytes/);
    }
    await client.command('MAIL FROM:<ann@outside.test>');
    await client.command('RCPT TO:<bob@example.test>');
    await client.command('DATA');
    const fits = `${'a'.repeat(300_000 - 2)}\r\n`;
    client.send(stuffed(fits));
    expect(await client.reply()).toMatch(/^250/);
    expect((await readAll(inbound.store, 'bob')).map(withoutTrace)).toEqual([fits]);
    client.cut();
  });

  it('announces no more than the store takes, trace lines included', async () => {
    await using inbound = await openInbound({ maxSize: 50_000_000 }, { limits: { maxMailBytes: 20_000 } });
    const client = await RawClient.connect(inbound.lmtp);
    const size = Number(/SIZE (\d+)/.exec(await client.command('LHLO test'))?.[1]);
    expect(size).toBeLessThan(20_000);
    await client.command('MAIL FROM:<ann@outside.test>');
    await client.command('RCPT TO:<bob@example.test>');
    await client.command('DATA');
    client.send(stuffed(`${'a'.repeat(size - 2)}\r\n`));
    expect(await client.reply()).toMatch(/^250/);
    client.cut();
  });
});

describe('LMTP', () => {
  it('answers for each recipient, also for one that is named twice', async () => {
    await using inbound = await openInbound();
    const client = await RawClient.connect(inbound.lmtp);
    expect(await client.command('EHLO test')).toMatch(/^5/);
    await client.command('LHLO test');
    await client.command('MAIL FROM:<ann@outside.test>');
    expect(await client.command('RCPT TO:<alice@example.test>')).toMatch(/^250/);
    expect(await client.command('RCPT TO:<bob@example.test>')).toMatch(/^250/);
    expect(await client.command('RCPT TO:<bob@example.test>')).toMatch(/^250/);
    expect(await client.command('RCPT TO:<nobody@example.test>')).toMatch(/^550/);
    await client.command('DATA');
    await inbound.store.removePerson('alice');
    client.send(stuffed(MAIL));
    expect(await client.reply()).toMatch(/^550/);
    expect(await client.reply()).toMatch(/^250/);
    expect(await client.reply()).toMatch(/^250/);
    expect(await client.command('NOOP')).toMatch(/^250/);
    expect(await readAll(inbound.store, 'bob')).toHaveLength(1);
    client.cut();
  });

  it('says of a mail that is too large so for each recipient', async () => {
    await using inbound = await openInbound({ maxSize: 1000 });
    const client = await RawClient.connect(inbound.lmtp);
    await client.command('LHLO test');
    await client.command('MAIL FROM:<ann@outside.test>');
    await client.command('RCPT TO:<alice@example.test>');
    await client.command('RCPT TO:<bob@example.test>');
    await client.command('DATA');
    client.send(stuffed(`${'a'.repeat(2000)}\r\n`));
    expect(await client.reply()).toMatch(/^552/);
    expect(await client.reply()).toMatch(/^552/);
    expect(await readAll(inbound.store, 'bob')).toEqual([]);
    client.cut();
  });

  it('delivers what nodemailer sends by LMTP and tells it whom it refused', async () => {
    await using inbound = await openInbound();
    const info = await send(inbound.lmtp, ['alice@example.test', 'nobody@example.test', 'bob@example.test'], { lmtp: true });
    expect(info).toMatchObject({ accepted: ['alice@example.test', 'bob@example.test'], rejected: ['nobody@example.test'] });
    expect((await readAll(inbound.store, 'alice')).map(withoutTrace)).toEqual([MAIL]);
    expect((await readAll(inbound.store, 'alice'))[0]).toContain(' with LMTP id ');
  });

  it('takes no log-in and sends nothing on', async () => {
    await using inbound = await openInbound();
    const client = await RawClient.connect(inbound.lmtp);
    expect(await client.command('LHLO test')).not.toContain('AUTH');
    await client.command('MAIL FROM:<alice@example.test>');
    expect(await client.command('RCPT TO:<someone@elsewhere.test>')).toMatch(/^550 .*relaying/);
    client.cut();
  });
});

describe('a mail that does not arrive in full', () => {
  it('is not kept when the connection is cut before the final dot, and the next one is', async () => {
    await using inbound = await openInbound();
    for (const cutAfter of [10, 400_000]) {
      const client = await RawClient.connect(inbound.smtp);
      await client.command('EHLO test');
      await client.command('MAIL FROM:<ann@outside.test>');
      await client.command('RCPT TO:<bob@example.test>');
      await client.command('DATA');
      client.send(`${MAIL}${'x'.repeat(cutAfter)}`);
      await client.flush();
      await new Promise((resolve) => setTimeout(resolve, 50));
      client.cut();
    }
    await send(inbound.smtp, ['bob@example.test']);
    expect((await readAll(inbound.store, 'bob')).map(withoutTrace)).toEqual([MAIL]);
  });

  it('gets "try again later" when the store cannot take it', async () => {
    await using inbound = await openInbound();
    const client = await RawClient.connect(inbound.smtp);
    await client.command('EHLO test');
    await client.command('MAIL FROM:<ann@outside.test>');
    await client.command('RCPT TO:<bob@example.test>');
    await client.command('DATA');
    await inbound.store.close();
    client.send(stuffed(MAIL));
    expect(await client.reply()).toMatch(/^451 \S+ the mail could not be stored, try again later\r\n$/);
    client.cut();
    const again = await openIntegratedStore({ file: inbound.path, now: Date.now });
    expect(await readAll(again, 'bob')).toEqual([]);
    await again.close();
  });
});

describe('an envelope', () => {
  it.each(['a\rb@outside.test', 'a\0b@outside.test', 'a b@outside.test', 'no-address'])('with the sender %j is refused', async (sender) => {
    await using inbound = await openInbound();
    for (const [port, hello] of [
      [inbound.smtp, 'EHLO'],
      [inbound.lmtp, 'LHLO'],
    ] as const) {
      const client = await RawClient.connect(port);
      await client.command(`${hello} test`);
      expect(await client.command(`MAIL FROM:<${sender}>`)).toMatch(/^5/);
      client.cut();
    }
  });

  it.each(['bob@example.test\rRCPT TO:<alice@example.test', 'bob\0@example.test', 'bob@exam\rple.test'])(
    'with the recipient %j is refused',
    async (recipient) => {
      await using inbound = await openInbound();
      const client = await RawClient.connect(inbound.smtp);
      await client.command('EHLO test');
      await client.command('MAIL FROM:<ann@outside.test>');
      expect(await client.command(`RCPT TO:<${recipient}>`)).toMatch(/^5/);
      client.cut();
    },
  );
});

describe('submission by SMTP', () => {
  const alice = { user: 'alice', pass: PASSWORD };

  const own = MAIL.replace('Ann <ann@outside.test>', 'Alice <a.liddell@example.test>').replace(
    'Subject',
    'Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nSubject',
  );
  const sendRaw = (port: number, to: string[], raw: string, auth = alice): Promise<unknown> => {
    const client = transport(port, false, auth);
    return client.sendMail({ envelope: { from: 'alice@example.test', to }, raw: Buffer.from(raw) }).finally(() => client.close());
  };

  it('lets a person send to others here from an own address or alias, and from no other', async () => {
    await using inbound = await openInbound();
    await sendRaw(inbound.smtp, ['bob@example.test'], own);
    await expect(send(inbound.smtp, ['bob@example.test'], { from: 'bob@example.test', auth: alice })).rejects.toMatchObject({
      responseCode: 553,
    });
    await expect(sendRaw(inbound.smtp, ['x@elsewhere.test'], own)).rejects.toThrow(/relaying is not configured/);
    const texts = await readAll(inbound.store, 'bob');
    expect(texts.map(withoutTrace)).toEqual([own]);
    expect(texts[0]).toContain(' with ESMTPA id ');
  });

  it.each([
    ['From', MAIL],
    ['Sender', own.replace('Subject', 'Sender: bob@example.test\r\nSubject')],
    ['Resent-From', own.replace('Subject', 'Resent-From: bob@example.test\r\nSubject')],
    ['a second From', own.replace('Subject', 'From: bob@example.test\r\nSubject')],
    ['From among others', own.replace('a.liddell@example.test>', 'a.liddell@example.test>, bob@example.test')],
  ])('refuses a mail that names somebody else in %s, and takes the next one', async (_where, mail) => {
    await using inbound = await openInbound();
    await expect(sendRaw(inbound.smtp, ['bob@example.test'], mail)).rejects.toMatchObject({ responseCode: 554 });
    expect(await readAll(inbound.store, 'bob')).toEqual([]);
    await sendRaw(inbound.smtp, ['bob@example.test'], own);
    expect(await readAll(inbound.store, 'bob')).toHaveLength(1);
  });

  it('tells nobody of secret recipients, and completes what is missing', async () => {
    await using inbound = await openInbound({ now: () => Date.UTC(2026, 10, 23, 10, 0, 0) });
    const body = '\r\nBcc: this is text\r\n';
    await sendRaw(inbound.smtp, ['bob@example.test'], `Subject: tide\r\nBCC: bob@example.test,\r\n\tzoe@example.test\r\n${body}`);
    const [text = ''] = (await readAll(inbound.store, 'bob')).map(withoutTrace);
    expect(text).toMatch(
      /^Subject: tide\r\nFrom: Alice@Example\.Test\r\nDate: Mon, 23 Nov 2026 10:00:00 \+0000\r\nMessage-ID: <\S+@Example\.Test>\r\n\r\nBcc/,
    );
    expect(text.endsWith(body)).toBe(true);
    expect(text).not.toContain('zoe');
  });

  it('carries a body of any size behind a header that came in pieces', async () => {
    await using inbound = await openInbound();
    const body = '0123456789'.repeat(7).concat('\r\n').repeat(5_000);
    await sendRaw(inbound.smtp, ['bob@example.test'], own.replace('High at six.\r\n', body));
    const [text = ''] = await readAll(inbound.store, 'bob');
    expect(text.endsWith(`\r\n\r\n${body}`)).toBe(true);
  });

  it('says "try again later" to who has tried too often, right or wrong', async () => {
    const asked: string[] = [];
    await using inbound = await openInbound({
      auth: (_user, _password, remote) => {
        asked.push(remote);
        return Promise.resolve('later');
      },
    });
    await expect(sendRaw(inbound.smtp, ['bob@example.test'], own)).rejects.toMatchObject({ responseCode: 454 });
    expect(asked).toEqual(['127.0.0.1']);
  });

  it('refuses wrong passwords, acting for another, and ends the connection after three', async () => {
    await using inbound = await openInbound();
    await expect(send(inbound.smtp, ['bob@example.test'], { auth: { user: 'alice', pass: 'wrong' } })).rejects.toMatchObject({
      code: 'EAUTH',
    });
    const client = await RawClient.connect(inbound.smtp);
    await client.command('EHLO test');
    expect(await client.command(`AUTH PLAIN ${plain('bob', 'alice', PASSWORD)}`)).toMatch(/^535/);
    expect(await client.command(`AUTH PLAIN ${plain('', 'alice', 'a')}`)).toMatch(/^535/);
    expect(await client.command(`AUTH PLAIN ${plain('', 'alice', 'b')}`)).toMatch(/^535/);
    expect(await client.command(`AUTH PLAIN ${plain('', 'alice', 'c')}`)).toMatch(/^421/);
    client.cut();
  });

  it('offers no log-in when nobody can check it', async () => {
    await using opened = await openTestStore();
    const inbound = await startInbound({ store: opened.store, smtp: { host: '127.0.0.1', port: 0 }, maxSize: 1000 });
    expect(inbound.lmtp).toBeUndefined();
    const client = await RawClient.connect(inbound.smtp?.port ?? 0);
    expect(await client.command('EHLO test')).not.toContain('AUTH');
    expect(await client.command('AUTH PLAIN AGFsaWNlAHg=')).toMatch(/^500/);
    client.cut();
    await inbound.close();
  });

  it('says "try again later" when the log-in could not be checked', async () => {
    const told: unknown[] = [];
    const error = (fields: unknown, text: string): void => void told.push([fields, text]);
    const log = { info: () => undefined, warn: () => undefined, error };
    await using inbound = await openInbound({ auth: () => Promise.reject(new Error('directory is down')), log });
    const client = await RawClient.connect(inbound.smtp);
    await client.command('EHLO test');
    expect(await client.command('AUTH PLAIN AGFsaWNlAGNvcnJlY3QgaG9yc2U=')).toMatch(/^454/);
    expect(told).toHaveLength(1);
    expect(JSON.stringify(told)).not.toContain('correct horse');
    client.cut();
  });
});
