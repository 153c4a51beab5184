// How changes are planned, sent and acknowledged: only what differs travels, each item stands for itself, nothing goes twice.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Flag, type SyncOutcome } from '@packetboat/client';
import { contentTypes, parseEmail } from '@packetboat/syncml';
import { startWorld, type Device, type World } from '../support/world.ts';
import {
  everyKind,
  folderOf,
  letter,
  mark,
  nothingMoved,
  oneOfEach,
  pathOf,
  placeOf,
  plainKinds,
  shown,
  type ClientKind,
} from './support/clients.ts';
import { deviceInStep, expectInStep, expectQuiet, expectSettled } from './support/in-step.ts';
import { RawDevice } from './support/raw-device.ts';
import { firstRun, luidOf, plainRun } from './support/raw-run.ts';
import { exchangesOf, itemsOf, type SentItem } from './support/wire.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld({ bob: true });
  for (const name of ['one', 'two', 'three']) await world.deliver(letter(name));
});
afterEach(() => world.close());

function inStep(kind: ClientKind, more: { deviceId?: string; mails?: 'headers' | 'full' } = {}): Promise<Device> {
  const { deviceId = 'device', mails = 'headers' } = more;
  return deviceInStep(world, kind, { deviceId, settings: { mails } });
}

interface Traffic {
  readonly outcome: SyncOutcome;
  readonly up: readonly SentItem[];
  readonly down: readonly SentItem[];
}

/** A sync, with the items that travelled in it. */
async function traffic(device: Device, mode: 'two-way' | 'slow' = 'two-way'): Promise<Traffic> {
  const from = device.line.messages.length;
  const outcome = await device.sync(mode);
  const exchanges = exchangesOf(device.line, from);
  return { outcome, up: exchanges.flatMap(({ request }) => itemsOf(request)), down: exchanges.flatMap(({ reply }) => itemsOf(reply)) };
}

async function setThere(name: string, flags: Parameters<ReturnType<World['mailbox']>['setFlags']>[2]): Promise<void> {
  const place = await placeOf(world, name);
  await world.mailbox().setFlags(place.folder, [place.uid], flags);
}

async function moveThere(name: string, role: string): Promise<void> {
  const place = await placeOf(world, name);
  await world.mailbox().move(place.folder, [place.uid], await pathOf(world, role));
}

async function removeThere(name: string): Promise<void> {
  const place = await placeOf(world, name);
  await world.mailbox().remove(place.folder, [place.uid]);
}

