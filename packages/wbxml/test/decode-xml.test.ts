import { describe, expect, test } from 'vitest';
import { bytesOf, decodeXml, element } from '../src/index.ts';
import type { DecodeOptions, Document, Element } from '../src/index.ts';
import { failureOf } from './failure.ts';
import { concat, fromHex, utf8 } from './hex.ts';

const decode = (xml: string, options?: DecodeOptions): Document => decodeXml(utf8(xml), options);
const failure = (xml: string, options?: DecodeOptions): { code: string; offset: number | undefined; path: string } => {
  const { code, offset, path } = failureOf(() => decode(xml, options));
  return { code, offset, path };
};
const s = (name: string, ...content: Element['content']): Element => element('syncml', name, content);
const m = (name: string, ...content: Element['content']): Element => element('metinf', name, content);
const d = (name: string, ...content: Element['content']): Element => element('devinf', name, content);
const data = (inner: string): Element => decode(`<SyncML xmlns="SYNCML:SYNCML1.2"><Data>${inner}</Data></SyncML>`).root;
const type = (xml: string): string => decode(xml).type;
const plain = (xml: string): Element['content'] => decode(xml).root.content;

describe('carriage returns', () => {
  test('survive in text, in CDATA and as references', () => {
    expect(plain('<a>1\r\n2\r3\n</a>')).toEqual(['1\r\n2\r3\n']);
    expect(plain('<a><![CDATA[1\r\n2\r3\n\r]]></a>')).toEqual(['1\r\n2\r3\n\r']);
    expect(plain('<a>1&#13;\n2&#xD;&#xd;</a>')).toEqual(['1\r\n2\r\r']);
    expect(plain('<a>\r<![CDATA[\r\r\n]]>\r</a>')).toEqual(['\r\r\r\n\r']);
    expect(plain('<a><![CDATA[<b>\r\n</b>]]>&lt;\r\n</a>')).toEqual(['<b>\r\n</b><\r\n']);
  });

  test('are line ends in markup and outside of the root', () => {
    const xml =
      '<?xml version="1.0"\r\n?>\r\n<!DOCTYPE a\r\nSYSTEM "x\r\n">\r\n<!-- \r\n<a>\r -->\r\n<a\r\nb="1\r\n2>"\r>\r<c\r/><?pi \r ?><!--\r--></a\r\n>\r\n<!--\r-->\r';
    expect(decode(xml).root).toEqual(element('', 'a', element('', 'c'), { b: '1 2>' }));
  });

  test('survive beside anything that looks like markup', () => {
    expect(plain('<a b=\'"\' c=">">\r</a>')).toEqual(['\r']);
    expect(plain('<a><!-- <![CDATA[ -->\r<!-- ]]> --></a>')).toEqual(['\r']);
    expect(plain('<a><b/>\r.<b c="/>"/>\r</a>')).toEqual([element('', 'b'), '\r.', element('', 'b', [], { c: '/>' }), '\r']);
    expect(plain('<a><![CDATA[<!--\r]]>\r<![CDATA[-->]]></a>')).toEqual(['<!--\r\r-->']);
    expect(plain('<a><![CDATA[]\r]\r]]]]>\r</a>')).toEqual([']\r]\r]]\r']);
  });

  test('survive in CDATA after CDATA without any, and before', () => {
    expect(plain('<a><![CDATA[<]]>1<![CDATA[]]><![CDATA[\r]]>2<b/>&lt;<![CDATA[<]]></a>')).toEqual(['<1\r2', element('', 'b'), '<<']);
  });

  test('survive in a mail of many pieces, to the byte', () => {
    const mail = 'Received: from é.example (😀)\r\n\twith <SMTP>\r\r\n'.repeat(20_000);
    expect(data(`<![CDATA[${mail}]]>`).content).toEqual([s('Data', mail)]);
  });
});

