import { expect, test } from 'vitest';
import * as fc from 'fast-check';
import { emailFlags, Flag, flagFields, mergeFlags } from '../src/flags.ts';

const set = fc.integer({ min: 0, max: 31 });

test('only fields that differ from the base are intent', () => {
  // The device still shows what it had; the server has since marked the mail as read.
  expect(mergeFlags(0, 0, 31, Flag.Read)).toBe(Flag.Read);
  // The device flagged it, the server marked it as read: both stay.
  expect(mergeFlags(0, Flag.Flagged, 31, Flag.Read)).toBe(Flag.Read | Flag.Flagged);
  // The device took the flag away.
  expect(mergeFlags(Flag.Flagged, 0, 31, Flag.Flagged | Flag.Read)).toBe(Flag.Read);
});

test('a field that was not named changes nothing', () => {
  expect(mergeFlags(Flag.Read, 0, Flag.Flagged, Flag.Read)).toBe(Flag.Read);
});

test('each field of a merge is what the device wants where it wants something, and ours elsewhere', () => {
  fc.assert(
    fc.property(set, set, set, set, (base, theirs, named, ours) => {
      const merged = mergeFlags(base, theirs, named, ours);
      for (const bit of [1, 2, 4, 8, 16]) {
        const wants = (named & bit) !== 0 && (base & bit) !== (theirs & bit);
        expect(merged & bit).toBe(wants ? theirs & bit : ours & bit);
      }
    }),
  );
});

test('fields of an email object and bits are the same thing', () => {
  fc.assert(
    fc.property(set, set, (flags, which) => {
      expect(flagFields(emailFlags(flags, which))).toEqual({ named: which, set: flags & which });
    }),
  );
});
