import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkSettings } from '../../src/index.ts';
import { readPasswordFile, readSettings, writeSettings } from '../../src/node/index.ts';

describe('the settings file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packetboat-client-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  it('comes back as it was written, for its owner alone', async () => {
    const file = join(folder, 'home', 'settings.json');
    expect(readSettings(file)).toBeUndefined();
    const settings = checkSettings({ server: 'https://example.org', user: 'anna', deviceId: 'PB-1', auth: 'md5' });
    writeSettings(file, settings);
    writeSettings(file, { ...settings, name: 'Anna' });
    expect(readSettings(file)).toEqual({ ...settings, name: 'Anna' });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, 'home'))).mode & 0o777).toBe(0o700);
  });

  it('says which file and which setting is wrong', async () => {
    const file = join(folder, 'settings.json');
    await writeFile(file, '{"server": "https://example.org", "user": "anna", "deviceId": "1", "version": "2"}');
    expect(() => readSettings(file)).toThrow(`${file}: setting "version" must be 1.2 or 1.1`);
    await writeFile(file, '{');
    expect(() => readSettings(file)).toThrow(`${file} is not JSON`);
  });

  it('takes the password from the first line of its file', async () => {
    const file = join(folder, 'password');
    await writeFile(file, 'correct horse \r\nbattery\n');
    expect(readPasswordFile(file)).toBe('correct horse ');
    await writeFile(file, '\nsecond');
    expect(() => readPasswordFile(file)).toThrow('nothing on its first line');
    expect(() => readPasswordFile(join(folder, 'none'))).toThrow('cannot be read');
  });
});