describe('text', () => {
  test('in several CDATA sections, references and pieces is one string', () => {
    expect(plain('<a>x<![CDATA[a]]]><![CDATA[]>b]]>&lt;&#x1F600;<!-- no --><?no no?>y</a>')).toEqual(['xa]]>b<😀y']);
  });

  test('is kept as it is where there are no child elements', () => {
    expect(plain('<a> \n</a>')).toEqual([' \n']);
    expect(plain('<a></a>')).toEqual([]);
  });

  test('that is white is dropped between child elements', () => {
    expect(plain('<a>\r\n  <b> x </b>\t<c/>\n</a>')).toEqual([element('', 'b', ' x '), element('', 'c')]);
  });

  test('is kept whole where it stands between child elements', () => {
    expect(plain('<a> <b/>x <c/></a>')).toEqual([' ', element('', 'b'), 'x ', element('', 'c')]);
  });

  test('keeps the line separators of XML 1.1, whatever version is declared', () => {
    expect(plain('<?xml version="1.1"?><a>\u0085\u2028</a>')).toEqual(['\u0085\u2028']);
  });
});

describe('spaces', () => {
  test('come from namespaces, whatever the prefix, case and version', () => {
    const tree = s('SyncML', s('Meta', m('Type', 'x'), m('Anchor', m('Next', '1'))), s('Data', d('DevInf', d('UTC'))));
    const variants = [
      '<SyncML xmlns="SYNCML:SYNCML1.1"><Meta><Type xmlns="syncml:metinf">x</Type><Anchor xmlns="syncml:metinf"><Next>1</Next></Anchor></Meta><Data><DevInf xmlns="syncml:devinf"><UTC/></DevInf></Data></SyncML>',
      '<SyncML xmlns="syncml:syncml1.1" xmlns:m="SYNCML:METINF" xmlns:d="syncml:devinf1.1"><Meta><m:Type>x</m:Type><m:Anchor><m:Next>1</m:Next></m:Anchor></Meta><Data><d:DevInf><d:UTC/></d:DevInf></Data></SyncML>',
      '<s:SyncML xmlns:s="SYNCML:SYNCML1.1" xmlns="syncml:metinf"><s:Meta><Type>x</Type><Anchor><Next>1</Next></Anchor></s:Meta><s:Data><DevInf xmlns="syncml:devinf"><UTC/></DevInf></s:Data></s:SyncML>',
      '<SyncML xmlns="SYNCML:SYNCML1.1"><Meta xmlns="syncml:metinf"><Type>x</Type><Anchor><Next>1</Next></Anchor></Meta><Data><DevInf xmlns="syncml:devinf"><UTC/></DevInf></Data></SyncML>',
    ];
    for (const xml of variants) expect(decode(xml)).toEqual({ type: 'SyncML 1.1', root: tree });
  });

  test('are inferred where the namespace is missing', () => {
    const tree = s(
      'SyncML',
      s('SyncHdr', s('VerDTD', '1.1'), s('Meta', m('MaxMsgSize', '1'))),
      s('Item', s('Meta', m('Mem', m('SharedMem'))), s('Data', m('Anchor', m('Next', '1')))),
      s('Item', s('Data', d('DevInf', d('VerDTD', '1.1'), d('DataStore', d('SourceRef', 'x'), d('DSMem', d('SharedMem')))))),
      s('Item', s('Data', d('Property', d('PropName', 'emailitem')))),
    );
    const inner =
      '<SyncHdr><VerDTD>1.1</VerDTD><Meta><MaxMsgSize>1</MaxMsgSize></Meta></SyncHdr><Item><Meta><Mem><SharedMem/></Mem></Meta><Data><Anchor><Next>1</Next></Anchor></Data></Item><Item><Data><DevInf><VerDTD>1.1</VerDTD><DataStore><SourceRef>x</SourceRef><DSMem><SharedMem/></DSMem></DataStore></DevInf></Data></Item><Item><Data><Property><PropName>emailitem</PropName></Property></Data></Item>';
    expect(decode(`<SyncML xmlns="SYNCML:SYNCML1.1">${inner}</SyncML>`)).toEqual({ type: 'SyncML 1.1', root: tree });
    expect(decode(`<SyncML>${inner}</SyncML>`)).toEqual({ type: 'SyncML 1.1', root: tree });
    expect(decode(`<x:SyncML xmlns:x="SYNCML:SYNCML1.1">${inner.replaceAll(/<(\/?)/g, '<$1x:')}</x:SyncML>`).root).toEqual(tree);
  });

  test('are not inferred against a namespace that is there', () => {
    expect(data('<Email xmlns=""><Ext/></Email>').content).toEqual([s('Data', element('', 'Email', element('', 'Ext')))]);
    expect(data('<DevInf xmlns="urn:other"/>').content).toEqual([s('Data', element('', 'DevInf'))]);
    const xml = '<DevInf xmlns="syncml:devinf"><SourceRef xmlns="SYNCML:SYNCML1.2"/></DevInf>';
    expect(decode(xml).root).toEqual(d('DevInf', s('SourceRef')));
  });

  test('are inferred in a message whose namespace is misspelt', () => {
    const xml =
      '<SyncML xmlns="SYNCML:SYNCLM1.1"><SyncHdr><VerDTD>1.1</VerDTD></SyncHdr><Meta><Type>x</Type></Meta><Email xmlns=""/></SyncML>';
    const tree = s('SyncML', s('SyncHdr', s('VerDTD', '1.1')), s('Meta', m('Type', 'x')), element('', 'Email'));
    expect(decode(xml)).toEqual({ type: 'SyncML 1.1', root: tree });
  });

  test('are none for an object that was put into Data without escaping', () => {
    expect(data('<Email><read>true</read><Ext/></Email>').content).toEqual([
      s('Data', element('', 'Email', [element('', 'read', 'true'), element('', 'Ext')])),
    ]);
  });
});

