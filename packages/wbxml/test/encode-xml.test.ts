import { describe, expect, test } from 'vitest';
import { decodeXml, element, encodeXml } from '../src/index.ts';
import type { Document, DocumentType, Element, EncodeXmlOptions } from '../src/index.ts';
import { failureOf } from './failure.ts';
import { fromHex, utf8, utf8Text } from './hex.ts';

const s = (name: string, ...content: Element['content']): Element => element('syncml', name, content);
const m = (name: string, ...content: Element['content']): Element => element('metinf', name, content);
const x = (name: string, ...content: Element['content']): Element => element('', name, content);
const document = (root: Element, type: DocumentType = 'XML'): Document => ({ type, root });
const encode = (root: Element, options: EncodeXmlOptions = {}, type?: DocumentType): string =>
  utf8Text(encodeXml(document(root, type), { declaration: false, ...options }));

describe('namespaces', () => {
  test('stand on the root and on each first element of another space', () => {
    const root = s(
      'SyncML',
      s('Meta', m('Type', 'a'), m('Anchor', m('Next', '1'))),
      s('Data', element('devinf', 'DevInf', element('devinf', 'UTC'))),
    );
    expect(encode(root, {}, 'SyncML 1.1')).toBe(
      '<SyncML xmlns="SYNCML:SYNCML1.1"><Meta><Type xmlns="syncml:metinf">a</Type><Anchor xmlns="syncml:metinf"><Next>1</Next></Anchor></Meta>' +
        '<Data><DevInf xmlns="syncml:devinf"><UTC/></DevInf></Data></SyncML>',
    );
  });

  test('are absent from objects, and switched off for an object in Data', () => {
    expect(encode(x('Email', x('read', 'true')))).toBe('<Email><read>true</read></Email>');
    expect(encode(s('Data', x('Email', x('read'))), {}, 'SyncML 1.2')).toBe(
      '<Data xmlns="SYNCML:SYNCML1.2"><Email xmlns=""><read/></Email></Data>',
    );
  });
});

describe('text', () => {
  test('is escaped no more than needed, with CR as a reference', () => {
    expect(encode(x('a', '<&>"\'\r\n\t'))).toBe('<a>&lt;&amp;>"\'&#13;\n\t</a>');
    expect(encode(x('a', 'a]]', '>b]]]>>'))).toBe('<a>a]]&gt;b]]]&gt;></a>');
  });

  test('in attributes keeps its white space', () => {
    const root = element('', 'a', [], { b: '<&>"\'\r\n\t' });
    expect(encode(root)).toBe('<a b="&lt;&amp;>&quot;\'&#13;&#10;&#9;"/>');
    expect(decodeXml(encodeXml(document(root))).root).toEqual(root);
  });

  test('with an unpaired surrogate gets U+FFFD', () => {
    expect(encode(x('a', 'a\udc00', 'b'))).toBe('<a>a\ufffdb</a>');
  });

  test('that is empty leaves an empty element', () => {
    expect(encode(x('a', '', new Uint8Array()))).toBe('<a/>');
  });
});

describe('CDATA', () => {
  test('holds the text of Data that has markup, with CR as it is', () => {
    const cdata = true;
    expect(encode(x('Data', 'a\r\n<b>'), { cdata })).toBe('<Data><![CDATA[a\r\n<b>]]></Data>');
    expect(encode(x('Data', 'a&b'), { cdata })).toBe('<Data><![CDATA[a&b]]></Data>');
    expect(encode(x('Data', 'a\r\nb'), { cdata })).toBe('<Data>a&#13;\nb</Data>');
    expect(encode(x('MsgID', '<'), { cdata })).toBe('<MsgID>&lt;</MsgID>');
  });

  test('holds the text of an item always, that of a Status only for its markup', () => {
    const cdata = true;
    expect(encode(x('Item', x('Data', 'text\r\n')), { cdata })).toBe('<Item><Data><![CDATA[text\r\n]]></Data></Item>');
    expect(encode(x('Item', x('Data', 'text')))).toBe('<Item><Data>text</Data></Item>');
    expect(encode(x('Item', x('Data', ''), x('Data', x('Anchor', 'a'))), { cdata })).toBe(
      '<Item><Data/><Data><Anchor>a</Anchor></Data></Item>',
    );
    expect(encode(x('Status', x('Data', '200')), { cdata })).toBe('<Status><Data>200</Data></Status>');
  });

  test('is split around its own end', () => {
    const root = x('Data', '<a><![CDATA[x]]></a>]]>');
    const xml = encode(root, { cdata: true });
    expect(xml).toBe('<Data><![CDATA[<a><![CDATA[x]]]]><![CDATA[></a>]]]]><![CDATA[>]]></Data>');
    expect(decodeXml(utf8(xml)).root).toEqual(root);
  });
});

