import { describe, expect, test } from 'vitest';
import { bytesOf, child, childElements, element, equalDocuments, isElement, looksLikeWbxml, textOf } from '../src/index.ts';
import type { Document, Element } from '../src/index.ts';
import { failureOf } from './failure.ts';
import { fromHex, utf8 } from './hex.ts';

const document = (root: Element): Document => ({ type: 'XML', root });
const equal = (a: Element, b: Element): boolean => equalDocuments(document(a), document(b));
const s = (name: string, ...content: Element['content']): Element => element('syncml', name, content);

test('an element is made of one piece, of several, or of none', () => {
  expect(element('syncml', 'Final')).toEqual({ name: 'Final', space: 'syncml', content: [] });
  expect(element('syncml', 'Data', 'x')).toEqual({ name: 'Data', space: 'syncml', content: ['x'] });
  expect(element('syncml', 'Data', fromHex('00'))).toEqual({ name: 'Data', space: 'syncml', content: [fromHex('00')] });
  expect(element('', 'a', ['x', element('', 'b')], { c: 'd' })).toEqual({
    name: 'a',
    space: '',
    attributes: { c: 'd' },
    content: ['x', { name: 'b', space: '', content: [] }],
  });
});

describe('reading an element', () => {
  const item = s('Item', 'a', s('Source', '1'), utf8('b'), s('Data', 'x'), s('Data', 'y'));

  test('finds its children', () => {
    expect(childElements(item).map(({ name }) => name)).toEqual(['Source', 'Data', 'Data']);
    expect(child(item, 'Data')).toEqual(s('Data', 'x'));
    expect(child(item, 'Meta')).toBeUndefined();
    expect(item.content.map(isElement)).toEqual([false, true, false, true, true]);
  });

  test('joins its own text and bytes', () => {
    expect(textOf(item)).toBe('ab');
    expect(bytesOf(item)).toEqual(utf8('ab'));
    expect(textOf(s('Data'))).toBe('');
    expect(bytesOf(s('Data'))).toEqual(new Uint8Array());
    expect(textOf(s('Data', fromHex('c3'), fromHex('a9')))).toBe('é');
    expect(bytesOf(s('Data', '\ud83d', '\ude00'))).toEqual(utf8('😀'));
  });

  test('hands out a single piece of bytes as it is', () => {
    const bytes = fromHex('0102');
    expect(bytesOf(s('Data', bytes))).toBe(bytes);
  });

  test('refuses to call bytes text that are none', () => {
    expect(failureOf(() => textOf(s('Data', 'a', fromHex('ff'))))).toMatchObject({ code: 'ERR_WBXML_CHARSET', path: 'Data' });
  });
});

test('WBXML is told from XML by its first byte', () => {
  expect(['01', '02a401', '03'].map((hex) => looksLikeWbxml(fromHex(hex)))).toEqual([true, true, true]);
  expect(['', '00', '04', '3c', 'ef'].map((hex) => looksLikeWbxml(fromHex(hex)))).toEqual([false, false, false, false, false]);
});

describe('equal documents', () => {
  test('may differ in how text and bytes are cut', () => {
    expect(equal(s('Data', 'aé'), s('Data', 'a', '', utf8('é')))).toBe(true);
    expect(equal(s('Data', fromHex('c3'), fromHex('a9')), s('Data', 'é'))).toBe(true);
    expect(equal(s('Data', ''), s('Data'))).toBe(true);
  });

  test('differ in text, name, space, type, and order of elements', () => {
    expect(equal(s('Data', 'a'), s('Data', 'b'))).toBe(false);
    expect(equal(s('Data', 'a'), s('Data', 'ab'))).toBe(false);
    expect(equal(s('Data', 'a'), s('Data'))).toBe(false);
    expect(equal(s('Data'), s('Item'))).toBe(false);
    expect(equal(s('Data'), element('devinf', 'Data'))).toBe(false);
    expect(equal(s('Data', s('A'), s('B')), s('Data', s('B'), s('A')))).toBe(false);
    expect(equal(s('Data', s('A'), 'x'), s('Data', 'x', s('A')))).toBe(false);
    expect(equal(s('Data', s('A')), s('Data', 'A'))).toBe(false);
    expect(equalDocuments(document(s('A')), { type: 'SyncML 1.2', root: s('A') })).toBe(false);
  });

  test('have the same attributes in any order', () => {
    const a = element('', 'a', [], { b: '1', c: '2' });
    expect(equal(a, element('', 'a', [], { c: '2', b: '1' }))).toBe(true);
    expect(equal(a, element('', 'a', [], { b: '1', c: '3' }))).toBe(false);
    expect(equal(a, element('', 'a', [], { b: '1' }))).toBe(false);
    expect(equal(element('', 'a'), element('', 'a', [], {}))).toBe(true);
  });
});