describe('the type', () => {
  test('comes from the namespace first, then DOCTYPE, then VerDTD', () => {
    const doctype = '<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.0//EN" "http://example.com/syncml.dtd">';
    const inner = '<SyncHdr><VerDTD>1.1</VerDTD></SyncHdr>';
    expect(type(`${doctype}<SyncML xmlns="SYNCML:SYNCML1.2">${inner}</SyncML>`)).toBe('SyncML 1.2');
    expect(type(`${doctype}<SyncML>${inner}</SyncML>`)).toBe('SyncML 1.0');
    expect(type(`<SyncML>${inner}</SyncML>`)).toBe('SyncML 1.1');
    expect(type('<SyncML/>')).toBe('SyncML 1.2');
    expect(type("<!DOCTYPE DevInf PUBLIC '-//SYNCML//DTD DevInf 1.1//EN'><DevInf xmlns='syncml:devinf'/>")).toBe('DevInf 1.1');
    expect(type('<DevInf xmlns="syncml:devinf"><VerDTD>1.0</VerDTD></DevInf>')).toBe('DevInf 1.0');
  });

  test('is known for push documents, and XML for the rest', () => {
    expect(type('<si><indication/></si>')).toBe('SI 1.0');
    expect(type('<sl/>')).toBe('SL 1.0');
    expect(decode('<!DOCTYPE emn PUBLIC "-//WAPFORUM//DTD EMN 1.0//EN" "x"><emn mailbox="a" timestamp="b"/>')).toEqual({
      type: 'EMN 1.0',
      root: element('emn', 'emn', [], { mailbox: 'a', timestamp: 'b' }),
    });
    expect(type('<Email/>')).toBe('XML');
    expect(type('<Email xmlns="urn:other"/>')).toBe('XML');
  });
});

describe('attributes', () => {
  test('are kept on objects, without prefix but for xml', () => {
    const xml = '<Email xmlns:p="urn:p" p:a="1" xml:lang="en" enc="base64&#10;&lt;"/>';
    expect(decode(xml).root.attributes).toEqual({ a: '1', 'xml:lang': 'en', enc: 'base64\n<' });
  });

  test('are dropped on SyncML elements', () => {
    expect(decode('<SyncML xmlns="SYNCML:SYNCML1.2" a="1"><Final b="2"/></SyncML>').root).toEqual(s('SyncML', s('Final')));
  });

  test('named like a property of every object are attributes all the same', () => {
    expect(Object.entries(decode('<a __proto__="1" constructor="2"/>').root.attributes ?? {})).toEqual([
      ['__proto__', '1'],
      ['constructor', '2'],
    ]);
  });
});

