// A device without Move (SyncML 1.1): a mail that changes its folder leaves one and comes into the other, whichever message is lost.
import { expect, it } from 'vitest';
import { DeviceDied, mailboxState, startWorld } from '../support/world.ts';
import { letter, mark, pathOf, placeOf, plainXml } from './support/clients.ts';
import { expectSettled } from './support/in-step.ts';

it.each([1, 2, 3, 4].flatMap((at) => (['die before', 'die after'] as const).map((fault) => ({ fault, at }))))(
  '$fault message $at: it is there once on both sides',
  async ({ fault, at }) => {
    const world = await startWorld();
    try {
      for (const name of ['one', 'two']) await world.deliver(letter(name));
      const device = world.device({ settings: plainXml.settings });
      await device.sync();
      await device.sync();
      const place = await placeOf(world, 'two');
      await world.mailbox().move(place.folder, [place.uid], await pathOf(world, 'drafts'));
      await world.settle();
      await mark(device, 'one');
      device.line.faults.set(device.line.count + at, fault);
      try {
        await device.client.sync();
      } catch (error) {
        if (!(error instanceof DeviceDied)) throw error;
      }
      device.line.faults.clear();
      const again = world.reborn(device);
      await again.sync();
      await expectSettled(world, again);
      expect((await mailboxState(world.mailbox())).get('drafts')).toHaveLength(1);
    } finally {
      await world.close();
    }
  },
);
