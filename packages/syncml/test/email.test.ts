import { decodeXml } from '@packetboat/wbxml';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessage, emailFrame, emailSize, encodeBase64Bytes, encodeMessage, generateEmail, parseEmail } from '../src/index.ts';
import type { EmailObject, EmailOptions, Message } from '../src/index.ts';
import { concatBytes } from '../src/utf8.ts';
import { text } from './arbitrary.ts';
import { utf8, utf8Text } from './hex.ts';
import { firstCommand, readMessage } from './sample.ts';

const mail = utf8('From: a@example.com\r\nSubject: <&>\r\n\r\nHello\r\n');
const date = fc.constantFrom('20060517T123456Z', '20261231T235959Z');

const flagsAndExt: fc.Arbitrary<Omit<EmailObject, 'emailItem'>> = fc.record(
  {
    read: fc.boolean(),
    forwarded: fc.boolean(),
    replied: fc.boolean(),
    received: date,
    created: date,
    modified: date,
    deleted: fc.boolean(),
    flagged: fc.boolean(),
    ext: fc.array(fc.record({ xNam: fc.constantFrom('x-funambol-size', 'x-packetboat-part'), xVal: fc.array(text, { maxLength: 3 }) }), {
      maxLength: 3,
    }),
  },
  { requiredKeys: ['ext'] },
);

/** Bytes of every kind: mail text, markup, 8-bit, NUL, broken UTF-8. */
const nasty: fc.Arbitrary<Uint8Array> = fc.oneof(
  text.map(utf8),
  fc.uint8Array({ minLength: 1, maxLength: 300 }),
  fc
    .array(
      fc.constantFrom(
        '\r',
        '\n',
        '\r\n',
        ']]>',
        ']]',
        '>',
        ']]&gt;',
        '&#13;',
        '<![CDATA[',
        '</emailitem>',
        ' ',
        '\t',
        '=',
        '=0D',
        'é',
        'a',
      ),
      {
        minLength: 1,
        maxLength: 20,
      },
    )
    .map((pieces) => utf8(pieces.join(''))),
);

const optionList: readonly EmailOptions[] = [
  {},
  { cdata: true },
  { cdata: false },
  { enc: 'base64' },
  { enc: 'quoted-printable' },
  { enc: 'quoted-printable', cdata: false },
];

/** The Data of the first Add. */
function data(read: Message): unknown {
  return firstCommand(read, 'Add').items[0]?.data;
}

describe('an email object', () => {
  it.each(optionList)('gives back every byte of the mail and every field: %j', (options) => {
    fc.assert(
      fc.property(flagsAndExt, nasty, (fields, emailItem) => {
        const email: EmailObject = { ...fields, emailItem };
        const bytes = generateEmail(email, options);
        expect(parseEmail(bytes)).toEqual(email);
        expect(emailSize(email, options)).toBe(bytes.length);
      }),
      { numRuns: 80 },
    );
  });

  it('survives both encodings of a message, with and without CDATA', () => {
    fc.assert(
      fc.property(flagsAndExt, nasty, fc.constantFrom(...optionList), (fields, emailItem, options) => {
        const email: EmailObject = { ...fields, emailItem };
        const bytes = generateEmail(email, options);
        const message: Message = {
          header: readMessage('').header,
          commands: [{ name: 'Add', cmdId: '1', items: [{ data: { kind: 'bytes', bytes } }] }],
          final: true,
        };
        const wbxml = data(decodeMessage(encodeMessage(message, 'wbxml'), 'wbxml'));
        expect(wbxml).toEqual({ kind: 'bytes', bytes });
        for (const cdata of [true, false]) {
          const xml = data(decodeMessage(encodeMessage(message, 'xml', { cdata }), 'xml'));
          expect(xml).toEqual({ kind: 'text', text: utf8Text(bytes) });
        }
      }),
      { numRuns: 100 },
    );
  });

  it('without a mail is about flags, and a missing flag is not false', () => {
    expect(utf8Text(generateEmail({ read: true, flagged: false, ext: [] }))).toBe(
      '<Email><read>true</read><flagged>false</flagged></Email>',
    );
    expect(parseEmail(utf8('<Email><read>true</read><flagged>false</flagged></Email>'))).toEqual({ read: true, flagged: false, ext: [] });
    expect(parseEmail(utf8('<Email><emailitem/></Email>'))).toEqual({ ext: [] });
    expect(utf8Text(generateEmail({ emailItem: new Uint8Array(), ext: [] }))).toBe('<Email><emailitem></emailitem></Email>');
  });

  it.each(['TRUE', '1', 'yes', '', 'truely'])('takes %j for false: only true is true', (value) => {
    expect(parseEmail(utf8(`<Email><read>${value}</read><replied> true\n</replied></Email>`))).toEqual({
      read: false,
      replied: true,
      ext: [],
    });
  });

  it('stands in the order of the specification', () => {
    const email: EmailObject = {
      read: false,
      forwarded: false,
      replied: true,
      received: '20060517T123456Z',
      created: '20060517T123401Z',
      modified: '20060517T123402Z',
      deleted: false,
      flagged: true,
      emailItem: utf8('a'),
      ext: [{ xNam: 'x-funambol-size', xVal: ['48213', '<&>'] }],
    };
    expect(utf8Text(generateEmail(email))).toBe(
      '<Email><read>false</read><forwarded>false</forwarded><replied>true</replied><received>20060517T123456Z</received>' +
        '<created>20060517T123401Z</created><modified>20060517T123402Z</modified><deleted>false</deleted><flagged>true</flagged>' +
        '<emailitem>a</emailitem><Ext><XNam>x-funambol-size</XNam><XVal>48213</XVal><XVal>&lt;&amp;></XVal></Ext></Email>',
    );
  });
});