describe.each(everyKind)('$name', (kind) => {
  it('costs the same with few mails and with many, and nothing when nothing changed', async () => {
    const device = await inStep(kind);
    const idle = await device.sync();
    await setThere('one', { flagged: true });
    const few = await traffic(device);
    for (let at = 0; at < 150; at += 1) await world.deliver(letter(`bulk-${at}`));
    await device.sync();
    await device.sync();
    const idleOfMany = await device.sync();
    await setThere('one', { flagged: false });
    const many = await traffic(device);
    expect(idleOfMany.received).toEqual(nothingMoved);
    expect(idleOfMany.roundTrips).toBe(idle.roundTrips);
    // Numbers in anchors grow by a digit or two.
    expect(Math.abs(idleOfMany.bytesDown - idle.bytesDown)).toBeLessThan(20);
    expect(many.down).toHaveLength(1);
    expect(many.outcome.roundTrips).toBe(few.outcome.roundTrips);
    expect(Math.abs(many.outcome.bytesDown - few.outcome.bytesDown)).toBeLessThan(20);
  });

  it('hears of a mail that came and went between two syncs neither by an Add nor by a Delete', async () => {
    const device = await inStep(kind);
    await world.deliver(letter('brief'));
    await world.settle();
    await removeThere('brief');
    await world.settle();
    const { down } = await traffic(device);
    expect(down).toEqual([]);
    await expectInStep(world, device);
  });

  it('is sent the Delete of a mail that it has, once', async () => {
    const device = await inStep(kind);
    await removeThere('two');
    await world.settle();
    const { down } = await traffic(device);
    expect(down.map((item) => item.command)).toEqual(['Delete']);
    await expectSettled(world, device);
  });

  it('is not told of its own change', async () => {
    const device = await inStep(kind);
    await mark(device, 'one', Flag.Read);
    const { up, down } = await traffic(device);
    expect(up).toHaveLength(1);
    expect(down).toEqual([]);
    await world.settle();
    await expectQuiet(device);
    await expectInStep(world, device);
  });

  it('is sent a Replace after its own change when the result differs from what it sent', async () => {
    const device = await inStep(kind);
    await mark(device, 'one', Flag.Flagged);
    await setThere('one', { read: true });
    await world.settle();
    const { up, down } = await traffic(device);
    expect(up).toHaveLength(1);
    expect(down.map((item) => item.command)).toEqual(['Replace']);
    expect((await shown(device, 'one')).flags).toBe(Flag.Read | Flag.Flagged);
    await expectSettled(world, device);
  });

  it('keeps the GUID of a mail that moved, and is told of it without its content', async () => {
    const device = await inStep(kind);
    const { luid } = await shown(device, 'two');
    await moveThere('two', 'trash');
    await world.settle();
    const { down, outcome } = await traffic(device);
    if (kind.settings.version === '1.1') {
      // SyncML 1.1 has no Move: the mail goes from the one folder and comes in the other.
      expect(down.map((item) => item.command).toSorted()).toEqual(['Add', 'Delete']);
    } else {
      expect(down.map(({ command, hasMail }) => ({ command, hasMail }))).toEqual([{ command: 'Move', hasMail: false }]);
      expect(outcome.received.moved).toBe(1);
      expect((await shown(device, 'two')).luid).toBe(luid);
    }
    await expectSettled(world, device);
  });

  it('moves a mail itself without its content, and under the same LUID', async () => {
    const device = await inStep(kind);
    const { luid } = await shown(device, 'two');
    await device.client.move(luid, await folderOf(device, 'trash'));
    const { up, down } = await traffic(device);
    expect(up.map(({ command, id, hasMail }) => ({ command, id, hasMail }))).toEqual([
      { command: kind.settings.version === '1.1' ? 'Replace' : 'Move', id: luid, hasMail: false },
    ]);
    expect(down).toEqual([]);
    await expectSettled(world, device);
    expect((await shown(device, 'two')).luid).toBe(luid);
  });

  it('gets the one mail that it asks for, and neither changes nor deletions with it', async () => {
    const device = await inStep(kind);
    await removeThere('two');
    await world.deliver(letter('four'));
    await world.settle();
    const planned = world.rows(`select planned from generation where role = 'current'`);
    const from = device.line.messages.length;
    const opened = await device.client.read((await shown(device, 'one')).luid, { fetch: true });
    if (kind.settings.version === '1.1') return;
    expect(opened.whole).toBe(true);
    expect(opened.mail.text).toContain('The text of one.');
    const down = exchangesOf(device.line, from).flatMap(({ reply }) => itemsOf(reply));
    expect(down).toHaveLength(1);
    expect(world.rows(`select planned from generation where role = 'current'`)).toEqual(planned);
    await shown(device, 'two');
    const { down: later } = await traffic(device);
    expect(later.map((item) => item.command).toSorted()).toEqual(['Add', 'Delete']);
    await expectSettled(world, device);
  });

  it('is sent only what is missing when it wants whole mails in place of headers, and that once', async () => {
    const device = await inStep(kind);
    const other = world.device({ ...device.options, store: device.store, settings: { ...kind.settings, mails: 'full' } });
    const wider = await traffic(other);
    expect(wider.outcome.type).toBe('two-way');
    if (kind.settings.version !== '1.1') {
      expect(wider.down.map((item) => item.command)).toEqual(['Replace', 'Replace', 'Replace']);
      for (const name of ['one', 'two', 'three']) expect((await shown(other, name)).shape).toBe('full');
    }
    await expectQuiet(other);
    // Back again there is nothing to send: more than headers is there.
    const again = world.device({ ...device.options, store: device.store });
    expect((await traffic(again)).down).toEqual([]);
    await expectQuiet(again);
  });
});

describe.each(oneOfEach)('$name', (kind) => {
  // What both sides made of a field since they last agreed; the side that differs from then has meant something.
  it.each([
    { before: false, device: false, server: false, after: false },
    { before: false, device: true, server: false, after: true },
    { before: false, device: false, server: true, after: true },
    { before: false, device: true, server: true, after: true },
    { before: true, device: true, server: true, after: true },
    { before: true, device: false, server: true, after: false },
    { before: true, device: true, server: false, after: false },
    { before: true, device: false, server: false, after: false },
  ])('merges a field that was $before, is $device on the device and $server at the server, to $after', async (merge) => {
    const fields = [
      [Flag.Read, 'read'],
      [Flag.Replied, 'replied'],
      [Flag.Flagged, 'flagged'],
    ] as const;
    await setThere('one', Object.fromEntries(fields.map(([, field]) => [field, merge.before])));
    const device = await inStep(kind);
    const { luid } = await shown(device, 'one');
    for (const [bit, field] of fields) {
      if (merge.device !== merge.before) await device.client.mark(luid, bit, merge.device ? bit : 0);
      if (merge.server !== merge.before) await setThere('one', { [field]: merge.server });
    }
    await expectSettled(world, device);
    const all = fields.reduce((sum, [bit]) => sum | bit, 0);
    expect((await shown(device, 'one')).flags & all).toBe(merge.after ? all : 0);
  });

  it('takes the flags of both sides where they changed different ones', async () => {
    const device = await inStep(kind);
    await mark(device, 'one', Flag.Flagged);
    await setThere('one', { replied: true });
    await expectSettled(world, device);
    expect((await shown(device, 'one')).flags).toBe(Flag.Flagged | Flag.Replied);
  });

  it('tells a device that comes late of everything that another device of the person has long been told', async () => {
    const [early, late] = [await inStep(kind, { deviceId: 'early' }), await inStep(kind, { deviceId: 'late' })];
    await removeThere('one');
    await moveThere('two', 'trash');
    await world.deliver(letter('four'));
    await expectSettled(world, early);
    await expectQuiet(early);
    const { down } = await traffic(late);
    expect(down.map((item) => item.command).toSorted()).toEqual(['Add', 'Delete', 'Move']);
    await expectSettled(world, late);
  });

  it('meets a change of one device on the other, and not again on the first', async () => {
    const [first, second] = [await inStep(kind, { deviceId: 'first' }), await inStep(kind, { deviceId: 'second' })];
    await mark(first, 'one', Flag.Read);
    await first.sync();
    const { down } = await traffic(second);
    expect(down.map((item) => item.command)).toEqual(['Replace']);
    expect((await shown(second, 'one')).flags).toBe(Flag.Read);
    await expectQuiet(first);
  });

  it('may have two sessions at once, and still ends in step', async () => {
    const device = await inStep(kind);
    const twin = world.reborn(device);
    await world.deliver(letter('four'));
    await mark(device, 'one');
    // Both are the same device on the same store: one of them is told that it is busy, or comes after the other.
    await Promise.allSettled([device.client.sync(), twin.client.sync()]);
    await expectSettled(world, device);
  });
});

