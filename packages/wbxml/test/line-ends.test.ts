// The rewriting that keeps CR, judged by the parser that it stands in front of: it must change nothing else.
import * as fc from 'fast-check';
import { SaxesParser } from 'saxes';
import { expect, test } from 'vitest';
import { decodeXml, isElement, WbxmlError } from '../src/index.ts';
import type { Element } from '../src/index.ts';
import { utf8 } from './hex.ts';

/** Snippets that confuse a scanner which is not the parser. */
const snippet = fc.constantFrom(
  '\r',
  '\r\n',
  '\n',
  ' ',
  'x',
  '<a>',
  '</a>',
  '<b/>',
  '<b c=">"/>',
  "<b c='\"\r'>",
  '</b>',
  '<',
  '>',
  '/',
  '"',
  "'",
  '&#13;',
  '&lt;',
  '&',
  '<![CDATA[',
  ']]>',
  ']]',
  ']',
  '<!--',
  '-->',
  '--',
  '<?p ',
  '?>',
  '<?',
  '<!',
  '<a\r',
  '</a\r>',
  '<a\rb="\r"\r/>',
);
/** Whole pieces that are well-formed, so that not every document is refused. */
const sound = fc.constantFrom(
  '\r',
  '\r\n',
  'x]]',
  '<b/>',
  '<b c=">"/>',
  "<b c='\"\r'>\r</b>",
  '<a\rb="\r"\r/>',
  '<a\r>\r</a\r>',
  '&#13;',
  '&lt;',
  '<?p\r<a>?>',
  '<![CDATA[\r<b>]]>',
  '<![CDATA[]]\r]]>',
  '<![CDATA[<!--]]>',
  '<!--\r<![CDATA[-->',
  '<!-- ]]> -->',
  '<!--"-->',
  "<?p '?>",
);
const soup = fc.array(fc.oneof({ arbitrary: sound, weight: 12 }, snippet), { maxLength: 14 }).map((parts) => `<a>${parts.join('')}</a>`);

/** Start tags, end tags and text as the bare parser reports them; undefined if it objects. */
function parserEvents(xml: string): string | undefined {
  const parser = new SaxesParser({ xmlns: true, position: false });
  let events = '';
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ local }) => (events += `(${local}`));
  parser.on('closetag', () => (events += ')'));
  parser.on('text', (text) => (events += text));
  parser.on('cdata', (text) => (events += text));
  try {
    parser.write(xml).close();
  } catch {
    return undefined;
  }
  return events;
}

function ourEvents(xml: string): string | undefined {
  const print = (node: Element): string =>
    `(${node.name}${node.content.map((piece) => (isElement(piece) ? print(piece) : piece.toString())).join('')})`;
  try {
    return print(decodeXml(utf8(xml)).root);
  } catch (error) {
    if (error instanceof WbxmlError) return undefined;
    throw error;
  }
}

/** White space may be dropped between elements, and CR is LF to the parser. */
function withoutWhite(events: string | undefined): string | undefined {
  return events?.replaceAll(/[\t\n\r ]/g, '');
}

test('the same documents are accepted as by the parser alone, with the same elements and text', () => {
  fc.assert(
    fc.property(soup, (xml) => {
      expect(withoutWhite(ourEvents(xml))).toBe(withoutWhite(parserEvents(xml)));
    }),
    { numRuns: 3_000 },
  );
});

test('text is what the parser says but for its line ends', () => {
  const content = fc.array(fc.constantFrom('\r', '\n', 'x', '<![CDATA[\r<x>\r\n]]>', '<!--\r-->', '&#13;', '&amp;', ']]', '<?p\r?>'), {
    maxLength: 10,
  });
  fc.assert(
    fc.property(content, (parts) => {
      const [text] = decodeXml(utf8(`<a>${parts.join('')}</a>`)).root.content;
      const expected = parts.map((part) =>
        part
          .replaceAll(/<!--.*?-->|<\?.*?\?>|<!\[CDATA\[|\]\]>/gs, '')
          .replace('&#13;', '\r')
          .replace('&amp;', '&'),
      );
      expect(text ?? '').toBe(expected.join(''));
    }),
    { numRuns: 500 },
  );
});
