import { describe, expect, test } from 'vitest';
import { decodeWbxml, element, encodeWbxml } from '../src/index.ts';
import type { Document, DocumentType, Element } from '../src/index.ts';
import { failureOf } from './failure.ts';
import { fromHex, toHex, utf8 } from './hex.ts';

const document = (root: Element, type: DocumentType = 'SyncML 1.2'): Document => ({ type, root });
const body = (root: Element, type?: DocumentType): string => toHex(encodeWbxml(document(root, type))).slice(10);
const s = (name: string, ...content: Element['content']): Element => element('syncml', name, content);
const meta = (name: string): Element => element('metinf', name);
const emn = (attributes: Record<string, string>): Document => document(element('emn', 'emn', [], attributes), 'EMN 1.0');
const hex = (spaced: string): string => spaced.replaceAll(' ', '');

describe('content', () => {
  test('that is text becomes one string, however it was cut', () => {
    expect(body(s('Data', 'a', '', 'b'))).toBe(hex('4f 03 6162 00 01'));
  });

  test('that is bytes becomes OPAQUE, each piece its own', () => {
    expect(body(s('Data', 'a', utf8('b'), fromHex('00'), 'c'))).toBe(hex('4f 03 61 00 c3 01 62 c3 01 00 03 63 00 01'));
  });

  test('with NUL becomes OPAQUE', () => {
    expect(body(s('Data', 'a\0b'))).toBe(hex('4f c3 03 610062 01'));
  });

  test('that is empty is left out', () => {
    expect(body(s('Final'))).toBe('12');
    expect(body(s('Final', '', new Uint8Array()))).toBe('12');
  });

  test('with an unpaired surrogate gets U+FFFD, and a pair cut in two is put together', () => {
    expect(body(s('Data', 'a\ud800'))).toBe(hex('4f 03 61 efbfbd 00 01'));
    expect(body(s('Data', '\ud83d', '\ude00'))).toBe(hex('4f 03 f09f9880 00 01'));
  });

  test('of any length has its length before it', () => {
    const bytes = new Uint8Array(70_000).fill(0x61);
    const encoded = encodeWbxml(document(s('Data', bytes)));
    expect(toHex(encoded.subarray(5, 10))).toBe(hex('4f c3 84a270'));
    expect(decodeWbxml(encoded).root.content).toEqual([bytes]);
    expect(toHex(encodeWbxml(document(s('Data', bytes.subarray(0, 127)))).subarray(5, 8))).toBe(hex('4f c3 7f'));
    expect(toHex(encodeWbxml(document(s('Data', bytes.subarray(0, 128)))).subarray(5, 9))).toBe(hex('4f c3 8100'));
  });
});

describe('the header', () => {
  test('has a number for each document', () => {
    const types: DocumentType[] = ['SyncML 1.0', 'DevInf 1.0', 'SyncML 1.1', 'DevInf 1.1', 'SyncML 1.2', 'DevInf 1.2'];
    const heads = types.map((type) => toHex(encodeWbxml(document(element(type.startsWith('S') ? 'syncml' : 'devinf', 'VerDTD'), type))));
    expect(heads).toEqual(['029f516a0031', '029f526a0025', '029f536a0031', '029f546a0025', '02a4016a0031', '02a4036a0025']);
  });

  test('has the public identifier as text on demand, without NUL', () => {
    const bytes = encodeWbxml(document(s('Final'), 'SyncML 1.0'), { textualPublicId: true });
    expect(toHex(bytes)).toBe(`0200006a1d${toHex(utf8('-//SYNCML//DTD SyncML 1.0//EN'))}12`);
    expect(decodeWbxml(bytes).type).toBe('SyncML 1.0');
  });
});

