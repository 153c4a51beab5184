// Random documents for property tests.
import * as fc from 'fast-check';
import { element } from '../src/index.ts';
import type { Content, Document, Element, Space } from '../src/index.ts';
import { devinfTags } from '../src/tables/devinf.ts';
import { metinfTags } from '../src/tables/metinf.ts';
import { syncmlTags } from '../src/tables/syncml.ts';
import { utf8 } from './hex.ts';

type Version = '1.0' | '1.1' | '1.2';
type Named = 'syncml' | 'metinf' | 'devinf';

const tables: Readonly<Record<Named, Readonly<Record<number, string>>>> = { syncml: syncmlTags, metinf: metinfTags, devinf: devinfTags };
/** The first token that came with 1.1, and the first that came with 1.2. */
const newer: Readonly<Record<Named, readonly [number, number]>> = { syncml: [0x33, 0x35], metinf: [0x15, 0x16], devinf: [0x28, 0x2b] };

function namesOf(space: Named, version: Version): string[] {
  const [in11, in12] = newer[space];
  const end = version === '1.0' ? in11 : version === '1.1' ? in12 : Infinity;
  return (
    Object.entries(tables[space])
      .filter(([token]) => Number(token) < end)
      // Token 1C of DevInf has two names; which one comes back depends on the version.
      .map(([, name]) => (name === 'MaxSize' && version !== '1.2' ? 'Size' : name))
  );
}

/** Text that XML can hold, with what is hard for it: markup, line ends, `]]>`, characters beyond the BMP. */
export const xmlText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\r',
        '\n',
        '\t',
        ' ',
        '<',
        '>',
        '&',
        ']]>',
        ']]',
        '"',
        "'",
        '&amp;',
        '&#13;',
        '<![CDATA[',
        'é',
        '😀',
        '\u0085',
        '\u2028',
      ),
      fc.string({ unit: 'grapheme', maxLength: 8 }).map((text) => text.replaceAll(/[^\t\n\r\u0020-\uFFFD]/g, '')),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => text !== '');

/** Text and bytes that WBXML can hold: everything. */
const anyPiece: fc.Arbitrary<Content> = fc.oneof(
  xmlText,
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.uint8Array({ minLength: 1, maxLength: 20 }),
);
/** Text and bytes that XML can hold; not white alone, which would be dropped beside elements. */
const xmlPiece: fc.Arbitrary<Content> = fc.oneof(
  xmlText.map((text) => `x${text}`),
  xmlText.map((text) => utf8(`x${text}`)),
);

function tree(version: Version, spaces: readonly Named[], piece: fc.Arbitrary<Content>): fc.Arbitrary<Element> {
  const named: fc.Arbitrary<[Space, string]> = fc.oneof(
    ...spaces.map((space) => fc.constantFrom(...namesOf(space, version)).map((name): [Space, string] => [space, name])),
  );
  const { root } = fc.letrec<{ root: Element }>((tie) => ({
    root: fc
      .tuple(named, fc.array(fc.oneof({ maxDepth: 5, depthSize: 'small' }, piece, tie('root')), { maxLength: 5 }))
      .map(([[space, name], content]) => element(space, name, content)),
  }));
  return root;
}

function documents(kind: 'any' | 'xml'): fc.Arbitrary<Document> {
  const piece = kind === 'any' ? anyPiece : xmlPiece;
  const version = fc.constantFrom<Version>('1.0', '1.1', '1.2');
  const trees = (spaces: readonly Named[]): fc.Arbitrary<[Version, Element[]]> =>
    version.chain((chosen) => fc.tuple(fc.constant(chosen), fc.array(tree(chosen, spaces, piece), { maxLength: 6 })));
  const syncml = trees(['syncml', 'metinf', 'devinf']).map(([chosen, content]): Document => ({
    type: `SyncML ${chosen}`,
    root: element('syncml', 'SyncML', content),
  }));
  // Only VerDTD tells an XML device information document's version.
  const devinf = trees(['devinf']).map(([chosen, content]): Document => ({
    type: `DevInf ${chosen}`,
    root: element('devinf', 'DevInf', [element('devinf', 'VerDTD', chosen), ...content]),
  }));
  return fc.oneof({ arbitrary: syncml, weight: 3 }, devinf);
}

/** SyncML and DevInf documents with any content at all. */
export const wbxmlDocument: fc.Arbitrary<Document> = documents('any');
/** SyncML and DevInf documents whose content XML can carry. */
export const xmlDocument: fc.Arbitrary<Document> = documents('xml');

const date = fc
  .date({ min: new Date('1990-01-01T00:00:00Z'), max: new Date('2037-12-31T23:59:59Z'), noInvalidDate: true })
  .map((day) => `${day.toISOString().slice(0, 19)}Z`);
const url = fc
  .array(
    fc.constantFrom('http://', 'https://www.', 'www.', 'mailat:', 'imap://', 'example', '.com', '.com/', '.org', '/', 'a@b', '?q=1&r', 'é'),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((parts) => parts.join(''));

/** SI, SL and EMN documents. */
export const pushDocument: fc.Arbitrary<Document> = fc.oneof(
  fc
    .record({ mailbox: url, timestamp: date })
    .map((attributes): Document => ({ type: 'EMN 1.0', root: element('emn', 'emn', [], attributes) })),
  fc
    .record({ href: url, action: fc.constantFrom('execute-low', 'execute-high', 'cache') })
    .map((attributes): Document => ({ type: 'SL 1.0', root: element('sl', 'sl', [], attributes) })),
  fc
    .tuple(
      fc.record({
        href: url,
        'si-id': url,
        created: date,
        'si-expires': date,
        action: fc.constantFrom('signal-none', 'signal-low', 'delete'),
      }),
      xmlText.map((text) => `x${text}`),
    )
    .map(([attributes, text]): Document => ({ type: 'SI 1.0', root: element('si', 'si', element('si', 'indication', text, attributes)) })),
);
