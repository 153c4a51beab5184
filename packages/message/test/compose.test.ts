import * as fc from 'fast-check';
import PostalMime from 'postal-mime';
import { describe, expect, it } from 'vitest';
import { composeMail, headerFields, readMail, splitHeader, summarise, type MailDraft } from '../src/index.ts';
import { bytes, codeOf, text, utf8 } from './bytes.ts';

const plain: MailDraft = {
  from: { name: 'Alice', address: 'alice@example.org' },
  to: [{ address: 'bob@example.org' }],
  subject: 'Lunch',
  text: 'At noon?\n',
  date: Date.UTC(2026, 10, 23, 12, 0, 0),
  messageId: '<1@example.org>',
};

/** Names and subjects that come back unchanged: no control characters, no blanks at the ends. */
const label = fc
  .oneof(
    fc.string({ maxLength: 80 }),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc
      .array(fc.constantFrom('a', ' ', '  ', '"', '\\', '=?utf-8?Q?x?=', 'é', '😀', ',', '<b@x>', '(c)', 'x'.repeat(90), '='), {
        maxLength: 12,
      })
      .map((all) => all.join('')),
  )
  .map((value) =>
    value
      .toWellFormed()
      .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '')
      .trim(),
  );
const address = fc
  .tuple(fc.stringMatching(/^[a-z0-9]{1,10}(\.[a-z0-9+_-]{1,10})?$/), fc.stringMatching(/^[a-z0-9]{1,10}(\.[a-z]{2,5}){1,2}$/))
  .map(([left, right]) => `${left}@${right}`);
// A name that is an address is taken for one by every reader when it stands alone.
const person = fc.tuple(label, address).map(([name, mail]) => (name === '' ? { address: mail } : { name, address: mail }));
const body = fc
  .oneof(
    fc.string({ maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 100 }),
    fc
      .array(fc.constantFrom('From me', '.', '..', '\n', ' ', '\t', '--=_', 'é', 'word', 'y'.repeat(200)), { maxLength: 20 })
      .map((all) => all.join('')),
  )
  .map((value) => value.toWellFormed().replace(/\uFEFF/g, ''));
const attachment = fc.record({
  name: label.filter((name) => name !== '' && name.length <= 255 && !/[/\\]|^\.+$|=\?/.test(name)),
  content: fc.uint8Array({ maxLength: 300 }),
});
const drafts = fc.record({
  from: person,
  to: fc.array(person, { minLength: 1, maxLength: 6 }),
  cc: fc.array(person, { maxLength: 3 }),
  subject: label,
  text: body,
  attachments: fc.array(attachment, { maxLength: 2 }),
  date: fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000),
  messageId: fc.uuid().map((id) => `<${id}@example.org>`),
  references: fc.array(
    fc.uuid().map((id) => `<${id}@x>`),
    { maxLength: 5 },
  ),
});

/** What a text is after writing and reading: LF line ends and one at the end. */
function settled(value: string): string {
  const unix = value.replace(/\r\n?/g, '\n');
  return unix === '' || unix.endsWith('\n') ? unix : `${unix}\n`;
}

