// A mail that is sent in chunks over several messages: what happens to it meanwhile is told afterwards, it is fetched once, and what
// was put aside for it does not stay behind.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Message } from '@packetboat/syncml';
import { mailboxState, startWorld, type World } from '../support/world.ts';
import { idOf, largeLetter, letter, oneOfEach, pathOf, placeOf } from './support/clients.ts';
import { alert, RawDevice, type Unnumbered } from './support/raw-device.ts';
import { answersTo, firstRun, luidOf, plainRun, profileRun } from './support/raw-run.ts';
import { alertOf, itemsOf } from './support/wire.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
  await world.deliver(letter('one'));
});
afterEach(() => world.close());

const nextMessage: Unnumbered = { name: 'Alert', data: '222', items: [{ target: { locUri: './mail' }, source: { locUri: './mail' } }] };

const spools = (): readonly string[] => world.rows("select distinct id from spool where id not like 'item:%'").map(({ id }) => String(id));

interface Download {
  readonly device: RawDevice;
  /** GUID of the large mail. */
  readonly guid: string;
  readonly replies: readonly Message[];
  readonly last: string;
}

/** Receives what is new; `meanwhile` runs behind the first chunk. */
async function download(device: RawDevice, last: string, meanwhile: () => Promise<void>): Promise<Download> {
  device.newSession();
  let guid = '';
  const replies: Message[] = [];
  const anchors = { last, next: device.profile ? '0' : 'second' };
  const opening = [device.put(), alert(200, anchors)];
  if (!device.profile) await device.send({ commands: opening });
  let reply = await device.send({ commands: [...(device.profile ? opening : []), device.sync([])] });
  for (;;) {
    replies.push(reply);
    const chunk = itemsOf(reply).find((item) => item.moreData);
    if (chunk !== undefined && guid === '') {
      guid = chunk.id;
      await meanwhile();
      await world.settle();
    }
    if (device.profile) {
      const served = replies.map(alertOf).findLast((found) => found !== undefined)?.next ?? '';
      if (reply.final) return { device, guid, replies, last: served };
      reply = await device.send({ commands: [alert(200, { last: served, next: '0' })] });
      continue;
    }
    const answers = answersTo(reply);
    if (reply.final && answers.length === 0) return { device, guid, replies, last: 'second' };
    reply = await device.send({ commands: reply.final ? answers : [...answers, nextMessage] });
  }
}

const after = (device: RawDevice, last: string): Promise<readonly Message[]> =>
  device.profile ? profileRun(device, { last, next: '0' }) : plainRun(device, { last, next: 'third' });

describe.each(oneOfEach)('$name', (kind) => {
  async function started(): Promise<{ device: RawDevice; last: string }> {
    const device = new RawDevice(world, { profile: kind.profile, mails: 'full' });
    const { last } = await firstRun(device);
    return { device, last };
  }

  it('is told of marks that were set while the mail was on its way', async () => {
    const { device, last } = await started();
    await world.deliver(largeLetter('large', 200_000));
    const done = await download(device, last, async () => {
      const { folder, uid } = await placeOf(world, 'large');
      await world.mailbox().setFlags(folder, [uid], { flagged: true });
    });
    expect(done.guid).not.toBe('');
    const told = (await after(device, done.last)).flatMap(itemsOf);
    expect(told).toHaveLength(1);
    expect(told[0]?.command).toBe('Replace');
    expect(new TextDecoder().decode(told[0]?.bytes)).toMatch(device.profile ? /^\+f \d+\n$/ : /<flagged>true<\/flagged>/);
  });

  it('is told of the folder that the mail was moved into while it was on its way', async () => {
    const { device, last } = await started();
    await world.deliver(largeLetter('large', 200_000));
    const done = await download(device, last, async () => {
      const { folder, uid } = await placeOf(world, 'large');
      await world.mailbox().move(folder, [uid], await pathOf(world, 'drafts'));
    });
    const told = (await after(device, done.last)).flatMap(itemsOf);
    expect(told.map(({ command, id }) => [command, id])).toEqual([['Move', device.profile ? done.guid : luidOf(done.guid)]]);
  });

  it('is told that the mail was deleted while it was on its way', async () => {
    const { device, last } = await started();
    await world.deliver(largeLetter('large', 200_000));
    const done = await download(device, last, async () => {
      const { folder, uid } = await placeOf(world, 'large');
      await world.mailbox().remove(folder, [uid]);
    });
    const told = [...done.replies, ...(await after(device, done.last))].flatMap(itemsOf);
    const deletes = told.filter((item) => item.command === 'Delete').map((item) => item.id);
    // Either its end never came and the device has nothing of it, or it is deleted there.
    const ended = told.some((item) => item.command === 'Add' && item.id === done.guid && !item.moreData);
    expect(deletes).toEqual(ended ? [device.profile ? done.guid : luidOf(done.guid)] : []);
  });

  it('gets several large mails, each fetched once, and nothing of them stays behind', async () => {
    const { device, last } = await started();
    const names = ['a', 'b', 'c', 'd'];
    for (const name of names) await world.deliver(largeLetter(name, 150_000));
    const seen = new Set<string>();
    let most = 0;
    const line = device.send.bind(device);
    device.send = async (message) => {
      const reply = await line(message);
      const now = spools();
      for (const id of now) seen.add(id);
      most = Math.max(most, now.length);
      return reply;
    };
    await download(device, last, () => Promise.resolve());
    expect(seen.size).toBe(names.length);
    expect(most).toBe(1);
    expect(spools()).toEqual([]);
    expect((await mailboxState(world.mailbox())).get('inbox')).toContain(`${idOf('a')} `);
  });
});
