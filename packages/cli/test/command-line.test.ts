// The command without a server: settings, what is wrong with a command line, exit codes.
import { existsSync, readFileSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packetboat, temporaryFolder } from './run.ts';

const server = ['--server', 'http://127.0.0.1:9/sync', '--user', 'anna@example.org'];
const record = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('init', () => {
  it('writes settings for the owner alone, with a device of its own that stays', async () => {
    await using folder = await temporaryFolder();
    const home = join(folder.path, 'home');
    expect(await packetboat(['init', '--home', home, ...server, '--name', 'Anna'])).toMatchObject({ exit: 0, err: '' });
    expect((await stat(join(home, 'settings.json'))).mode & 0o777).toBe(0o600);
    const first = record(readFileSync(join(home, 'settings.json'), 'utf8'));
    expect(first).toMatchObject({ server: server[1], user: 'anna@example.org', address: 'anna@example.org', name: 'Anna', profile: true });
    expect(first['deviceId']).toMatch(/^PB-[0-9a-f]{16}$/);
    await packetboat([
      'init',
      '--home',
      home,
      ...server,
      '--plain',
      '--encoding',
      'xml',
      '--protocol',
      '1.1',
      '--auth',
      'md5',
      '--mails',
      'full',
    ]);
    const second = record(readFileSync(join(home, 'settings.json'), 'utf8'));
    expect(second).toEqual({ ...first, profile: false, encoding: 'xml', version: '1.1', auth: 'md5', mails: 'full' });
  });

  it('keeps the mails of one account apart from those of another', async () => {
    await using home = await temporaryFolder();
    await packetboat(['init', '--home', home.path, ...server]);
    await packetboat(['folders', '--home', home.path]);
    const { deviceId } = record(readFileSync(join(home.path, 'settings.json'), 'utf8'));
    const other = ['init', '--home', home.path, '--server', 'http://127.0.0.1:9/sync', '--user', 'bert'];
    const refused = await packetboat(other);
    expect(refused.exit).toBe(2);
    expect(refused.err).toContain('holds the mails of anna@example.org');
    expect(existsSync(join(home.path, 'mail.db'))).toBe(true);
    expect(await packetboat([...other, '--new'])).toMatchObject({ exit: 0 });
    expect(await readdir(home.path)).toEqual(['settings.json']);
    expect(record(readFileSync(join(home.path, 'settings.json'), 'utf8'))['deviceId']).not.toBe(deviceId);
  });

  it('refuses settings that make no sense, and says which', async () => {
    await using home = await temporaryFolder();
    const said = async (...args: string[]): Promise<string> => {
      const { exit, err } = await packetboat(['init', '--home', home.path, ...args]);
      expect(exit).toBe(2);
      return err;
    };
    expect(await said('--user', 'anna')).toContain("required option '--server <url>' not specified");
    expect(await said('--server', 'http://mail.example.org', '--user', 'anna')).toContain('could be read on the way');
    expect(await said(...server, '--encoding', 'json')).toContain('Allowed choices are wbxml, xml');
    expect(await said(...server, '--plain', '--profile')).toContain('exclude each other');
    expect(await readdir(home.path)).toEqual([]);
  });
});