const item = (emailItem: Uint8Array, options: EmailOptions = {}): string =>
  utf8Text(generateEmail({ emailItem, ext: [] }, options)).slice(7, -8);

const refuse = (run: () => unknown): void =>
  expect(run).toThrow(expect.objectContaining({ code: 'ERR_SYNCML_BAD_VALUE', path: 'Email/emailitem' }));

describe('the way the mail is written', () => {
  it('is the shortest that is exact: CDATA for mail with line ends, escapes for a short text, base64 for what XML cannot hold', () => {
    expect(item(mail)).toBe(`<emailitem><![CDATA[${utf8Text(mail)}]]></emailitem>`);
    expect(item(utf8('a&b'))).toBe('<emailitem>a&amp;b</emailitem>');
    expect(item(utf8('nul \0 here'))).toBe('<emailitem enc="base64">bnVsIAAgaGVyZQ==</emailitem>');
    expect(item(Uint8Array.of(0xe9))).toBe('<emailitem enc="base64">6Q==</emailitem>');
    expect(item(utf8('\uFFFE'))).toContain('enc="base64"');
  });

  it('never costs more than 12 bytes over the mail for CDATA, and splits the mark that would end it', () => {
    expect(generateEmail({ emailItem: mail, ext: [] }).length - mail.length).toBe('<Email><emailitem></emailitem></Email>'.length + 12);
    expect(item(utf8('a\r\n]]>b'), { cdata: true })).toBe('<emailitem><![CDATA[a\r\n]]]]><![CDATA[>b]]></emailitem>');
  });

  it('can be asked for: escaped text, with CR as a reference that every XML parser keeps', () => {
    expect(item(mail, { cdata: false })).toContain('Subject: &lt;&amp;>&#13;\n');
    expect(item(mail, { enc: 'none', cdata: false })).toBe(item(mail, { cdata: false }));
    expect(item(utf8(']]>'), { cdata: false })).toBe('<emailitem>]]&gt;</emailitem>');
  });

  it('is refused as text where XML has no form for it, without quoting the mail', () => {
    refuse(() => generateEmail({ emailItem: Uint8Array.of(0), ext: [] }, { enc: 'none' }));
    refuse(() => emailSize({ emailItem: Uint8Array.of(255), ext: [] }, { enc: 'none' }));
    expect(() => generateEmail({ ext: [{ xNam: 'x', xVal: ['\0'] }] })).toThrow(expect.objectContaining({ code: 'ERR_SYNCML_BAD_VALUE' }));
  });
});

