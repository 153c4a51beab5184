// The pure parts of the IMAP client: cursors, uids, flags, roles, faults and options.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCursor, makeRuns, parseCursor, runReader } from '../../src/imap/cursor.ts';
import { toMailError } from '../../src/imap/fault.ts';
import { bitFlags, flagBits, flagCommands, readFlags } from '../../src/imap/flags.ts';
import { usesQresync } from '../../src/imap/options.ts';
import { roleByName } from '../../src/imap/role-names.ts';
import { compareSnapshots } from '../../src/imap/snapshot.ts';
import { formatUid, numbersOf, uidSets } from '../../src/imap/uid.ts';
import { createImapMailServer } from '../../src/index.ts';

const uid32 = fc.integer({ min: 1, max: 2 ** 32 - 1 });

describe('cursor', () => {
  it('is read as it was written, with mod-sequences of 63 bits', () => {
    const modseq = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 2n ** 32n }),
        uid32,
        fc.nat(),
        fc.nat(),
        modseq,
        (validity, uidNext, count, compared, value) => {
          const cursor = { validity, uidNext, count, compared, state: { modseq: value } };
          expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
        },
      ),
    );
  });

  it('keeps the flags of every mail in runs', () => {
    const flags = fc.uniqueArray(fc.tuple(uid32, fc.integer({ min: 0, max: 63 })), { selector: ([uid]) => uid });
    fc.assert(
      fc.property(flags, (unsorted) => {
        const sorted = unsorted.toSorted(([a], [b]) => a - b);
        const cursor = { validity: 1n, uidNext: 9, count: sorted.length, compared: 0, state: { runs: makeRuns(sorted) } };
        const parsed = parseCursor(formatCursor(cursor));
        const read = runReader(parsed !== undefined && 'runs' in parsed.state ? parsed.state.runs : undefined);
        for (const [uid, bits] of sorted) expect(read(uid)).toBe(bits);
      }),
    );
  });

  it('holds 10,000 mails of one kind in a few characters, and gives up on too many changes along the way', () => {
    const alike = Array.from({ length: 10_000 }, (_, index) => [index * 3 + 1, 1] as const);
    expect(
      formatCursor({ validity: 1n, uidNext: 30_001, count: 10_000, compared: 0, state: { runs: makeRuns(alike) } }).length,
    ).toBeLessThan(30);
    const striped = Array.from({ length: 10_000 }, (_, index) => [index + 1, index % 2] as const);
    expect(makeRuns(striped)).toBeUndefined();
    const text = formatCursor({ validity: 1n, uidNext: 1, count: 1, compared: 0, state: { runs: undefined } });
    expect(parseCursor(text)?.state).toEqual({ runs: undefined });
  });

  it.each([undefined, '', 'rubbish', 'i2;1;1;1;1;m1', 'i1;1;1;1;1', 'i1;1;1;1;1;m', 'i1;;1;1;1;m1', 'i1;1;1;1;1;m1;x'])(
    'does not know %j',
    (text) => {
      expect(parseCursor(text)).toBeUndefined();
    },
  );
});

describe('uids', () => {
  it('belong to one UIDVALIDITY', () => {
    const uids = [formatUid(255n, 7), formatUid(256n, 8), '7', 'ff.0', 'ff.x', 'ff.99999999999', formatUid(255n, 3), formatUid(255n, 7)];
    expect(numbersOf(uids, 255n)).toEqual([3, 7]);
  });

  it('make sets that name exactly them and stay short', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { maxLength: 2000 }), (numbers) => {
        const sorted = numbers.toSorted((a, b) => a - b);
        const sets = uidSets(sorted);
        for (const set of sets) expect(set.length).toBeLessThanOrEqual(4000);
        expect(sets.flatMap((set) => set.split(',')).flatMap(expand)).toEqual(sorted);
      }),
    );
  });
});

