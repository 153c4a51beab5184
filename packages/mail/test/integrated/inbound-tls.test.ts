// Log-ins travel only under TLS, or on this machine.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTransport } from 'nodemailer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInbound, PASSWORD, RawClient, readAll } from './support.ts';

const run = promisify(execFile);
const outside = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .find((each) => each.family === 'IPv4' && !each.internal)?.address;

describe('TLS', () => {
  let folder = '';
  let tls: { key: string; cert: string } = { key: '', cert: '' };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packetboat-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const names = ['-subj', '/CN=mx.example.test', '-addext', 'subjectAltName=DNS:mx.example.test'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    await run('openssl', ['req', '-x509', ...curve, ...names, '-keyout', key, '-out', cert]);
    tls = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') };
  });
  afterAll(() => rm(folder, { recursive: true }));

  function submit(host: string, port: number, options: { ignoreTLS?: boolean; requireTLS?: boolean }): Promise<unknown> {
    const client = createTransport({
      host,
      port,
      secure: false,
      ...options,
      auth: { user: 'alice', pass: PASSWORD },
      tls: { ca: tls.cert, servername: 'mx.example.test' },
    });
    const mail = { envelope: { from: 'alice@example.test', to: ['bob@example.test'] }, raw: 'Subject: s\r\n\r\nb\r\n' };
    return client.sendMail(mail).finally(() => client.close());
  }

  it('presents the certificate that it was given and no other', async () => {
    await using inbound = await openInbound({ tls });
    await submit('127.0.0.1', inbound.smtp, { requireTLS: true });
    expect((await readAll(inbound.store, 'bob'))[0]).toContain(' with ESMTPSA id ');
  });

  it('is not offered without a certificate', async () => {
    await using inbound = await openInbound();
    await expect(submit('127.0.0.1', inbound.smtp, { requireTLS: true })).rejects.toThrow();
    expect(await readAll(inbound.store, 'bob')).toEqual([]);
  });

  it.runIf(outside !== undefined)('is needed to log in from another machine', async () => {
    await using inbound = await openInbound({ tls, smtp: { host: '0.0.0.0', port: 0 } });
    const readable = await RawClient.connect(inbound.smtp, outside);
    expect(await readable.command('EHLO test')).not.toContain('AUTH');
    expect(await readable.command('AUTH PLAIN AGFsaWNlAGNvcnJlY3QgaG9yc2U=')).toMatch(/^500/);
    readable.cut();
    await submit(outside ?? '', inbound.smtp, { requireTLS: true });
    await submit('127.0.0.1', inbound.smtp, { ignoreTLS: true });
    const protocols = (await readAll(inbound.store, 'bob')).map((text) => / with (\w+) id /.exec(text)?.[1]);
    expect(protocols).toEqual(['ESMTPSA', 'ESMTPA']);
  });
});
