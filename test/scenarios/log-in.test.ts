// Logging in: who guesses, who listens, and whose password has changed.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentTypes, type Message } from '@packetboat/syncml';
import { password, startWorld, type World } from '../support/world.ts';
import { alert, basic, md5, RawDevice, type RawMessage, type RawReply } from './support/raw-device.ts';
import { codesFor, statusesOf } from './support/wire.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ bob: true, config: { trustProxy: ['127.0.0.1'] } });
});
afterAll(() => world.close());

let places = 0;
/** An address from which nobody has tried before. */
function place(): Record<string, string> {
  places += 1;
  return { 'x-forwarded-for': `192.0.2.7, 203.0.113.${places}`, 'x-forwarded-proto': 'https' };
}

function device(deviceId: string, headers: Record<string, string>, user = 'alice'): RawDevice {
  return new RawDevice(world, { profile: false, deviceId, headers, user });
}

/** The first message of a session, from outside of any. */
function tryWith(raw: RawDevice, cred: NonNullable<RawMessage['cred']>): Promise<RawReply> {
  raw.newSession();
  raw.msgId = 1;
  return raw.post(raw.bytes({ commands: [raw.put(), alert(200, { next: '1' })], cred }));
}

function nonceOf(message: Message): Uint8Array {
  return statusesOf(message)[0]?.chal?.meta.nextNonce ?? new Uint8Array();
}

const right = basic('alice', password);
const wrong = basic('alice', 'wrong');

describe('somebody who guesses', () => {
  test('is told to wait, without a word on whether the last guess was right, and nobody else is', async () => {
    const stranger = device('phone', place());
    for (let n = 0; n < 10; n += 1) expect(codesFor((await tryWith(stranger, wrong)).message, 'SyncHdr')).toEqual(['401']);
    const [worse, good] = [await tryWith(stranger, wrong), await tryWith(stranger, right)];
    expect([worse.status, good.status]).toEqual([429, 429]);
    expect(Buffer.from(good.body).equals(worse.body)).toBe(true);
    expect(new TextDecoder().decode(good.body)).toBe('There were too many wrong log-ins; try again later.\n');
    // The same person and DevID from another address.
    expect(codesFor((await tryWith(device('phone', place()), right)).message, 'SyncHdr')).toEqual(['212']);
  });

  test('does not get further with another DevID or person for each guess, and holds up no device that was here before', async () => {
    const here = place();
    const known = device('alices-phone', here);
    expect(codesFor((await tryWith(known, right)).message, 'SyncHdr')).toEqual(['212']);
    const codes: number[] = [];
    for (let n = 0; n < 51; n += 1) codes.push((await tryWith(device(`guess-${n}`, here), basic(`user-${n}`, 'x'))).status);
    expect(codes).toEqual([...Array<number>(50).fill(200), 429]);
    // His own account does not clear the address.
    expect((await tryWith(device('bobs-phone', here, 'bob'), basic('bob', password))).status).toBe(429);
    expect(codesFor((await tryWith(known, right)).message, 'SyncHdr')).toEqual(['212']);
  });

  test('learns the time after which to try again, and a session that is open goes on meanwhile', async () => {
    const here = place();
    const open = device('open', here);
    await open.send({ commands: [open.put(), alert(201, { next: '1' })] });
    const other = new RawDevice(world, { profile: false, deviceId: 'open', headers: here });
    for (let n = 0; n < 10; n += 1) await tryWith(other, wrong);
    const response = await fetch(world.server.url, {
      method: 'POST',
      headers: { 'content-type': contentTypes.syncmlWbxml, ...here },
      body: Buffer.from(other.bytes({ commands: [], cred: right })),
    });
    expect([response.status, Number(response.headers.get('retry-after'))]).toEqual([429, 5]);
    expect(codesFor(await open.send({ commands: [open.sync([])] }), 'Sync')).toEqual(['200']);
  });

  test('is not who knows the password and has no nonce yet: such a digest is challenged and not counted', async () => {
    const here = place();
    const unasked = device('phone', here);
    for (let n = 0; n < 60; n += 1) {
      const reply = await tryWith(unasked, md5('alice', password, new Uint8Array()));
      expect([reply.status, codesFor(reply.message, 'SyncHdr')]).toEqual([200, ['401']]);
    }
    expect(codesFor((await tryWith(unasked, right)).message, 'SyncHdr')).toEqual(['212']);
  });

  test('slows nobody by asking for a challenge', async () => {
    const here = place();
    for (let n = 0; n < 60; n += 1) expect((await tryWith(device(`ask-${n}`, here), 'none')).status).toBe(200);
    expect(codesFor((await tryWith(device('who-does-not-ask', here), right)).message, 'SyncHdr')).toEqual(['212']);
  });
});

/** All of the answer but the nonce's bytes. */
function shape({ message }: RawReply): string {
  return JSON.stringify(message, (key, value: unknown) => (key === 'nextNonce' ? (value as Uint8Array).length : value));
}

