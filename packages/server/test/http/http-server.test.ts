import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../../src/account/log.ts';
import { startServer, type RunningServer } from '../../src/start.ts';

let server: RunningServer;
beforeAll(async () => {
  const data = await mkdtemp(join(tmpdir(), 'packetboat-http-'));
  const people = [
    { user: 'alice', password: { variable: 'PASSWORD' }, accounts: [{ name: 'home', address: 'alice@example.test', aliases: [] }] },
  ];
  const config = {
    listen: '127.0.0.1:0',
    data,
    challenge: 'md5',
    log: { level: 'silent' },
    integrated: { maxSize: 1_000_000 },
    people,
  } as const;
  server = await startServer({ config, base: data, env: { PASSWORD: 'pw' }, log: silentLog });
});
afterAll(() => server.close());

const at = (path: string): string => new URL(path, server.url).href;
const post = (headers: Record<string, string>, body = ''): Promise<Response> => fetch(server.url, { method: 'POST', headers, body });

describe('what is not a sync message gets an HTTP answer in words', () => {
  test('another path', async () => {
    const response = await fetch(at('/'));
    expect([response.status, await response.text()]).toEqual([404, 'There is nothing here. Devices sync at /sync.\n']);
  });

  test('another method', async () => {
    expect((await fetch(server.url)).status).toBe(405);
  });

  test('another content type', async () => {
    const response = await post({ 'content-type': 'text/xml' });
    expect([response.status, await response.text()]).toEqual([415, expect.stringContaining('application/vnd.syncml+wbxml')]);
  });

  test('bytes that are no message, with what and where', async () => {
    const response = await post({ 'content-type': 'application/vnd.syncml+xml' }, '<SyncML><SyncHdr>');
    expect([response.status, await response.text()]).toEqual([400, expect.stringMatching(/^ERR_XML_/)]);
  });

  test('a body that says that it is too large, before it is sent', async () => {
    const response = await post({ 'content-type': 'application/vnd.syncml+xml' }, 'x'.repeat(1_100_000));
    expect(response.status).toBe(413);
  });
});

describe('log-ins in clear text', () => {
  test('are refused when a proxy says that the device came without TLS', async () => {
    expect((await post({ 'content-type': 'application/vnd.syncml+xml', 'x-forwarded-proto': 'http' }, '<a/>')).status).toBe(403);
    expect((await post({ 'content-type': 'application/vnd.syncml+xml', 'x-forwarded-proto': 'https' }, '<a/>')).status).toBe(400);
  });
});

describe('health', () => {
  test('tells how many accounts are in which state, and no name', async () => {
    const body: unknown = await (await fetch(at('/healthz'))).json();
    expect(body).toEqual({
      status: 'ok',
      accounts: expect.toSatisfy((states: Record<string, number>) => (states['starting'] ?? 0) + (states['up'] ?? 0) === 1) as unknown,
    });
  });

  test('says when it is ready', async () => {
    expect(await (await fetch(at('/readyz'))).json()).toEqual({ ready: true });
  });
});
