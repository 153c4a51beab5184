import { describe, expect, it } from 'vitest';
import { checkSettings } from '../src/index.ts';

const least = { server: 'https://mail.example.org/sync', user: 'anna@example.org', deviceId: 'PB-1' };

describe('settings', () => {
  it('fill in what is left out', () => {
    expect(checkSettings(least)).toEqual({
      ...least,
      address: 'anna@example.org',
      name: '',
      datastore: './mail',
      encoding: 'wbxml',
      version: '1.2',
      auth: 'basic',
      profile: true,
      mails: 'headers',
      headers: 'needed',
      insecure: false,
      passwordFile: null,
    });
  });

  it.each([
    [{ ...least, server: 'mail.example.org' }, 'server'],
    [{ ...least, server: 'ftp://mail.example.org' }, 'server'],
    [{ ...least, server: 'https://anna:secret@mail.example.org' }, 'server'],
    [{ ...least, user: '' }, 'user'],
    [{ server: least.server, user: 'a' }, 'deviceId'],
    [{ ...least, encoding: 'json' }, 'encoding'],
    [{ ...least, profile: 'yes' }, 'profile'],
    [{ ...least, name: 'a\nb' }, 'name'],
    [{ ...least, colour: 'blue' }, 'colour'],
    [[], 'settings'],
  ])('that make no sense are refused by name: %j', (value, name) => {
    expect(() => checkSettings(value)).toThrow(
      expect.objectContaining({ code: 'ERR_CLIENT_SETTINGS', message: expect.stringContaining(`"${name}"`) }),
    );
  });

  it('never repeat a password that was written into the URL', () => {
    expect(() => checkSettings({ ...least, server: 'https://anna:hunter2@mail.example.org' })).toThrow(/^(?!.*hunter2)/);
  });

  it('allow http on this machine, and elsewhere only when that is said', () => {
    for (const server of ['http://127.0.0.1:8025/sync', 'http://localhost/sync', 'http://[::1]:1/sync'])
      expect(checkSettings({ ...least, server }).server).toBe(server);
    const server = 'http://mail.example.org/sync';
    expect(() => checkSettings({ ...least, server })).toThrow('could be read on the way');
    expect(() => checkSettings({ ...least, server: 'http://127.0.0.1.example.org/sync' })).toThrow('could be read on the way');
    expect(checkSettings({ ...least, server, insecure: true }).insecure).toBe(true);
  });
});
