import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allParts, findPart, limits, mailStructure, partContent, partText, readMail } from '../src/index.ts';
import { bytes, lines, text, utf8 } from './bytes.ts';

/** The example of RFC 9051 §6.4.5.1, written out. */
const rfc = lines(
  'Content-Type: multipart/mixed; boundary=a',
  '',
  'preamble',
  '--a',
  '',
  'one',
  '--a',
  'Content-Type: application/octet-stream',
  'Content-Disposition: attachment; filename=two.bin',
  '',
  'two',
  '--a',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  '',
  'three one',
  '--b',
  'Content-Type: application/octet-stream',
  '',
  'three two',
  '--b--',
  '--a',
  'Content-Type: multipart/mixed; boundary=c',
  '',
  '--c',
  'Content-Type: image/gif',
  '',
  'four one',
  '--c',
  'Content-Type: message/rfc822',
  '',
  'Subject: deep/er',
  'Content-Type: multipart/mixed; boundary=d',
  '',
  '--d',
  'Content-Type: text/plain',
  '',
  'four two one',
  '--d',
  'Content-Type: multipart/alternative; boundary=e',
  '',
  '--e',
  'Content-Type: text/plain',
  '',
  'four two two one',
  '--e',
  'Content-Type: text/richtext',
  '',
  'four two two two',
  '--e--',
  '--d--',
  '--c--',
  '--a--',
  'epilogue',
);