describe('the character set', () => {
  test('is UTF-8, with and without byte order mark', () => {
    expect(decodeXml(concat(fromHex('efbbbf'), utf8('<?xml version="1.0" encoding="utf-8"?><a>é</a>'))).root.content).toEqual(['é']);
    expect(plain('<a>\u{feff}</a>')).toEqual(['\u{feff}']);
  });

  test('is refused if it is another, declared or not', () => {
    expect(failure('<?xml version="1.0" encoding="ISO-8859-1"?><a/>').code).toBe('ERR_XML_CHARSET');
    expect(failureOf(() => decodeXml(concat(utf8('<a>'), 0xe9, utf8('</a>'))))).toMatchObject({ code: 'ERR_XML_CHARSET', offset: 3 });
    expect(failureOf(() => decodeXml(fromHex('fffe3c0061002f003e00'))).code).toBe('ERR_XML_CHARSET');
  });
});

/** A document of text and single bytes. */
const cut = (...parts: readonly (string | number)[]): Uint8Array =>
  concat(...parts.map((part) => (typeof part === 'string' ? utf8(part) : part)));

const readCut = (...parts: readonly (string | number)[]): Element['content'] =>
  decodeXml(cut(...parts), { cutCharacters: true }).root.content;
const refusalOfCut = (...parts: readonly (string | number)[]): { code: string; offset: number | undefined; path: string } => {
  const { code, offset, path } = failureOf(() => decodeXml(cut(...parts), { cutCharacters: true }));
  return { code, offset, path };
};

describe('a character that a chunk has cut', () => {
  test('comes as its bytes, at the end and at the beginning of text and of CDATA', () => {
    expect(readCut('<a>text\r\n', 0xc3, '</a>')).toEqual(['text\r\n', fromHex('c3')]);
    expect(readCut('<a><![CDATA[', 0xa9, '\r\né<b>]]></a>')).toEqual([fromHex('a9'), '\r\né<b>']);
    expect(readCut('<a><![CDATA[x', 0xf0, 0x9f, 0x9a, ']]></a>')).toEqual(['x', fromHex('f0'), fromHex('9f'), fromHex('9a')]);
    expect(bytesOf(decodeXml(cut('<a>', 0xa2, '&amp;\r<![CDATA[é', 0xe6, 0xb8, ']]></a>'), { cutCharacters: true }).root)).toEqual(
      cut(0xa2, '&\ré', 0xe6, 0xb8),
    );
  });

  test('comes as any of the bytes that are no ASCII', () => {
    for (let byte = 0x80; byte <= 0xff; byte += 1) expect(readCut('<a>', byte, '</a>')).toEqual([Uint8Array.of(byte)]);
  });

  test('leaves what else is in the document as it was', () => {
    const [b, c] = readCut('<a><b>', 0xc3, '</b> <c d="é">é\uFDEF\uFDF0</c></a>');
    expect(b).toEqual(element('', 'b', fromHex('c3')));
    expect(c).toEqual(element('', 'c', 'é\uFDEF\uFDF0', { d: 'é' }));
  });

  test('is refused elsewhere than in text, and where there are more of them than a message has ends', () => {
    expect(refusalOfCut('<a b="', 0xc3, '"/>').code).toBe('ERR_XML_CHARSET');
    expect(refusalOfCut('<a', 0xc3, '/>').code).toBe('ERR_XML_SYNTAX');
    expect(readCut('<a>', 0xc3, 'a', 0xc3, 'b', 0xc3, 'c', 0xc3, 'd', 0xc3, 'e', 0xc3, '</a>')).toHaveLength(11);
    expect(refusalOfCut('<a>', ...Array.from({ length: 7 }, () => 0xc3), '</a>')).toEqual({ code: 'ERR_XML_CHARSET', offset: 3, path: '' });
  });

  test('is refused in a document that holds what stands for it', () => {
    for (const own of ['\uFDD0\uFDD8', '\uFDE7', '&#xFDD0;&#xFDD8;', '&#x00fde7;', '&#64976;'])
      expect(refusalOfCut(`<a>${own}`, 0xc3, '</a>').code).toBe('ERR_XML_CHARSET');
    expect(decodeXml(utf8('<a>\uFDD0&#xFDD8;</a>'), { cutCharacters: true }).root.content).toEqual(['\uFDD0\uFDD8']);
  });

  test('does not move the place of an error', () => {
    expect(refusalOfCut('<a>', 0xc3, 'é<b></a>')).toEqual(failure('<a>xé<b></a>'));
    expect(refusalOfCut('<e x=""', 0x8a)).toEqual({ code: 'ERR_XML_SYNTAX', offset: 7, path: '' });
  });
});

