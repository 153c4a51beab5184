// Makes the tests of some rows of the table. Each row is played without a fault by every kind of client, and then with faults: all of
// them by one of each kind with PACKETBOAT_EVERY_CUT set; otherwise every fourth of them, by a plain and a profile client in turn.
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { everyKind, oneOfEach, type ClientKind } from '../support/clients.ts';
import { expectInStep, play, prepare, type Played, type Scene } from './play.ts';
import { faultsOf } from './traveller.ts';
import type { Content, Row } from './row.ts';

const isWhole = process.env['PACKETBOAT_EVERY_CUT'] !== undefined;

/** Those kinds of client that meet the faults of the nth row, and those faults. */
const kindsOf = (n: number): readonly ClientKind[] => (isWhole ? oneOfEach : oneOfEach.filter((_, at) => at === n % oneOfEach.length));
const sampleOf = <T>(faults: readonly T[], n: number): readonly T[] => (isWhole ? faults : faults.filter((_, at) => (at + n) % 4 === 0));

export function checkRows(rows: readonly Row[]): void {
  describe.each(rows)('$name', (row) => {
    const number = rows.indexOf(row);
    const whole = new Map<string, Promise<{ readonly scene: Scene; readonly played: Played }>>();
    const playWhole = async (kind: ClientKind): Promise<{ readonly scene: Scene; readonly played: Played }> => {
      const scene = await prepare(row, kind);
      return { scene, played: await play(scene) };
    };
    const unharmed = (kind: ClientKind): ReturnType<typeof playWhole> => {
      const known = whole.get(kind.name) ?? playWhole(kind);
      whole.set(kind.name, known);
      return known;
    };
    afterAll(async () => {
      for (const result of await Promise.allSettled(whole.values()))
        if (result.status === 'fulfilled') rmSync(result.value.scene.folder, { recursive: true, force: true });
    });

    it.each(everyKind)('ends as it should for $name', async (kind) => {
      const { played } = await unharmed(kind);
      expectInStep(played);
      const { expected } = row;
      if (expected !== undefined && isTwoSided(expected)) expect(played.first).toEqual(expected);
      else if (expected !== undefined) expect(played.first).toEqual({ device: expected, server: expected });
      if (row.delivered !== undefined) expect(played.bob).toEqual({ inbox: row.delivered });
    });

    it.each(kindsOf(number))('ends the same whatever goes wrong, for $name', { timeout: 300_000 }, async (kind) => {
      const { scene, played } = await unharmed(kind);
      for (const fault of sampleOf(faultsOf(played.counts), number)) {
        const again = await play(scene, fault).catch((error: unknown) => {
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
