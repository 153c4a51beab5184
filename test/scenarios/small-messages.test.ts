// Devices that take small messages: everything reaches them in pieces, no message is larger than they said, and where nothing could ever
// reach them they are told so.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contentTypes, parseFlagBatch, type Encoding, type Message } from '@packetboat/syncml';
import { startWorld, type World } from '../support/world.ts';
import { idOf, largeLetter, letter, placeOf } from './support/clients.ts';
import { alert, RawDevice, type Unnumbered } from './support/raw-device.ts';
import { answersTo, guidOfFolder, luidOf } from './support/raw-run.ts';
import { alertOf, codesFor, itemsOf, statusesOf, type SentItem } from './support/wire.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  await world.deliver(letter('one'));
  await world.deliver(largeLetter('two', 3_000));
  // Of every size about that of a message, so that one just does not fit.
  for (let size = 0; size < 30; size += 1) await world.deliver(letter(`size-${size}`, 'x'.repeat(size * 25)));
  await world.settle();
});
afterAll(() => world.close());

let devices = 0;
let isFlagged = false;

/** A device that checks the size of each answer. */
function smallDevice(encoding: Encoding, maxMsgSize: number, profile: boolean): RawDevice {
  devices += 1;
  const device = new RawDevice(world, { profile, encoding, mails: 'full', maxMsgSize, deviceId: `small-${devices}` });
  const post = device.post.bind(device);
  device.post = async (...args) => {
    const reply = await post(...args);
    expect(reply.body.length).toBeLessThanOrEqual(maxMsgSize);
    return reply;
  };
  return device;
}

/** Objects put together from their chunks, by GUID. */
function objects(items: readonly SentItem[]): ReadonlyMap<string, string> {
  const found = new Map<string, Uint8Array[]>();
  for (const item of items) if (item.command === 'Add') found.set(item.id, [...(found.get(item.id) ?? []), item.bytes ?? new Uint8Array()]);
  return new Map([...found].map(([id, pieces]) => [id, Buffer.concat(pieces).toString()]));
}

const limit = 5_000;

/** Sends `first` and then goes on until the server has nothing more. */
async function exchange(device: RawDevice, first: readonly Unnumbered[]): Promise<readonly Message[]> {
  const replies = [await device.send({ commands: first })];
  for (let count = 0; count < limit; count += 1) {
    const reply = replies.at(-1)!;
    if (codesFor(reply, 'SyncHdr')[0] === '413') throw new Error('the device was refused');
    if (device.profile) {
      if (reply.final) return replies;
      const served = replies.map(alertOf).findLast((found) => found !== undefined)?.next;
      replies.push(await device.send({ commands: [alert(200, { ...(served === undefined ? {} : { last: served }), next: '0' })] }));
      continue;
    }
    const answers = answersTo(reply);
    if (reply.final && answers.length === 0) return replies;
    replies.push(await device.send({ commands: reply.final ? answers : [...answers, more] }));
  }
  throw new Error('the session does not end');
}

const more: Unnumbered = { name: 'Alert', data: '222', items: [{ target: { locUri: './mail' }, source: { locUri: './mail' } }] };

/** First sync; the answers of the server in order. Undefined when the device is refused. */
async function firstSync(device: RawDevice, type = 201, last?: string, next = 'a'): Promise<readonly Message[] | undefined> {
  const anchors = { ...(last === undefined ? {} : { last }), next: device.profile ? '0' : next };
  const opening: readonly Unnumbered[] = [device.put(), alert(type, anchors)];
  if (device.profile) return exchange(device, [...opening, device.sync([])]);
  const opened = await device.send({ commands: opening });
  if (codesFor(opened, 'SyncHdr')[0] === '413') return undefined;
  const replies = [opened];
  // The rest of the answer: the Alert of the server may not have had room.
  for (let reply = opened; !reply.final;) {
    reply = await device.send({ commands: [more], final: false });
    replies.push(reply);
    if (replies.length > 20) throw new Error('the server does not come to its end');
    if (replies.some((each) => alertOf(each) !== undefined)) break;
  }
  expect(replies.some((each) => alertOf(each) !== undefined)).toBe(true);
  return [...replies, ...(await exchange(device, [device.sync([])]))];
}

const sizes: readonly { encoding: Encoding; size: number; isTaken: boolean }[] = [
  { encoding: 'wbxml', size: 550, isTaken: false },
  { encoding: 'wbxml', size: 600, isTaken: true },
  { encoding: 'wbxml', size: 1_024, isTaken: true },
  { encoding: 'xml', size: 1_300, isTaken: false },
  { encoding: 'xml', size: 1_420, isTaken: true },
  { encoding: 'xml', size: 2_000, isTaken: true },
];