describe('composeMail', () => {
  it('writes a short mail as anybody would', () => {
    expect(text(composeMail(plain))).toBe(
      [
        'Date: Mon, 23 Nov 2026 12:00:00 +0000',
        'From: Alice <alice@example.org>',
        'To: bob@example.org',
        'Subject: Lunch',
        'Message-ID: <1@example.org>',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: 7bit',
        '',
        'At noon?',
        '',
      ].join('\r\n'),
    );
  });

  it('is read back as it was meant, by our reader', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const read = readMail(composeMail(draft));
        expect(read.summary).toEqual({
          messageId: draft.messageId,
          date: draft.date,
          from: [draft.from],
          replyTo: [],
          to: draft.to,
          cc: draft.cc,
          subject: draft.subject,
          references: draft.references,
        });
        expect(read.text).toBe(settled(draft.text));
        expect(
          read.attachments.map((each) => [each.name?.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ''), [...each.content()]]),
        ).toEqual(draft.attachments.map((each) => [each.name.replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ''), [...each.content]]));
      }),
    );
  });

  it('is read back as it was meant, by postal-mime', async () => {
    await fc.assert(
      fc.asyncProperty(drafts, async (draft) => {
        const read = await PostalMime.parse(composeMail(draft));
        expect(read.subject ?? '').toBe(draft.subject);
        expect(read.from).toMatchObject({ name: draft.from.name ?? '', address: draft.from.address });
        expect((read.to ?? []).map((each) => [each.name, each.address])).toEqual(draft.to.map((each) => [each.name ?? '', each.address]));
        // It ends a text inside a multipart with one more line end.
        expect((read.text ?? '').replace(/\r\n?/g, '\n').replace(/\n+$/, '')).toBe(settled(draft.text).replace(/\n+$/, ''));
        expect(read.attachments.map((each) => each.filename)).toEqual(draft.attachments.map((each) => each.name));
        expect(read.attachments.map((each) => (each.content instanceof ArrayBuffer ? new Uint8Array(each.content) : undefined))).toEqual(
          draft.attachments.map((each) => each.content),
        );
      }),
    );
  });

  it('is 7-bit, with CRLF alone as line end and lines of at most 78 characters', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const mail = text(composeMail(draft));
        expect(mail).toMatch(/^[\t\r\n -~]*$/);
        expect(mail.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
        expect(mail.endsWith('\r\n')).toBe(true);
        expect(mail.split('\r\n').filter((line) => line.length > 78)).toEqual([]);
      }),
    );
  });

  it('keeps a file name that looks like an encoded word', () => {
    const mail = composeMail({ ...plain, attachments: [{ name: '=?utf-8?Q?x?=', content: bytes('x') }] });
    expect(readMail(mail).attachments[0]?.name).toBe('=?utf-8?Q?x?=');
  });

  it('writes the same bytes for the same draft', () => {
    const draft = { ...plain, attachments: [{ name: 'a', content: bytes('x') }] };
    expect(composeMail(draft)).toEqual(composeMail(draft));
  });

  it('leaves Bcc out unless it is asked to keep it', () => {
    const draft = { ...plain, bcc: [{ address: 'secret@example.org' }] };
    expect(text(composeMail(draft))).not.toContain('secret');
    expect(text(composeMail(draft, { keepBcc: true }))).toContain('\r\nBcc: secret@example.org\r\n');
  });

  it('nests alternatives, pictures and attachments as RFC 2046 and 2387 say', () => {
    const mail = composeMail({
      ...plain,
      html: '<p>At <b>noon</b>?<img src="cid:pic@x"></p>',
      attachments: [
        { name: 'menu.pdf', type: 'application/pdf', content: bytes('%PDF') },
        { name: 'p.png', type: 'image/png', content: bytes('PNG'), contentId: 'pic@x' },
      ],
    });
    const read = readMail(mail);
    expect([read.text, read.html]).toEqual(['At noon?\n', '<p>At <b>noon</b>?<img src="cid:pic@x"></p>\n']);
    expect(read.attachments.map(({ number, name, type, size, inline }) => ({ number, name, type, size, inline }))).toEqual([
      { number: '1.2.2', name: 'p.png', type: 'image/png', size: 3, inline: true },
      { number: '2', name: 'menu.pdf', type: 'application/pdf', size: 4, inline: false },
    ]);
  });

  it('carries an attached mail unencoded, as RFC 2046 §5.2.1 asks, with a boundary that is not in it', () => {
    const inner = composeMail({ ...plain, html: '<p>x</p>', messageId: '<2@example.org>' });
    const first = composeMail({ ...plain, attachments: [{ type: 'message/rfc822', content: inner }] });
    // A mail that quotes the boundary which the next one would choose.
    const boundary = /boundary="([^"]+)"/.exec(text(first))?.[1] ?? '';
    const trap = bytes(`Subject: trap\r\n\r\n--${boundary}\r\n\r\nFrom: evil\r\n`);
    const outer = composeMail({ ...plain, attachments: [{ type: 'message/rfc822', content: trap }] });
    expect(readMail(outer).attachments.map((each) => [each.name, text(each.content())])).toEqual([['trap.eml', text(trap)]]);
    expect(readMail(first).attachments[0]?.content()).toEqual(inner);
  });

  it.each([
    ['bare LF', 'Subject: x\n\nbody\n'],
    ['an endless line', `Subject: x\r\n\r\n${'y'.repeat(1200)}\r\n`],
    ['NUL', 'Subject: x\r\n\r\n\0\r\n'],
  ])('encodes an attached mail that cannot travel as it is: %s', (_name, inner) => {
    const mail = composeMail({ ...plain, attachments: [{ type: 'message/rfc822', content: bytes(inner) }] });
    expect(readMail(mail).attachments.map((each) => [each.type, text(each.content())])).toEqual([['application/octet-stream', inner]]);
  });

  it.each(['text/html; x="\\y"', 'nonsense', '', 'multipart/mixed', 'message/partial'])('takes %j for no media type', (type) => {
    const mail = composeMail({ ...plain, attachments: [{ name: 'a', type, content: bytes('x') }] });
    expect(readMail(mail).attachments[0]?.type).toBe('application/octet-stream');
  });

  it('writes international domains in ASCII', () => {
    expect(text(composeMail({ ...plain, to: [{ address: 'info@bücher.example' }] }))).toContain('To: info@xn--bcher-kva.example\r\n');
  });

  it.each([
    'no address',
    '',
    '@example.org',
    'a@',
    'a b@example.org',
    'a@b@example.org',
    'a@exa mple.org',
    'jörg@example.org',
    'a@example.org>',
    '<a@example.org>',
    'a,b@example.org',
    'a@-x.org',
    `${'a'.repeat(65)}@x.org`,
  ])('refuses the address %j', (bad) => {
    expect(codeOf(() => composeMail({ ...plain, to: [{ address: bad }] }))).toBe('ERR_MESSAGE_ADDRESS');
  });

  it.each(["o'neil+tag@example.org", '"john doe"@example.org', 'a@[192.0.2.1]', 'a@localhost'])('takes the address %j', (good) => {
    expect(codeOf(() => composeMail({ ...plain, to: [{ name: 'N', address: good }] }))).toBeUndefined();
  });

  it.each([
    ['an id without brackets', { messageId: 'x@y' }, 'ERR_MESSAGE_ID'],
    ['an id with a blank', { inReplyTo: '<x y@z>' }, 'ERR_MESSAGE_ID'],
    ['two ids in one', { references: ['<a@b> <c@d>'] }, 'ERR_MESSAGE_ID'],
    ['a field of ours', { headers: [{ name: 'subject', value: 'x' }] }, 'ERR_MESSAGE_HEADER_NAME'],
    ['a Content field', { headers: [{ name: 'Content-Type', value: 'text/html' }] }, 'ERR_MESSAGE_HEADER_NAME'],
    ['a name with a colon', { headers: [{ name: 'A: b', value: 'x' }] }, 'ERR_MESSAGE_HEADER_NAME'],
    ['no date', { date: Number.NaN }, 'ERR_MESSAGE_DATE'],
  ])('refuses %s', (_name, change, code) => {
    expect(codeOf(() => composeMail({ ...plain, ...change }))).toBe(code);
  });

  it('lets no value start a line of its own, wherever it stands', () => {
    const breaks = fc.constantFrom('\r\n', '\n', '\r', '\0');
    const evil = fc.tuple(fc.string({ maxLength: 5 }), breaks, fc.constantFrom('Bcc: evil@x', ' folded', '')).map((all) => all.join(''));
    const places: ((value: string) => Partial<MailDraft>)[] = [
      (value) => ({ subject: value }),
      (value) => ({ from: { name: value, address: 'a@x.org' } }),
      (value) => ({ to: [{ address: `a@x.org${value}` }] }),
      (value) => ({ cc: [{ name: value, address: 'a@x.org' }] }),
      (value) => ({ replyTo: [{ name: value, address: 'a@x.org' }] }),
      (value) => ({ sender: { name: value, address: 'a@x.org' } }),
      (value) => ({ messageId: `<1@x${value}>` }),
      (value) => ({ inReplyTo: `<1@x${value}>` }),
      (value) => ({ references: [`<1@x${value}>`] }),
      (value) => ({ headers: [{ name: 'X-A', value }] }),
      (value) => ({ attachments: [{ name: value, content: new Uint8Array() }] }),
      (value) => ({ attachments: [{ type: `text/plain${value}`, content: new Uint8Array() }] }),
      (value) => ({ html: 'x', attachments: [{ contentId: value, content: new Uint8Array() }] }),
    ];
    fc.assert(
      fc.property(evil, fc.constantFrom(...places), (value, place) => {
        expect(codeOf(() => composeMail({ ...plain, ...place(value) }))).toBe('ERR_MESSAGE_HEADER_INJECTION');
      }),
    );
    expect(codeOf(() => composeMail({ ...plain, headers: [{ name: 'X-A\r\nBcc', value: 'x' }] }))).toBe('ERR_MESSAGE_HEADER_NAME');
  });

  it('has the fields it should have and no others, whatever the texts', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const names = headerFields(splitHeader(composeMail(draft)).header).map((field) => field.name);
        const known = /^(?:Date|From|To|Cc|Subject|Message-ID|References|MIME-Version|Content-Type|Content-Transfer-Encoding)$/;
        expect(names.filter((name) => !known.test(name))).toEqual([]);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('names the field in an error and never its content', () => {
    expect(() => composeMail({ ...plain, subject: 'secret\r\nx' })).toThrow(/^Subject: (?!.*secret)/);
    expect(() => composeMail({ ...plain, to: [{ address: 'secret' }] })).toThrow(/^To: (?!.*secret)/);
  });

  it('keeps a text with any Unicode in the shorter encoding', () => {
    const japanese = composeMail({ ...plain, text: '日本語'.repeat(50) });
    const german = composeMail({ ...plain, text: 'Viele Grüße aus der Stadt am Rhein. '.repeat(20) });
    expect(text(japanese)).toContain('Content-Transfer-Encoding: base64');
    expect(text(german)).toContain('Content-Transfer-Encoding: quoted-printable');
    expect(readMail(japanese).text).toBe(`${'日本語'.repeat(50)}\n`);
    expect(summarise(composeMail({ ...plain, subject: '日本語'.repeat(50) })).subject).toBe('日本語'.repeat(50));
    expect(utf8('日').length).toBe(3);
  });
});
