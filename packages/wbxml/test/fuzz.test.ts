// Seeded mutations of good documents: the same every run, short enough for every run.
import { expect, test } from 'vitest';
import { decodeWbxml, decodeXml, encodeWbxml, encodeXml, equalDocuments, WbxmlError } from '../src/index.ts';
import type { Document } from '../src/index.ts';
import { fromHex } from './hex.ts';
import { vectors } from './vectors.ts';

/** mulberry32: small, seeded, good enough to choose mutations. */
function randomSource(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

// Bytes that mean something in one of the encodings.
const telling = fromHex('0001020304051240434c4f6d6f7f8083848ac0c3c4ff3c3e26265d5b0d0a2122');

/** One to four changes: a byte, an insertion, a deletion, a stretch copied from another document. */
function mutate(bytes: Uint8Array, other: Uint8Array, random: (below: number) => number): Uint8Array {
  let result = Array.from(bytes);
  for (let change = random(4); change >= 0; change -= 1) {
    const at = random(result.length + 1);
    const kind = random(5);
    if (kind === 0) result[Math.min(at, Math.max(result.length - 1, 0))] = random(256);
    else if (kind === 1) result.splice(at, 0, telling[random(telling.length)] ?? 0);
    else if (kind === 2) result.splice(at, 1 + random(8));
    else if (kind === 3) result.splice(at, random(4), ...other.subarray(random(other.length)).subarray(0, random(24)));
    else result = [...result.slice(0, at), ...result.slice(random(result.length + 1))];
  }
  return Uint8Array.from(result);
}

interface Tally {
  readonly codes: Record<string, number>;
  accepted: number;
}

function fuzz(seeds: readonly Uint8Array[], seed: number, rounds: number, check: (bytes: Uint8Array) => void): Tally {
  const random = randomSource(seed);
  const tally: Tally = { codes: {}, accepted: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const base = seeds[random(seeds.length)] ?? new Uint8Array();
    const other = seeds[random(seeds.length)] ?? new Uint8Array();
    try {
      check(mutate(base, other, random));
      tally.accepted += 1;
    } catch (error) {
      if (!(error instanceof WbxmlError)) throw error;
      tally.codes[error.code] = (tally.codes[error.code] ?? 0) + 1;
    }
  }
  return tally;
}

/** Writes what was read, and reads that again: neither may fail but for what XML cannot hold. */
function survives(document: Document, write: (document: Document) => Uint8Array, read: (bytes: Uint8Array) => Document): void {
  expect(equalDocuments(read(write(document)), document)).toBe(true);
}

test('mutated WBXML is refused, or read as what it is written as again', () => {
  const seeds = vectors.map(({ hex }) => fromHex(hex));
  const tally = fuzz(seeds, 20_060_517, 4_000, (bytes) => {
    const document = decodeWbxml(bytes);
    survives(document, encodeWbxml, decodeWbxml);
  });
  expect(tally.accepted).toBeGreaterThan(200);
  for (const code of ['BAD_VALUE', 'CHARSET', 'TRUNCATED', 'UNKNOWN_TOKEN', 'UNSUPPORTED']) {
    expect(tally.codes[`ERR_WBXML_${code}`]).toBeGreaterThan(0);
  }
});

test('mutated XML is refused, or read as what it is written as again', () => {
  const seeds = vectors
    .filter(({ id }) => id !== 'V3')
    .flatMap(({ document }) => [encodeXml(document), encodeXml(document, { cdata: true, declaration: false })]);
  const tally = fuzz(seeds, 20_060_518, 4_000, (bytes) => {
    const document = decodeXml(bytes);
    survives(document, encodeXml, decodeXml);
  });
  expect(tally.accepted).toBeGreaterThan(200);
  expect(Object.keys(tally.codes)).toContain('ERR_XML_SYNTAX');
});
