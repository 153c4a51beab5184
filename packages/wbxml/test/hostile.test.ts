// What strangers may send: every answer is a document or a `WbxmlError`, and it comes soon.
import { describe, expect, test } from 'vitest';
import { decodeWbxml, decodeXml, element, encodeWbxml, encodeXml, equalDocuments, WbxmlError } from '../src/index.ts';
import type { Document, Element } from '../src/index.ts';
import { failureOf } from './failure.ts';
import { concat, fromHex, utf8 } from './hex.ts';
import { vectors } from './vectors.ts';

const head = fromHex('02a4016a00');

/** The document, or undefined if it was refused; anything else that is thrown fails the test. */
function attempt(run: () => Document): Document | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof WbxmlError) return undefined;
    throw error;
  }
}

function milliseconds(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

/** The bits that, flipped alone, give a document that does not mean the same when written and read again. */
function brokenFlips(bytes: Uint8Array, read: (bytes: Uint8Array) => Document, write: (document: Document) => Uint8Array): number[] {
  const broken: number[] = [];
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const document = attempt(() => read(flipped));
    if (document !== undefined && !equalDocuments(read(write(document)), document)) broken.push(bit);
  }
  return broken;
}

describe.each(vectors)('$id', ({ hex }) => {
  const bytes = fromHex(hex);

  test('cut at any byte is refused, at a place within it', () => {
    for (let length = 0; length < bytes.length; length += 1) {
      const { code, offset } = failureOf(() => decodeWbxml(bytes.subarray(0, length)));
      expect(code).toBe('ERR_WBXML_TRUNCATED');
      expect(offset).toBeLessThanOrEqual(length);
    }
  });

  test('with any bit flipped is refused, or is a document that can be written again', () => {
    expect(brokenFlips(bytes, decodeWbxml, encodeWbxml)).toEqual([]);
  });
});

// These three have every kind of markup between them.
describe.each(vectors.filter(({ id }) => ['V4', 'V7', 'V10'].includes(id)))('$id as XML', ({ document }) => {
  const xml = encodeXml(document, { declaration: false });

  test('cut at any byte is refused', () => {
    const codes = Array.from(xml, (_, length) => failureOf(() => decodeXml(xml.subarray(0, length))).code);
    expect(new Set(codes)).toEqual(new Set(['ERR_XML_SYNTAX']));
  });

  test('with any bit flipped is refused, or is a document that can be written again', () => {
    expect(brokenFlips(xml, decodeXml, encodeXml)).toEqual([]);
  });
});

describe('a lie about length', () => {
  test('costs nothing', () => {
    const hundredMegabytes = fromHex('afd7c200');
    const lies = [
      concat(fromHex('02a4016a'), hundredMegabytes, 0x6d),
      concat(head, fromHex('4fc3'), hundredMegabytes, 0x61),
      concat(fromHex('020d6a008505c3'), hundredMegabytes, 0x20),
    ];
    for (const lie of lies) {
      expect(milliseconds(() => expect(failureOf(() => decodeWbxml(lie)).code).toBe('ERR_WBXML_TRUNCATED'))).toBeLessThan(1_000);
    }
  });

  test('cannot place a string outside of the table', () => {
    expect(failureOf(() => decodeWbxml(concat(fromHex('02 00 afd7c200 6a 01 61 6d')))).code).toBe('ERR_WBXML_BAD_VALUE');
  });
});

describe('depth', () => {
  test('of 10,000 is refused at the limit, with and without closing tags', () => {
    const open = new Uint8Array(10_000).fill(0x6d);
    const close = new Uint8Array(10_000).fill(0x01);
    for (const bytes of [concat(head, open), concat(head, open, close)]) {
      expect(failureOf(() => decodeWbxml(bytes))).toMatchObject({ code: 'ERR_WBXML_LIMIT', offset: 70 });
    }
    for (const xml of ['<a>'.repeat(10_000), '<a>'.repeat(10_000) + '</a>'.repeat(10_000), '<a xmlns="b">'.repeat(10_000)]) {
      expect(failureOf(() => decodeXml(utf8(xml))).code).toBe('ERR_XML_LIMIT');
    }
  });

  test('of 10,000 is read where it is allowed, without recursion', () => {
    const bytes = concat(head, new Uint8Array(10_000).fill(0x6d), new Uint8Array(10_000).fill(0x01));
    expect(decodeWbxml(bytes, { limits: { depth: 10_000 } }).root.name).toBe('SyncML');
  });
});

