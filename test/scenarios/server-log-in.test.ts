// A device that asks the server who it is: Status 407 or 401 with a Chal for the header of the server's message.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Message, Status } from '@packetboat/syncml';
import { startWorld, type World } from '../support/world.ts';
import { alert, RawDevice, type RawReply } from './support/raw-device.ts';
import { expectSettled } from './support/in-step.ts';
import { alertOf, codesFor, statusesOf } from './support/wire.ts';

/** The pair of the specification's examples. */
const serverLogin = { name: 'Bruce2', password: 'OhBehave' };
const nonce = new TextEncoder().encode('Nonce');

let world: World;
beforeAll(async () => {
  world = await startWorld({ config: { serverLogin: { name: 'Bruce2', password: { variable: 'SERVER_PASSWORD' } } } });
  await world.deliver('Message-ID: <one@example.test>\r\nSubject: one\r\n\r\nx\r\n');
  await world.settle();
});
afterAll(() => world.close());

let devices = 0;
function device(): RawDevice {
  devices += 1;
  return new RawDevice(world, { profile: false, deviceId: `asks-${devices}` });
}

/** The device's word on the header of a reply. */
function word(of: Message, code: number, chal?: Status['chal']): Omit<Status, 'cmdId'> {
  return {
    name: 'Status',
    msgRef: of.header.msgId,
    cmdRef: '0',
    cmd: 'SyncHdr',
    targetRefs: [],
    sourceRefs: [],
    data: String(code),
    items: [],
    ...(chal === undefined ? {} : { chal }),
  };
}

function chalOf(type: string): NonNullable<Status['chal']> {
  return { meta: { format: 'b64', type: `syncml:auth-${type}`, nextNonce: nonce } };
}

function digest(data: string | Uint8Array): string {
  return createHash('md5').update(data).digest('base64');
}

/** Posts the next message, bytes and all. */
async function say(raw: RawDevice, commands: Parameters<RawDevice['bytes']>[0]['commands'], final = true): Promise<RawReply> {
  raw.msgId += 1;
  const reply = await raw.post(raw.bytes({ commands, final }));
  if (reply.status === 200) raw.url = reply.message.header.respUri ?? raw.url;
  return reply;
}

describe('a server that is asked to log in', () => {
  test.each([
    ['basic', 'QnJ1Y2UyOk9oQmVoYXZl'],
    ['md5', 'Zz6EivR3yeaaENcRN6lpAQ=='],
  ])('by %s says everything again, with its name and a Cred, and goes on', async (type, data) => {
    const raw = device();
    const first = await say(raw, [raw.put(), alert(201, { next: '1' })]);
    expect(first.message.header.cred).toBeUndefined();
    const second = await say(raw, [word(first.message, 407, chalOf(type))], false);
    const { header } = second.message;
    expect([header.msgId, header.source.locName, header.cred?.meta?.type]).toEqual(['2', 'Bruce2', `syncml:auth-${type}`]);
    expect(header.cred?.data).toEqual({ kind: 'text', text: data });
    expect(alertOf(second.message)).toEqual(alertOf(first.message));
    const told = statusesOf(second.message).map(({ msgRef, cmd, data: code }) => [msgRef, cmd, code]);
    expect(told).toEqual([['2', 'SyncHdr', '200'], ...statusesOf(first.message).map(({ msgRef, cmd, data: code }) => [msgRef, cmd, code])]);
    // Accepted for the session: no more of it.
    const third = await say(raw, [word(second.message, 212), raw.sync([])]);
    expect(third.message.header.cred).toBeUndefined();
    expect(codesFor(third.message, 'Sync')).toEqual(['200']);
  });

  test('for one message logs in with the next again, over the nonce that it is given', async () => {
    const raw = device();
    const first = await say(raw, [raw.put(), alert(201, { next: '1' })]);
    const second = await say(raw, [word(first.message, 407, chalOf('md5'))], false);
    const chal = { meta: { format: 'b64', type: 'syncml:auth-md5', nextNonce: Uint8Array.from({ length: 16 }, (_, at) => at) } };
    const third = await say(raw, [word(second.message, 200, chal), raw.sync([])]);
    expect(third.message.header.cred?.data).toEqual({ kind: 'text', text: 'ClaA48A1VYROr4FUwjaBYw==' });
    expect(codesFor(third.message, 'Sync')).toEqual(['200']);
  });

  test('by MAC sends a header over the bytes of its body, the same with the repeat', async () => {
    const raw = device();
    const first = await say(raw, [raw.put(), alert(201, { next: '1' })]);
    raw.msgId += 1;
    const body = raw.bytes({ commands: [word(first.message, 407, chalOf('MAC'))], final: false });
    const post = (): Promise<Response> =>
      fetch(raw.url, { method: 'POST', headers: { 'content-type': 'application/vnd.syncml+wbxml' }, body: Buffer.from(body) });
    const [reply, again] = [await post(), await post()];
    const mac = digest(`PtEdr8lBQ45IbT1bZIkrOQ==:Nonce:${digest(new Uint8Array(await reply.arrayBuffer()))}`);
    expect(reply.headers.get('x-syncml-hmac')).toBe(`algorithm=MD5, username="Bruce2", mac=${mac}`);
    expect(again.headers.get('x-syncml-hmac')).toBe(reply.headers.get('x-syncml-hmac'));
  });

  test('gives up when its log-in is refused again and again', async () => {
    const raw = device();
    let reply = await say(raw, [raw.put(), alert(201, { next: '1' })]);
    for (let n = 0; n < 3; n += 1) reply = await say(raw, [word(reply.message, n === 0 ? 407 : 401, chalOf('md5'))], false);
    const last = await say(raw, [word(reply.message, 401, chalOf('md5'))], false);
    expect([last.status, new TextDecoder().decode(last.body)]).toEqual([
      400,
      expect.stringMatching(/^ERR_SESSION_AUTH: .*does not accept/),
    ]);
  });

  test('says so when it has no name and password', async () => {
    const plain = await startWorld();
    const raw = new RawDevice(plain, { profile: false });
    const first = await say(raw, [raw.put(), alert(201, { next: '1' })]);
    const reply = await say(raw, [word(first.message, 407, chalOf('md5'))], false);
    expect([reply.status, new TextDecoder().decode(reply.body)]).toEqual([400, expect.stringMatching(/^ERR_SESSION_AUTH: /)]);
    await plain.close();
  });
});

describe('our client', () => {
  test.each([
    [true, 'basic'],
    [true, 'md5'],
    [false, 'basic'],
    [false, 'md5'],
    [false, 'mac'],
  ] as const)('syncs with a server that it makes log in (profile: %s, its own log-in: %s)', async (profile, auth) => {
    const client = world.device({ deviceId: `client-${profile}-${auth}`, settings: { profile, auth }, serverLogin });
    expect((await client.sync()).received.added).toBeGreaterThan(0);
    await expectSettled(world, client);
  });

  test.each([
    ['has another password', { name: 'Bruce2', password: 'Groovy' }],
    ['is somebody else', { name: 'Evil', password: 'OhBehave' }],
  ])('takes nothing from one that %s', async (_what, login) => {
    const client = world.device({ deviceId: `refuses-${login.name}`, serverLogin: login });
    const outcome = await client.client.sync({ mode: 'two-way' });
    expect([outcome.outcome, outcome.error?.code, outcome.received.added]).toEqual(['failed', 'ERR_SESSION_AUTH', 0]);
    expect(await client.client.folders()).toEqual([]);
  });
});
