// WBXML from its grammar (WBXML 1.3 §5): mostly well-formed, with tokens of any page and now and then one that is wrong.
import type { Random } from '../../test/support/random.ts';

const publicIds: readonly [readonly number[], ...(readonly number[])[]] = [
  [0xa4, 0x01],
  [0xa4, 0x03],
  [0x9f, 0x53],
  [0x9f, 0x51],
  [0x01],
  [0x05],
  [0x06],
  [0x0d],
  [0x00, 0x00],
];
const table = [...new TextEncoder().encode('-//SYNCML//DTD SyncML 1.1//EN\0SyncML\0xmlns\0DevInf\0xml:lang\0a\u00e9\0b')];

export function inventWbxml(random: Random): Uint8Array {
  const bytes: number[] = [random.pick([1, 2, 2, 2, 3]), ...random.pick(publicIds), random.chance(0.9) ? 0x6a : random.integer(128)];
  const hasTable = random.chance(0.4);
  bytes.push(...(hasTable ? [table.length, ...table] : [0]));
  writeElement(bytes, random, 0, random.chance(0.7) ? 0x2d : random.pick([0x0a, 0x05, 0x06, 0x04]));
  while (random.chance(0.1)) bytes.push(random.integer(256));
  return Uint8Array.from(bytes);
}

function writeElement(bytes: number[], random: Random, depth: number, tag: number): void {
  const hasAttributes = random.chance(0.1);
  const hasContent = depth < 12 && random.chance(depth === 0 ? 0.95 : 0.7);
  bytes.push(tag | (hasAttributes ? 0x80 : 0) | (hasContent ? 0x40 : 0));
  if (tag === 0x04) bytes.push(random.integer(table.length));
  if (hasAttributes) writeAttributes(bytes, random);
  if (!hasContent) return;
  for (let count = random.integer(5); count > 0; count -= 1) writePiece(bytes, random, depth);
  if (random.chance(0.99)) bytes.push(0x01);
}

function writePiece(bytes: number[], random: Random, depth: number): void {
  switch (random.integer(10)) {
    case 0:
      bytes.push(0x00, random.chance(0.9) ? random.integer(3) : random.integer(256));
      break;
    case 1:
    case 2:
      bytes.push(0x03, ...text(random), 0x00);
      break;
    case 3: {
      const content = [...random.bytes(random.integer(12))];
      bytes.push(0xc3, random.chance(0.95) ? content.length : random.integer(128), ...content);
      break;
    }
    case 4:
      bytes.push(0x83, random.integer(table.length));
      break;
    case 5:
      bytes.push(
        0x02,
        ...random.pick([[0x41], [0x00], [0x87, 0x68], [0x83, 0xb0, 0x00], [0x83, 0xfb, 0x90], [0x8f, 0xff, 0xff, 0xff, 0x7f]]),
      );
      break;
    default:
      writeElement(bytes, random, depth + 1, random.chance(0.05) ? random.integer(64) : 0x05 + random.integer(0x38));
  }
}

function writeAttributes(bytes: number[], random: Random): void {
  for (let count = random.integer(4); count > 0; count -= 1) {
    if (random.chance(0.3)) bytes.push(0x04, random.integer(table.length));
    else bytes.push(0x05 + random.integer(0x12));
    if (random.chance(0.5)) bytes.push(0x03, ...text(random), 0x00);
    if (random.chance(0.2)) bytes.push(0x85 + random.integer(4));
    if (random.chance(0.2)) bytes.push(0xc3, 0x04, 0x20, 0x26, 0x01, random.integer(256));
  }
  if (random.chance(0.97)) bytes.push(0x01);
}

function text(random: Random): readonly number[] {
  return [...new TextEncoder().encode(random.pick(['1.2', '1.1', 'a', './mail', 'é', '\u{1F600}', '<&>', '\r\n', ']]>', ' ', '12']))];
}
