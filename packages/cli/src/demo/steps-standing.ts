// What stays: a second device, a restart of the server, and a sync with nothing to do.
import { Flag } from '@packetboat/client';
import { differences, ensure, ensureSame, eventually, served, servedMail } from './check.ts';
import type { Device } from './device.ts';
import { noted, type Journey, type Step } from './step.ts';

export const standingSteps: readonly Step[] = [
  { name: 'a second device gets the same mailbox', run: secondDevice },
  { name: 'what one device marks, the other sees', run: deviceToDevice },
  { name: 'restart of the server, all kept', run: restart },
  { name: 'nothing to do', run: nothing },
];

async function secondDevice({ world, phone, tablet }: Journey): Promise<void> {
  await tablet.sync();
  await ensureSame(world, tablet);
  const found = differences(await phone.shown(), await tablet.shown(), [`on ${phone.name}`, `on ${tablet.name}`]);
  ensure(found.length === 0, found.slice(0, 3).join('; '));
}

async function deviceToDevice(journey: Journey): Promise<void> {
  const { world, phone, tablet } = journey;
  const messageId = noted(journey, 'reply');
  await tablet.client.mark((await tablet.find(messageId)).luid, Flag.Flagged, Flag.Flagged);
  await tablet.sync();
  await eventually(async () => {
    const { flags } = await servedMail(world, 'alice', messageId);
    ensure(flags.split(' ').includes('flagged'), `at the mail server it is [${flags}]`);
  });
  await phone.sync();
  const { flags } = await phone.find(messageId);
  ensure(flags.split(' ').includes('flagged'), `on ${phone.name} it is [${flags}]`);
  await ensureSame(world, phone);
  await ensureSame(world, tablet);
}

async function restart({ world, phone, tablet, bob }: Journey): Promise<void> {
  const before = { alice: await served(world, 'alice'), bob: await served(world, 'bob') };
  await world.restart();
  for (const user of ['alice', 'bob'] as const) {
    const found = differences(before[user], await served(world, user), ['before', 'after']);
    ensure(found.length === 0, `${user}'s mailbox is not the same after the restart: ${found.slice(0, 3).join('; ')}`);
  }
  for (const device of [phone, tablet, bob]) {
    await ensureNothingMoves(device);
    await ensureSame(world, device);
  }
}

async function nothing({ world, phone }: Journey): Promise<void> {
  const before = { device: await phone.shown(), server: await served(world, 'alice') };
  await ensureNothingMoves(phone);
  const found = [
    ...differences(before.device, await phone.shown(), ['before, on the device', 'after, on the device']),
    ...differences(before.server, await served(world, 'alice'), ['before, at the mail server', 'after, at the mail server']),
  ];
  ensure(found.length === 0, found.slice(0, 3).join('; '));
}

async function ensureNothingMoves(device: Device): Promise<void> {
  const { received, sent, type } = await device.sync();
  const moved = [...Object.values(received), ...Object.values(sent)].reduce((sum, count) => sum + count, 0);
  ensure(moved === 0 && type === 'two-way', `a ${type} sync of ${device.name} moved ${moved} items`);
}
