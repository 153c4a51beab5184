import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeMail, headerFields, limits, parseDate, sanitiseOutgoing, splitHeader, summarise, type OutgoingMail } from '../src/index.ts';
import { bytes, lines, text, utf8 } from './bytes.ts';

const rules = {
  identities: ['alice@example.org', 'sales@example.org'],
  defaultFrom: 'Alice Ä <alice@example.org>',
  messageId: '<new@example.org>',
  date: Date.UTC(2026, 10, 23, 12),
};

function accepted(mail: Uint8Array): OutgoingMail {
  const result = sanitiseOutgoing(mail, rules);
  if ('refused' in result) throw new Error(`refused: ${result.refused}`);
  return result;
}

function refusal(mail: Uint8Array): string {
  const result = sanitiseOutgoing(mail, rules);
  return 'refused' in result ? result.refused : 'accepted';
}

describe('sanitiseOutgoing', () => {
  it('takes out Bcc and what was meant for us, and changes nothing else', () => {
    const mail = lines(
      'Date: Mon, 23 Nov 2026 10:00:00 +0100',
      'From: Alice <alice@example.org>',
      'To: bob@example.net,',
      '\tCarl <carl@example.net>',
      'BCC: Dora <dora@example.net>,',
      ' bob@EXAMPLE.net',
      'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
      'X-Packetboat-Forward-Of: 1/2',
      'x-packetboat-anything: folded',
      ' over lines',
      'Return-Path: <x@y>',
      'Message-ID: <mine@example.org>',
      '',
      'Bcc: body is body\n\rX-Packetboat-Y: z\0',
    );
    const sent = accepted(mail);
    expect(text(sent.mail)).toBe(
      [
        'Date: Mon, 23 Nov 2026 10:00:00 +0100',
        'From: Alice <alice@example.org>',
        'To: bob@example.net,',
        '\tCarl <carl@example.net>',
        'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
        'Message-ID: <mine@example.org>',
        '',
        'Bcc: body is body\n\rX-Packetboat-Y: z\0',
      ].join('\r\n'),
    );
    expect(sent.envelope).toEqual({ from: 'alice@example.org', to: ['bob@example.net', 'carl@example.net', 'dora@example.net'] });
    expect(sent.messageId).toBe('<mine@example.org>');
  });

  it('adds what a mail must have', () => {
    const sent = accepted(bytes('To: bob@example.net\n\nbody\n'));
    const summary = summarise(sent.mail);
    expect(summary).toMatchObject({
      from: [{ name: 'Alice Ä', address: 'alice@example.org' }],
      messageId: '<new@example.org>',
      date: rules.date,
    });
    expect(sent.messageId).toBe('<new@example.org>');
    expect(text(splitHeader(sent.mail).header).replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(text(splitHeader(sent.mail).body)).toBe('body\n');
  });

  it('gives a new date to a mail whose date cannot be read', () => {
    const sent = accepted(bytes('To: b@x\r\nDate: soon\r\n\r\n'));
    const dates = headerFields(splitHeader(sent.mail).header).filter((field) => field.name === 'Date');
    expect(dates.map((field) => parseDate(field.value))).toEqual([rules.date]);
  });

  it('makes line ends CRLF in the header and ends a header that has no end', () => {
    expect(text(accepted(bytes('To: b@x,\n c@x\nDate: 1 Jan 2026 00:00 +0000\nMessage-ID: <1@x>\nFrom: alice@example.org')).mail)).toBe(
      'To: b@x,\r\n c@x\r\nDate: 1 Jan 2026 00:00 +0000\r\nMessage-ID: <1@x>\r\nFrom: alice@example.org\r\n\r\n',
    );
  });

  it('compares identities without case and sends from the Sender', () => {
    const sent = accepted(bytes('From: ALICE@Example.ORG, sales@example.org\r\nSender: Sales <sales@example.org>\r\nTo: b@x\r\n\r\n'));
    expect(sent.envelope.from).toBe('sales@example.org');
  });

  it.each([
    ['another From', 'From: eve@example.org\r\nTo: b@x'],
    ['another second From', 'From: alice@example.org, eve@example.org\r\nTo: b@x'],
    ['another Sender', 'From: alice@example.org\r\nSender: eve@example.org\r\nTo: b@x'],
    ['a group with another', 'From: T: alice@example.org, eve@example.org;\r\nTo: b@x'],
    ['another Resent-From', 'From: alice@example.org\r\nResent-From: eve@example.org\r\nTo: b@x'],
    ['a name that shows an identity', 'From: "alice@example.org" <eve@example.org>\r\nTo: b@x'],
    ['a comment that shows an identity', 'From: (alice@example.org) eve@example.org\r\nTo: b@x'],
    ['blanks before the colon', 'From : eve@example.org\r\nTo: b@x'],
    ['a longer domain', 'From: alice@example.org.evil.example\r\nTo: b@x'],
    ['a longer local part', 'From: xalice@example.org\r\nTo: b@x'],
  ])('refuses to send as somebody else: %s', (_name, header) => {
    expect(refusal(bytes(`${header}\r\n\r\n`))).toMatch(/^(?:From|Sender|Resent-From): this account may not send as that address$/i);
  });

  it.each([
    ['two angle addresses', 'From: <alice@example.org> <eve@example.org>'],
    ['an address in a name', 'From: eve@example.org <alice@example.org>'],
    ['an unclosed quote', 'From: "eve@example.org <alice@example.org>'],
    ['a comment', 'From: alice@example.org (eve@example.org)'],
    ['an encoded word', 'From: =?utf-8?Q?eve=40example.org=3E=2C?= <alice@example.org>'],
  ])('leaves nobody downstream a choice of authors: %s', (_name, from) => {
    const result = sanitiseOutgoing(bytes(`${from}\r\nTo: b@x\r\n\r\n`), rules);
    if ('refused' in result) return;
    const value = headerFields(splitHeader(result.mail).header).find((field) => field.name === 'From')?.value;
    // One address in angle brackets, or bare; everything else is inside quotes or encoded.
    expect(value).toMatch(/^(?:"(?:[^"\\]|\\.)*" |(?:=\?[!-~]+\?= )+|(?:[A-Za-z0-9]+ )+)?<?alice@example\.org>?$/);
  });

  it.each([
    ['no recipient', 'From: alice@example.org', 'there is no recipient: To, Cc and Bcc are empty'],
    ['an empty group', 'To: undisclosed-recipients:;', 'there is no recipient: To, Cc and Bcc are empty'],
    ['a recipient that is none', 'To: b@x\r\nCc: c@x, Bob', 'Cc: recipient 2 is not a mail address'],
    ['a recipient with a blank', 'To: "a b"@x y', 'To: recipient 1 is not a mail address'],
    ['doubled From', 'From: alice@example.org\r\nFrom: alice@example.org\r\nTo: b@x', 'the header has more than one From field'],
    ['doubled Message-ID', 'Message-ID: <1@x>\r\nTo: b@x\r\nmessage-id: <2@x>', 'the header has more than one Message-ID field'],
    ['a line that is no field', 'To: b@x\r\nnonsense', 'the header has a line that is no header field'],
    ['a name with 8-bit bytes', 'To: b@x\r\nFrom\xa0: eve@x', 'the header has a line that is no header field'],
    ['a CR in a value', 'To: b@x\r\nSubject: a\rFrom: eve@x', 'the header holds a CR that ends no line'],
    ['CR CR LF', 'To: b@x\r\r\nSubject: a', 'the header holds a CR that ends no line'],
    ['NUL', 'To: b@x\r\nSubject: a\0', 'the header holds a NUL byte'],
    [
      'too many recipients',
      `To: ${Array.from({ length: limits.recipients + 1 }, (_, i) => `a${i}@x`).join(', ')}`,
      `there are more than ${limits.recipients} recipients`,
    ],
    ['an endless field', `To: b@x\r\nSubject: ${'a'.repeat(limits.fieldBytes)}`, 'a header field is too long'],
    ['an endless header', `To: b@x\r\n${'A: b\r\n'.repeat(limits.outgoingHeaderBytes / 6)}`, 'the header is too long'],
  ])('refuses with words: %s', (_name, header, words) => {
    expect(refusal(bytes(`${header}\r\n\r\n`))).toBe(words);
  });

  it('refuses what has no header', () => {
    expect(refusal(bytes('just text'))).toMatch(/no recipient/);
    expect(refusal(new Uint8Array())).toMatch(/no recipient/);
  });

  it('takes what composeMail wrote, and puts Bcc into the envelope alone', () => {
    const draft = {
      from: { name: 'Älice "A"', address: 'alice@example.org' },
      to: [{ address: 'b@x.org' }],
      bcc: [{ name: 'C', address: 'c@x.org' }],
      subject: 'x',
      text: 'y',
      date: 0,
      messageId: '<1@x>',
    };
    const sent = accepted(composeMail(draft, { keepBcc: true }));
    expect(sent.mail).toEqual(composeMail(draft));
    expect(sent.envelope).toEqual({ from: 'alice@example.org', to: ['b@x.org', 'c@x.org'] });
  });

  it('sends as nobody else, hides Bcc and keeps the body, whatever the bytes', () => {
    const piece = fc.constantFrom(
      'From: ',
      'from : ',
      'Sender: ',
      'To: ',
      'Bcc: hidden@x.org',
      'X-Packetboat-A: b',
      'alice@example.org',
      'eve@example.org',
      '<',
      '>',
      '"',
      ',',
      ';',
      '(',
      ')',
      '\r\n',
      '\r\n',
      '\n',
      '\r',
      ' ',
      '=?utf-8?Q?eve=40example.org?=',
      '\\',
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 8, arbitrary: piece }, fc.string({ maxLength: 3 })), { maxLength: 20 }),
        fc.uint8Array(),
        (pieces, body) => {
          const mail = Uint8Array.of(...utf8(`To: b@x.org\r\nFrom: ${pieces.join('')}\r\n\r\n`), ...body);
          const result = sanitiseOutgoing(mail, rules);
          if ('refused' in result) return;
          const split = splitHeader(result.mail);
          const fields = headerFields(split.header);
          const summary = summarise(split.header);
          expect(text(split.body)).toBe(text(splitHeader(mail).body));
          expect(fields.filter((field) => /^(?:bcc|x-packetboat-.*|)$/i.test(field.name))).toEqual([]);
          expect(text(split.header)).toMatch(/^(?:[^\r\n\0]*\r\n)+$/);
          expect(
            [...summary.from, summary.sender]
              .map((each) => each?.address.toLowerCase())
              .filter((each) => each !== undefined && !rules.identities.includes(each)),
          ).toEqual([]);
          expect(rules.identities).toContain(result.envelope.from.toLowerCase());
          expect(result.envelope.to.filter((each) => !/^[^\s<>\0]+@[^\s<>\0]+$/.test(each))).toEqual([]);
          expect(fields.filter((field) => /^(?:date|message-id|from)$/i.test(field.name))).toHaveLength(3);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is the same when done twice', () => {
    const once = accepted(lines('To: b@x', 'From: "A, B" <alice@example.org>', '', 'x'));
    expect(accepted(once.mail).mail).toEqual(once.mail);
  });
});
