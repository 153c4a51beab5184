import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentKey, decodeText, formatDate, headerDigest, headerSet, limits, parseAddresses, parseDate, summarise } from '../src/index.ts';
import { bytes, codeOf, lines, stringsIn, utf8 } from './bytes.ts';

describe('summarise', () => {
  it('reads everything a list of mails shows', () => {
    const summary = summarise(
      lines(
        'Message-ID: <1@x.example>',
        'Date: Wed, 17 May 2006 14:34:01 +0200',
        'From: =?iso-8859-1?Q?J=F6rg?= <j@x.example>',
        'Sender: s@x.example',
        'Reply-To: r@x.example',
        'To: "Doe, John" <john@x.example>, plain@x.example (Plain)',
        'Cc: Team: a@x.example, B <b@x.example>;, c@x.example',
        'Subject: =?utf-8?B?R3LDvMOf?=',
        ' =?utf-8?Q?e_an_alle?=',
        'In-Reply-To: <0@x.example>',
        'References: <r1@x.example>',
        ' <r2@x.example><0@x.example>',
        '',
        'body',
      ),
    );
    expect(summary).toEqual({
      messageId: '<1@x.example>',
      date: Date.UTC(2006, 4, 17, 12, 34, 1),
      from: [{ name: 'Jörg', address: 'j@x.example' }],
      sender: { address: 's@x.example' },
      replyTo: [{ address: 'r@x.example' }],
      to: [
        { name: 'Doe, John', address: 'john@x.example' },
        { name: 'Plain', address: 'plain@x.example' },
      ],
      cc: [{ address: 'a@x.example' }, { name: 'B', address: 'b@x.example' }, { address: 'c@x.example' }],
      subject: 'Grüße an alle',
      inReplyTo: '<0@x.example>',
      references: ['<r1@x.example>', '<r2@x.example>', '<0@x.example>'],
    });
  });

  it('has a subject and lists even for an empty header', () => {
    expect(summarise(new Uint8Array())).toEqual({ from: [], replyTo: [], to: [], cc: [], subject: '', references: [] });
  });

  it.each([
    ['<a b@x>', '<ab@x>'],
    ['<1@x> (comment)', '<1@x>'],
    ['1@x', '1@x'],
    ['<1@x> <2@x>', '<1@x>'],
    ['', undefined],
    ['<>', undefined],
  ])('reads the Message-ID %j', (value, id) => {
    expect(summarise(bytes(`Message-ID: ${value}\r\n\r\n`)).messageId).toBe(id);
  });

  it('takes no words for ids in In-Reply-To', () => {
    expect(summarise(bytes('In-Reply-To: your message of Monday\r\n\r\n')).inReplyTo).toBeUndefined();
  });

  it('keeps the first and the newest of an endless thread', () => {
    const ids = Array.from({ length: 500 }, (_, index) => `<${index}@x>`);
    const { references } = summarise(bytes(`References: ${ids.join('\r\n ')}\r\n\r\n`));
    expect(references).toHaveLength(limits.references);
    expect([references[0], references.at(-1)]).toEqual(['<0@x>', '<499@x>']);
  });

  it('never throws and never gives a text that breaks a line, for any bytes', () => {
    const field = fc.constantFrom('From', 'To', 'Subject', 'Date', 'References', 'Message-ID', 'Cc');
    const junk = fc.array(
      fc.oneof(
        fc.constantFrom('=?', '?=', '=?utf-8?Q?', '=0D=0A', '=?utf-8?B?DQo=?=', '<', '>', '@', ',', ':', ';', '"', '(', ')', '\\'),
        fc.string(),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(field, junk)), fc.uint8Array(), (fields, rest) => {
        const header = utf8(fields.map(([name, pieces]) => `${name}: ${pieces.join('')}\r\n`).join(''));
        const summary = summarise(Uint8Array.of(...header, ...rest));
        expect(stringsIn(summary).filter((each) => /[\p{Cc}\u2028]/u.test(each))).toEqual([]);
      }),
    );
  });

  it('reads hostile headers in little time', () => {
    const started = performance.now();
    for (const piece of ['"', '(', '<', 'a@', ':', ',', '=?', '=?utf-8?Q?a?=', 'a:', '\\"', '=?a?Q?', '<a@b>', ' ', '>']) {
      const value = piece.repeat(Math.floor(100_000 / piece.length));
      summarise(
        bytes(
          `From: ${value}\r\nTo: ${value}\r\nSubject: ${value}\r\nDate: ${value}\r\nReferences: ${value}\r\nMessage-ID: ${value}\r\n\r\n`,
        ),
      );
    }
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('decodeText', () => {
  it.each([
    ['=?utf-8?Q?a?= =?utf-8?Q?b?=', 'ab'],
    ['=?UTF-8?q?=F0=9F=98=80_=41?=', '😀 A'],
    ['=?utf-8?Q?=C3?= =?utf-8?Q?=A4?=', 'ä'],
    ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=', '日本'],
    ['=?koi8-r?B?8NLJ18XU?=', 'Привет'],
    ['=?gb2312?B?xOO6ww==?=', '你好'],
    ['=?euc-kr?B?vsiz5w==?=', '안녕'],
    ['=?windows-1251?Q?=CF?=', 'П'],
    ['=?us-ascii*en?Q?x?=', 'x'],
    ['plain =?utf-8?Q?unclosed', 'plain =?utf-8?Q?unclosed'],
    ['=?utf-8?X?x?=', '=?utf-8?X?x?='],
    ['=?nobody-knows?Q?abc?=', 'abc'],
    ['=?utf-8?Q?a=0D=0AFrom:_evil?=', 'a From: evil'],
    ['=?utf-8?Q?=1B[2J?=', '[2J'],
  ])('reads %s', (value, decoded) => {
    expect(decodeText(value)).toBe(decoded);
  });
});

describe('parseAddresses', () => {
  it.each([
    ['', []],
    ['undisclosed-recipients:;', []],
    ['nobody at all', [{ name: 'nobody at all', address: '' }]],
    ['"a@evil.example" <b@x>', [{ name: 'a@evil.example', address: 'b@x' }]],
    ['=?utf-8?B?dGVzdEBldmlsLmNv?= <a@x>', [{ name: 'test@evil.co', address: 'a@x' }]],
    ['A (the first) <a@x>', [{ name: 'A', address: 'a@x' }]],
    ['<a@x', [{ address: 'a@x' }]],
    ['a@x;b@y', [{ address: 'a@x' }, { address: 'b@y' }]],
    ['a@[192.0.2.1]', [{ address: 'a@[192.0.2.1]' }]],
  ])('reads %j', (value, list) => {
    expect(parseAddresses(value)).toEqual(list);
  });
});

describe('parseDate', () => {
  it.each([
    ['Wed, 17 May 2006 12:34:01 +0000', Date.UTC(2006, 4, 17, 12, 34, 1)],
    ['17 May 2006 12:34 +0530', Date.UTC(2006, 4, 17, 7, 4)],
    ['Wed, 17 May 06 12:34:01 EST', Date.UTC(2006, 4, 17, 17, 34, 1)],
    ['Wed, 17 May 99 12:34:01 -0000 (no zone)', Date.UTC(1999, 4, 17, 12, 34, 1)],
    ['Wed,17 May 2006 1:02:03 GMT', Date.UTC(2006, 4, 17, 1, 2, 3)],
    ['Wed (day), 17 May 2006 12:34:01 +0000', Date.UTC(2006, 4, 17, 12, 34, 1)],
    ['Wednesday, 17-May-2006 12:34:01 UTC', Date.UTC(2006, 4, 17, 12, 34, 1)],
    ['2006-05-17T12:34:01.123+02:00', Date.UTC(2006, 4, 17, 10, 34, 1)],
    ['2006-05-17 12:34:01', Date.UTC(2006, 4, 17, 12, 34, 1)],
    ['Wed May 17 12:34:01 2006', Date.UTC(2006, 4, 17, 12, 34, 1)],
    ['17 May 2006 23:59:60 +0000', Date.UTC(2006, 4, 18)],
    ['31 Feb 2006 12:00:00 +0000', undefined],
    ['17 May 2006 24:00:00 +0000', undefined],
    ['17 Foo 2006 12:00:00 +0000', undefined],
    ['0 May 2006 12:00:00 +0000', undefined],
    ['yesterday', undefined],
    ['', undefined],
  ])('reads %j', (value, ms) => {
    expect(parseDate(value)).toBe(ms);
  });

  it('reads back what formatDate writes, to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(9999, 11) }), (ms) => {
        const second = Math.floor(ms / 1000) * 1000;
        expect(parseDate(formatDate(second))).toBe(second);
      }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Date.UTC(12_000, 0), -1e15])('writes no date for %d', (ms) => {
    expect(codeOf(() => formatDate(ms))).toBe('ERR_MESSAGE_DATE');
  });
});

describe('contentKey', () => {
  const header = lines('Received: x', 'Date: Wed, 17 May 2006 12:34:01 +0000', 'From: a@x', 'Subject: one two', '', '');

  it('is the Message-ID where there is one, whatever the rest', () => {
    const key = contentKey(bytes('Message-ID: <1@x>\r\nSubject: a\r\n\r\n'), 10);
    expect(key).toMatch(/^[0-9a-f]{16}$/);
    expect(contentKey(bytes('Subject: b\nmessage-id:\n <1@x>\n\n'), 99)).toBe(key);
    expect(contentKey(bytes('Message-ID: <2@x>\r\n\r\n'), 10)).not.toBe(key);
  });

  it('is made of Date, From, Subject and size where there is none', () => {
    const key = contentKey(header, 100);
    expect(key).toBe(headerDigest(header, 100).slice(0, 16));
    expect(contentKey(headerSet(header, 'needed').header, 100)).toBe(key);
    const refolded = lines('Subject: one', '\ttwo', 'From:  a@x', 'Date: Wed, 17 May 2006 12:34:01 +0000', '', 'body');
    expect(contentKey(refolded, 100)).toBe(key);
    expect(contentKey(header, 101)).not.toBe(key);
    expect(contentKey(lines('Date: Wed, 17 May 2006 12:34:01 +0000', 'From: a@x', 'Subject: one', '', ''), 100)).not.toBe(key);
  });

  it('keeps the values apart', () => {
    expect(headerDigest(lines('From: a', 'Subject: b', '', ''), 1)).not.toBe(headerDigest(lines('Date: a', 'From: b', '', ''), 1));
  });
});