function expand(range: string): number[] {
  const [first = 0, last = first] = range.split(':').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

describe('flags', () => {
  it('are read whatever the case, with both names of forwarded', () => {
    expect(readFlags(new Set(['\\SEEN', '\\answered', 'forwarded']))).toMatchObject({
      read: true,
      replied: true,
      forwarded: true,
      flagged: false,
    });
    expect(readFlags(new Set(['$forwarded', '\\Recent', 'NonJunk']))).toMatchObject({ read: false, forwarded: true });
    for (let bits = 0; bits < 64; bits++) expect(flagBits(bitFlags(bits))).toBe(bits);
  });

  it('become commands that the folder keeps', () => {
    const known = new Set(['\\Seen', '$Forwarded']);
    expect(flagCommands({ read: true, forwarded: true, draft: false }, { known, permanent: new Set(['\\Seen', '\\*']) })).toEqual({
      add: ['\\Seen', '$Forwarded'],
      remove: ['\\Draft'],
    });
    const old = { known: new Set(['Forwarded']), permanent: new Set(['\\Seen', 'Forwarded']) };
    expect(flagCommands({ forwarded: true }, old).add).toEqual(['Forwarded']);
    expect(flagCommands({ forwarded: false }, old).remove).toEqual(['$Forwarded', 'Forwarded']);
    expect(flagCommands({ forwarded: true, read: true }, { known: new Set(), permanent: new Set(['\\Seen']) }).add).toEqual(['\\Seen']);
    expect(flagCommands({}, old)).toEqual({ add: [], remove: [] });
  });
});

describe('roles', () => {
  it.each([
    ['Sent Items', 'sent'],
    ['Entwürfe', 'drafts'],
    ['Entwu\u0308rfe', 'drafts'],
    ['CORBEILLE', 'trash'],
    ['Архив', 'archive'],
    ['迷惑メール', 'junk'],
    ['Presents', undefined],
  ])('of %j is %s', (name, role) => {
    expect(roleByName(name)).toBe(role);
  });
});

describe('faults', () => {
  it.each([
    [{ authenticationFailed: true, response: 'A NO bad\u0007 password' }, 'ERR_MAIL_AUTH', 'account', false],
    [{ authenticationFailed: true, serverResponseCode: 'UNAVAILABLE' }, 'ERR_MAIL_CONNECTION', 'account', true],
    [{ authenticationFailed: true, response: 'BAD User is authenticated but not connected.' }, 'ERR_MAIL_CONNECTION', 'account', true],
    [{ responseStatus: 'NO', serverResponseCode: 'OVERQUOTA', responseText: 'full' }, 'ERR_MAIL_QUOTA', 'folder', false],
    [{ responseStatus: 'NO', serverResponseCode: 'TOOBIG' }, 'ERR_MAIL_LIMIT', 'message', false],
    [{ responseStatus: 'NO', serverResponseCode: 'INUSE' }, 'ERR_MAIL_REFUSED', 'folder', true],
    [{ responseStatus: 'NO' }, 'ERR_MAIL_REFUSED', 'folder', false],
    [{ responseStatus: 'BAD' }, 'ERR_MAIL_PROTOCOL', 'folder', false],
    [{ responseStatus: 'BAD', code: 'ETHROTTLE' }, 'ERR_MAIL_REFUSED', 'account', true],
    [{ code: 'NoConnection' }, 'ERR_MAIL_CONNECTION', 'account', true],
    [{ code: 'ECONNREFUSED' }, 'ERR_MAIL_CONNECTION', 'account', true],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'ERR_MAIL_CONNECTION', 'account', false],
    [{ code: 'LiteralTooLarge' }, 'ERR_MAIL_PROTOCOL', 'account', false],
  ] as const)('%j is %s', (fault, code, scope, retryable) => {
    const error = toMailError(fault);
    expect(error).toMatchObject({ code, scope, retryable });
    expect(error.message).not.toMatch(/\p{Cc}/u);
  });
});

describe('options', () => {
  const options = { host: 'mail.example.test', port: 143, security: 'none', user: 'a', password: 'b' } as const;
  it('refuse clear text over a network unless that is asked for', () => {
    expect(() => createImapMailServer(options)).toThrow(RangeError);
    expect(() => createImapMailServer({ ...options, host: '127.evil.test' })).toThrow(RangeError);
    expect(createImapMailServer({ ...options, allowInsecure: true })).toBeDefined();
    expect(createImapMailServer({ ...options, host: '::1' })).toBeDefined();
  });

  it('do not use QRESYNC with hosts that break it', () => {
    expect(usesQresync(options)).toBe(true);
    expect(usesQresync({ ...options, host: 'imap.mail.me.com' })).toBe(false);
    expect(usesQresync({ ...options, host: 'imap.mail.me.com', qresync: true })).toBe(true);
  });
});

describe('snapshots', () => {
  it('name changed folders, and everywhere when folders came or went', () => {
    const before = new Map([
      ['INBOX', '1'],
      ['Sent', '1'],
    ]);
    expect(compareSnapshots(before, new Map(before))).toEqual([]);
    expect(
      compareSnapshots(
        before,
        new Map([
          ['INBOX', '2'],
          ['Sent', '1'],
        ]),
      ),
    ).toEqual([{ folder: 'INBOX' }]);
    expect(compareSnapshots(before, new Map([['INBOX', '1']]))).toEqual([{}]);
    expect(
      compareSnapshots(
        before,
        new Map([
          ['INBOX', '1'],
          ['New', '1'],
        ]),
      ),
    ).toEqual([{}]);
  });
});