describe('the command line', () => {
  it('knows its version, lists its commands, and refuses others with 2', async () => {
    expect(await packetboat(['--version'])).toEqual({ exit: 0, out: '0.1.0\n', err: '' });
    const help = await packetboat(['--help']);
    expect(help.exit).toBe(0);
    for (const name of [
      'init',
      'sync',
      'ls',
      'read',
      'mark',
      'move',
      'rm',
      'send',
      'reply',
      'folders',
      'info',
      'decode',
      'serve',
      'demo',
    ]) {
      expect(help.out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
    }
    expect(await packetboat(['fly'])).toMatchObject({ exit: 2, out: '', err: expect.stringContaining("unknown command 'fly'") });
    expect(await packetboat(['ls', '--limit', 'many'])).toMatchObject({ exit: 2, err: expect.stringContaining('whole number') });
  });

  it('says what to do in a home that is not set up', async () => {
    await using home = await temporaryFolder();
    const { exit, err } = await packetboat(['sync'], { env: { PACKETBOAT_HOME: home.path } });
    expect(exit).toBe(2);
    expect(err).toContain('packetboat init --server URL --user NAME');
    const json = await packetboat(['sync', '--json', '--home', home.path]);
    expect(record(json.out)).toMatchObject({ error: { code: 'ERR_CLI_USAGE' } });
  });

  it('ends with a code of its own for each kind of fault', async () => {
    await using home = await temporaryFolder();
    const env = { PACKETBOAT_HOME: home.path, PACKETBOAT_PASSWORD: 'correct-horse' };
    await packetboat(['init', ...server], { env });
    expect(await packetboat(['read', '99', '--no-fetch'], { env })).toMatchObject({
      exit: 3,
      err: 'packetboat: there is no mail 99 on this device\n',
    });
    expect(await packetboat(['ls', 'nowhere'], { env })).toMatchObject({ exit: 3, err: expect.stringContaining('packetboat folders') });
    expect(await packetboat(['mark', '1'], { env })).toMatchObject({ exit: 2, err: expect.stringContaining('--read') });
    expect(await packetboat(['mark', '1', '--read', '--unread'], { env })).toMatchObject({ exit: 2 });
    expect(await packetboat(['sync', '--send', '--receive'], { env })).toMatchObject({ exit: 2 });
    expect(await packetboat(['send', '--to', 'b@example.org', '--subject', 'x', '--body', 'y'], { env })).toMatchObject({
      exit: 1,
      err: expect.stringContaining('sync first'),
    });
    const unreachable = await packetboat(['sync'], { env });
    expect(unreachable.exit).toBe(4);
    expect(unreachable.err).toContain('nothing is lost, sync again later');
    expect(unreachable.err + unreachable.out).not.toContain('correct-horse');
  }, 60_000);

  it('asks nobody for a password where there is no terminal', async () => {
    await using home = await temporaryFolder();
    await packetboat(['init', '--home', home.path, ...server]);
    expect(await packetboat(['sync', '--home', home.path])).toMatchObject({ exit: 2, err: expect.stringContaining('PACKETBOAT_PASSWORD') });
    const missing = await packetboat(['sync', '--home', home.path, '--password-file', join(home.path, 'none')]);
    expect(missing).toMatchObject({ exit: 2, err: expect.stringContaining('cannot be read') });
  });

  it('decodes a file and standard input, and says what is wrong with others', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'folder.xml');
    await writeFile(file, '<Folder><name>Inbox</name></Folder>');
    const lines = await packetboat(['decode', file, '--hex']);
    expect(lines).toMatchObject({ exit: 0, out: expect.stringContaining('    name "Inbox"\n') });
    expect(lines.out).toContain('000000  3c 46');
    const json = await packetboat(['decode', '-', '--json'], { input: '<Folder><name>Inbox</name></Folder>' });
    expect(record(json.out)).toMatchObject({
      type: 'XML',
      root: { name: 'Folder', content: [{ name: 'name', content: [{ text: 'Inbox' }] }] },
    });
    expect(await packetboat(['decode', '-'], { input: 'no document' })).toMatchObject({
      exit: 1,
      err: expect.stringContaining('standard input'),
    });
    expect(await packetboat(['decode', join(folder.path, 'none')])).toMatchObject({ exit: 1, err: expect.stringContaining('ENOENT') });
  });
});

describe('an old Node', () => {
  const old = ['/usr/bin/node', '/usr/local/bin/node'].find((path) => existsSync(path));
  const ofCheckout = existsSync(join(import.meta.dirname, '..', '..', '..', '.node', 'node_modules'));

  it.runIf(old !== undefined)('goes on under the Node of the checkout, or says which one is needed', async () => {
    const said = await packetboat(['--version'], { node: old ?? '' });
    if (ofCheckout || said.exit === 0) expect(said).toMatchObject({ exit: 0, out: '0.1.0\n' });
    else expect(said).toMatchObject({ exit: 1, out: '', err: expect.stringContaining('Node 24.11 or newer is needed') });
  });
});
