// Ways to send that few devices use: the same mail twice in one message, no wish for Statuses, and an Outbox that is a datastore of its own.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentTypes, encodeMessage, generateEmail } from '@packetboat/syncml';
import { mailboxState, password, startWorld, type World } from '../support/world.ts';
import { letter, oneOfEach } from './support/clients.ts';
import { alert, basic, RawDevice, type Unnumbered } from './support/raw-device.ts';
import { answersTo, firstRun, guidOfFolder, ownLuid } from './support/raw-run.ts';
import { codesFor, itemsOf, statusesOf } from './support/wire.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld({ bob: true });
  await world.deliver(letter('one'));
});
afterEach(() => world.close());

function mailTo(address: string, name: string): Uint8Array {
  const lines = ['From: alice@example.test', `To: ${address}`, `Subject: ${name}`, `Message-ID: <${name}@alice.test>`];
  return new TextEncoder().encode([...lines, 'Date: Mon, 05 Jan 2026 08:00:00 +0000', '', `This is ${name}.`, ''].join('\r\n'));
}

async function inboxOfBob(): Promise<readonly string[]> {
  await world.settle();
  return (await mailboxState(world.mailbox('bob'))).get('inbox') ?? [];
}

async function sentMails(): Promise<number> {
  return (await mailboxState(world.mailbox())).get('sent')?.length ?? 0;
}

describe.each(oneOfEach)('$name', (kind) => {
  async function opened(): Promise<{ device: RawDevice; outbox: string; last: string; next: string }> {
    const device = new RawDevice(world, { profile: kind.profile });
    const { last, replies } = await firstRun(device);
    device.newSession();
    return { device, last, next: device.profile ? '2' : 'b', outbox: ownLuid(device, guidOfFolder(replies, 'outbox')) };
  }

  it('has the same mail under two LUIDs in one message: it leaves once, both are answered, and one of them goes', async () => {
    const { device, last, next, outbox } = await opened();
    const mail = mailTo('bob@example.test', 'twin');
    const sync = device.sync([device.add('~1', outbox, mail), device.add('~2', outbox, mail)]);
    const reply = await device.send({ commands: [alert(200, { last, next }), sync] });
    expect(codesFor(reply, 'Add')).toEqual(device.profile ? [] : ['201', '201']);
    expect(itemsOf(reply).filter((item) => item.command === 'Delete')).toMatchObject([{ id: '~2' }]);
    expect(itemsOf(reply).filter((item) => item.command === 'Move')).toMatchObject([{ id: '~1' }]);
    if (!device.profile) await device.send({ commands: answersTo(reply) });
    expect(await inboxOfBob()).toHaveLength(1);
    expect(await sentMails()).toBe(1);
  });

  it('is told of both when the mail that it sent twice in one message was refused', async () => {
    const { device, last, next, outbox } = await opened();
    const mail = mailTo('nobody@example.test', 'twin');
    const sync = device.sync([device.add('~1', outbox, mail), device.add('~2', outbox, mail)]);
    const reply = await device.send({ commands: [alert(200, { last, next }), sync] });
    expect(codesFor(reply, 'Add')).toEqual(['500', '500']);
    expect(statusesOf(reply).flatMap((status) => (status.cmd === 'Add' ? status.sourceRefs : []))).toEqual(['~1', '~2']);
  });

  it('says the very same Add twice in one message: it leaves once', async () => {
    const { device, last, next, outbox } = await opened();
    const add = device.add('~1', outbox, mailTo('bob@example.test', 'echo'));
    const reply = await device.send({ commands: [alert(200, { last, next }), device.sync([add, add])] });
    expect(codesFor(reply, 'Add')).toEqual(device.profile ? [] : ['201', '201']);
    expect(itemsOf(reply).filter((item) => item.command === 'Delete')).toEqual([]);
    expect(await inboxOfBob()).toHaveLength(1);
  });

  it('wants no Statuses: its mail leaves, and the header has its own Status', async () => {
    const { device, last, next, outbox } = await opened();
    device.msgId = 1;
    const commands = [
      { ...alert(200, { last, next }), cmdId: '1' },
      { ...device.sync([device.add('~1', outbox, mailTo('bob@example.test', 'mute'))]), cmdId: '2' },
    ];
    const header = {
      version: '1.2',
      sessionId: String(device.sessionId),
      msgId: '1',
      target: { locUri: world.server.url },
      source: { locUri: device.deviceId, locName: 'alice' },
      cred: basic('alice', password),
      noResp: true,
    } as const;
    const reply = (await device.post(encodeMessage({ header, commands, final: true }, device.encoding))).message;
    expect(statusesOf(reply).map(({ cmd, data }) => [cmd, data])).toEqual(device.profile ? [] : [['SyncHdr', '212']]);
    expect(await inboxOfBob()).toHaveLength(1);
  });
});

