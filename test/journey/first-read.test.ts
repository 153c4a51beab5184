// A server without its data before a mailbox that it has never read, and a device that holds the mails of that mailbox already.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryClientStore } from '@packetboat/client';
import { type Config, type RunningServer, startServer } from '@packetboat/server';
import { expect, test } from 'vitest';
import { describePeer } from '../peers/describe-peer.ts';
import { type Dovecot, dovecotPeer, startDovecot } from '../peers/dovecot.ts';
import { releasePorts, reservePorts } from '../peers/ports.ts';
import { sampleMails } from '../support/mail-samples.ts';
import { eventually, stateAtServer, stateOnDevice } from './look.ts';
import { devicePassword, openDevice } from './mail-world.ts';

describePeer('a server that has lost its data', dovecotPeer, () => {
  test('takes no mail of a device for new before it has read the mailbox', async () => {
    const dovecot = await startDovecot();
    const ports = await reservePorts(2);
    const [port = 0, imapPort = 0] = ports;
    const road = await openRoad(imapPort, dovecot);
    let server: RunningServer | undefined;
    const folder = mkdtempSync(join(tmpdir(), 'packetboat-first-'));
    const start = (data: string): Promise<RunningServer> =>
      startServer({ config: configuration({ port, imapPort, data }), base: folder, env: { DEVICE: devicePassword, MAIL: 'alicepw' } });
    try {
      for (const { bytes } of sampleMails({ count: 5 })) await dovecot.deliver('alice@example.test', bytes);
      const before = await stateAtServer(dovecot, 'alice');
      server = await start('first');
      const store = createMemoryClientStore();
      const device = openDevice(server.url, { user: 'alice', deviceId: 'phone', store, settings: { profile: false, mails: 'full' } });
      await device.sync();
      expect(await stateOnDevice(device)).toEqual(before);
      await server.close();

      await closeRoad(road);
      server = await start('second');
      const outcome = await device.client.sync();
      expect(outcome).toMatchObject({ outcome: 'failed', error: { message: expect.stringContaining('503') } });
      expect(await stateOnDevice(device)).toEqual(before);

      const rebuilt = await openRoad(imapPort, dovecot);
      await eventually(async () => expect((await device.sync()).type).toBe('slow'));
      await device.sync();
      expect(await stateOnDevice(device)).toEqual(before);
      expect(await stateAtServer(dovecot, 'alice')).toEqual(before);
      await device.client.close();
      await server.close();
      await closeRoad(rebuilt);
    } finally {
      await server?.close();
      await dovecot.stop();
      releasePorts(ports);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

function configuration({ port, imapPort, data }: { port: number; imapPort: number; data: string }): Config {
  const link = { host: '127.0.0.1', security: 'none' as const, user: 'alice', password: { variable: 'MAIL' } };
  const account = {
    name: 'mail',
    address: 'alice@example.test',
    aliases: [],
    imap: { ...link, port: imapPort },
    smtp: { ...link, port: 9 },
  };
  return {
    listen: `127.0.0.1:${port}`,
    data,
    challenge: 'md5',
    log: { level: 'silent' },
    integrated: { maxSize: 33_554_432 },
    people: [{ user: 'alice', password: { variable: 'DEVICE' }, accounts: [account] }],
  };
}

/** The only way to Dovecot: where it is closed, nobody listens. */
async function openRoad(port: number, dovecot: Dovecot): Promise<Server> {
  const server = createServer((client) => {
    const target = connect(dovecot.imapPort, dovecot.host);
    for (const socket of [client, target]) socket.on('error', () => {});
    client.pipe(target).pipe(client);
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

function closeRoad(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
