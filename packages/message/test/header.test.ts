import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerFields, headerSet, limits, splitHeader } from '../src/index.ts';
import { bytes, lines, text, utf8 } from './bytes.ts';

/** Bytes that look like mail often enough to reach the branches that random bytes never do. */
const mailLike = fc
  .array(
    fc.oneof(
      fc.constantFrom('\r\n', '\n', '\r', ' ', '\t', ':', 'From: a@x', 'Received: by y', ' folded', '\r\n\r\n', '\n\n', '\0', 'é', 'X-A:'),
      fc.string({ maxLength: 5 }),
    ),
    { maxLength: 30 },
  )
  .map((pieces) => utf8(pieces.join('')));
const anyBytes = fc.oneof(mailLike, fc.uint8Array({ maxLength: 200 }));

describe('splitHeader', () => {
  it.each([
    ['CRLF', 'A: 1\r\nB: 2\r\n\r\nbody', 'A: 1\r\nB: 2\r\n\r\n'],
    ['LF only', 'A: 1\nB: 2\n\nbody\n\n', 'A: 1\nB: 2\n\n'],
    ['mixed line ends', 'A: 1\r\nB: 2\n\r\nbody', 'A: 1\r\nB: 2\n\r\n'],
    ['no empty line', 'A: 1\r\nB: 2', 'A: 1\r\nB: 2'],
    ['nothing but an empty line', '\r\nbody', '\r\n'],
    ['no header', 'Hello\r\n\r\nA: 1', ''],
    ['an mbox line first', 'From me Mon Jan  1 10:00:00 2024\nA: 1\n\nbody', 'From me Mon Jan  1 10:00:00 2024\nA: 1\n\n'],
    ['a line that is no field', 'A: 1\r\nnonsense\r\nB: 2\r\n\r\nbody', 'A: 1\r\nnonsense\r\nB: 2\r\n\r\n'],
    ['a line of blanks is a folded line', 'A: 1\r\n \r\nB: 2\r\n\r\nx', 'A: 1\r\n \r\nB: 2\r\n\r\n'],
    ['nothing', '', ''],
  ])('cuts behind the empty line: %s', (_name, mail, header) => {
    const split = splitHeader(bytes(mail));
    expect(text(split.header)).toBe(header);
    expect(text(split.header) + text(split.body)).toBe(mail);
  });

  it('copies nothing', () => {
    const mail = bytes('A: 1\r\n\r\nbody');
    const { header, body } = splitHeader(mail);
    expect([header.buffer, body.buffer]).toEqual([mail.buffer, mail.buffer]);
    expect(body.byteOffset).toBe(8);
  });

  it('gives back the whole mail for any bytes', () => {
    fc.assert(
      fc.property(anyBytes, (mail) => {
        const { header, body } = splitHeader(mail);
        expect(text(header) + text(body)).toBe(text(mail));
      }),
    );
  });
});

describe('headerFields', () => {
  it('unfolds values and keeps the raw field with its line ends', () => {
    const fields = headerFields(lines('Subject: one', '  two', '\tthree', 'X:', ' y', '', 'Not: this'));
    expect(fields.map(({ name, value }) => [name, value])).toEqual([
      ['Subject', 'one  two\tthree'],
      ['X', 'y'],
    ]);
    expect(text(fields[0]?.raw ?? new Uint8Array())).toBe('Subject: one\r\n  two\r\n\tthree\r\n');
  });

  it('knows a name with blanks before its colon, so that no check can be walked around', () => {
    expect(headerFields(lines('From \t: a@x', '')).map((field) => field.name)).toEqual(['From']);
  });

  it.each([
    ['UTF-8', utf8('Subject: Grüße\r\n'), 'Grüße'],
    ['latin-1', bytes('Subject: Gr\xfc\xdfe\r\n'), 'Grüße'],
    ['windows-1252', bytes('Subject: \x80 5\r\n'), '€ 5'],
  ])('reads 8-bit values: %s', (_name, header, value) => {
    expect(headerFields(header)[0]?.value).toBe(value);
  });

  it('keeps lines that are no field, without a name', () => {
    const fields = headerFields(lines('From me today 10:00', ': no name', 'A: 1', 'nonsense', 'B\xe9: 2', ''));
    expect(fields.map((field) => field.name)).toEqual(['', '', 'A', '', '']);
  });

  it('is the header without its empty line, for any bytes', () => {
    fc.assert(
      fc.property(anyBytes, (mail) => {
        const { header } = splitHeader(mail);
        const raw = headerFields(header).map((field) => text(field.raw));
        const rest = text(header).slice(raw.join('').length);
        expect(text(header).startsWith(raw.join(''))).toBe(true);
        expect(['', '\n', '\r\n']).toContain(rest);
      }),
    );
  });

  it('never puts a line break into a value', () => {
    fc.assert(fc.property(anyBytes, (mail) => headerFields(mail).every((field) => !/[\r\n]/.test(field.value))));
  });

  it('keeps what is beyond the number of fields as one field', () => {
    const header = bytes(`${'A: 1\r\n'.repeat(limits.fields + 50)}\r\n`);
    const fields = headerFields(header);
    expect(fields).toHaveLength(limits.fields + 1);
    expect(fields.at(-1)).toMatchObject({ name: '' });
    expect(fields.at(-1)?.raw).toHaveLength(50 * 6);
  });

  it('decodes a bounded piece of an endless field and keeps all its bytes', () => {
    const [field] = headerFields(bytes(`To: ${'a'.repeat(limits.fieldBytes * 2)}\r\n`));
    expect(field?.value.length).toBeLessThanOrEqual(limits.fieldBytes);
    expect(field?.raw.length).toBeGreaterThan(limits.fieldBytes * 2);
  });
});