describe.each(sizes)('$encoding, messages of $size bytes', ({ encoding, size, isTaken }) => {
  it(
    isTaken ? 'gets every mail, and every status after it' : 'is refused in words',
    async () => {
      const device = smallDevice(encoding, size, false);
      if (!isTaken) {
        device.msgId = 1;
        const { body, message } = await new RawDevice(world, {
          profile: false,
          encoding,
          maxMsgSize: size,
          deviceId: device.deviceId,
        }).post(device.bytes({ commands: [device.put(), alert(201, { next: 'a' })] }));
        expect(body.length).toBeGreaterThan(0);
        const [header] = statusesOf(message);
        expect([header?.cmd, header?.data]).toEqual(['SyncHdr', '413']);
        expect(JSON.stringify(header?.items)).toContain(`${size} bytes`);
        return;
      }
      const replies = await firstSync(device);
      if (replies === undefined) throw new Error('the device was refused');
      const got = objects(replies.flatMap(itemsOf));
      const mails = [...got.values()].filter((object) => object.includes('Message-ID'));
      expect(mails).toHaveLength(32);
      for (const name of ['one', 'two', 'size-0', 'size-17']) expect(mails.filter((mail) => mail.includes(idOf(name)))).toHaveLength(1);
      const guid = [...got].find(([, object]) => object.includes(idOf('two')))?.[0] ?? '';
      isFlagged = !isFlagged;
      const { folder, uid } = await placeOf(world, 'two');
      await world.mailbox().setFlags(folder, [uid], { flagged: isFlagged });
      await world.settle();
      const again = await firstSync(device, 200, 'a', 'b');
      expect(again?.flatMap(itemsOf).map(({ command, id }) => [command, id])).toEqual([['Replace', luidOf(guid)]]);
      expect(guidOfFolder(replies, 'inbox')).not.toBe('');
    },
    60_000,
  );
});

it.each(['wbxml', 'xml'] as const)(
  'a profile device with small messages in %s gets everything, and many statuses in several batches',
  async (encoding) => {
    const device = smallDevice(encoding, encoding === 'wbxml' ? 540 : 1_350, true);
    const replies = await firstSync(device);
    expect([...objects(replies?.flatMap(itemsOf) ?? []).values()].filter((object) => object.includes('Message-ID'))).toHaveLength(32);
    const box = world.mailbox();
    const inbox = (await box.folders()).find((folder) => folder.role === 'inbox')?.path ?? '';
    const uids: string[] = [];
    for await (const page of box.changes(inbox, undefined, () => Promise.resolve([]))) for (const mail of page.added) uids.push(mail.uid);
    // Of each mail another set: a batch says what is alike in few words.
    for (const [at, uid] of uids.entries()) {
      const has = (bit: number): boolean => ((((at * 7) % 31) + (encoding === 'xml' ? 1 : 0)) & bit) !== 0;
      await box.setFlags(inbox, [uid], { read: has(1), replied: has(2), forwarded: has(4), flagged: has(8), deleted: has(16) });
    }
    await world.settle();
    device.newSession();
    const last = replies?.map(alertOf).findLast((found) => found !== undefined)?.next;
    const told = await firstSync(device, 200, last);
    const batches = told?.flatMap(itemsOf).map((item) => parseFlagBatch(item.bytes ?? new Uint8Array())) ?? [];
    expect(batches.flat().length).toBeGreaterThan(28);
    expect(batches.length).toBeGreaterThan(encoding === 'wbxml' ? 1 : 0);
  },
  60_000,
);

it('what was asked for and fits into no message is refused; what waits goes with the next message', async () => {
  const device = smallDevice('wbxml', 900, false);
  const getDevInf: Unnumbered = { name: 'Get', meta: { type: contentTypes.devInfWbxml }, items: [{ target: { locUri: './devinf12' } }] };
  const first = await device.send({ commands: [getDevInf, getDevInf, alert(201, { next: 'a' })], final: false });
  const second = await device.send({ commands: [more], final: false });
  const third = await device.send({ commands: [more], final: false });
  const all = [first, second, third];
  const results = all.flatMap((reply) => reply.commands.filter((command) => command.name === 'Results'));
  const codes = all.flatMap((reply) => codesFor(reply, 'Get'));
  expect(codes).toEqual(results.length === 0 ? ['413', '413'] : ['200', '200']);
  expect(results.length === 0 || results.length === 2).toBe(true);
  expect(all.flatMap((reply) => alertOf(reply) ?? [])).toHaveLength(1);
});
