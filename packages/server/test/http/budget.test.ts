// What a stranger may use up: places, bytes, connections and time.
import { connect, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/account/log.ts';
import { proxyList } from '../../src/http/address.ts';
import { Admission } from '../../src/http/admission.ts';
import { startHttp, type HttpServer } from '../../src/http/http-server.ts';
import type { HttpLimits } from '../../src/http/limits.ts';
import { openStore } from '../../src/store/store.ts';
import { storeAnswers } from '../../src/store/answers.ts';
import { SyncDriver } from '../../src/sync/driver.ts';
import { LogInTries } from '../../src/sync/log-in-tries.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

function never(): never {
  throw new Error('nobody is here whose mail could be asked for');
}

/** A server without people, which is enough to be refused by. */
async function start(
  limits: Partial<HttpLimits>,
  host = '127.0.0.1',
): Promise<{ readonly http: HttpServer; readonly admission: Admission }> {
  const store = await openStore({ file: ':memory:', now: Date.now });
  closers.push(() => store.close());
  const driver = new SyncDriver({
    store: storeAnswers(store),
    mail: { objects: never, submit: never, identify: never, prepareSend: never },
    password: () => undefined,
    env: () => ({
      now: Date.now(),
      random: (bytes) => new Uint8Array(bytes),
      secret: new Uint8Array(32),
      url: 'http://localhost/sync',
      identity: { devId: 'x', man: 'x', mod: 'x', swV: '1' },
      challenge: 'md5',
    }),
    refresh: never,
    hasBeenRead: never,
    tries: new LogInTries(),
  });
  const admission = new Admission(limits);
  const http = await startHttp({
    host,
    port: 0,
    driver: () => driver,
    admission,
    log: silentLog,
    allowInsecure: false,
    proxies: proxyList(['127.0.0.1']),
    health: () => ({ ready: true, accounts: {} }),
  });
  closers.push(() => http.close());
  return { http, admission };
}

const message =
  '<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>x</LocURI></Target><Source><LocURI>d</LocURI></Source></SyncHdr><SyncBody><Final/></SyncBody></SyncML>';

async function post(http: HttpServer, from = '203.0.113.7'): Promise<readonly [status: number, retryAfter: string | null]> {
  const headers = { 'content-type': 'application/vnd.syncml+xml', 'x-forwarded-for': from, 'x-forwarded-proto': 'https' };
  const response = await fetch(`http://127.0.0.1:${http.port}/sync`, { method: 'POST', headers, body: message });
  await response.arrayBuffer();
  return [response.status, response.headers.get('retry-after')];
}

const head = (length: number): string =>
  `POST /sync HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.syncml+xml\r\nContent-Length: ${length}\r\n\r\n`;

/** Sends and keeps the connection; `answer` is all that comes until it ends. */
function open(http: HttpServer, bytes: string, host = '127.0.0.1'): { readonly socket: Socket; readonly answer: Promise<string> } {
  const socket = connect(http.port, host);
  let text = '';
  socket.on('data', (data) => (text += data.toString('latin1'))).on('error', () => undefined);
  socket.write(bytes);
  return { socket, answer: new Promise((resolve) => socket.on('close', () => resolve(text))) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('places for messages that are answered', () => {
  test('end for all with 503, for one address with 429, and are free again', async () => {
    const { http, admission } = await start({ running: 3, runningPerAddress: 2 });
    const address = { key: '203.0.113.7', isLocal: false };
    const leave = [admission.enter(address), admission.enter(address)];
    expect(await post(http)).toEqual([429, '3']);
    expect(await post(http, '203.0.113.8')).toEqual([200, null]);
    leave.push(admission.enter({ key: '203.0.113.9', isLocal: false }));
    expect(await post(http, '203.0.113.8')).toEqual([503, '3']);
    for (const each of leave) each();
    expect(await post(http)).toEqual([200, null]);
  });

  test('are not taken by a body that is slow to come', async () => {
    const { http, admission } = await start({ running: 1 });
    const slow = open(http, `${head(500)}<SyncML>`);
    await until(() => admission.held > 0);
    expect(await post(http)).toEqual([200, null]);
    slow.socket.destroy();
    await until(() => admission.held === 0);
  });
});

describe('bytes of bodies', () => {
  test('are counted while they arrive, in all, and refused with 503 beyond', async () => {
    const { http, admission } = await start({ heldBytes: 2_000 });
    const slow = open(http, head(1_900) + ' '.repeat(1_800));
    await until(() => admission.held === 1_800);
    expect(await post(http)).toEqual([503, '3']);
    slow.socket.destroy();
    await until(() => admission.held === 0);
    expect(await post(http)).toEqual([200, null]);
    expect(admission.held).toBe(0);
  });

  test('of a body without a stated length end at the limit for one', async () => {
    const { http, admission } = await start({ bodyBytes: 1_000 });
    const chunked = head(0).replace('Content-Length: 0', 'Transfer-Encoding: chunked');
    const { answer } = open(http, `${chunked}5dc\r\n${'x'.repeat(1_500)}\r\n0\r\n\r\n`);
    expect(await answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(admission.held).toBe(0);
  });
});

describe('what a body expands to', () => {
  test('is counted: a bomb of a string table, of elements or of entities is refused', async () => {
    const { http } = await start({});
    const table = new Uint8Array(16_384).fill(0x61).with(16_383, 0);
    // SyncML 1.2 with that table, SyncBody, and its first entry again and again; 16 kB that are 80 MB.
    const uses = Uint8Array.from({ length: 5_000 }, (_, at) => [0x83, 0x00][at % 2] ?? 0);
    const bombs: readonly (readonly [string, Uint8Array, RegExp])[] = [
      [
        'wbxml',
        Buffer.concat([Buffer.from([0x02, 0xa4, 0x01, 0x6a, 0x81, 0x80, 0x00]), table, Buffer.from([0x6d, 0x71]), uses]),
        /^ERR_WBXML_LIMIT/,
      ],
      ['wbxml', Buffer.concat([Buffer.from([0x02, 0xa4, 0x01, 0x6a, 0x00, 0x6d]), new Uint8Array(60_000).fill(0x2b)]), /^ERR_WBXML_LIMIT/],
      ['xml', Buffer.from(`<SyncML>${'<a/>'.repeat(60_000)}</SyncML>`), /^ERR_XML_LIMIT/],
    ];
    for (const [kind, body, code] of bombs) {
      const headers = { 'content-type': `application/vnd.syncml+${kind}` };
      const response = await fetch(`http://127.0.0.1:${http.port}/sync`, { method: 'POST', headers, body: Buffer.from(body) });
      expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(code)]);
    }
  });
});

describe('time', () => {
  test('for a header that trickles ends', async () => {
    const { http } = await start({ headerTime: 200, checkTime: 50 });
    expect(await open(http, 'POST /sync HTTP/1.1\r\nX-A: b\r\n').answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('for a body that trickles ends, and what was held of it is given back', async () => {
    const { http, admission } = await start({ headerTime: 200, bodyTime: 300, checkTime: 50 });
    expect(await open(http, `${head(100)}<SyncML>`).answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(admission.held).toBe(0);
  });
});

/** How this machine is called from outside; undefined where it has no network. */
const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describe.runIf(outside !== undefined)('from another address', () => {
  test('nothing is taken without TLS, whatever the request says of itself', async () => {
    const { http } = await start({}, '0.0.0.0');
    const headers = { 'content-type': 'application/vnd.syncml+xml', 'x-forwarded-proto': 'https' };
    const response = await fetch(`http://${outside}:${http.port}/sync`, { method: 'POST', headers, body: message });
    expect([response.status, await response.text()]).toEqual([403, expect.stringMatching(/^Log-ins are taken over TLS only: use https/)]);
  });

  test('connections beyond the limit for one are ended, and places come free again', async () => {
    const { http } = await start({ connectionsPerAddress: 2 }, '0.0.0.0');
    const health = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const held = [open(http, 'GET', outside), open(http, 'GET', outside)];
    await Promise.all(held.map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
    expect(await open(http, health, outside).answer).toBe('');
    // Those of this machine are not counted with them.
    expect(await open(http, health).answer).toMatch(/^HTTP\/1\.1 200 /);
    for (const { socket } of held) socket.destroy();
    await expect.poll(() => open(http, health, outside).answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

describe('connections', () => {
  test('beyond the limit are ended, and those that are there go on', async () => {
    const { http } = await start({ connections: 2 });
    const [one, two] = [open(http, ''), open(http, '')];
    await Promise.all([one, two].map(({ socket }) => new Promise((resolve) => socket.once('connect', resolve))));
    expect(await open(http, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n').answer).toBe('');
    one.socket.end('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await one.answer).toMatch(/^HTTP\/1\.1 200 /);
    two.socket.destroy();
  });
});