describe('bytes', () => {
  test('are written as the text that they are, put together with their neighbours', () => {
    expect(encode(x('a', 'x', fromHex('c3'), fromHex('a9'), 'y'))).toBe('<a>xéy</a>');
  });

  test('that are not text are refused with the path', () => {
    expect(failureOf(() => encode(x('a', x('b', fromHex('ff')))))).toMatchObject({
      code: 'ERR_XML_BINARY',
      path: 'a/b',
      offset: undefined,
    });
    expect(failureOf(() => encode(x('a', fromHex('c3'), x('b'), fromHex('a9')))).code).toBe('ERR_XML_BINARY');
  });
});

test('a character that XML cannot hold is refused, as text, bytes and attribute', () => {
  for (const bad of ['\0', '\b', '\v', '\f', '\u001f', '\ufffe', '\uffff']) {
    expect(failureOf(() => encode(x('a', `b${bad}`)))).toMatchObject({ code: 'ERR_XML_BINARY', path: 'a' });
    expect(failureOf(() => encode(x('a', utf8(bad)))).code).toBe('ERR_XML_BINARY');
    expect(failureOf(() => encode(x('Data', `<${bad}`), { cdata: true })).code).toBe('ERR_XML_BINARY');
    expect(failureOf(() => encode(element('', 'a', [], { b: bad }))).code).toBe('ERR_XML_BINARY');
  }
});

test('names that are none are refused', () => {
  for (const bad of ['', 'a b', '1', 'a>', 'p:a', '-a', 'é>']) {
    expect(failureOf(() => encode(x(bad))).code).toBe('ERR_XML_BAD_NAME');
    expect(failureOf(() => encode(element('', 'a', [], { [bad]: '' }))).code).toBe('ERR_XML_BAD_NAME');
  }
  expect(failureOf(() => encode(element('', 'a', [], { xmlns: 'urn:x' }))).code).toBe('ERR_XML_BAD_NAME');
  expect(encode(element('', 'é-1.\u{10000}', [], { 'xml:lang': 'en' }))).toBe('<é-1.\u{10000} xml:lang="en"/>');
});

test('an element of the message that a reader would take for meta information says what it is', () => {
  const root = s('Item', s('Data', s('Next', 'x')));
  expect(encode(root, {}, 'SyncML 1.2')).toBe('<Item xmlns="SYNCML:SYNCML1.2"><Data><Next xmlns="SYNCML:SYNCML1.2">x</Next></Data></Item>');
  expect(decodeXml(utf8(encode(root))).root).toEqual(root);
});

test('the declaration comes first unless it is not wanted', () => {
  expect(utf8Text(encodeXml(document(x('a'))))).toBe('<?xml version="1.0" encoding="UTF-8"?><a/>');
  expect(encode(x('a'), { declaration: false })).toBe('<a/>');
});

test('a tree deeper than a decoder takes is refused', () => {
  let deep = x('a');
  for (let level = 0; level < 10_000; level += 1) deep = x('a', deep);
  expect(failureOf(() => encode(deep)).code).toBe('ERR_XML_LIMIT');
});
