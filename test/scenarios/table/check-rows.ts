// Makes the tests of some rows of the table: each is played without a fault by every kind of client, and with every fault by one of each.
import { describe, expect, it } from 'vitest';
import { everyKind, oneOfEach, type ClientKind } from '../support/clients.ts';
import { expectInStep, faultsOf, play, type Played } from './play.ts';
import type { Content, Row } from './row.ts';

export function checkRows(rows: readonly Row[]): void {
  describe.each(rows)('$name', (row) => {
    const whole = new Map<string, Promise<Played>>();
    const unharmed = (kind: ClientKind): Promise<Played> => {
      const known = whole.get(kind.name) ?? play(row, kind);
      whole.set(kind.name, known);
      return known;
    };

    it.each(everyKind)('ends as it should for $name', async (kind) => {
      const played = await unharmed(kind);
      expectInStep(played);
      const { expected } = row;
      if (expected !== undefined && isTwoSided(expected)) expect(played.first).toEqual(expected);
      else if (expected !== undefined) expect(played.first).toEqual({ device: expected, server: expected });
      if (row.delivered !== undefined) expect(played.bob).toEqual({ inbox: row.delivered });
    });

    it.each(oneOfEach)('ends the same whatever goes wrong, for $name', { timeout: 120_000 }, async (kind) => {
      const played = await unharmed(kind);
      for (const fault of faultsOf(played)) {
        const again = await play(row, kind, fault).catch((error: unknown) => {
          throw new Error(`with ${JSON.stringify(fault)}: ${error instanceof Error ? error.message : 'failed'}`, { cause: error });
        });
        expect({ end: again.end, bob: again.bob }, `with ${JSON.stringify(fault)}`).toEqual({ end: played.end, bob: played.bob });
      }
    });
  });
}

function isTwoSided(expected: NonNullable<Row['expected']>): expected is { readonly device: Content; readonly server: Content } {
  return 'device' in expected && !Array.isArray(expected['device']);
}