describe.each(plainKinds)('$name', (kind) => {
  it('acknowledges item by item: one that it takes later goes again, one that it refuses does not', async () => {
    const device = new RawDevice(world, { profile: false, encoding: kind.settings.encoding ?? 'wbxml' });
    await firstRun(device);
    for (const name of ['four', 'five', 'six']) await world.deliver(letter(name));
    const trial = new RawDevice(world, { profile: false, encoding: device.encoding, deviceId: 'trial' });
    const { replies } = await firstRun(trial);
    const guidOf = (name: string): string => guidNamed(replies.flatMap(itemsOf), name);
    const answers = new Map([
      [guidOf('four'), 417],
      [guidOf('five'), 415],
    ]);
    const second = await plainRun(device, { last: 'first', next: 'second', answers: (id) => answers.get(id) });
    expect(idsOf(second.flatMap(itemsOf))).toEqual([guidOf('four'), guidOf('five'), guidOf('six')].toSorted());
    const third = await plainRun(device, { last: 'second', next: 'third' });
    expect(idsOf(third.flatMap(itemsOf))).toEqual([guidOf('four')]);
    const fourth = await plainRun(device, { last: 'third', next: 'fourth' });
    expect(fourth.flatMap(itemsOf)).toEqual([]);
  });

  it('that is full gets nothing more in this session, and in the next what was left', async () => {
    const device = new RawDevice(world, { profile: false, encoding: kind.settings.encoding ?? 'wbxml' });
    await firstRun(device);
    for (const name of ['four', 'five']) await world.deliver(letter(name));
    await world.settle();
    const full = await plainRun(device, { last: 'first', next: 'second', answers: () => 420 });
    expect(full.flatMap(itemsOf)).toHaveLength(2);
    const next = await plainRun(device, { last: 'second', next: 'third' });
    expect(idsOf(next.flatMap(itemsOf))).toEqual(idsOf(full.flatMap(itemsOf)));
  });

  it('is sent a mail again that it says it has lost', async () => {
    const device = new RawDevice(world, { profile: false, encoding: kind.settings.encoding ?? 'wbxml' });
    const { replies } = await firstRun(device);
    const guid = guidNamed(replies.flatMap(itemsOf), 'one');
    await setThere('one', { flagged: true });
    const second = await plainRun(device, { last: 'first', next: 'second', answers: (id) => (id === luidOf(guid) ? 404 : undefined) });
    expect(second.flatMap(itemsOf).map(({ command, id }) => [command, id])).toEqual([['Replace', luidOf(guid)]]);
    const third = await plainRun(device, { last: 'second', next: 'third' });
    expect(third.flatMap(itemsOf).map(({ command, id }) => [command, id])).toEqual([['Add', guid]]);
  });

  it('says that it made room: the mail stays at the server and does not come back', async () => {
    const device = new RawDevice(world, { profile: false, encoding: kind.settings.encoding ?? 'wbxml' });
    const { replies } = await firstRun(device);
    const luid = luidOf(guidNamed(replies.flatMap(itemsOf), 'one'));
    const second = await plainRun(device, {
      last: 'first',
      next: 'second',
      changes: [{ name: 'Delete', sftDel: true, items: [{ source: { locUri: luid } }] }],
    });
    expect(second.flatMap(itemsOf)).toEqual([]);
    await world.settle();
    await placeOf(world, 'one');
    const third = await plainRun(device, { last: 'second', next: 'third' });
    expect(third.flatMap(itemsOf)).toEqual([]);
  });
});

function idsOf(items: readonly SentItem[]): readonly string[] {
  return items.map((item) => item.id).toSorted();
}

/** The id of the item that holds the mail of that name. */
function guidNamed(items: readonly SentItem[], name: string): string {
  for (const item of items) {
    if (item.type !== contentTypes.email || item.bytes === undefined) continue;
    if (new TextDecoder().decode(parseEmail(item.bytes).emailItem).includes(`<${name}@sender.test>`)) return item.id;
  }
  throw new Error(`no mail ${name} was sent`);
}