describe('a document type', () => {
  test('may name an external identifier, which is not read', () => {
    expect(plain('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a>x</a>')).toEqual(['x']);
    expect(plain('<!DOCTYPE a><a>x</a>')).toEqual(['x']);
  });

  test('may have no internal subset', () => {
    const laughs = Array.from({ length: 9 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`).join('');
    expect(failure(`<!DOCTYPE a [<!ENTITY l0 "lol">${laughs}]><a>&l9;</a>`).code).toBe('ERR_XML_FORBIDDEN');
    expect(failure('<!DOCTYPE a SYSTEM "x" []><a/>').code).toBe('ERR_XML_FORBIDDEN');
    expect(failure('<!DOCTYPE a [<!ELEMENT a ANY>]><a/>').code).toBe('ERR_XML_FORBIDDEN');
    expect(failure('<!DOCTYPE a [<!ENTITY % p SYSTEM "http://example.com/x">%p;]><a/>').code).toBe('ERR_XML_FORBIDDEN');
  });

  test('declares no entities, so that none but the five can be used', () => {
    expect(failure('<!DOCTYPE a SYSTEM "x"><a>&nbsp;</a>').code).toBe('ERR_XML_SYNTAX');
    expect(plain('<a>&lt;&gt;&amp;&apos;&quot;</a>')).toEqual(['<>&\'"']);
  });
});

describe('what is not well-formed', () => {
  const bad = [
    '',
    ' ',
    'x',
    '<a>',
    '<a',
    '<a/><b/>',
    '<a></b>',
    '<a/>x',
    '<a b="1" b="2"/>',
    '<a b=1/>',
    '<a>&</a>',
    '<a>&x</a>',
    '<a>&#0;</a>',
    '<a>&#xD800;</a>',
    '<a>\u0001</a>',
    '<a>\u{ffff}</a>',
    '<a>]]></a>',
    '<a><![CDATA[</a>',
    '<a><!-- -- --></a>',
    '<p:a/>',
    '<a p:b="1"/>',
    ' <?xml version="1.0"?><a/>',
    '<a>\r]]>\r</a>',
    '<a><![CDATA[\r]] >\r</a>',
    '\r<![CDATA[\r]]><a/>',
    '<a/>\r&#13;',
    '<a><![CDATA[\r\u0001]]></a>',
    '<a>\r</a><![CDATA[\r]]>',
    '<a>\r<![CDATA[\r',
  ];

  test.each(bad)('%j is refused', (xml) => {
    expect(failure(xml).code).toBe('ERR_XML_SYNTAX');
  });

  test('is refused at its byte, with the open elements', () => {
    expect(failure('<a><b>é\r\n€</c></b></a>')).toEqual({ code: 'ERR_XML_SYNTAX', offset: 17, path: 'a' });
    expect(failureOf(() => decodeXml(concat(fromHex('efbbbf'), utf8('<a>\r\r<b c=1></b></a>')))).offset).toBe(14);
  });

  test('is refused without a word of its content', () => {
    const secret = 'hunter2';
    for (const xml of [`<a>${secret}`, `<a><${secret}></a>`, `<${secret}:a/>`, `<a ${secret}="1" ${secret}="2"/>`, `<a>&${secret};</a>`]) {
      expect(failureOf(() => decode(xml)).message).not.toContain(secret);
    }
  });
});

describe('limits', () => {
  test('bound size, depth, nodes, attributes and names', () => {
    const limits = { bytes: 40, depth: 2, nodes: 3, attributes: 1, nameBytes: 4 };
    const code = (xml: string): string => failure(xml, { limits }).code;
    expect(code(`<a>${' '.repeat(40)}</a>`)).toBe('ERR_XML_LIMIT');
    expect(code('<a><b><c/></b></a>')).toBe('ERR_XML_LIMIT');
    expect(code('<a><b/><b/><b/></a>')).toBe('ERR_XML_LIMIT');
    expect(code('<a b="" c=""/>')).toBe('ERR_XML_LIMIT');
    expect(code('<abcde/>')).toBe('ERR_XML_LIMIT');
    expect(code('<a abcde=""/>')).toBe('ERR_XML_LIMIT');
    expect(decode('<abcd b="1"><b/><b/></abcd>', { limits }).type).toBe('XML');
  });
});