describe('a refused log-in', () => {
  test('tells nothing of whether the user is there, in its words and in its nonce', async () => {
    const here = place();
    const known = device('phone-1', here);
    await tryWith(known, md5('alice', password, nonceOf((await tryWith(known, 'none')).message)));
    const answers = async (user: string): Promise<RawReply[]> => {
      const raw = device('phone-1', here, user);
      const replies: RawReply[] = [];
      for (const cred of [basic(user, 'x'), md5(user, 'x', new Uint8Array()), 'none' as const]) replies.push(await tryWith(raw, cred));
      return replies;
    };
    const [alice, nobody] = [await answers('alice'), await answers('nobody')];
    expect(nobody.map(shape)).toEqual(alice.map(shape));
    // One challenge for whoever uses this DevID. It changes with time alone, perhaps between two of these.
    const nonces = [...alice, ...nobody].map(({ message }) => Buffer.from(nonceOf(message)).toString('hex')).filter((hex) => hex !== '');
    expect(nonces).toHaveLength(4);
    expect(new Set(nonces).size).toBeLessThanOrEqual(2);
  });
});

describe('a session', () => {
  test('ends with the password that it was opened with', async () => {
    const first = await startWorld();
    const raw = new RawDevice(first, { profile: false });
    await raw.send({ commands: [raw.put(), alert(201, { next: '1' })] });
    const token = new URL(raw.url).search;
    await first.server.close();
    const after = await startWorld({ data: first.data, password: 'another-horse' });
    const later = new RawDevice(after, { profile: false });
    later.sessionId = raw.sessionId;
    later.msgId = 1;
    later.url = `${after.server.url}${token}`;
    const reply = await later.send({ commands: [later.sync([])] });
    expect([codesFor(reply, 'SyncHdr'), codesFor(reply, 'Sync')]).toEqual([['407'], ['407']]);
    // With the new one a device logs in.
    const other = new RawDevice(after, { profile: false, deviceId: 'another-phone' });
    const accepted = await other.send({ commands: [other.put()], cred: basic('alice', 'another-horse') });
    expect(codesFor(accepted, 'SyncHdr')).toEqual(['212']);
    await after.close();
    // The same token and password as before: the session was not damaged by any of it.
    const again = await startWorld({ data: first.data });
    raw.url = `${again.server.url}${token}`;
    expect(codesFor(await raw.send({ commands: [raw.sync([])] }), 'Sync')).toEqual(['200']);
    await again.close();
  });
});

describe('a log-in by MAC', () => {
  test.each([true, false])('is asked for where it is configured, and carries a whole sync (profile: %s)', async (profile) => {
    const own = await startWorld({ config: { challenge: 'mac' } });
    await own.deliver('Message-ID: <mac@example.test>\r\nSubject: mac\r\n\r\nx\r\n');
    await own.settle();
    const phone = own.device({ settings: { auth: 'md5', profile } });
    expect(codesFor(await new RawDevice(own, { profile }).send({ commands: [], cred: 'none' }), 'SyncHdr')).toEqual(['407']);
    const client = own.device({ deviceId: 'mac', settings: { auth: 'mac', profile } });
    expect((await client.sync()).received.added).toBeGreaterThan(0);
    expect((await client.sync()).type).toBe('two-way');
    expect((await phone.sync()).outcome).toBe('done');
    await own.close();
  });

  test('holds for one message and its very bytes; the address of the session is no log-in', async () => {
    const raw = device('mac-2', place());
    const first = nonceOf((await tryWith(raw, 'none')).message);
    const post = (body: Uint8Array, nonce: Uint8Array | null): Promise<RawReply> =>
      device('mac-2', { ...raw.headers, ...(nonce === null ? {} : { 'x-syncml-hmac': mac(body, nonce) }) }).post(body, raw.url);
    raw.msgId = 2;
    const opening = raw.bytes({ commands: [raw.put(), alert(201, { next: '1' })], cred: 'none' });
    const opened = await post(opening, first);
    expect(codesFor(opened.message, 'SyncHdr')).toEqual(['200']);
    expect(statusesOf(opened.message)[0]?.chal?.meta.type).toBe('syncml:auth-MAC');
    expect(Buffer.from((await post(opening, first)).body).equals(opened.body)).toBe(true);
    raw.url = opened.message.header.respUri ?? '';
    raw.msgId = 3;
    const body = raw.bytes({ commands: [raw.sync([])], cred: 'none' });
    const other = raw.bytes({ commands: [], cred: 'none' });
    const next = nonceOf(opened.message);
    expect(await codeOf(post(body, null))).toBe('407');
    expect(await codeOf(post(body, first))).toBe('401');
    const forged = device('mac-2', { ...raw.headers, 'x-syncml-hmac': mac(other, next) });
    expect(await codeOf(forged.post(body, raw.url))).toBe('401');
    expect(await codeOf(post(body, next))).toBe('200');
  });
});

async function codeOf(reply: Promise<RawReply>): Promise<string> {
  return codesFor((await reply).message, 'SyncHdr').join();
}

function digest(data: Uint8Array | string): string {
  return createHash('md5').update(data).digest('base64');
}

/** The header over a body, computed apart from the product. */
function mac(body: Uint8Array, nonce: Uint8Array): string {
  const value = digest(Buffer.concat([Buffer.from(`${digest(`alice:${password}`)}:`), nonce, Buffer.from(`:${digest(body)}`)]));
  return `algorithm=MD5, username="alice", mac=${value}`;
}
