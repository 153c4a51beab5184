// Damage of element trees: documents that are well-formed and mean nothing, or something else.
import { isElement, type Content, type Element } from '@packetboat/wbxml';
import type { Random } from '../../test/support/random.ts';

/** One change. `at`, `to`: elements counted from the root in the order of their start tags, wrapped around. */
export type Damage =
  | { readonly do: 'drop' | 'double' | 'swap' | 'empty' | 'wrap'; readonly at: number }
  | { readonly do: 'many'; readonly at: number; readonly times: number }
  | { readonly do: 'text' | 'bytes' | 'name'; readonly at: number; readonly value: string }
  | { readonly do: 'copy'; readonly at: number; readonly to: number };

const values = [
  '',
  '0',
  '1',
  '2',
  '-1',
  '1.5',
  'NaN',
  '99999999999999999999',
  '9007199254740991',
  '2147483648',
  '1024',
  'x'.repeat(300),
  'y'.repeat(5_000),
  './mail',
  './mail/home',
  './mail/%zz',
  './mail/../..',
  '/',
  './devinf12',
  '200',
  '201',
  '205',
  '222',
  '224',
  '404',
  '418',
  '510',
  'text/plain',
  'message/rfc822',
  'application/vnd.omads-email+xml',
  'application/vnd.omads-folder+xml',
  'application/vnd.packetboat-flags',
  'application/vnd.syncml-devinf+xml',
  'syncml:auth-basic',
  'syncml:auth-md5',
  'b64',
  'bin',
  'INCLUSIVE',
  'EXCLUSIVE',
  '&LUID;&EQ;1',
  '<Email><read>true</read></Email>',
  '+r 1 2\n',
  '1.1',
  'SyncML/1.3',
  'a\0b',
  '\ud800',
  '\uFFFE',
  '\u00e9\u{1F600}',
  '__proto__',
  'constructor',
  'YWxpY2U6eA==',
] as const;

export function inventDamage(random: Random): Damage {
  const at = random.integer(200);
  switch (random.integer(12)) {
    case 0:
    case 1:
      return { do: 'drop', at };
    case 2:
      return { do: 'double', at };
    case 3:
      return { do: 'swap', at };
    case 4:
      return { do: 'empty', at };
    case 5:
      return { do: 'wrap', at };
    case 6:
      return { do: 'many', at, times: 2 + random.integer(random.chance(0.1) ? 2_000 : 30) };
    case 7:
      return { do: 'bytes', at, value: random.hex(2 * random.integer(12)) };
    case 8:
      return {
        do: 'name',
        at,
        value: random.pick(['Item', 'Data', 'Sync', 'Add', 'Atomic', 'Sequence', 'Meta', 'Anchor', 'Final', 'Map']),
      };
    case 9:
      return { do: 'copy', at, to: random.integer(200) };
    default:
      return { do: 'text', at, value: random.pick(values) };
  }
}

/** The tree with the damage done; the root stays. Sizes are bounded: what would grow beyond `mostElements` is left as it is. */
export function damage(root: Element, damages: readonly Damage[], mostElements = 8_000): Element {
  let tree = root;
  for (const each of damages) {
    const all = elementsOf(tree);
    const target = all[each.at % all.length];
    if (target === undefined || target === tree) continue;
    if (each.do === 'many' && elementsOf(target).length * each.times > mostElements) continue;
    const source = each.do === 'copy' ? all[each.to % all.length] : undefined;
    if (source !== undefined && elementsOf(source).length + all.length > mostElements) continue;
    tree = replaceIn(tree, target, (siblings, at) => change(each, siblings, at, target, source));
  }
  return tree;
}

function elementsOf(root: Element): Element[] {
  const found = [root];
  for (const piece of root.content) if (isElement(piece)) for (const inner of elementsOf(piece)) found.push(inner);
  return found;
}

type Change = (siblings: readonly Content[], at: number) => readonly Content[];

function replaceIn(tree: Element, target: Element, make: Change): Element {
  const at = tree.content.indexOf(target);
  if (at >= 0) return { ...tree, content: make(tree.content, at) };
  return { ...tree, content: tree.content.map((piece) => (isElement(piece) ? replaceIn(piece, target, make) : piece)) };
}

function change(each: Damage, siblings: readonly Content[], at: number, target: Element, source: Element | undefined): readonly Content[] {
  const put = (...pieces: readonly Content[]): readonly Content[] => siblings.toSpliced(at, 1, ...pieces);
  switch (each.do) {
    case 'drop':
      return put();
    case 'double':
      return put(target, target);
    case 'swap': {
      const next = siblings[at + 1];
      return next === undefined ? siblings.toReversed() : siblings.toSpliced(at, 2, next, target);
    }
    case 'empty':
      return put({ ...target, content: [] });
    case 'wrap':
      return put({ ...target, content: [target] });
    case 'many':
      return put(...Array.from({ length: each.times }, () => target));
    case 'text':
      return put({ ...target, content: each.value === '' ? [] : [each.value] });
    case 'bytes':
      return put({ ...target, content: [new Uint8Array(Buffer.from(each.value, 'hex'))] });
    case 'name':
      return put({ ...target, name: each.value });
    case 'copy':
      return put(target, ...(source === undefined ? [] : [source]));
  }
}