describe('the frame of a mail that streams by', () => {
  it('with base64 in pieces of a multiple of 3 is the same as the whole', () => {
    fc.assert(
      fc.property(
        flagsAndExt,
        fc.uint8Array({ minLength: 1, maxLength: 100 }),
        fc.integer({ min: 1, max: 10 }),
        (fields, emailItem, thirds) => {
          const { prefix, suffix } = emailFrame(fields, 'base64');
          const pieces: Uint8Array[] = [];
          for (let at = 0; at < emailItem.length; at += thirds * 3) pieces.push(encodeBase64Bytes(emailItem.subarray(at, at + thirds * 3)));
          const framed = concatBytes([prefix, ...pieces, suffix]);
          expect(framed).toEqual(generateEmail({ ...fields, emailItem }, { enc: 'base64' }));
          expect(parseEmail(framed)).toEqual({ ...fields, emailItem });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('with none around clean text is the same as the whole in CDATA', () => {
    fc.assert(
      fc.property(
        flagsAndExt,
        text.filter((value) => !value.includes(']]>')),
        (fields, value) => {
          const emailItem = utf8(value);
          const { prefix, suffix } = emailFrame(fields, 'none');
          const framed = Uint8Array.from([...prefix, ...emailItem, ...suffix]);
          expect(framed).toEqual(generateEmail({ ...fields, emailItem }, { cdata: true }));
          expect(parseEmail(framed)).toEqual({ ...fields, emailItem });
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('an email object of another client', () => {
  it('is read with ENC in upper case, quoted-printable and names in any case and order', () => {
    const xml =
      '<?xml version="1.0" encoding="UTF-8"?>\n<Email>\n <Ext><XNam>x-funambol-size</XNam><XVal>9</XVal></Ext>\n' +
      ' <EMAILITEM ENC="QUOTED-PRINTABLE"><![CDATA[a=3Db=\r\nc=E9=\n\n]]></EMAILITEM>\n <Flagged>true</Flagged>\n</Email>';
    expect(parseEmail(utf8(xml))).toEqual({
      flagged: true,
      emailItem: Uint8Array.of(0x61, 0x3d, 0x62, 0x63, 0xe9, 0x0a),
      ext: [{ xNam: 'x-funambol-size', xVal: ['9'] }],
    });
  });

  it('is read with base64 in lines', () => {
    expect(parseEmail(utf8('<Email><emailitem enc="Base64">\r\nSGVs\r\nbG8=\r\n</emailitem></Email>')).emailItem).toEqual(utf8('Hello'));
  });

  it("is read with the inner end mark that Funambol's clients escape", () => {
    const xml = '<Email><read>true</read><emailitem><![CDATA[Subject: ]]&gt; a\r\n\r\nb]]&gt;</emailitem></Email>';
    expect(parseEmail(utf8(xml))).toEqual({ read: true, emailItem: utf8('Subject: ]]&gt; a\r\n\r\nb'), ext: [] });
  });

  it('is converted from the charset of its content type', () => {
    const latin1 = Uint8Array.from('<Email><emailitem>\u00e9</emailitem></Email>', (letter) => letter.charCodeAt(0));
    expect(parseEmail(latin1, 'application/vnd.omads-email+xml; charset="ISO-8859-1"').emailItem).toEqual(utf8('é'));
    expect(() => parseEmail(latin1, 'application/vnd.omads-email+xml;charset=UTF-8')).toThrow(
      expect.objectContaining({ code: 'ERR_SYNCML_MALFORMED' }),
    );
    expect(() => parseEmail(latin1, 'a/b; charset=x-none')).toThrow(expect.objectContaining({ code: 'ERR_SYNCML_MALFORMED' }));
  });

  it('is none where a mail of no bytes comes', () => {
    expect(parseEmail(new Uint8Array(), 'message/rfc822')).toEqual({ ext: [] });
  });

  it.each(['message/rfc822', 'Message/RFC822; charset=utf-8', 'message/x-rfc822'])('is the mail itself as %s', (type) => {
    expect(parseEmail(mail, type)).toEqual({ emailItem: mail, ext: [] });
  });

  it.each([
    ['<!DOCTYPE Email [<!ENTITY a "b">]><Email>&a;</Email>', 'MALFORMED'],
    ['<Email>&unknown;</Email>', 'MALFORMED'],
    ['<Email><read>true</Email>', 'MALFORMED'],
    ['<Folder/>', 'MALFORMED'],
    ['', 'MALFORMED'],
    ['<Email><emailitem enc="uuencode">x</emailitem></Email>', 'BAD_VALUE'],
    ['<Email><emailitem enc="base64">???</emailitem></Email>', 'BAD_VALUE'],
    ['<Email><Ext><XVal>1</XVal></Ext></Email>', 'MISSING_ELEMENT'],
  ])('is refused: %s', (xml, reason) => {
    expect(() => parseEmail(utf8(xml))).toThrow(expect.objectContaining({ code: `ERR_SYNCML_${reason}` }));
  });

  it('keeps raw CR inside CDATA through our XML reader', () => {
    expect(decodeXml(utf8('<Email><emailitem><![CDATA[a\r\n\rb\n]]></emailitem></Email>')).root.content[0]).toMatchObject({
      content: ['a\r\n\rb\n'],
    });
  });
});
