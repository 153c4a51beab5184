// Whatever happens on both sides, in whatever order, with lost messages in between: two syncs later both sides are equal, every
// mail is there once, and a third sync has nothing to move. PACKETBOAT_RUNS and PACKETBOAT_SEED make it longer or other.
import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import type { ClientSettings } from '@packetboat/client';
import { startWorld } from '../support/world.ts';
import { Life, life } from './support/random-life.ts';

const numRuns = Number(process.env['PACKETBOAT_RUNS'] ?? 8);
const seed = Number(process.env['PACKETBOAT_SEED'] ?? 20_260_105);

const clients: Readonly<Record<string, Partial<ClientSettings>>> = {
  'a profile client with headers': { mails: 'headers' },
  'a profile client with whole mails': { mails: 'full' },
  'a profile client in XML': { encoding: 'xml' },
  'a plain client in WBXML 1.2 with headers': { profile: false, mails: 'headers' },
  'a plain client in WBXML 1.2 with whole mails': { profile: false, mails: 'full' },
  'a plain client in XML 1.1': { profile: false, encoding: 'xml', version: '1.1' },
};

/** Plays a life from the beginning, with as many devices as there are settings. */
async function play(settings: readonly Partial<ClientSettings>[], happenings: readonly Parameters<Life['happen']>[0][]): Promise<void> {
  const world = await startWorld({ bob: true });
  try {
    const devices = settings.map((each, at) => world.device({ deviceId: `device-${at}`, settings: each }));
    const played = new Life(world, devices);
    await played.begin(3);
    for (const happening of happenings) await played.happen(happening);
    await played.end();
  } finally {
    await world.close();
  }
}

/** A failing life is told as it is; PACKETBOAT_SHRINK looks for a shorter one. */
const parameters = { seed, numRuns, endOnFailure: process.env['PACKETBOAT_SHRINK'] === undefined };
const patience = 60_000 + numRuns * 20_000;

describe('both sides become equal, with each mail once', () => {
  it.each(Object.entries(clients))(
    'for %s',
    async (_, settings) => {
      await fc.assert(
        fc.asyncProperty(life, (happenings) => play([settings], happenings)),
        parameters,
      );
    },
    patience,
  );

  it(
    'for two devices of one person at once',
    async () => {
      const pair = fc.shuffledSubarray(Object.values(clients), { minLength: 2, maxLength: 2 });
      await fc.assert(
        fc.asyncProperty(pair, life, (settings, happenings) => play(settings, happenings)),
        { ...parameters, numRuns: numRuns * 2 },
      );
    },
    patience * 2,
  );
});
