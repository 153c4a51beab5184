// The fault table of a session, row by row: what is lost, doubled or cut, and what must have happened in the end.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryClientStore, Flag, type ClientStore } from '@packetboat/client';
import { DeviceDied, startWorld, type Device, type World } from '../support/world.ts';
import { draft, everyKind, letter, mark, oneOfEach, placeOf, plainKinds, profileKinds, shown, type ClientKind } from './support/clients.ts';
import { expectSettled } from './support/in-step.ts';
import { equalBytes, exchangesOf, itemsOf, statusesOf } from './support/wire.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld();
  for (const name of ['one', 'two', 'three']) await world.deliver(letter(name));
});
afterEach(() => world.close());

/** A device that is in step, with something to tell on both sides. */
async function withWork(kind: ClientKind, store?: ClientStore): Promise<Device> {
  const device = world.device({ settings: kind.settings, ...(store === undefined ? {} : { store }) });
  await device.sync();
  await device.sync();
  await world.deliver(letter('four'));
  await world.deliver(letter('five'));
  await mark(device, 'one', Flag.Flagged);
  await draft(device, 'sketch');
  return device;
}

/** The message of a sync that ends the device's changes: its answer holds those of the server. */
function lastUpload(kind: ClientKind): number {
  return kind.profile ? 1 : 2;
}

/** Dies in the next sync, by a fault that has been set. */
async function expectDeath(device: Device): Promise<void> {
  await expect(device.client.sync()).rejects.toThrow(DeviceDied);
}

