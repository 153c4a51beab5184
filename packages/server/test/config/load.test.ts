import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { resolvePeople } from '../../src/config/accounts.ts';
import { ConfigError, loadConfig, readSecret } from '../../src/config/load.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'packetboat-config-'));
});

function file(text: string, name = 'packetboat.yaml'): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function fault(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const person = `
people:
  - user: alice
    password: { file: alice.secret }
    accounts:
      - name: work
        address: alice@example.org
        imap: { host: imap.example.org, port: 993 }
        smtp: { host: smtp.example.org, port: 587, security: starttls, user: a.smith, password: { variable: SMTP_SECRET } }
      - name: here
        address: alice@packetboat.test
`;

describe('the configuration file', () => {
  test('without one the defaults serve on loopback', () => {
    expect(loadConfig(undefined, {})).toMatchObject({ listen: '127.0.0.1:8025', data: 'data', challenge: 'md5', people: [] });
  });

  test('every key is checked, and the fault names it', () => {
    expect(fault(() => loadConfig(file('lisen: 1.2.3.4:5'), {})).message).toContain('lisen');
    expect(fault(() => loadConfig(file(person.replace('port: 993', 'port: 99300')), {})).message).toMatch(
      /people\[0\]\.accounts\[0\]\.imap\.port/,
    );
  });

  test('what is no YAML is told with its place', () => {
    expect(fault(() => loadConfig(file('people: [\n'), {}))).toMatchObject({ code: 'ERR_CONFIG_FILE' });
  });

  test('a file that is not there is told', () => {
    expect(fault(() => loadConfig(join(folder, 'nothing.yaml'), {})).message).toContain('nothing.yaml');
  });

  test('a password in the file itself is refused', () => {
    expect(fault(() => loadConfig(file(person.replace('{ file: alice.secret }', 'hunter2')), {})).code).toBe('ERR_CONFIG_INVALID');
  });

  test('one user twice, and one account twice, are refused', () => {
    expect(fault(() => loadConfig(file(`${person}${person.replace('\npeople:\n', '')}`), {})).message).toContain('alice is there twice');
    expect(fault(() => loadConfig(file(person.replace('name: here', 'name: work')), {})).message).toContain('work is there twice');
  });

  test('variables go over the file', () => {
    const config = loadConfig(file('listen: 127.0.0.1:1'), { PACKETBOAT_LISTEN: '127.0.0.1:2', PACKETBOAT_LOG_LEVEL: 'debug' });
    expect([config.listen, config.log.level]).toEqual(['127.0.0.1:2', 'debug']);
  });
});

describe('secrets', () => {
  test('come from a file, without its line end', () => {
    file('correct horse\n', 'alice.secret');
    expect(readSecret({ file: 'alice.secret' }, folder, {})).toBe('correct horse');
  });

  test('come from a variable', () => {
    expect(readSecret({ variable: 'S' }, folder, { S: 'x' })).toBe('x');
  });

  test('that are missing or empty are told by their place, never by their value', () => {
    file('\n', 'empty');
    expect(fault(() => readSecret({ file: 'empty' }, folder, {}))).toMatchObject({ code: 'ERR_CONFIG_SECRET' });
    expect(fault(() => readSecret({ file: 'none' }, folder, {})).message).toContain('none');
    expect(fault(() => readSecret({ variable: 'S' }, folder, {})).message).toContain('S');
  });
});

describe('people become accounts', () => {
  test('links log in with what is said of them, and else as the person', () => {
    file('pw', 'alice.secret');
    const people = resolvePeople(loadConfig(file(person), {}), folder, { SMTP_SECRET: 'other' });
    expect(people.passwords.get('alice')).toBe('pw');
    expect(people.accounts[0]?.source).toEqual({
      kind: 'imap',
      imap: { host: 'imap.example.org', port: 993, security: 'tls', user: 'alice@example.org', password: 'pw' },
      smtp: { host: 'smtp.example.org', port: 587, security: 'starttls', login: { user: 'a.smith', password: 'other' } },
    });
  });

  test('an account without IMAP is kept here, under the name of the person', () => {
    file('pw', 'alice.secret');
    const people = resolvePeople(loadConfig(file(person), {}), folder, { SMTP_SECRET: 'x' });
    expect(people.local).toEqual([{ user: 'alice', address: 'alice@packetboat.test', aliases: [] }]);
    expect(people.accounts[1]?.source).toEqual({ kind: 'integrated', user: 'alice' });
  });

  test('IMAP without SMTP is refused: its mail could not be sent', () => {
    file('pw', 'alice.secret');
    const config = loadConfig(file(person.replace(/ +smtp:.*\n/, '')), {});
    expect(fault(() => resolvePeople(config, folder, {})).message).toContain('no smtp');
  });
});
