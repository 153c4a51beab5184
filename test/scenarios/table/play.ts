// Plays a row of the table from the beginning to its end, with one fault or none, and says what both sides show then.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openClientStore } from '@packetboat/client/node';
import { expect } from 'vitest';
import { memoryFolder, startWorld, type Device, type World } from '../../support/world.ts';
import type { ClientKind } from '../support/clients.ts';
import { expectQuiet } from '../support/in-step.ts';
import type { Content, Row } from './row.ts';
import { edit, mailOf, serverContent } from './scene.ts';
import { Traveller, type Counts, type TableFault } from './traveller.ts';

export interface Played {
  /** After the sync of the row, and again at the very end. */
  readonly first: { readonly device: Content; readonly server: Content };
  readonly end: { readonly device: Content; readonly server: Content };
  readonly bob: Content;
  /** Of the sync of the row. */
  readonly counts: Counts;
}

/** A row on the point of its sync: folders with the server's data and the device's store, copied for each play. */
export interface Scene {
  readonly row: Row;
  readonly kind: ClientKind;
  readonly folder: string;
}

const deviceFile = 'device.db';

/** Brings a row to its sync: the first sync, then the edits. */
export async function prepare(row: Row, kind: ClientKind): Promise<Scene> {
  const folder = mkdtempSync(join(memoryFolder(), 'packetboat-scene-'));
  const world = await startWorld({ bob: true, data: join(folder, 'server') });
  try {
    for (const name of row.begin ?? ['one', 'two', 'three']) await world.deliver(mailOf(name, 300));
    const device = deviceOf(world, row, kind, folder);
    await device.sync();
    await world.settle();
    for (const each of row.edits) await edit(world, device, each);
  } finally {
    await world.close();
  }
  return { row, kind, folder };
}

function deviceOf(world: World, row: Row, kind: ClientKind, folder: string): Device {
  const store = openClientStore(join(folder, deviceFile));
  return world.device({ store, settings: { mails: 'full', ...kind.settings, ...row.settings } });
}

/** Plays the sync of a row, with one fault or none, and what follows until nothing is left to do. */
export async function play({ row, kind, folder: made }: Scene, fault?: TableFault): Promise<Played> {
  const folder = mkdtempSync(join(memoryFolder(), 'packetboat-play-'));
  cpSync(made, folder, { recursive: true });
  const world = await startWorld({ bob: true, data: join(folder, 'server') });
  try {
    const traveller = new Traveller(world, deviceOf(world, row, kind, folder));
    const counts = await traveller.meet(fault, row.sync ?? 'two-way');
    if (fault === undefined) await world.settle();
    const first = await traveller.contents();
    // What a fault left open, and where the mail server put what was sent.
    await traveller.device.sync();
    await world.settle();
    if (fault !== undefined) await traveller.device.sync();
    await expectQuiet(traveller.device);
    return { first, end: await traveller.contents(), bob: await serverContent(world, 'bob'), counts };
  } finally {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every mail is somewhere once, and both sides show the same. */
export function expectInStep({ end }: Played): void {
  expect(end.device).toEqual(end.server);
  const all = Object.values(end.server)
    .flat()
    .map((mail) => mail.split(' ')[0]);
  expect(new Set(all).size, `each mail once: ${all.join(', ')}`).toBe(all.length);
}
