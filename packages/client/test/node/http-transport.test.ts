import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Transport, TransportAnswer } from '../../src/index.ts';
import { httpTransport } from '../../src/node/index.ts';
import { ok, startRawServer, type RawServer } from './http-server.ts';

function status(line: string, headers = ''): { readonly text: string } {
  return { text: `HTTP/1.1 ${line}\r\n${headers}Content-Length: 0\r\n\r\n` };
}

describe('the HTTP transport', () => {
  let server: RawServer;
  let transport: Transport;
  beforeEach(async () => {
    server = await startRawServer();
    transport = httpTransport({ connectMs: 500, silenceMs: 150, maxReplyBytes: 1_000 });
  });
  afterEach(async () => {
    await transport.close();
    await server.stop();
  });
  const attempt = (body = 'body'): Promise<TransportAnswer> =>
    transport.attempt({ url: server.url, contentType: 'application/vnd.syncml+wbxml', body: new TextEncoder().encode(body) });

  it('sends the headers that are needed and no others', async () => {
    server.answers = [ok('reply')];
    expect(await attempt('question')).toEqual({
      kind: 'reply',
      contentType: 'application/vnd.syncml+wbxml',
      body: new TextEncoder().encode('reply'),
    });
    const [head = '', body] = (server.requests[0]?.toString('latin1') ?? '').split('\r\n\r\n');
    const [line, ...headers] = head.split('\r\n');
    expect(line).toBe('POST /sync HTTP/1.1');
    expect(headers.toSorted()).toEqual([
      'Content-Length: 8',
      'Content-Type: application/vnd.syncml+wbxml',
      `Host: ${new URL(server.url).host}`,
    ]);
    expect(body).toBe('question');
  });

  it('keeps its connection, and counts every byte of it both ways', async () => {
    server.answers = [ok('one'), ok('two and more')];
    expect(transport.traffic()).toEqual({ up: 0, down: 0, connections: 0 });
    await attempt('first');
    await attempt('second');
    expect(server.connections).toBe(1);
    expect(transport.traffic()).toEqual({ up: server.received, down: server.sent, connections: 1 });
    expect(server.received).toBeGreaterThan(200);
  });

  it('counts what went over connections that broke', async () => {
    server.answers = [{ text: ok('whole answer')?.text ?? '', cut: 30 }, ok('again')];
    expect(await attempt()).toMatchObject({ kind: 'failed', retry: true });
    expect(await attempt()).toMatchObject({ kind: 'reply' });
    const traffic = transport.traffic();
    expect(traffic).toMatchObject({ up: server.received, connections: 2 });
    // What a reset overtakes may never have been read.
    expect((traffic?.down ?? 0) - server.sent).toBeLessThanOrEqual(0);
    expect(traffic?.down).toBeGreaterThanOrEqual(server.sent - 30);
  });

  it('says that an answer was cut off and may be asked for again', async () => {
    const text = ok('a long answer')?.text ?? '';
    server.answers = [{ text, cut: text.length - 3 }];
    expect(await attempt()).toMatchObject({ kind: 'failed', retry: true });
  });

  it('tries anew at once when the kept connection had been closed meanwhile', async () => {
    server.answers = [ok('one'), { text: '', cut: 0 }, ok('two')];
    await attempt();
    expect(await attempt()).toMatchObject({ kind: 'failed', retry: true, atOnce: true });
    expect(await attempt()).toMatchObject({ kind: 'reply' });
  });

  it('gives up an answer that does not come', async () => {
    server.answers = [null];
    expect(await attempt()).toMatchObject({ kind: 'failed', reason: expect.stringContaining('no answer in time'), retry: true });
  });

  it('gives up a server that is not there', async () => {
    const url = server.url.replace(/:\d+\//, ':1/');
    const answer = await transport.attempt({ url, contentType: 'text/plain', body: new Uint8Array() });
    expect(answer).toMatchObject({ kind: 'failed', reason: expect.stringContaining('127.0.0.1:1'), retry: true });
  });

  it('refuses an answer that is larger than what was announced', async () => {
    server.answers = [ok('x'.repeat(1_001))];
    expect(await attempt()).toMatchObject({ kind: 'failed', reason: expect.stringContaining('1000 bytes'), retry: false });
  });

  it('tells a passing fault from a final one', async () => {
    server.answers = [
      status('503 Busy', 'Retry-After: 2\r\n'),
      status('404 Not Found'),
      status('308 Moved', 'Location: https://elsewhere.example/\r\n'),
    ];
    expect(await attempt()).toEqual({
      kind: 'failed',
      reason: 'HTTP status 503 Service Unavailable',
      httpStatus: 503,
      retry: true,
      afterMs: 2_000,
    });
    expect(await attempt()).toEqual({ kind: 'failed', reason: 'HTTP status 404 Not Found', httpStatus: 404, retry: false });
    expect(await attempt()).toMatchObject({ reason: expect.stringContaining('https://elsewhere.example/'), retry: false });
  });
});
