// A draft is the one mail that a device may write anew: the new version takes the place of the old one here, at the mail server, and on
// every other device. Any other mail keeps its content, whatever a Replace says.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentTypes, generateEmail, parseEmail, type Message } from '@packetboat/syncml';
import { mailboxState, startWorld, type World } from '../support/world.ts';
import { idOf, letter } from './support/clients.ts';
import { RawDevice, type Unnumbered } from './support/raw-device.ts';
import { firstRun, guidOfFolder, luidOf, plainRun } from './support/raw-run.ts';
import { codesFor, itemsOf } from './support/wire.ts';

let world: World;
let device: RawDevice;
let drafts: string;
beforeEach(async () => {
  world = await startWorld();
  await world.deliver(letter('received'));
  device = new RawDevice(world, { profile: false });
  const { replies } = await firstRun(device);
  drafts = luidOf(guidOfFolder(replies, 'drafts'));
});
afterEach(() => world.close());

function replace(
  luid: string,
  mail: Uint8Array,
  more: { read?: boolean; ext?: readonly { xNam: string; xVal: readonly string[] }[] } = {},
): Unnumbered {
  const object = generateEmail({ read: more.read ?? true, emailItem: mail, ext: more.ext ?? [] });
  return { name: 'Replace', meta: { type: contentTypes.email }, items: [{ source: { locUri: luid }, data: device.data(object) }] };
}

async function textsOf(name: string): Promise<readonly string[]> {
  await world.settle();
  const box = world.mailbox();
  const found: string[] = [];
  for (const folder of await box.folders()) {
    if (!folder.selectable) continue;
    for (const uid of await box.find(folder.path, idOf(name))) {
      const pieces: Uint8Array[] = [];
      for await (const piece of (await box.content(folder.path, uid)) ?? []) pieces.push(piece);
      found.push(`${folder.role ?? folder.path}: ${Buffer.concat(pieces).toString().split('\r\n\r\n')[1]?.trim() ?? ''}`);
    }
  }
  return found;
}

/** What another device, in step before, is told. */
function told(replies: readonly Message[]): readonly (readonly [string, string, string])[] {
  return replies.flatMap(itemsOf).map(({ command, id, bytes }) => {
    const mail = bytes === undefined ? undefined : parseEmail(bytes).emailItem;
    return [command, id, mail === undefined ? '' : (new TextDecoder().decode(mail).split('\r\n\r\n')[1] ?? '').trim()] as const;
  });
}

describe('a draft', () => {
  it.each([
    { name: 'that the mail server has', settles: true },
    { name: 'that the mail server may not have yet', settles: false },
  ])('$name is there in its new version, once, and on another device in place of the old one', async ({ settles }) => {
    await plainRun(device, { last: 'first', next: 'b', changes: [device.add('d', drafts, letter('draft', 'The first.'))] });
    await world.settle();
    const other = new RawDevice(world, { profile: false, deviceId: 'other' });
    const before = await firstRun(other);
    const guid =
      before.replies.flatMap(itemsOf).find((item) => item.hasMail && Buffer.from(item.bytes ?? []).includes(idOf('draft')))?.id ?? '';
    expect(guid).not.toBe('');
    for (const [at, text] of ['The next!!', 'The second, longer.', 'The third.'].entries()) {
      const replies = await plainRun(device, {
        last: 'bcde'.charAt(at),
        next: 'cdef'.charAt(at),
        changes: [replace('d', letter('draft', text))],
      });
      expect(replies.flatMap((reply) => codesFor(reply, 'Replace'))).toEqual(['200']);
      expect(replies.flatMap(itemsOf)).toEqual([]);
      if (settles) expect(await textsOf('draft')).toEqual([`drafts: ${text}`]);
    }
    expect(await textsOf('draft')).toEqual(['drafts: The third.']);
    expect(told(await plainRun(other, { last: 'first', next: 'b' }))).toEqual([['Replace', luidOf(guid), 'The third.']]);
    expect(told(await plainRun(other, { last: 'b', next: 'c' }))).toEqual([]);
    expect(told(await plainRun(device, { last: 'e', next: 'f' }))).toEqual([]);
    expect((await mailboxState(world.mailbox())).get('drafts')).toEqual([`${idOf('draft')} read`]);
  });

  it('is not written anew for its flags', async () => {
    await plainRun(device, { last: 'first', next: 'b', changes: [device.add('d', drafts, letter('draft'))] });
    await world.settle();
    const uids = async (): Promise<unknown> =>
      world.rows('select id, remote_uid from item where message_id = ? order by id', idOf('draft'));
    const before = await uids();
    await plainRun(device, { last: 'b', next: 'c', changes: [replace('d', letter('draft'), { read: false })] });
    await world.settle();
    expect(await uids()).toEqual(before);
    expect((await mailboxState(world.mailbox())).get('drafts')).toEqual([`${idOf('draft')} `]);
  });

  it('keeps its content when the device has a part of it', async () => {
    await plainRun(device, { last: 'first', next: 'b', changes: [device.add('d', drafts, letter('draft', 'All of it.'))] });
    const part = replace('d', letter('draft', 'A'), { ext: [{ xNam: 'x-funambol-body', xVal: ['9'] }] });
    await plainRun(device, { last: 'b', next: 'c', changes: [part] });
    expect(await textsOf('draft')).toEqual(['drafts: All of it.']);
  });
});

it('a received mail keeps its content', async () => {
  const first = new RawDevice(world, { profile: false, deviceId: 'second' });
  const { replies } = await firstRun(first);
  const mail = replies.flatMap(itemsOf).find((item) => item.hasMail);
  const again = await plainRun(first, {
    last: 'first',
    next: 'b',
    changes: [replace(luidOf(mail?.id ?? ''), letter('received', 'Forged.'))],
  });
  expect(again.flatMap((reply) => codesFor(reply, 'Replace'))).toEqual(['200']);
  expect(await textsOf('received')).toEqual(['inbox: The text of received.']);
});
