// Certificate authorities of a mail server's own, from the configuration to the link.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resolvePeople } from '../../src/config/accounts.ts';
import { loadConfig } from '../../src/config/load.ts';

let base = '';
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'packetboat-config-'));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function load(ca: string): ReturnType<typeof resolvePeople> {
  const file = join(base, 'packetboat.yaml');
  writeFileSync(
    file,
    `people:
  - user: alice
    password: { variable: PASSWORD }
    accounts:
      - name: work
        address: alice@example.test
        imap: { host: mail.example.test, port: 993, ca: ${ca} }
        smtp: { host: mail.example.test, port: 465 }
`,
  );
  return resolvePeople(loadConfig(file, {}), base, { PASSWORD: 'secret' });
}

describe('the key ca of a link', () => {
  test('is read from a file beside the configuration, for the link that names it alone', () => {
    const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
    writeFileSync(join(base, 'ca.pem'), pem);
    const source = load('ca.pem').accounts[0]?.source;
    if (source?.kind !== 'imap') throw new Error('the account is at a mail server');
    expect(source.imap.tls).toEqual({ ca: pem });
    expect(source.smtp.tls).toBeUndefined();
  });

  test('names the file that is not there or holds no certificate', () => {
    expect(() => load('missing.pem')).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_FILE', message: expect.stringContaining('missing.pem') }),
    );
    writeFileSync(join(base, 'key.pem'), '-----BEGIN PRIVATE KEY-----\n');
    expect(() => load('key.pem')).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_FILE', message: expect.stringContaining('no certificate') }),
    );
  });
});