describe('mailStructure', () => {
  it('numbers parts as IMAP does', () => {
    const numbers = [...allParts(mailStructure(rfc))].map((part) => [part.number, part.type]);
    expect(numbers).toEqual([
      ['', 'multipart/mixed'],
      ['1', 'text/plain'],
      ['2', 'application/octet-stream'],
      ['3', 'message/rfc822'],
      ['3', 'multipart/mixed'],
      ['3.1', 'text/plain'],
      ['3.2', 'application/octet-stream'],
      ['4', 'multipart/mixed'],
      ['4.1', 'image/gif'],
      ['4.2', 'message/rfc822'],
      ['4.2', 'multipart/mixed'],
      ['4.2.1', 'text/plain'],
      ['4.2.2', 'multipart/alternative'],
      ['4.2.2.1', 'text/plain'],
      ['4.2.2.2', 'text/richtext'],
    ]);
    const root = mailStructure(rfc);
    expect(text(findPart(root, '4.2.2.1')?.body ?? bytes(''))).toBe('four two two one');
    expect(findPart(root, '3')?.type).toBe('message/rfc822');
    expect(findPart(root, '5')).toBeUndefined();
  });

  it('numbers a mail that is no multipart, and one inside a mail, as part 1', () => {
    expect(mailStructure(bytes('Subject: x\r\n\r\nbody')).number).toBe('1');
    const outer = mailStructure(lines('Content-Type: message/rfc822', '', 'Subject: x', '', 'inner'));
    expect([...allParts(outer)].map((part) => part.number)).toEqual(['1', '1.1']);
    expect(text(findPart(outer, '1.1')?.body ?? bytes(''))).toBe('inner');
  });

  it('takes the line end before a boundary for part of the boundary, and no other', () => {
    const mail = bytes('Content-Type: multipart/mixed; boundary="x y"\n\n--x y  \nA: 1\n\nbody\n\n--x y--\nrest');
    expect(mailStructure(mail).parts.map((part) => text(part.body))).toEqual(['body\n']);
  });

  it('is not led astray by lines that only begin like the boundary', () => {
    const mail = lines(
      'Content-Type: multipart/mixed; boundary=ab',
      '',
      '--ab',
      '',
      'x',
      '--abc',
      ' --ab',
      '--ab-',
      '--ab',
      '',
      'y',
      '--ab--x',
      '--ab--',
      '',
    );
    expect(mailStructure(mail).parts.map((part) => text(part.body))).toEqual(['x\r\n--abc\r\n --ab\r\n--ab-', 'y\r\n--ab--x']);
  });

  it('has the parts that are there when a mail ends early', () => {
    const cut = rfc.subarray(0, text(rfc).indexOf('three two') + 5);
    expect([...allParts(mailStructure(cut))].map((part) => part.number)).toEqual(['', '1', '2', '3', '3', '3.1', '3.2']);
    expect(readMail(cut).text).toBe('one');
  });

  it('closes an inner multipart that forgot to, at the outer boundary', () => {
    const mail = lines(
      'Content-Type: multipart/mixed; boundary=o',
      '',
      '--o',
      'Content-Type: multipart/mixed; boundary=i',
      '',
      '--i',
      '',
      'in',
      '--o',
      '',
      'out',
      '--o--',
    );
    expect([...allParts(mailStructure(mail))].map((part) => [part.number, text(part.body).length])).toEqual([
      ['', expect.any(Number)],
      ['1', expect.any(Number)],
      ['1.1', 2],
      ['2', 3],
    ]);
  });

  it.each([
    ['Text/HTML; Charset="UTF-8"', 'text/html', { charset: 'UTF-8' }],
    ['text/plain; charset=us-ascii (Plain text)', 'text/plain', { charset: 'us-ascii' }],
    ['nonsense', 'text/plain', {}],
    ['', 'text/plain', {}],
    ['multipart/mixed', 'text/plain', {}],
    ['text/x-a;;x=1; flag; y="a;b\\"c"', 'text/x-a', { x: '1', flag: '', y: 'a;b"c' }],
    ['a/b; x=1; x=2', 'a/b', { x: '1' }],
    ['a/b; constructor=1; __proto__=2', 'a/b', { constructor: '1', ['__proto__']: '2' }],
    ['a/b; url*0=ftp:/; url*1*=%2Fx; url*3=lost', 'a/b', { url: 'ftp://x' }],
  ])('reads the Content-Type %j', (value, type, parameters) => {
    const part = mailStructure(bytes(`Content-Type: ${value}\r\n\r\n`));
    expect([part.type, [...part.parameters]]).toEqual([type, Object.entries(parameters)]);
  });

  it.each([
    ['filename="a b.pdf"', 'a b.pdf'],
    ['filename=a b (1).pdf', 'a b (1).pdf'],
    ["filename*=utf-8'de'%C3%BCber.pdf", 'über.pdf'],
    ["filename*=iso-8859-1''%FCber.pdf; filename=uber.pdf", 'über.pdf'],
    ['filename*0*=utf-8\'\'%C3; filename*1*=%BC; filename*2=".pdf"', 'ü.pdf'],
    ['filename*1=b.pdf; filename*0=a', 'ab.pdf'],
    ['filename="=?utf-8?B?w7xiZXIucGRm?="', 'über.pdf'],
    ['filename="C:\\dir\\a.txt"', 'C:_dir_a.txt'],
    ['filename="../../etc/passwd"', '.._.._etc_passwd'],
    ['filename=".."', undefined],
    ['filename="a\u0000b.txt"', 'a b.txt'],
    ["filename*=utf-8''fdp%E2%80%AE.exe", 'fdp.exe'],
    [`filename="${'n'.repeat(400)}.docx"`, `${'n'.repeat(250)}.docx`],
    ['x=y', undefined],
  ])('reads the file name of %j and makes it safe', (value, name) => {
    expect(mailStructure(bytes(`Content-Disposition: attachment; ${value}\r\n\r\n`)).name).toBe(name);
  });

  it('stops at its limits of depth and number', () => {
    const deep = Array.from({ length: 200 }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`).join('');
    const depths = [...allParts(mailStructure(bytes(deep)))].length;
    expect(depths).toBe(limits.depth + 1);
    const heavy = bytes(`${deep}${'\n'.repeat(2_000_000)}`);
    expect([...allParts(mailStructure(heavy))].length).toBeLessThan(limits.scans + limits.freeScan / 2_000_000 + 2);
    const wide = `Content-Type: multipart/mixed; boundary=w\r\n\r\n${'--w\r\n\r\n'.repeat(limits.parts * 2)}`;
    expect([...allParts(mailStructure(bytes(wide)))]).toHaveLength(limits.parts);
    const mails = bytes('Content-Type: message/rfc822\r\n\r\n'.repeat(500));
    expect([...allParts(mailStructure(mails))].length).toBe(limits.depth + 1);
  });
});

describe('partContent', () => {
  it.each([
    ['base64', 'aGVs\r\nbG8=', 'hello'],
    ['BASE64', 'aGVsbG8', 'hello'],
    ['base64', 'aGk=aGk=', 'hihi'],
    ['base64', 'a!G*V s\0bG8====', 'hello'],
    ['base64', 'aGVsbG8h\r\nA', 'hello!'],
    ['base64', '', ''],
    ['quoted-printable', 'a=3Db=\r\nc =20 \r\nd\t\r\n', 'a=bc  \r\nd\r\n'],
    ['quoted-printable', 'a=3db=XY=\nc=', 'a=b=XYc'],
    ['quoted-printable', 'soft=  \r\nbreak', 'softbreak'],
    ['(comment) quoted-printable', '=41', 'A'],
    ['"base64"', 'QQ==', 'A'],
    ['8bit', '\xe9', '\xe9'],
    ['x-unknown', '=41', '=41'],
  ])('decodes %s %j', (encoding, encoded, plain) => {
    expect(text(partContent(mailStructure(bytes(`Content-Transfer-Encoding: ${encoding}\r\n\r\n${encoded}`))))).toBe(plain);
  });
});

function flowed(params: string, ...body: readonly string[]): string {
  return partText(mailStructure(lines(`Content-Type: text/plain; format=flowed${params}`, '', ...body)));
}

describe('partText', () => {
  it.each([
    ['utf-8', 'Gr\xc3\xbc\xc3\x9fe', 'Grüße'],
    ['us-ascii', 'Gr\xc3\xbc\xc3\x9fe', 'Grüße'],
    ['us-ascii', 'Gr\xfc\xdfe', 'Grüße'],
    ['iso-8859-15', '\xa4', '€'],
    ['x-nobody-knows', 'Gr\xfc\xdfe', 'Grüße'],
    ['cp932', '\x93\xfa', '日'],
    ['x-euc-jp', '\xc6\xfc', '日'],
    ['ibm936', '\xc4\xe3', '你'],
    ['utf-8', '\xff', '\uFFFD'],
  ])('decodes %s %j', (charset, body, decoded) => {
    expect(partText(mailStructure(bytes(`Content-Type: text/plain; charset=${charset}\r\n\r\n${body}`)))).toBe(decoded);
  });

  it('joins flowed lines of one quote depth and keeps the signature mark apart', () => {
    expect(flowed('', '> one ', '> two', 'three ', 'four', '', '-- ', 'me', ' From x')).toBe('> one two\nthree four\n\n-- \nme\nFrom x');
    expect(flowed('; delsp=yes', 'one ', 'two')).toBe('onetwo');
    expect(flowed('', '> a ', '>> b', 'c ')).toBe('> a \n>> b\nc ');
  });
});

describe('readMail', () => {
  it('takes the text and the HTML of alternatives, and lists the rest', () => {
    const read = readMail(
      lines(
        'Subject: s',
        'Content-Type: multipart/mixed; boundary=m',
        '',
        '--m',
        'Content-Type: multipart/alternative; boundary=a',
        '',
        '--a',
        '',
        'plain',
        '--a',
        'Content-Type: text/html',
        '',
        '<b>rich</b> <img src=cid:p%40x>',
        '--a',
        'Content-Type: text/calendar; method=REQUEST',
        '',
        'BEGIN:VCALENDAR',
        '--a--',
        '--m',
        'Content-Type: image/png; name=p.png',
        'Content-ID: <p@x>',
        'Content-Transfer-Encoding: base64',
        '',
        'AAAA',
        '--m',
        'Content-Type: text/plain',
        '',
        'footer of the list',
        '--m',
        'Content-Type: text/plain; name=notes.txt',
        '',
        'not shown',
        '--m--',
      ),
    );
    expect(read.text).toBe('plain\nfooter of the list');
    expect(read.html).toBe('<b>rich</b> <img src=cid:p%40x>\n<div style="white-space: pre-wrap">footer of the list</div>');
    expect(read.attachments.map(({ number, name, type, size, inline }) => [number, name, type, size, inline])).toEqual([
      ['1.3', undefined, 'text/calendar', 15, false],
      ['2', 'p.png', 'image/png', 3, true],
      ['4', 'notes.txt', 'text/plain', 9, false],
    ]);
  });

  it('escapes text that stands beside HTML', () => {
    const mail = lines(
      'Content-Type: multipart/mixed; boundary=m',
      '',
      '--m',
      '',
      '<script>x</script>&"',
      '--m',
      'Content-Type: text/html',
      '',
      '<p>y',
      '--m--',
    );
    expect(readMail(mail).html).toBe('<div style="white-space: pre-wrap">&#60;script&#62;x&#60;/script&#62;&#38;&#34;</div>\n<p>y');
    expect(readMail(mail).text).toBe('<script>x</script>&"\ny\n');
  });

  it('has no text where the mail has HTML only', () => {
    const read = readMail(lines('Content-Type: text/html', '', '<p>x'));
    expect([read.text, read.html]).toEqual([undefined, '<p>x']);
  });

  it('names an attached mail by its subject and does not show its text as the mail’s own', () => {
    const read = readMail(rfc);
    expect(read.text).toBe('one');
    expect(read.attachments.map((each) => [each.number, each.name])).toEqual([
      ['2', 'two.bin'],
      ['3', 'inner.eml'],
      ['4.1', undefined],
      ['4.2', 'deep_er.eml'],
    ]);
  });

  it('shows a header alone as a mail with nothing in it', () => {
    expect(readMail(lines('Subject: x', 'Content-Type: multipart/mixed; boundary=x', '', ''))).toMatchObject({
      attachments: [],
      summary: { subject: 'x' },
    });
    expect(readMail(new Uint8Array())).toMatchObject({ attachments: [], summary: { subject: '' } });
  });

  it('shows a multipart whose boundary never comes as the text it is', () => {
    expect(readMail(lines('Content-Type: multipart/mixed; boundary=x', '', 'hello')).text).toBe('hello');
  });

  it('shows a bounded piece of an endless text', () => {
    const mail = bytes(`Subject: x\r\n\r\n${'a'.repeat(limits.textBytes + 1000)}`);
    expect(readMail(mail).text).toHaveLength(limits.textBytes);
  });

  it('never throws, for any bytes', () => {
    const piece = fc.constantFrom(
      'Content-Type: multipart/mixed; boundary=a\r\n\r\n',
      'Content-Type: message/rfc822\r\n\r\n',
      "Content-Disposition: attachment; filename*0*=x'y'%; filename*1*=%ZZ\r\n",
      'Content-Transfer-Encoding: base64\r\n',
      'Content-Type: text/html; charset=utf-16\r\n\r\n',
      '\r\n--a\r\n',
      '\r\n--a--\r\n',
      '\r\n',
      '=C3=',
      '<a href="',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 25 }), fc.uint8Array(), (pieces, tail) => {
        const read = readMail(Uint8Array.of(...utf8(pieces.join('')), ...tail));
        for (const each of read.attachments) expect(each.content()).toHaveLength(each.size);
      }),
    );
  });
});