describe.each([
  { name: 'email objects', type: contentTypes.email },
  { name: 'plain messages', type: contentTypes.rfc822 },
])('a device that syncs its Outbox alone, in $name', ({ type }) => {
  const outbox = './mail/home/Outbox';
  const add = (device: RawDevice, luid: string, mail: Uint8Array): Unnumbered => ({
    name: 'Add',
    meta: { type },
    items: [
      { source: { locUri: luid }, data: device.data(type === contentTypes.email ? generateEmail({ emailItem: mail, ext: [] }) : mail) },
    ],
  });

  async function session(device: RawDevice, code: number, anchors: { last?: string; next: string }, changes: readonly Unnumbered[]) {
    device.newSession();
    await device.send({ commands: [device.put(), alert(code, anchors, outbox)] });
    const reply = await device.send({ commands: [device.sync(changes, outbox)] });
    const answers = answersTo(reply, undefined, outbox);
    await device.send({ commands: answers });
    return reply;
  }

  it('has its mail sent, and the mail leaves that folder', async () => {
    const device = new RawDevice(world, { profile: false });
    const reply = await session(device, 201, { next: 'a' }, [add(device, '1', mailTo('bob@example.test', 'flat-1'))]);
    expect(codesFor(reply, 'Add')).toEqual(['201']);
    expect(itemsOf(reply).map(({ command, id }) => [command, id])).toEqual([['Delete', '1']]);
    expect(await inboxOfBob()).toEqual(['<flat-1@alice.test> ']);
    expect(await sentMails()).toBe(1);
    const second = await session(device, 200, { last: 'a', next: 'b' }, [add(device, '2', mailTo('bob@example.test', 'flat-2'))]);
    expect(itemsOf(second).map(({ command, id }) => [command, id])).toEqual([['Delete', '2']]);
    expect(await inboxOfBob()).toHaveLength(2);
  });

  it('keeps what was refused, with the reason where it can be told', async () => {
    const device = new RawDevice(world, { profile: false });
    const reply = await session(device, 201, { next: 'a' }, [add(device, '1', mailTo('nobody@example.test', 'flat'))]);
    expect(codesFor(reply, 'Add')).toEqual(['500']);
    expect(itemsOf(reply).filter((item) => item.command === 'Delete')).toEqual([]);
  });

  it('that forgot everything sends nothing twice: what left before is taken from it', async () => {
    const device = new RawDevice(world, { profile: false });
    const mail = mailTo('bob@example.test', 'flat');
    await session(device, 201, { next: 'a' }, [add(device, '1', mail)]);
    // Two runs later nobody remembers what was answered.
    await session(device, 200, { last: 'a', next: 'b' }, []);
    await session(device, 200, { last: 'b', next: 'c' }, []);
    const reply = await session(device, 201, { next: 'd' }, [add(device, '1', mail)]);
    expect(itemsOf(reply).map(({ command, id }) => [command, id])).toEqual([['Delete', '1']]);
    expect(await inboxOfBob()).toHaveLength(1);
    expect(await sentMails()).toBe(1);
  });
});
