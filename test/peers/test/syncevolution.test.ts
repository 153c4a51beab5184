import { createServer, type IncomingMessage } from 'node:http';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listen } from '../../support/listen.ts';
import { describePeer } from '../describe-peer.ts';
import { createSyncEvolution, syncEvolutionPeer, type SyncEvolutionOptions } from '../syncevolution.ts';

interface Posted {
  readonly request: IncomingMessage;
  readonly body: Buffer;
}

describePeer('SyncEvolution launcher', syncEvolutionPeer, () => {
  const posted: Posted[] = [];
  let answering = true;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      posted.push({ request, body: Buffer.concat(parts) });
      if (answering) response.writeHead(500).end();
    });
  });
  let options: SyncEvolutionOptions;

  beforeEach(async () => {
    answering = true;
    posted.length = 0;
    const port = await listen(server);
    options = {
      serverUrl: `http://127.0.0.1:${port}/sync`,
      user: 'alice',
      password: 'alicepw',
      deviceId: 'device-1',
      syncMlVersion: '1.2',
      wbxml: false,
      auth: 'md5',
      stores: [
        { name: 'mails', uri: './mail', contentType: 'application/vnd.omads-email+xml' },
        { name: 'folders', uri: './folders', contentType: 'application/vnd.omads-folder+xml' },
      ],
    };
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  test('posts the first message of a session with the content types it was given, and reports the failure', async () => {
    const client = await createSyncEvolution(options);
    client.items('mails').write('1', Buffer.from('<x/>'));
    const result = await client.run();
    expect(posted.length).toBe(1);
    expect(posted[0]?.request.headers['content-type']).toBe('application/vnd.syncml+xml');
    const body = posted[0]?.body.toString() ?? '';
    expect(body).toContain('<LocURI>device-1</LocURI>');
    expect(body).toContain('syncml:auth-md5');
    expect(body).toContain('<CTType>application/vnd.omads-email+xml</CTType>');
    expect(body).toContain('<CTType>application/vnd.omads-folder+xml</CTType>');
    expect(result.exitCode).not.toBe(0);
    expect(result.report?.stores['mails']?.status).toBeGreaterThan(0);
    expect(client.logs()).toContain('SyncML');
    client.remove();
    expect(existsSync(client.dataDir)).toBe(false);
  });

  test('speaks the version, encoding and authentication it was given', async () => {
    const client = await createSyncEvolution({ ...options, syncMlVersion: '1.1', wbxml: true, auth: 'basic' });
    await client.run({ stores: ['mails'] });
    expect(posted[0]?.request.headers['content-type']).toBe('application/vnd.syncml+wbxml');
    // WBXML 1.2, public identifier 0x0FD3 (SyncML 1.1).
    expect(posted[0]?.body.subarray(0, 3).toString('hex')).toBe('029f53');
    expect(posted[0]?.body.toString('latin1')).toContain('syncml:auth-basic');
    expect(posted[0]?.body.toString('latin1')).not.toContain('./folders');
    client.remove();
  });

  test('is ended with an error when the server never answers', async () => {
    answering = false;
    const client = await createSyncEvolution(options);
    await expect(client.run({ timeoutMs: 1_500 })).rejects.toThrow('ended after 1500 ms');
    client.remove();
  });
});
