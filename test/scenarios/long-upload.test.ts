// A mail that a device sends in chunks: whole or not at all, whatever the server's power does, and what was refused stays refused.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contentTypes, generateEmail } from '@packetboat/syncml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mailboxState, startWorld, type World } from '../support/world.ts';
import { idOf, largeLetter, letter } from './support/clients.ts';
import { startChildServer } from './support/child-server.ts';
import { alert, RawDevice, type Unnumbered } from './support/raw-device.ts';
import { firstRun, guidOfFolder, luidOf } from './support/raw-run.ts';
import { codesFor } from './support/wire.ts';

async function contentOf(world: World, name: string): Promise<readonly string[]> {
  const box = world.mailbox();
  const found: string[] = [];
  for (const folder of await box.folders()) {
    if (!folder.selectable) continue;
    for (const uid of await box.find(folder.path, idOf(name))) {
      const pieces: Uint8Array[] = [];
      for await (const piece of (await box.content(folder.path, uid)) ?? []) pieces.push(piece);
      found.push(Buffer.concat(pieces).toString());
    }
  }
  return found;
}

describe('with a server that loses its power', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'packetboat-upload-'));
  });
  afterEach(() => rm(data, { recursive: true, force: true }));

  it('at any commit of the message with its end, it comes in once, byte for byte, and is answered as if nothing had happened', async () => {
    const names: string[] = [];
    let server = await startChildServer(data, 0);
    const port = Number(new URL(server.url).port);
    for (let commit = 1, cut = true; cut; commit += 1) {
      const name = `upload-${commit}`;
      names.push(name);
      const device = new RawDevice({ server }, { profile: false, deviceId: name });
      const { last, replies } = await firstRun(device);
      const inbox = luidOf(guidOfFolder(replies, 'inbox'));
      device.newSession();
      await device.send({ commands: [alert(200, { last, next: 'b' })] });
      const object = generateEmail({ emailItem: largeLetter(name, 100_000), ext: [] });
      const chunks = [object.subarray(0, 30_000), object.subarray(30_000, 60_000), object.subarray(60_000)];
      const commands = chunks.map((bytes, at): Unnumbered => {
        const more = { ...(at === 0 ? { meta: { size: object.length } } : {}), ...(at === 2 ? {} : { moreData: true }) };
        return {
          name: 'Add',
          meta: { type: contentTypes.email },
          items: [{ source: { locUri: '1' }, sourceParent: inbox, data: device.data(bytes), ...more }],
        };
      });
      await device.send({ commands: [device.sync(commands.slice(0, 1))], final: false });
      device.msgId += 1;
      const body = device.bytes({ commands: [device.sync(commands.slice(1))] });
      await server.killAtCommit(commit);
      const answer = await device.post(body).catch(() => null);
      cut = answer === null;
      if (cut) {
        await server.ended;
        server = await startChildServer(data, port);
      }
      const reply = answer ?? (await device.post(body));
      expect(
        codesFor(reply.message, 'Add').map((code) => code.slice(0, 2)),
        name,
      ).toEqual(['21', '20']);
      if (!cut) await server.stop();
    }
    expect(names.length).toBeGreaterThan(2);
    const world = await startWorld({ bob: true, data });
    try {
      await world.settle();
      for (const name of names) expect(await contentOf(world, name), name).toEqual([new TextDecoder().decode(largeLetter(name, 100_000))]);
    } finally {
      await world.close();
    }
  }, 180_000);
});

describe('a device in step', () => {
  let world: World;
  let device: RawDevice;
  let inbox: string;
  let last: string;
  beforeEach(async () => {
    world = await startWorld();
    await world.deliver(letter('one'));
    device = new RawDevice(world, { profile: false });
    const first = await firstRun(device);
    ({ last } = first);
    inbox = luidOf(guidOfFolder(first.replies, 'inbox'));
    device.newSession();
    await device.send({ commands: [alert(200, { last, next: 'b' })] });
  });
  afterEach(() => world.close());

  const mail = letter('chunked');

  function chunk(luid: string, bytes: Uint8Array, more: { size?: number; last?: boolean; type?: string }): Unnumbered {
    const { size, type = contentTypes.rfc822 } = more;
    return {
      name: 'Add',
      meta: { type },
      items: [
        {
          source: { locUri: luid },
          sourceParent: inbox,
          ...(size === undefined ? {} : { meta: { size } }),
          data: device.data(bytes),
          ...(more.last === true ? {} : { moreData: true }),
        },
      ],
    };
  }

  async function mails(): Promise<readonly string[]> {
    await world.settle();
    return [...(await mailboxState(world.mailbox())).values()].flat();
  }

  it.each([
    { what: 'of no announced size', code: '411', size: undefined },
    { what: 'that is too large', code: '416', size: 40_000_000 },
    { what: 'that is larger than it was announced', code: '424', size: 20 },
  ])('has an object $what refused to its end, and nothing of it comes in', async ({ code, size }) => {
    const third = Math.floor(mail.length / 3);
    const first = await device.send({
      commands: [device.sync([chunk('1', mail.subarray(0, third), size === undefined ? {} : { size })])],
      final: false,
    });
    expect(codesFor(first, 'Add')).toEqual([code]);
    const second = await device.send({ commands: [device.sync([chunk('1', mail.subarray(third, 2 * third), {})])], final: false });
    expect(codesFor(second, 'Add')).toEqual([code]);
    // The end of it, by itself, looks like a mail.
    const end = await device.send({ commands: [device.sync([chunk('1', letter('end'), { last: true })])], final: false });
    expect(codesFor(end, 'Add')).toEqual([code]);
    // And what follows is another object, even under that LUID.
    const next = await device.send({ commands: [device.sync([chunk('1', letter('next'), { last: true })])] });
    expect(codesFor(next, 'Add')).toEqual(['201']);
    expect(await mails()).toEqual([`${idOf('next')} `, `${idOf('one')} `]);
  });

  it('may send another object behind the first chunk of a refused one', async () => {
    await device.send({ commands: [device.sync([chunk('1', mail, {})])], final: false });
    const other = generateEmail({ emailItem: letter('other'), ext: [] });
    const reply = await device.send({
      commands: [device.sync([chunk('2', other, { last: true, type: contentTypes.email })])],
      final: false,
    });
    expect(codesFor(reply, 'Add')).toEqual(['201']);
    const again = await device.send({ commands: [device.sync([chunk('1', letter('again'), { last: true })])] });
    expect(codesFor(again, 'Add')).toEqual(['201']);
    expect(await mails()).toHaveLength(3);
  });
});
