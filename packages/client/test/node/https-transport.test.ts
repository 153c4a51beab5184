// The transport over TLS: whom it trusts, and what it counts.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../../test/peers/certificate.ts';
import { httpTransport } from '../../src/node/index.ts';

describe('the transport over TLS', () => {
  let folder: string;
  let server: Server;
  let ca: string;
  let connections = 0;
  let requests = 0;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packetboat-client-'));
    const { cert, keyFile } = makeCertificate(folder);
    ca = cert;
    server = createServer({ cert, key: readFileSync(keyFile) }, (request, response) => {
      requests += 1;
      request.resume().once('end', () => response.writeHead(200, { 'Content-Type': 'x/y' }).end('answer'));
    });
    server.on('secureConnection', () => (connections += 1));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  const request = (): Parameters<ReturnType<typeof httpTransport>['attempt']>[0] => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return { url: `https://127.0.0.1:${port}/sync`, contentType: 'x/y', body: new Uint8Array(5_000) };
  };

  it('does not send a word to a server that nobody vouches for, and does not try again', async () => {
    const transport = httpTransport();
    const before = requests;
    const answer = await transport.attempt(request());
    expect(answer).toMatchObject({ kind: 'failed', reason: expect.stringContaining('certificate'), retry: false });
    expect(transport.traffic()?.connections).toBe(1);
    expect(requests).toBe(before);
    await transport.close();
  });

  it('keeps one connection to a server that is trusted, and counts what is inside it', async () => {
    const transport = httpTransport({ ca });
    const before = connections;
    for (let n = 0; n < 2; n += 1) expect(await transport.attempt(request())).toMatchObject({ kind: 'reply' });
    expect(connections - before).toBe(1);
    const traffic = transport.traffic();
    expect(traffic).toMatchObject({ connections: 1 });
    // Twice the message with three headers and a request line; no records of TLS.
    expect(traffic?.up).toBeGreaterThan(10_000);
    expect(traffic?.up).toBeLessThan(10_400);
    await transport.close();
  });
});
