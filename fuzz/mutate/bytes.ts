// Changes of bytes that know nothing of what the bytes mean, but for a few that tell in one of our formats.
import type { Random } from '../../test/support/random.ts';
import { concat } from '../engine/minimize.ts';

// Tokens, counters and marks of WBXML and XML; bytes at the edges of UTF-8.
const telling = new Uint8Array(Buffer.from('0001020304051240434c4f6d6f7f8083848ac0c3c4ff3c3e26265d5b0d0a2122edbfbe', 'hex'));

const encoder = new TextEncoder();
const words = [
  '\u008f\u00ff\u00ff\u00ff\u007f',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<?',
  '?>',
  '&#13;',
  '&#x10FFFF;',
  '&#xFDD0;',
  '&amp;',
  '&lt;',
  '<!DOCTYPE a [',
  '\uFDD0\uFDD8',
  '\uFEFF',
  '\u0000',
  '\r\n',
  ' xmlns="syncml:metinf"',
  ' xmlns:a="syncml:devinf"',
  ' xml:lang="en"',
  '__proto__',
  'constructor',
  '9007199254740993',
  '-1',
  '1e999',
  '0x10',
  'b64',
].map((word) => encoder.encode(word));

/** One to four changes. The result stays below `mostBytes`. */
export function changeBytes(input: Uint8Array, other: Uint8Array, random: Random, mostBytes: number): Uint8Array {
  let result = input;
  for (let change = random.integer(4); change >= 0; change -= 1) result = changeOnce(result, other, random).subarray(0, mostBytes);
  return result;
}

function changeOnce(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.integer(input.length + 1);
  const end = Math.min(input.length, at + 1 + random.integer(random.chance(0.2) ? 200 : 8));
  const [before, stretch, after] = [input.subarray(0, at), input.subarray(at, end), input.subarray(end)];
  switch (random.integer(9)) {
    case 0:
      return withBit(input, at, random);
    case 1:
      return concat(before, Uint8Array.of(random.integer(256)), after);
    case 2:
      return concat(before, Uint8Array.of(telling[random.integer(telling.length)] ?? 0), input.subarray(at));
    case 3:
      return concat(before, after);
    case 4:
      return concat(before, stretch, stretch, after);
    case 5:
      return concat(before, part(other, random), random.chance(0.5) ? after : input.subarray(at));
    case 6:
      return concat(before, words[random.integer(words.length)] ?? stretch, input.subarray(at));
    case 7:
      // Time that grows faster than the input shows in long inputs alone.
      return random.chance(0.1) ? concat(before, repeated(stretch, 1 + random.integer(4_000)), after) : concat(before, after);
    default:
      return random.chance(0.2) ? before : concat(after, before);
  }
}

function withBit(input: Uint8Array, at: number, random: Random): Uint8Array {
  const copy = input.slice();
  copy[Math.min(at, copy.length - 1)] = (input[at] ?? 0) ^ (1 << random.integer(8));
  return copy;
}

function part(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random.integer(bytes.length + 1);
  return bytes.subarray(from, from + random.integer(64));
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  return concat(...Array.from({ length: times }, () => bytes));
}
