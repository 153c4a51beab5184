// Whether a device and the mail server show the same, and whether a further sync finds nothing to do.
import { expect } from 'vitest';
import { deviceState, mailboxState, type Device, type DeviceOptions, type World } from '../../support/world.ts';
import { nothingMoved, type ClientKind } from './clients.ts';
import { exchangesOf, itemsOf } from './wire.ts';

/** A device that has had its first sync, and has acknowledged it with a second. */
export async function deviceInStep(world: World, kind: ClientKind, more: DeviceOptions = {}): Promise<Device> {
  const device = world.device({ ...more, settings: { ...kind.settings, ...more.settings } });
  await device.sync();
  await device.sync();
  return device;
}

/** Every folder with its mails and their flags, the same on both sides; a mail there twice would show twice. */
export async function expectInStep(world: World, device: Device, user = 'alice'): Promise<void> {
  expect(await deviceState(device)).toEqual(await mailboxState(world.mailbox(user)));
}

/** A sync that carries no item in either direction. */
export async function expectQuiet(device: Device): Promise<void> {
  const from = device.line.messages.length;
  const outcome = await device.sync();
  expect(outcome.type).toBe('two-way');
  expect(outcome.received).toEqual(nothingMoved);
  expect(outcome.sent).toEqual(nothingMoved);
  for (const { request, reply } of exchangesOf(device.line, from)) {
    expect(itemsOf(request)).toEqual([]);
    expect(itemsOf(reply)).toEqual([]);
  }
}

/** What ends every scenario: both sides are equal, and stay so with nothing moved. */
export async function expectSettled(world: World, device: Device, user = 'alice'): Promise<void> {
  await world.settle();
  await device.sync();
  await world.settle();
  await expectInStep(world, device, user);
  await expectQuiet(device);
}
