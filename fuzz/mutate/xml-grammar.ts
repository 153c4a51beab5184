// XML from its grammar (XML 1.0, Namespaces): elements of our vocabularies and others, prefixes, sections, references, and faults.
import type { Random } from '../../test/support/random.ts';

const names = [
  'SyncML',
  'SyncHdr',
  'SyncBody',
  'VerDTD',
  'Meta',
  'MetInf',
  'Type',
  'Size',
  'Anchor',
  'Next',
  'Item',
  'Data',
  'DevInf',
] as const;
const more = [
  'DevID',
  'CTCap',
  'Email',
  'emailitem',
  'Folder',
  'name',
  'role',
  'Ext',
  'XNam',
  'a:b',
  'é',
  '__proto__',
  'si',
  'emn',
] as const;
const uris = [
  'SYNCML:SYNCML1.2',
  'SYNCML:SYNCML1.1',
  'syncml:metinf',
  'SYNCML:METINF1.2',
  'syncml:devinf',
  'urn:other',
  '',
  'a&amp;b',
] as const;
const texts = [
  'x',
  ' ',
  '\n',
  '\r\n',
  '\r',
  ']]',
  '&lt;',
  '&#13;',
  '&#x1F600;',
  'é',
  '\u{1F600}',
  '1.2',
  'true',
  '\t ',
  '\u0085',
  '\uFDD0',
] as const;
const faults = [
  '&',
  '<',
  ']]>',
  '&nope;',
  '&#0;',
  '&#xFFFE;',
  '\u0001',
  '</x>',
  '<a b>',
  '<a b=c>',
  '<?xml version="1.0"?>',
  '\uFFFE',
] as const;
const doctypes = [
  '<!DOCTYPE SyncML PUBLIC "-//SYNCML//DTD SyncML 1.1//EN" "http://a/b">',
  "<!DOCTYPE DevInf PUBLIC '-//SYNCML//DTD DevInf 1.0//EN'>",
  '<!DOCTYPE a SYSTEM "x">',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '<!DOCTYPE a>',
] as const;

export function inventXml(random: Random): Uint8Array {
  const parts: string[] = [];
  if (random.chance(0.1)) parts.push('\uFEFF');
  if (random.chance(0.4))
    parts.push(random.pick(['<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-8"?>\r\n', '<?xml version="1.1"?>']));
  if (random.chance(0.2)) parts.push(random.pick(doctypes));
  writeElement(parts, random, 0);
  if (random.chance(0.1)) parts.push(random.pick(['<!-- end -->', '\r\n', '<?pi?>', 'x']));
  return new TextEncoder().encode(parts.join(''));
}

function nameOf(random: Random): string {
  const name = random.chance(0.7) ? random.pick(names) : random.pick(more);
  return random.chance(0.1) ? `p:${name}` : name;
}

function writeElement(parts: string[], random: Random, depth: number): void {
  const name = depth === 0 && random.chance(0.7) ? random.pick(['SyncML', 'Email', 'Folder', 'DevInf']) : nameOf(random);
  parts.push(`<${name}`);
  if (depth === 0 && random.chance(0.6)) parts.push(` xmlns="${random.pick(uris)}" xmlns:p="${random.pick(uris)}"`);
  if (random.chance(0.15)) parts.push(` xmlns="${random.pick(uris)}"`);
  if (random.chance(0.15)) parts.push(` ${random.pick(['enc', 'xml:lang', 'p:x', 'x', 'xmlns:q'])}='${random.pick(texts)}'`);
  if (random.chance(0.15) || depth > 10) {
    parts.push('/>');
    return;
  }
  parts.push('>');
  for (let count = random.integer(5); count > 0; count -= 1) writePiece(parts, random, depth);
  parts.push(random.chance(0.995) ? `</${name}>` : '</');
}

function writePiece(parts: string[], random: Random, depth: number): void {
  const kind = random.integer(20);
  if (kind < 11) writeElement(parts, random, depth + 1);
  else if (kind < 16) parts.push(random.pick(texts));
  else if (kind < 18) parts.push(`<![CDATA[${random.pick(texts)}${random.pick(texts)}]]>`);
  else if (kind === 18) parts.push(random.pick(['<!-- \r -->', '<?pi \r?>']));
  else if (random.chance(0.2)) parts.push(random.pick(faults));
}
