import { WbxmlError } from '@packetboat/wbxml';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SyncmlError, decodeMessage, encodeMessage, generateEmail, parseEmail, parseFlagBatch, parseFolder } from '../src/index.ts';
import { everyCommand } from './arbitrary.ts';
import { utf8 } from './hex.ts';
import { vectors } from './vectors.ts';

/** Runs what reads a stranger's bytes; only our own errors may come out. */
function readSafely(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SyncmlError || error instanceof WbxmlError)) throw error;
  }
}

/** Bytes of which some are others, some are gone and some are doubled. */
function damaged(bytes: Uint8Array, changes: readonly (readonly [number, number, number])[]): Uint8Array {
  const copy = [...bytes];
  for (const [where, kind, value] of changes) {
    const at = where % Math.max(1, copy.length);
    if (kind === 0) copy[at] = value;
    else if (kind === 1) copy.splice(at, 1 + (value % 4));
    else copy.splice(at, 0, ...copy.slice(at, at + (value % 16)));
  }
  return Uint8Array.from(copy);
}

const changes = fc.array(fc.tuple(fc.nat(100_000), fc.nat(2), fc.nat(255)), { minLength: 1, maxLength: 6 });

describe('damaged bytes', () => {
  it('of messages are read or refused, never a fault of ours', () => {
    const messages = vectors.flatMap(({ message }) => [
      { encoding: 'wbxml' as const, bytes: encodeMessage(message, 'wbxml') },
      { encoding: 'xml' as const, bytes: encodeMessage(message, 'xml') },
    ]);
    fc.assert(
      fc.property(fc.constantFrom(...messages), changes, ({ encoding, bytes }, list) => {
        readSafely(() => decodeMessage(damaged(bytes, list), encoding));
      }),
      { numRuns: 1500 },
    );
  });

  it('of messages with every command are read or refused', () => {
    fc.assert(
      fc.property(everyCommand({ bytes: true }), changes, (message, list) => {
        readSafely(() => decodeMessage(damaged(encodeMessage(message, 'wbxml'), list), 'wbxml'));
      }),
      { numRuns: 60 },
    );
  });

  it('of objects and batches are read or refused', () => {
    const email = generateEmail({ read: true, emailItem: utf8('a\r\n]]>b'), ext: [{ xNam: 'x', xVal: ['1'] }] });
    fc.assert(
      fc.property(changes, (list) => {
        const bytes = damaged(email, list);
        readSafely(() => parseEmail(bytes));
        readSafely(() => parseFolder(bytes));
        readSafely(() => parseFlagBatch(damaged(utf8('+awd 0 %3007\n+r-f 12 3 1 ~a7\n'), list)));
      }),
      { numRuns: 500 },
    );
  });

  it('cannot make one repair after the other of the inner end mark', () => {
    const xml = utf8(`<Email><emailitem><![CDATA[${']]&gt;</emailitem>'.repeat(2000)}`);
    const before = performance.now();
    expect(() => parseEmail(xml)).toThrow(expect.objectContaining({ code: 'ERR_SYNCML_MALFORMED' }));
    expect(performance.now() - before).toBeLessThan(1000);
  });
});
