// Makes the tests of some rows of the table: each is played without a fault by every kind of client, and with every fault by one of each.
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { everyKind, oneOfEach, type ClientKind } from '../support/clients.ts';
import { expectInStep, play, prepare, type Played, type Scene } from './play.ts';
import { faultsOf } from './traveller.ts';
import type { Content, Row } from './row.ts';

export function checkRows(rows: readonly Row[]): void {
  describe.each(rows)('$name', (row) => {
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

    it.each(oneOfEach)('ends the same whatever goes wrong, for $name', { timeout: 300_000 }, async (kind) => {
      const { scene, played } = await unharmed(kind);
      for (const fault of faultsOf(played.counts)) {
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
