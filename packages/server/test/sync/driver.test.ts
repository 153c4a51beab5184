import { encodeMessage, decodeMessage, type Command, type SyncHdr } from '@packetboat/syncml';
import { expect, it } from 'vitest';
import { SyncDriver } from '../../src/sync/driver.ts';
import { LogInTries } from '../../src/sync/log-in-tries.ts';
import { makeWorld } from '../store/world.ts';

it('looks at the mail server at the first Alert of a session, whichever message holds it, and not again', async () => {
  const world = await makeWorld();
  const looks: string[] = [];
  const driver = new SyncDriver({
    store: world.ask,
    mail: {
      objects: () => [],
      submit: () => [],
      identify: () => [],
      prepareSend: () => ({ ok: false, text: '' }),
    },
    password: () => 'secret',
    env: () => ({
      now: 1,
      random: (bytes) => new Uint8Array(bytes).fill(1),
      secret: new Uint8Array(32),
      url: 'http://127.0.0.1/sync',
      identity: { devId: 's', man: 'm', mod: 'm', swV: '1' },
      challenge: 'basic',
    }),
    refresh: async (person) => {
      looks.push(person);
    },
    hasBeenRead: async () => true,
    tries: new LogInTries(),
  });
  let token: string | null = null;
  const send = async (msgId: string, command: Command): Promise<void> => {
    const cred = { meta: { format: 'b64', type: 'syncml:auth-basic' }, data: { kind: 'text', text: btoa('ann:secret') } } as const;
    const header: SyncHdr = {
      version: '1.2',
      sessionId: '1',
      msgId,
      target: { locUri: 'http://127.0.0.1/sync' },
      source: { locUri: 'phone' },
      ...(token === null ? { cred } : {}),
    };
    const body = encodeMessage({ header, commands: [command], final: true }, 'wbxml');
    const reply = await driver.answer({ body, encoding: 'wbxml', token, address: '127.0.0.1' });
    token = new URL(decodeMessage(reply.body, 'wbxml').header.respUri ?? `http://x?s=${token}`).searchParams.get('s');
  };
  await send('1', {
    name: 'Get',
    cmdId: '1',
    meta: { type: 'application/vnd.syncml-devinf+wbxml' },
    items: [{ target: { locUri: './devinf12' } }],
  });
  expect(token).toMatch(/^[0-9a-f]{32}$/);
  expect(looks).toEqual([]);
  const target = { target: { locUri: './mail' }, source: { locUri: './mail' } };
  await send('2', { name: 'Alert', cmdId: '1', data: '200', items: [{ ...target, meta: { anchor: { next: '1' } } }] });
  expect(new Set(looks)).toEqual(new Set(['ann']));
  const before = looks.length;
  await send('3', { name: 'Sync', cmdId: '1', ...target, commands: [] });
  expect(looks).toHaveLength(before);
});