describe('headerSet', () => {
  const header = lines(
    'Return-Path: <a@x>',
    'Received: from a',
    '\tby b; Mon, 1 Jan 2024 10:00:00 +0000',
    'DKIM-Signature: v=1; a=rsa-sha256;',
    ' b=abc',
    'FROM: a@x',
    'subject: =?utf-8?Q?Gr=C3=BC?=',
    ' =?utf-8?Q?=C3=9Fe?=',
    'X-MS-Exchange-Organization: y',
    'Content-Type: text/plain',
    'Content-Whatever: z',
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    'List-Archive: <https://x>',
    'nonsense',
    '',
    '',
  );

  it('keeps what a reader needs, byte for byte and in order, and says how much it left out', () => {
    const short = headerSet(header, 'needed');
    expect(text(short.header)).toBe(
      'FROM: a@x\r\nsubject: =?utf-8?Q?Gr=C3=BC?=\r\n =?utf-8?Q?=C3=9Fe?=\r\nContent-Type: text/plain\r\nContent-Whatever: z\r\n' +
        'List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\n',
    );
    expect(short.omitted).toBe(6);
    expect(short.omittedBytes).toBe(header.length - short.header.length);
  });

  it('leaves all of it alone when all is asked for', () => {
    expect(headerSet(header, 'all')).toEqual({ header, omittedBytes: 0, omitted: 0 });
  });

  it.each(
    `Received X-Received Return-Path Delivered-To DKIM-Signature ARC-Seal ARC-Message-Signature ARC-Authentication-Results
     Authentication-Results Received-SPF X-Spam-Status X-MS-Has-Attach X-Google-Smtp-Source X-Mailer User-Agent Autocrypt Bcc2`.split(
      /\s+/,
    ),
  )('leaves out %s', (name) => {
    expect(headerSet(lines(`${name}: x`, '', ''), 'needed')).toMatchObject({ omitted: 1, header: bytes('\r\n') });
  });

  it.each(
    `From Sender Reply-To To Cc Bcc Subject Date Message-ID In-Reply-To References MIME-Version Content-Type Content-Language
     Disposition-Notification-To Importance Priority List-Id List-Post List-Unsubscribe`.split(/\s+/),
  )('keeps %s', (name) => {
    expect(headerSet(lines(`${name}: x`, '', ''), 'needed').omitted).toBe(0);
  });

  it('only ever leaves out whole fields, for any bytes', () => {
    fc.assert(
      fc.property(anyBytes, (mail) => {
        const whole = splitHeader(mail).header;
        const short = headerSet(whole, 'needed');
        const all = headerFields(whole).map((field) => text(field.raw));
        const kept = headerFields(short.header).map((field) => text(field.raw));
        let at = 0;
        for (const field of kept) at = all.indexOf(field, at) + 1;
        expect(kept.every((field) => all.includes(field))).toBe(true);
        expect(all.length - kept.length).toBe(short.omitted);
        expect(whole.length - short.header.length).toBe(short.omittedBytes);
        expect(headerSet(short.header, 'needed').omitted).toBe(0);
      }),
    );
  });
});
