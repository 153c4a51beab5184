import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateFlagBatch, parseFlagBatch } from '../src/index.ts';
import type { EmailFlags, FlagBatchEntry } from '../src/index.ts';
import { utf8, utf8Text } from './hex.ts';

const bad = expect.objectContaining({ code: 'ERR_SYNCML_BAD_VALUE' });
const flag = fc.boolean();
const flags: fc.Arbitrary<EmailFlags> = fc
  .record({ read: flag, replied: flag, forwarded: flag, flagged: flag, deleted: flag }, { requiredKeys: [] })
  .filter((value) => Object.keys(value).length > 0);
const luid = fc.oneof(
  fc.maxSafeNat().map(String),
  fc.nat(2000).map(String),
  fc.constantFrom(
    '0',
    '00',
    '007',
    '~a7',
    'I/12 34',
    '%',
    '%20',
    '9007199254740992',
    '12345678901234567890',
    '-1',
    '+r',
    'é',
    '\n',
    '\0',
    '1.5',
  ),
  fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((value) => value.isWellFormed()),
);
const batch: fc.Arbitrary<FlagBatchEntry[]> = fc.uniqueArray(fc.record({ luid, flags }), {
  maxLength: 40,
  selector: (entry) => entry.luid,
});

const byLuid = (a: FlagBatchEntry, b: FlagBatchEntry): number => (a.luid < b.luid ? -1 : 1);

const set = (value: EmailFlags, ...luids: string[]): FlagBatchEntry[] => luids.map((each) => ({ luid: each, flags: value }));

describe('a batch of flag changes', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(batch, (entries) => {
        expect(parseFlagBatch(generateFlagBatch(entries)).toSorted(byLuid)).toEqual(entries.toSorted(byLuid));
      }),
      { numRuns: 300 },
    );
  });

  it('is the same bytes in whatever order the changes come', () => {
    fc.assert(
      fc.property(batch, fc.infiniteStream(fc.nat()), (entries, numbers) => {
        const shuffled = entries.map((entry) => ({ entry, key: numbers.next().value ?? 0 })).toSorted((a, b) => a.key - b.key);
        expect(generateFlagBatch(shuffled.map(({ entry }) => entry))).toEqual(generateFlagBatch(entries));
      }),
      { numRuns: 100 },
    );
  });

  it('is what the head of its source file says', () => {
    const entries = [
      ...set({ flagged: false, read: true }, '16', '12', '~a7', '15'),
      ...set({ deleted: true, replied: true, forwarded: true }, '0', '007'),
      ...set({ read: false }, 'a b%'),
    ];
    expect(utf8Text(generateFlagBatch(entries))).toBe('+awd 0 %3007\n+r-f 12 3 1 ~a7\n-r a%20b%25\n');
    expect(generateFlagBatch([])).toHaveLength(0);
    expect(parseFlagBatch(new Uint8Array())).toEqual([]);
  });

  it('of 100 scattered changes among 10,000 mails takes far less than 400 bytes', () => {
    let state = 1;
    const random = (): number => (state = (state * 48_271) % 2_147_483_647);
    const luids = new Set<number>();
    while (luids.size < 100) luids.add(random() % 10_000);
    const one = [...luids].map((value) => ({ luid: String(value), flags: { read: true } }));
    expect(generateFlagBatch(one).length).toBeLessThan(340);
    const mixed = one.map((entry, at) => ({ luid: entry.luid, flags: at % 3 === 0 ? { flagged: true } : { read: true } }));
    expect(generateFlagBatch(mixed).length).toBeLessThan(360);
  });

  it.each([
    ['no end of the last line', '+r 1'],
    ['no mail', '+r\n'],
    ['no flags', '1 2\n'],
    ['an empty line', '\n'],
    ['a sign alone', '+ 1\n'],
    ['flags twice', '+rr 1\n'],
    ['letters in another order', '+ar 1\n'],
    ['clearing before setting', '-f+r 1\n'],
    ['a flag set and cleared', '+r-r 1\n'],
    ['an unknown flag', '+x 1\n'],
    ['a zero in front', '+r 01\n'],
    ['a delta of nothing', '+r 1 0\n'],
    ['a number that grows too large', '+r 9007199254740991 1\n'],
    ['a number after a literal', '+r ~a 1\n'],
    ['literals out of order', '+r ~b ~a\n'],
    ['a mail twice', '+r 1\n-f 1\n'],
    ['lines out of order', '-r 1\n+r 2\n'],
    ['a set of flags in two lines', '+r 1\n+r 2\n'],
    ['two blanks', '+r  1\n'],
    ['a carriage return', '+r 1\r\n'],
    ['a raw tab', '+r a\tb\n'],
    ['an escape that is none', '+r %4\n'],
    ['an escape in lower case', '+r %3a\n'],
    ['an escape that is not needed', '+r %41\n'],
    ['a byte order mark', '\uFEFF+r 1\n'],
  ])('is refused: %s', (_, content) => {
    expect(() => parseFlagBatch(utf8(content))).toThrow(bad);
  });

  it('is refused where it is too large or no text', () => {
    expect(() => parseFlagBatch(Uint8Array.of(0x2b, 0x72, 0x20, 0xff, 0x0a))).toThrow(bad);
    expect(() => parseFlagBatch(new Uint8Array(1_048_577))).toThrow(bad);
    expect(() => generateFlagBatch([{ luid: 'x'.repeat(256), flags: { read: true } }])).toThrow(bad);
    expect(generateFlagBatch([{ luid: 'x'.repeat(255), flags: { read: true } }])).toHaveLength(259);
    const many = Array.from({ length: 100_001 }, (_, at) => ({ luid: String(at), flags: { read: true } }));
    expect(() => generateFlagBatch(many)).toThrow(bad);
    expect(parseFlagBatch(generateFlagBatch(many.slice(1)))).toHaveLength(100_000);
  });

  it('cannot hold an entry without flags, without LUID, with half a character, or twice', () => {
    expect(() => generateFlagBatch([{ luid: '1', flags: {} }])).toThrow(bad);
    expect(() => generateFlagBatch([{ luid: '', flags: { read: true } }])).toThrow(bad);
    expect(() => generateFlagBatch([{ luid: '\uD800', flags: { read: true } }])).toThrow(bad);
    const twice = { luid: '1', flags: { read: true } };
    expect(() => generateFlagBatch([twice, twice])).toThrow(bad);
  });
});