describe.each(everyKind)('$name', (kind) => {
  it('sends the same bytes again when a request is lost', async () => {
    const device = await withWork(kind);
    const { line } = device;
    const before = line.count;
    for (let at = before + 1; at < before + 20; at += 2) line.faults.set(at, 'lose request');
    await device.sync();
    line.faults.clear();
    const attempts = line.attempts.slice(before);
    expect(attempts.length).toBeGreaterThanOrEqual(2);
    for (let at = 0; at < attempts.length; at += 2) expect(equalBytes(attempts[at], attempts[at + 1])).toBe(true);
    await expectSettled(world, device);
  });

  it('is given the stored reply, byte for byte, when a reply is lost', async () => {
    const device = await withWork(kind);
    const { line } = device;
    const [before, answered] = [line.count, line.messages.length];
    for (let at = before + 1; at < before + 20; at += 2) line.faults.set(at, 'lose reply');
    await device.sync();
    line.faults.clear();
    const messages = line.messages.slice(answered);
    expect(messages.length).toBeGreaterThanOrEqual(2);
    for (let at = 0; at < messages.length; at += 2) expect(equalBytes(messages[at]?.reply, messages[at + 1]?.reply)).toBe(true);
    await expectSettled(world, device);
  });

  it('is given the stored reply by a server that was started anew meanwhile', async () => {
    const device = await withWork(kind);
    const { line } = device;
    const [before, answered] = [line.count, line.messages.length];
    for (let at = before + 1; at < before + 20; at += 2) line.faults.set(at, 'lose reply');
    line.onMessage = async (when, count) => {
      if (when === 'after' && (count - before) % 2 === 1) await world.restart();
    };
    await device.sync();
    line.onMessage = undefined;
    line.faults.clear();
    const messages = line.messages.slice(answered);
    for (let at = 0; at < messages.length; at += 2) expect(equalBytes(messages[at]?.reply, messages[at + 1]?.reply)).toBe(true);
    await expectSettled(world, device);
  });

  it('gets one answer, and is executed once, when a message comes twice at the same time', async () => {
    const device = await withWork(kind);
    const { line } = device;
    // The line throws if the two answers differ.
    for (let at = line.count + 1; at < line.count + 20; at += 1) line.faults.set(at, 'repeat');
    await device.sync();
    line.faults.clear();
    await placeOf(world, 'sketch');
    await expectSettled(world, device);
  });

  it('gets the same items again under the same GUIDs when it died before it had the reply', async () => {
    const device = await withWork(kind);
    const answered = device.line.messages.length;
    device.line.faults.set(device.line.count + lastUpload(kind), 'die after');
    await expectDeath(device);
    const lost = exchangesOf(device.line, answered).flatMap(({ reply }) => itemsOf(reply));
    expect(lost.filter((item) => item.command === 'Add')).toHaveLength(2);
    const again = world.reborn(device);
    await again.sync();
    const sent = exchangesOf(again.line).flatMap(({ reply }) => itemsOf(reply));
    expect(sent.filter((item) => item.command === 'Add').map((item) => item.id)).toEqual(
      expect.arrayContaining(lost.filter((item) => item.command === 'Add').map((item) => item.id)),
    );
    await expectSettled(world, again);
  });

  it('has its uploads answered as before, and not executed again, when it died before it had the reply', async () => {
    const device = await withWork(kind);
    device.line.faults.set(device.line.count + lastUpload(kind), 'die after');
    await expectDeath(device);
    await world.settle();
    // Somebody undoes at the mail server what the device did: the repeat must not do it once more.
    const place = await placeOf(world, 'one');
    await world.mailbox().setFlags(place.folder, [place.uid], { flagged: false });
    await world.settle();
    const again = world.reborn(device);
    const outcome = await again.sync();
    expect(outcome.refused).toEqual([]);
    await expectSettled(world, again);
    expect((await shown(again, 'one')).flags & Flag.Flagged).toBe(0);
    await placeOf(world, 'sketch');
  });

  it('falls back to a slow sync when neither anchor is known, and doubles nothing', async () => {
    const device = await withWork(kind);
    await device.store.answers.commit({
      writes: [{ write: 'anchors', datastore: './mail', anchors: kind.profile ? { server: 'lost' } : { own: 'lost' } }],
    });
    const outcome = await device.sync();
    expect(outcome.type).toBe('slow');
    const alert = exchangesOf(device.line)
      .flatMap(({ reply }) => statusesOf(reply))
      .findLast((status) => status.cmd === 'Alert');
    expect(kind.profile ? '508' : alert?.data).toBe('508');
    await expectSettled(world, device);
  });

  it('goes on two-way from the map it had when a slow sync was cut before its end', async () => {
    const device = await withWork(kind);
    const from = device.line.count;
    // The listing has been sent, and its answer never arrives.
    device.line.faults.set(from + lastUpload(kind), 'die after');
    await expect(device.client.sync({ mode: 'slow' })).rejects.toThrow(DeviceDied);
    const again = world.reborn(device);
    const outcome = await again.sync();
    expect(outcome.type).toBe('two-way');
    await expectSettled(world, again);
  });

  it('doubles nothing when one slow sync after the other is cut', async () => {
    let device = await withWork(kind);
    for (const cut of kind.profile ? [1, 1, 1] : [2, 2, 3]) {
      device.line.faults.set(device.line.count + cut, 'die after');
      await device.client.sync({ mode: 'slow' }).catch((error: unknown) => expect(error).toBeInstanceOf(DeviceDied));
      device = world.reborn(device);
    }
    // It has everything but the two mails whose Adds were lost with the first answer; after the third cut it has them too.
    const had = (await device.client.ls()).length;
    const outcome = await device.sync('slow');
    expect(outcome.type).toBe('slow');
    const sent = exchangesOf(device.line).flatMap(({ reply }) => itemsOf(reply));
    expect(sent.filter((item) => item.command === 'Add')).toHaveLength(6 - had);
    await expectSettled(world, device);
  });
});

