// A short life of a device with one fault in it: a first sync, then work in both directions with large mails, then what is left.
import { Flag } from '@packetboat/client';
import { expect } from 'vitest';
import { deviceState, DeviceDied, mailboxState, startWorld, type Device, type World } from '../../support/world.ts';
import { draft, folderOf, largeLetter, letter, mark, shown, type ClientKind } from './clients.ts';
import { expectQuiet } from './in-step.ts';

/** What happens at one message: the attempts that fail, a death, or another start of the server. */
export type Cut =
  | 'lost, unanswered, doubled'
  | 'device dies before'
  | 'device dies after'
  | 'server restarts before'
  | 'server restarts after';

export const cuts: readonly Cut[] = [
  'lost, unanswered, doubled',
  'device dies before',
  'device dies after',
  'server restarts before',
  'server restarts after',
];

export interface JourneyResult {
  readonly alice: ReadonlyMap<string, readonly string[]>;
  readonly bob: ReadonlyMap<string, readonly string[]>;
  readonly device: ReadonlyMap<string, readonly string[]>;
  /** Messages until everything was done once. */
  readonly messages: number;
}

const large = 200_000;

function toBob(): Uint8Array {
  const lines = ['From: alice@example.test', 'To: bob@example.test', 'Subject: Hello', 'Message-ID: <hello@alice.test>'];
  return new TextEncoder().encode([...lines, 'Date: Mon, 05 Jan 2026 08:00:00 +0000', '', 'Hello Bob.', ''].join('\r\n'));
}

/** How the device syncs after its work. */
export type Mode = 'two-way' | 'slow';

/** Plays it to its end. `at`: the message, from 1, at which it happens. */
export async function journey(kind: ClientKind, mode: Mode, cut?: { readonly kind: Cut; readonly at: number }): Promise<JourneyResult> {
  const world = await startWorld({ bob: true });
  try {
    for (const name of ['one', 'two', 'three']) await world.deliver(letter(name));
    const traveller = new Traveller(world, world.device({ settings: { ...kind.settings, mails: 'full' } }));
    if (cut !== undefined) traveller.meet(cut.kind, cut.at);
    await traveller.sync();
    await work(world, traveller.device);
    await traveller.sync(mode);
    const messages = traveller.device.line.count;
    await world.settle();
    await traveller.sync();
    await world.settle();
    await expectQuiet(traveller.device);
    expect((await shown(traveller.device, 'large-down')).shape).toBe('full');
    return {
      alice: await mailboxState(world.mailbox()),
      bob: await mailboxState(world.mailbox('bob')),
      device: await deviceState(traveller.device),
      messages,
    };
  } finally {
    await world.close();
  }
}

/** A person's work on the device, and what arrives meanwhile. */
async function work(world: World, device: Device): Promise<void> {
  await mark(device, 'one', Flag.Read | Flag.Flagged);
  await device.client.rm((await shown(device, 'two')).luid);
  await device.store.write(toBob(), await folderOf(device, 'outbox'), Flag.Read, Date.now());
  await draft(device, 'large-up', new TextDecoder().decode(largeLetter('large-up', large)));
  await world.deliver(letter('four'));
  await world.deliver(largeLetter('large-down', large));
}

class Traveller {
  device: Device;
  readonly #world: World;

  constructor(world: World, device: Device) {
    this.#world = world;
    this.device = device;
  }

  /** Syncs until it is done, with a new client on the same store after each death. */
  async sync(mode: Mode = 'two-way'): Promise<void> {
    for (let lives = 0; lives < 3; lives += 1) {
      try {
        const outcome = await this.device.client.sync({ mode });
        expect(outcome.error).toBeNull();
        return;
      } catch (error) {
        if (!(error instanceof DeviceDied)) throw error;
        this.device = this.#world.reborn(this.device);
      }
    }
    throw new Error('the device dies of every sync');
  }

  meet(cut: Cut, at: number): void {
    const { line } = this.device;
    const world = this.#world;
    if (cut === 'lost, unanswered, doubled') {
      line.faults
        .set(at, 'lose request')
        .set(at + 1, 'lose reply')
        .set(at + 2, 'repeat');
    } else if (cut === 'device dies before') line.faults.set(at, 'die before');
    else if (cut === 'device dies after') line.faults.set(at, 'die after');
    else {
      const restarts = cut === 'server restarts before' ? 'before' : 'after';
      // After the restart the answer is asked for once more.
      if (restarts === 'after') line.faults.set(at, 'lose reply');
      line.onMessage = async (when, count) => {
        if (when === restarts && count === at) await world.restart();
      };
    }
  }
}