describe('an element that the code pages do not have', () => {
  const unknown = document(s('SyncML', s('X-Foo', 'a'), s('X-Bar'), s('X-Foo')));

  test('is spelled out in a string table', () => {
    expect(toHex(encodeWbxml(unknown))).toBe(hex('02 a401 6a 0c 582d466f6f00 582d42617200 6d 44 00 03 61 00 01 04 06 04 00 01'));
    expect(decodeWbxml(encodeWbxml(unknown)).root).toEqual(unknown.root);
  });

  test('shares the table with a textual public identifier', () => {
    expect(decodeWbxml(encodeWbxml(unknown, { textualPublicId: true })).root).toEqual(unknown.root);
  });

  test('must at least be a name', () => {
    expect(failureOf(() => encodeWbxml(document(s('SyncML', s('a b')))))).toMatchObject({
      code: 'ERR_WBXML_BAD_VALUE',
      path: 'SyncML/a b',
    });
  });
});

describe('pages', () => {
  test('are switched before a start tag only', () => {
    expect(body(s('SyncML', s('Meta', meta('Type'), meta('Format')), s('Meta', meta('Mark')), s('Final')))).toBe(
      hex('6d 5a 0001 13 07 01 0000 5a 0001 0b 01 0000 12 01'),
    );
  });

  test('with device information in a message are left at once', () => {
    expect(body(s('Item', s('Data', element('devinf', 'Property', element('devinf', 'PropName', 'x')))))).toBe(
      hex('54 4f 0002 6b 58 03 78 00 01 01 0000 01 01'),
    );
  });

  test('exist for the spaces of the document only', () => {
    const failure = failureOf(() => encodeWbxml(document(s('Data', element('', 'Email')))));
    expect(failure).toMatchObject({ code: 'ERR_WBXML_UNSUPPORTED', path: 'Data/Email' });
    expect(failureOf(() => encodeWbxml(document(s('SyncML'), 'DevInf 1.2'))).code).toBe('ERR_WBXML_UNSUPPORTED');
  });
});

test('token 1C of device information is written for its old and its new name', () => {
  for (const type of ['DevInf 1.1', 'DevInf 1.2'] as const) {
    expect(body(element('devinf', 'Size'), type)).toBe('1c');
    expect(body(element('devinf', 'MaxSize'), type)).toBe('1c');
  }
});

describe('attributes', () => {
  test('use the longest start token and every value token', () => {
    expect(toHex(encodeWbxml(emn({ mailbox: 'http://www.a.com.org' })))).toBe(hex('02 0d 6a 00 85 0b 03 61 00 85 88 01'));
  });

  test('with an empty value have none', () => {
    expect(decodeWbxml(encodeWbxml(emn({ mailbox: '' }))).root.attributes).toEqual({ mailbox: '' });
  });

  test('that should be dates and are not stay text', () => {
    const attributes = { timestamp: '2006-13-17T12:34:56Z' };
    expect(decodeWbxml(encodeWbxml(emn(attributes))).root.attributes).toEqual(attributes);
  });

  test('that are unknown are spelled out', () => {
    const attributes = { mailbox: 'a', 'x-more': 'b.com' };
    expect(decodeWbxml(encodeWbxml(emn(attributes))).root.attributes).toEqual(attributes);
    const action = document(element('sl', 'sl', [], { action: 'other' }), 'SL 1.0');
    expect(decodeWbxml(encodeWbxml(action)).root.attributes).toEqual({ action: 'other' });
  });

  test('are refused where they cannot be written', () => {
    expect(failureOf(() => encodeWbxml(emn({ mailbox: 'a\0' }))).code).toBe('ERR_WBXML_BAD_VALUE');
    expect(failureOf(() => encodeWbxml(emn({ 'a b': '' }))).code).toBe('ERR_WBXML_BAD_VALUE');
    expect(failureOf(() => encodeWbxml(document(element('syncml', 'Data', [], { a: 'b' })))).code).toBe('ERR_WBXML_UNSUPPORTED');
  });
});

test('a document without WBXML form, and a tree deeper than a decoder takes, are refused', () => {
  expect(failureOf(() => encodeWbxml(document(element('', 'Email'), 'XML'))).code).toBe('ERR_WBXML_UNSUPPORTED');
  let deep = s('Data');
  for (let level = 0; level < 10_000; level += 1) deep = s('Item', deep);
  expect(failureOf(() => encodeWbxml(document(deep))).code).toBe('ERR_WBXML_LIMIT');
});