describe.each(plainKinds)('$name', (kind) => {
  it('is known by its new anchor when it died before the Map, which then goes before the changes', async () => {
    const device = await withWork(kind);
    const answered = device.line.messages.length;
    device.line.faults.set(device.line.count + 3, 'die before');
    await expectDeath(device);
    const stored = exchangesOf(device.line, answered)
      .flatMap(({ reply }) => itemsOf(reply))
      .filter((item) => item.command === 'Add');
    expect(stored).toHaveLength(2);
    const again = world.reborn(device);
    await mark(again, 'five', Flag.Flagged);
    await again.sync();
    const exchanges = exchangesOf(again.line);
    const firstMaps = exchanges
      .flatMap(({ request }) => request.commands.map((command) => command.name))
      .filter((name) => name === 'Map' || name === 'Sync');
    expect(firstMaps.slice(0, 2)).toEqual(['Map', 'Sync']);
    const maps = exchanges.flatMap(({ request }) =>
      request.commands.flatMap((command) => (command.name === 'Map' ? command.mapItems : [])),
    );
    expect(maps.map((map) => map.target.locUri).toSorted()).toEqual(stored.map((item) => item.id).toSorted());
    expect(exchanges.flatMap(({ reply }) => itemsOf(reply)).filter((item) => item.command === 'Add')).toEqual([]);
    await expectSettled(world, again);
    // The late Map has settled these mails: what happens to them later goes to the device.
    const place = await placeOf(world, 'four');
    await world.mailbox().setFlags(place.folder, [place.uid], { replied: true });
    await expectSettled(world, again);
    expect((await shown(again, 'four')).flags & Flag.Replied).toBe(Flag.Replied);
  });
});

describe.each(profileKinds)('$name', (kind) => {
  it('is known by its new anchor when it stored the reply and died, and is sent nothing again', async () => {
    const device = await withWork(kind);
    const store = new MortalStore(device.store);
    const mortal = world.device({ ...device.options, store });
    // Everything of the sync has been committed but nothing more was sent.
    store.dieAfterItems = true;
    await expectDeath(mortal);
    const again = world.device({ ...device.options, store: device.store });
    await again.sync();
    expect(exchangesOf(again.line).flatMap(({ reply }) => itemsOf(reply))).toEqual([]);
    await expectSettled(world, again);
  });
});

describe.each(oneOfEach)('$name', (kind) => {
  it('loses and doubles nothing when it dies at any commit of its store', async () => {
    for (let at = 1; ; at += 1) {
      const name = `at-${at}`;
      const store = new MortalStore(createMemoryClientStore());
      const device = world.device({ deviceId: name, settings: kind.settings, store });
      store.dieAt = at;
      let died = false;
      try {
        // A first sync and one with work, each with its own commits.
        await device.client.sync();
        await mark(device, 'two', at % 2 === 0 ? Flag.Replied : Flag.Flagged);
        if (at % 5 === 0) await draft(device, `sketch-${at}`);
        await world.deliver(letter(name));
        await device.client.sync();
      } catch (error) {
        expect(error).toBeInstanceOf(DeviceDied);
        died = true;
      }
      store.dieAt = null;
      await expectSettled(world, world.reborn(device));
      if (!died) break;
    }
  });
});

/** A store whose device loses its power at a commit: before it, or right after it (odd and even numbers). */
class MortalStore implements ClientStore {
  dieAt: number | null = null;
  /** Dies after the commit that stores the first item. */
  dieAfterItems = false;
  readonly #store: ClientStore;
  #commits = 0;
  readonly answers: ClientStore['answers'];

  constructor(store: ClientStore) {
    this.#store = store;
    this.answers = {
      ...store.answers,
      commit: async (ask) => {
        this.#commits += 1;
        const before = this.dieAt === this.#commits * 2 - 1;
        const after = this.dieAt === this.#commits * 2;
        if (before) throw new DeviceDied();
        await store.answers.commit(ask);
        if (after || (this.dieAfterItems && ask.writes.some((write) => write.write === 'item'))) throw new DeviceDied();
        return null;
      },
    };
  }

  folders: ClientStore['folders'] = () => this.#store.folders();
  list: ClientStore['list'] = (query) => this.#store.list(query);
  get: ClientStore['get'] = (luid) => this.#store.get(luid);
  mark: ClientStore['mark'] = (...args) => this.#store.mark(...args);
  move: ClientStore['move'] = (...args) => this.#store.move(...args);
  remove: ClientStore['remove'] = (luid) => this.#store.remove(luid);
  write: ClientStore['write'] = (...args) => this.#store.write(...args);
  stats: ClientStore['stats'] = () => this.#store.stats();
  lock: ClientStore['lock'] = () => this.#store.lock();
  close: ClientStore['close'] = () => this.#store.close();
}
