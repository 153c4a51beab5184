// What is done for a log-in that is refused: the same for a user who is there as for one who is not.
import { expect, test } from 'vitest';
import type { Cred, Message } from '@packetboat/syncml';
import { basicCredential, md5Credential, userSecret } from '../src/security/digest.ts';
import { toBase64 } from '../src/security/base64.ts';
import { enter, type Entrance } from '../src/server/enter.ts';
import type { ServerEnv } from '../src/server/turn.ts';

const env: ServerEnv = {
  now: Date.UTC(2026, 10, 23),
  random: (bytes) => new Uint8Array(bytes),
  secret: new Uint8Array(32),
  url: 'https://sync.example.test/sync',
  identity: { devId: 'x', man: 'x', mod: 'x', swV: '1' },
  challenge: 'md5',
};

function message(user: string, cred: Cred | undefined): Message {
  const source = { locUri: 'phone', locName: user };
  const header = { version: '1.2', sessionId: '1', msgId: '1', target: { locUri: env.url }, source } as const;
  return { header: { ...header, ...(cred === undefined ? {} : { cred }) }, commands: [], final: true };
}

/** The questions that a log-in asks, where alice is there and has synced seven times, and what comes of it. */
function trace(user: string, cred: Cred | undefined): { readonly asked: readonly string[]; readonly entrance: Entrance } {
  const answers: Readonly<Record<string, unknown>> = {
    mayTry: null,
    secret: user === 'alice' ? { person: 'alice', secret: userSecret('alice', 'right') } : null,
    device: user === 'alice' ? { devInf: null, nonceUse: { count: 7, challenge: 3 } } : null,
  };
  const step = enter({ message: message(user, cred), hash: 'hash', token: null }, env);
  const asked: string[] = [];
  let next = step.next();
  while (next.done !== true) {
    const { kind } = next.value;
    asked.push(kind);
    if (!(kind in answers)) throw new Error(`asked for ${kind}`);
    next = step.next(answers[kind]);
  }
  return { asked, entrance: next.value };
}

const forms: readonly (readonly [string, (user: string) => Cred | undefined])[] = [
  ['no Cred', () => undefined],
  ['a wrong password', (user) => ({ meta: { type: 'syncml:auth-basic' }, data: { kind: 'text', text: basicCredential(user, 'wrong') } })],
  [
    'a wrong digest',
    (user) => ({
      meta: { type: 'syncml:auth-md5' },
      data: { kind: 'text', text: toBase64(md5Credential(userSecret(user, 'wrong'), new Uint8Array(16))) },
    }),
  ],
  ['what is no credential', () => ({ meta: { type: 'syncml:auth-basic' }, data: { kind: 'text', text: '?' } })],
  ['an unknown kind', () => ({ meta: { type: 'syncml:auth-x' }, data: { kind: 'text', text: 'x' } })],
];

test.each(forms)('with %s the same is asked and the same is answered, nonce and all, for whoever it is', (_what, cred) => {
  const alice = trace('alice', cred('alice'));
  expect(alice.entrance.kind).toBe('challenge');
  expect(trace('nobody', cred('nobody'))).toEqual(alice);
});
