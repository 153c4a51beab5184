// A world in which hostile devices do what they like: after each of their tests a well-behaved device still syncs, and the mailbox is
// as it was.
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { mailboxState, startWorld, type Device, type World, type WorldOptions } from '../../support/world.ts';
import { letter, nothingMoved } from './clients.ts';

/** Called once in a test file; `world()` is there while its tests run. */
export function unharmedWorld(options: WorldOptions = {}): { readonly world: () => World } {
  let world: World;
  let good: Device;
  let mails: Awaited<ReturnType<typeof mailboxState>>;
  beforeAll(async () => {
    world = await startWorld(options);
    for (const name of ['one', 'two', 'three']) await world.deliver(letter(name));
    good = world.device({ deviceId: 'well-behaved' });
    await good.sync();
    mails = await mailboxState(world.mailbox());
  });
  afterAll(() => world.close());
  afterEach(async () => {
    const outcome = await good.sync();
    expect(outcome.type).toBe('two-way');
    expect(outcome.received).toEqual(nothingMoved);
    await world.settle();
    expect(await mailboxState(world.mailbox())).toEqual(mails);
  });
  return { world: () => world };
}
