// One life: a mailbox, two devices of two kinds, rounds of random work with a fault in every second sync, and after each round the
// look whether everything is where it has to be, once.
import { deviceContent, mailOf, serverContent } from '../scenarios/table/scene.ts';
import { Traveller, type TableFault } from '../scenarios/table/traveller.ts';
import { everyKind, type ClientKind } from '../scenarios/support/clients.ts';
import { seededRandom, type Random } from '../support/random.ts';
import { startWorld, type World } from '../support/world.ts';
import { deviceHand, serverHand } from './hands.ts';
import { Model } from './model.ts';

export interface LifeReport {
  readonly changes: number;
  readonly faults: number;
  readonly syncs: number;
  /** What went wrong first; null when nothing did. */
  readonly fault: string | null;
}

const editsOfRound = 60;
/** Above this many mails a new life is cheaper than a longer one. */
const mailsOfLife = 400;

/** The same seed plays the same life, as far as the timing of a real server allows it. */
export async function live(seed: number, most: number): Promise<LifeReport> {
  const random = seededRandom(seed);
  const world = await startWorld({ bob: true });
  const model = new Model(random);
  const counts = { changes: 0, faults: 0, syncs: 0 };
  try {
    const kinds = [pickKind(random), pickKind(random)];
    const travellers = kinds.map((kind, at) => travellerOf(world, kind, `device-${at}`, random));
    await world.deliver(mailOf('m0', 300));
    model.mails.set('m0', { folder: 'inbox', flags: new Set(), open: false });
    for (const traveller of travellers) await traveller.device.sync();
    while (counts.changes < most && model.mails.size < mailsOfLife) {
      counts.changes += await workOf(world, model, travellers, random);
      for (const traveller of travellers) {
        const fault = random.chance(0.5) ? faultOf(random) : undefined;
        if (fault !== undefined) counts.faults += 1;
        const mode = random.chance(0.03) ? 'slow' : random.chance(0.02) ? 'refresh' : 'two-way';
        // To fetch all anew is to give up what was not sent: that is what it is for, and no loss.
        if (mode === 'refresh') await traveller.device.sync();
        await traveller.meet(fault, mode);
        counts.syncs += 1;
      }
      await compare(world, model, travellers);
    }
    return { ...counts, fault: null };
  } catch (error) {
    return { ...counts, fault: error instanceof Error ? error.message : String(error) };
  } finally {
    await world.close();
  }
}

function pickKind(random: Random): ClientKind {
  return random.pick(everyKind as readonly [ClientKind, ...ClientKind[]]);
}

function travellerOf(world: World, kind: ClientKind, deviceId: string, random: Random): Traveller {
  const mails = random.chance(0.5) ? 'full' : 'headers';
  return new Traveller(world, world.device({ deviceId, settings: { ...kind.settings, mails } }));
}

function faultOf(random: Random): TableFault {
  const at = 1 + random.integer(12);
  return random.pick<TableFault>([
    { kind: 'every request lost once' },
    { kind: 'every reply lost once' },
    { kind: 'every request doubled' },
    { kind: 'line cut', at: 1 + random.integer(5) },
    { kind: 'server power cut', at },
    { kind: 'device power cut', at: 1 + random.integer(6) },
  ]);
}

async function workOf(world: World, model: Model, travellers: readonly Traveller[], random: Random): Promise<number> {
  const hands = await Promise.all(travellers.map(({ device }) => deviceHand(device)));
  const server = await serverHand(world);
  let done = 0;
  for (let at = 0; at < editsOfRound; at += 1) {
    const who = random.integer(travellers.length + 1);
    const hand = hands[who];
    const what = model.next(hand === undefined ? 'server' : `device ${who}`);
    if (what === undefined) continue;
    await (hand ?? server)(what);
    done += 1;
  }
  return done;
}

async function compare(world: World, model: Model, travellers: readonly Traveller[]): Promise<void> {
  // Once for what a fault left open and for what the other device did, once for what the mail server made of it.
  for (let look = 0; look < 2; look += 1) {
    await world.settle();
    for (const { device } of travellers) await device.sync();
  }
  await world.settle();
  const there = await serverContent(world);
  model.settle(there);
  for (const { device } of travellers) await device.sync();
  for (const traveller of travellers) {
    const here = JSON.stringify(await deviceContent(traveller.device));
    if (here !== JSON.stringify(there))
      throw new Error(`device ${travellers.indexOf(traveller)} shows ${here}, the mail server has ${JSON.stringify(there)}`);
  }
  const delivered = Object.values(await serverContent(world, 'bob')).flat();
  const twice = delivered.find((mail, at) => delivered.indexOf(mail) !== at);
  if (twice !== undefined) throw new Error(`${twice} was sent twice`);
  const unsent = model.sent.find((name) => !delivered.includes(name));
  if (unsent !== undefined) throw new Error(`${unsent} was never sent`);
}