describe('little input for much work', () => {
  test('through the string table is refused', () => {
    const table = new Uint8Array(65_536).fill(0x61);
    const uses = concat(...Array.from({ length: 2_000 }, () => fromHex('8300')));
    const bomb = concat(fromHex('02a4016a848000'), table, 0x4f, uses, 0x01);
    expect(failureOf(() => decodeWbxml(bomb)).code).toBe('ERR_WBXML_LIMIT');
  });

  test('through overlapping strings of a large table is refused', () => {
    const table = new Uint8Array(65_536).fill(0x61);
    const uses = Array.from({ length: 16_000 }, (_, index) => [0x83, 0x80 | (index >> 7), index & 0x7f]).flat();
    const bomb = concat(fromHex('02a4016a848000'), table, 0x4f, Uint8Array.from(uses), 0x01);
    expect(milliseconds(() => expect(failureOf(() => decodeWbxml(bomb)).code).toBe('ERR_WBXML_LIMIT'))).toBeLessThan(3_000);
  });

  test('through elements and OPAQUE pieces of one or two bytes is refused', () => {
    const elements = concat(head, 0x6d, new Uint8Array(300_000).fill(0x12), 0x01);
    expect(failureOf(() => decodeWbxml(elements)).code).toBe('ERR_WBXML_LIMIT');
    const pieces = concat(
      head,
      0x4f,
      new Uint8Array(600_000).map((_, index) => (index % 2 === 0 ? 0xc3 : 0)),
      0x01,
    );
    expect(failureOf(() => decodeWbxml(pieces)).code).toBe('ERR_WBXML_LIMIT');
    expect(failureOf(() => decodeXml(utf8(`<a>${'<b/>'.repeat(300_000)}</a>`))).code).toBe('ERR_XML_LIMIT');
  });

  test('through attributes is refused', () => {
    const attributes = Array.from({ length: 10_000 }, (_, index) => ` a${index}=""`).join('');
    expect(failureOf(() => decodeXml(utf8(`<a${attributes}/>`))).code).toBe('ERR_XML_LIMIT');
  });

  test('through carriage returns is read in time that grows with the size only', () => {
    for (const text of ['\r', '\r\n', '\ra']) {
      const body = text.repeat(500_000);
      const xml = utf8(`<a><![CDATA[${body}]]></a>`);
      expect(milliseconds(() => expect(decodeXml(xml).root.content).toEqual([body]))).toBeLessThan(3_000);
    }
  });

  test('through unclosed markup is refused in time that grows with the size only', () => {
    for (const start of ['<a>\r<![CDATA[\r', '<a>\r<!--\r', '<a>\r<?p\r', '<a>\r<b c="\r', '<!DOCTYPE a "\r', '<a>\r</b\r']) {
      const xml = utf8(start + start.repeat(20_000));
      expect(milliseconds(() => expect(attempt(() => decodeXml(xml))).toBeUndefined())).toBeLessThan(3_000);
    }
  });
});

const item = (id: number, body: string): Element =>
  element('syncml', 'Add', [
    element('syncml', 'CmdID', String(id)),
    element('syncml', 'Meta', element('metinf', 'Type', 'text/plain')),
    element('syncml', 'Item', [element('syncml', 'Source', element('syncml', 'LocURI', String(id))), element('syncml', 'Data', body)]),
  ]);
const message = (count: number, body: string): Document => ({
  type: 'SyncML 1.2',
  root: element(
    'syncml',
    'SyncML',
    element(
      'syncml',
      'Sync',
      Array.from({ length: count }, (_, id) => item(id, body)),
    ),
  ),
});

describe('a message of 1 MB', () => {
  const mail = 'Some line of <text> that is 72 characters long, as mail has them, & more.\r\n'.repeat(640);
  const shapes = { 'of large mails': message(20, mail), 'of tiny items': message(6_000, 'read=1') };

  // Tens of milliseconds each; the bound only tells linear from quadratic, on a busy machine too.
  test.each(Object.entries(shapes))('%s is read and written in both encodings in time that grows with the size only', (_, document) => {
    const wbxml = encodeWbxml(document);
    const xml = encodeXml(document, { cdata: true });
    expect(Math.max(wbxml.length, xml.length)).toBeGreaterThan(900_000);
    expect(milliseconds(() => encodeWbxml(document))).toBeLessThan(3_000);
    expect(milliseconds(() => encodeXml(document))).toBeLessThan(3_000);
    expect(milliseconds(() => expect(equalDocuments(decodeWbxml(wbxml), document)).toBe(true))).toBeLessThan(3_000);
    expect(milliseconds(() => expect(equalDocuments(decodeXml(xml), document)).toBe(true))).toBeLessThan(3_000);
  });
});
