// swaks, an SMTP client written by others, against both listeners.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { openInbound, PASSWORD, readAll, withoutTrace } from './support.ts';

const SWAKS = '/usr/bin/swaks';

function swaks(port: number, ...args: string[]): Promise<{ readonly code: number; readonly output: string }> {
  const all = [
    '--server',
    '127.0.0.1',
    '--port',
    String(port),
    '--helo',
    'boat.test',
    '--timeout',
    '10',
    '--from',
    'ann@outside.test',
    ...args,
  ];
  return new Promise((resolve) => {
    execFile(SWAKS, all, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr });
    });
  });
}

describe.runIf(existsSync(SWAKS))('swaks', () => {
  it('delivers by SMTP and by LMTP', async () => {
    await using inbound = await openInbound();
    const smtp = await swaks(inbound.smtp, '--to', 'alice@example.test', '--header', 'Subject: one', '--body', 'first');
    expect(smtp, smtp.output).toMatchObject({ code: 0 });
    const lmtp = await swaks(inbound.lmtp, '--protocol', 'LMTP', '--to', 'alice@example.test,bob@example.test', '--header', 'Subject: two');
    expect(lmtp, lmtp.output).toMatchObject({ code: 0 });
    const texts = (await readAll(inbound.store, 'alice')).map(withoutTrace);
    expect(texts).toHaveLength(2);
    expect(texts[0]).toMatch(/Subject: one\r\n(?:.+\r\n)*\r\nfirst\r\n/);
    expect(await readAll(inbound.store, 'bob')).toHaveLength(1);
  });

  it('pipelines, and is refused where others are', async () => {
    await using inbound = await openInbound();
    expect((await swaks(inbound.smtp, '--pipeline', '--to', 'bob@example.test')).code).toBe(0);
    const relay = await swaks(inbound.smtp, '--to', 'someone@elsewhere.test');
    expect(relay.code).not.toBe(0);
    expect(relay.output).toContain('relaying is not configured');
    expect(await readAll(inbound.store, 'bob')).toHaveLength(1);
  });

  it('submits with a password by PLAIN and by LOGIN', async () => {
    await using inbound = await openInbound();
    for (const method of ['PLAIN', 'LOGIN']) {
      const login = ['--auth', method, '--auth-user', 'alice', '--auth-password', PASSWORD];
      const sent = await swaks(inbound.smtp, ...login, '--from', 'alice@example.test', '--to', 'bob@example.test');
      expect(sent, sent.output).toMatchObject({ code: 0 });
      const other = await swaks(inbound.smtp, ...login, '--from', 'bob@example.test', '--to', 'bob@example.test');
      expect(other.output).toContain('553');
    }
    expect(await readAll(inbound.store, 'bob')).toHaveLength(2);
  });
});
