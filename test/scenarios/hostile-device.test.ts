// What a device must not be able to do to the server or to others, whatever it sends.
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { contentTypes, generateEmail } from '@packetboat/syncml';
import { startWorld, type World } from '../support/world.ts';
import { codesFor } from './support/wire.ts';
import { alert, RawDevice, type Unnumbered } from './support/raw-device.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

let devices = 0;
function device(profile = false): RawDevice {
  devices += 1;
  return new RawDevice(world, { profile, deviceId: `hostile-${devices}` });
}

/** An open session whose Alert has been answered. */
async function opened(profile = false): Promise<RawDevice> {
  const raw = device(profile);
  await raw.send({ commands: [raw.put(), alert(201, { next: '1' })] });
  return raw;
}

async function firstLine(request: string): Promise<string> {
  const socket = connect(world.server.port, '127.0.0.1');
  socket.write(request);
  for await (const data of socket) {
    socket.destroy();
    return String(data).split('\r\n', 1)[0] ?? '';
  }
  return '';
}

describe('the process', () => {
  test.each(['//', '///', '/\\', 'http://[/', '//:99999/'])('outlives the address %s', async (address) => {
    expect(await firstLine(`GET ${address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect((await fetch(new URL('/healthz', world.server.url))).status).toBe(200);
  });
});

describe('a large object', () => {
  test('is whole when all its chunks come in one message', async () => {
    const raw = await opened();
    const mail = new TextEncoder().encode(`Message-ID: <chunks@example.test>\r\nSubject: chunks\r\n\r\n${'0123456789'.repeat(300)}\r\n`);
    const object = generateEmail({ emailItem: mail, ext: [] });
    const third = Math.ceil(object.length / 3);
    const chunk = (n: number): Unnumbered => ({
      name: 'Add',
      meta: { type: contentTypes.email },
      items: [
        {
          source: { locUri: 'chunked' },
          ...(n === 0 ? { meta: { size: object.length } } : {}),
          data: raw.data(object.subarray(n * third, (n + 1) * third)),
          ...(n < 2 ? { moreData: true } : {}),
        },
      ],
    });
    const reply = await raw.send({ commands: [raw.sync([chunk(0), chunk(1), chunk(2)])] });
    expect(codesFor(reply, 'Add')).toEqual(['213', '213', '201']);
    await world.settle();
    const box = world.mailbox();
    const [uid] = await box.find('INBOX', '<chunks@example.test>');
    const parts: Uint8Array[] = [];
    for await (const part of (await box.content('INBOX', uid ?? '')) ?? []) parts.push(part);
    expect(Buffer.concat(parts).equals(mail)).toBe(true);
  });
});

describe('odd values', () => {
  test.each(['1e999', 'NaN', '-5', '1.5', 'abc'])('a profile client whose Next is %s is told, and nothing breaks', async (next) => {
    const raw = device(true);
    expect(codesFor(await raw.send({ commands: [raw.put(), alert(201, { next })] }), 'Alert')).toEqual(['400']);
  });

  test('a LUID that no Status could carry is refused, and the session goes on', async () => {
    const raw = await opened();
    const add = raw.add('L'.repeat(70_000), '/', new TextEncoder().encode('Subject: x\r\n\r\n'));
    expect(codesFor(await raw.send({ commands: [raw.sync([add])] }), 'Add')).toEqual(['400']);
  });

  test('a batch that cannot be read costs that command alone', async () => {
    const raw = await opened(true);
    const batch: Unnumbered = {
      name: 'Replace',
      meta: { type: contentTypes.flags },
      items: [{ data: raw.data(new TextEncoder().encode('+r 1 2')) }],
    };
    const reply = await raw.send({ commands: [alert(200, { next: '1' }), raw.sync([batch])] });
    expect(codesFor(reply, 'Replace')).toEqual(['400']);
  });

  test('a DevID that is no name is refused before anything is stored', async () => {
    const raw = new RawDevice(world, { profile: false, deviceId: 'D'.repeat(5_000) });
    raw.msgId = 1;
    expect((await raw.post(raw.bytes({ commands: [alert(200, { next: '1' })] }))).status).toBe(400);
  });

  test('a session syncs a datastore of ours with one of the device, not with forty', async () => {
    const raw = device();
    const alerts = Array.from({ length: 40 }, (_, i): Unnumbered => ({
      name: 'Alert',
      data: '201',
      items: [
        { target: { locUri: i % 2 === 0 ? './mail' : './mail/home' }, source: { locUri: `./s${i}` }, meta: { anchor: { next: '1' } } },
      ],
    }));
    await raw.send({ commands: [raw.put(), ...alerts] });
    const [count] = world.rows('select count(*) as n from binding where device_id = ?', raw.deviceId);
    expect(Number(count?.['n'])).toBe(2);
  });
});

/** A Map of items that nobody has sent. */
const map = (count: number, from: number): Unnumbered => ({
  name: 'Map',
  target: { locUri: './mail' },
  source: { locUri: './mail' },
  mapItems: Array.from({ length: count }, (_, at) => ({
    target: { locUri: String(900_000 + from + at) },
    source: { locUri: `L${from + at}` },
  })),
});

describe('very many', () => {
  test('commands in one message are refused as a whole', async () => {
    const raw = await opened();
    const items = Array.from({ length: 10_001 }, (_, at) => ({ source: { locUri: String(at) } }));
    const reply = await raw.send({ commands: [raw.sync([{ name: 'Delete', items }])] });
    expect([codesFor(reply, 'SyncHdr'), codesFor(reply, 'Sync'), codesFor(reply, 'Delete')]).toEqual([['413'], ['413'], []]);
  });

  test('items of a Map are answered each, in a time that does not grow with their square', async () => {
    const raw = await opened();
    const took = async (count: number, from: number): Promise<number> => {
      const started = performance.now();
      await raw.send({ commands: [map(count, from)], final: false });
      return performance.now() - started;
    };
    await took(100, 0);
    const [few, many] = [await took(400, 1_000), await took(4_000, 2_000)];
    expect(many).toBeLessThan(Math.max(few, 20) * 40);
  });
});

/** Delete of what the device does not have. */
function gone(luid: string, noResp: boolean): Unnumbered {
  return { name: 'Delete', items: [{ source: { locUri: luid } }], ...(noResp ? { noResp: true } : {}) };
}

describe('NoResp', () => {
  test('on a command inside a Sync silences that command alone', async () => {
    const raw = await opened();
    const reply = await raw.send({ commands: [raw.sync([gone('a', true), gone('b', false)])] });
    expect(codesFor(reply, 'Delete')).toEqual(['211']);
  });
});
