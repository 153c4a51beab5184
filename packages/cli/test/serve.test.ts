// `packetboat serve` as a process: what it says, what it ends with, and what it warns of.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@packetboat/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { warnings } from '../src/commands/serve.ts';
import { startCommand, type CommandProcess } from './command-process.ts';

const secret = 'correct horse battery staple';
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetboat-serve-'));
  writeFileSync(join(folder, 'alice.password'), `${secret}\n`);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A configuration file with these lines after the listening address. */
function config(...lines: readonly string[]): string {
  const file = join(folder, 'packetboat.yaml');
  writeFileSync(file, ['listen: 127.0.0.1:0', 'people:', '  - user: alice', '    password: { file: alice.password }', ...lines].join('\n'));
  return file;
}

const local = '    accounts: [{ name: home, address: alice@example.test }]';

async function started(file: string): Promise<{ readonly serve: CommandProcess; readonly url: URL }> {
  const serve = startCommand(['serve', '--config', file]);
  await serve.said('  data ');
  return { serve, url: new URL(/Packetboat serves (\S+)/.exec(serve.out())?.[1] ?? '') };
}

describe('packetboat serve', () => {
  test('says where it is, serves, and ends with 0 at SIGTERM', async () => {
    const { serve, url } = await started(config(local));
    expect(url.pathname).toBe('/sync');
    expect((await fetch(new URL('/healthz', url))).status).toBe(200);
    expect(serve.out()).toContain(join(folder, 'data'));
    serve.child.kill('SIGTERM');
    expect(await serve.end, serve.err()).toBe(0);
    expect(serve.out() + serve.err()).not.toContain(secret);
  });

  test('puts --data and --listen before the file', async () => {
    const data = join(folder, 'elsewhere');
    const serve = startCommand(['serve', '--config', config(local), '--data', data, '--listen', 'localhost:0']);
    await serve.said('  data ');
    expect(serve.out()).toContain(data);
    expect(serve.out()).toContain('http://localhost:');
    serve.child.kill('SIGINT');
    expect(await serve.end, serve.err()).toBe(0);
  });

  test('waits for what still runs, and ends at once at a second signal', async () => {
    const { serve, url } = await started(config(local));
    const socket = connect(Number(url.port), url.hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    // A message of which the end does not come.
    socket.write('POST /sync HTTP/1.1\r\nHost: x\r\nContent-Type: application/vnd.syncml+xml\r\nContent-Length: 100\r\n\r\n<');
    await new Promise((resolve) => setTimeout(resolve, 300));
    serve.child.kill('SIGTERM');
    await serve.said('SIGTERM: closing');
    expect(await Promise.race([serve.end, new Promise((resolve) => setTimeout(() => resolve('still closing'), 300))])).toBe(
      'still closing',
    );
    serve.child.kill('SIGTERM');
    expect(await serve.end).toBe(143);
    socket.destroy();
  });

  test('ends with 2 and names the key when the configuration is wrong', async () => {
    const serve = startCommand(['serve', '--config', config(local, 'listne: 127.0.0.1:1')]);
    expect(await serve.end).toBe(2);
    expect(serve.err()).toMatch(/ERR_CONFIG_INVALID.*listne/s);
  });

  test('ends with 2 when there is no such file, and when a secret is not there', async () => {
    const missing = startCommand(['serve', '--config', join(folder, 'nothing.yaml')]);
    expect(await missing.end).toBe(2);
    expect(missing.err()).toContain('ERR_CONFIG_FILE');
    const file = config(local);
    rmSync(join(folder, 'alice.password'));
    const serve = startCommand(['serve', '--config', file]);
    expect(await serve.end).toBe(2);
    expect(serve.err()).toMatch(/ERR_CONFIG_SECRET: .*alice\.password/);
  });

  test('ends with 2 rather than send a password in clear text', async () => {
    const file = config(
      '    accounts:',
      '      - name: work',
      '        address: alice@example.test',
      '        imap: { host: imap.example.test, port: 143, security: none }',
      '        smtp: { host: smtp.example.test, port: 587, security: starttls }',
    );
    const serve = startCommand(['serve', '--config', file]);
    expect(await serve.end).toBe(2);
    expect(serve.err()).toContain('loopback');
    expect(serve.err()).not.toContain(secret);
  });

  test('ends with 1 and names the address when it is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const serve = startCommand(['serve', '--config', config(local), '--listen', address]);
    expect(await serve.end).toBe(1);
    expect(serve.err()).toContain(`${address} is taken`);
    other.close();
  });
});

/** The warnings for a configuration with these lines. */
function warningsOf(lines: string): readonly string[] {
  const file = join(folder, 'warnings.yaml');
  writeFileSync(file, `${lines}\npeople: [{ user: a, password: { variable: A }, accounts: [{ name: h, address: a@example.test }] }]\n`);
  return warnings(loadConfig(file, {}));
}

describe('warnings at the start', () => {
  test('none on loopback, with TLS, nor behind a proxy with TLS', () => {
    for (const listen of ['127.0.0.1:8025', '127.8.8.8:1', 'localhost:8025', "'[::1]:8025'"]) {
      expect(warningsOf(`listen: ${listen}`), listen).toEqual([]);
    }
    expect(warningsOf('listen: 0.0.0.0:8025\ntls: { key: key.pem, cert: cert.pem }')).toEqual([]);
    expect(warningsOf('listen: 0.0.0.0:8025\npublicUrl: https://mail.example.test/sync')).toEqual([]);
  });

  test('other machines are refused without TLS', () => {
    for (const listen of ['0.0.0.0:8025', "'[::]:8025'", 'mail.example.test:80', '127.example.test:80']) {
      expect(warningsOf(`listen: ${listen}`), listen).toEqual([expect.stringContaining('403')]);
    }
    expect(warningsOf('listen: 0.0.0.0:8025\npublicUrl: http://mail.example.test/sync')).toHaveLength(1);
  });

  test('clear text to other machines, for devices and for mail that comes in', () => {
    expect(warningsOf('listen: 0.0.0.0:8025\nallowInsecure: true\npublicUrl: https://mail.example.test/sync')).toEqual([
      expect.stringContaining('clear text'),
    ]);
    expect(warningsOf('integrated: { smtp: 0.0.0.0:25, lmtp: 127.0.0.1:24 }')).toEqual([expect.stringContaining('integrated.smtp')]);
  });

  test('nobody is configured', () => {
    expect(warnings(loadConfig(undefined, {}))).toEqual([expect.stringContaining('nobody')]);
  });
});
