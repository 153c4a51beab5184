import { describe, expect, test } from 'vitest';
import type { Cred } from '@packetboat/syncml';
import { challenge, challengedType, checkClaim, credential, readClaim } from '../src/security/credential.ts';
import { md5Credential, userSecret } from '../src/security/digest.ts';

const nonce = new TextEncoder().encode('Nonce');
const secret = userSecret('Bruce2', 'OhBehave');
const md5 = (data: Cred['data'], format = 'b64'): Cred => ({ meta: { format, type: 'syncml:auth-md5' }, data });
const digest = md5Credential(secret, nonce);

describe('reading a credential', () => {
  test('none is none', () => {
    expect(readClaim(undefined, 'Bruce2')).toEqual({ kind: 'none' });
  });

  test('basic names its own user, and the password may hold colons', () => {
    const cred: Cred = { meta: { type: 'syncml:auth-basic' }, data: { kind: 'text', text: btoa('Bruce2:Oh:Behave') } };
    expect(readClaim(cred, undefined)).toEqual({ kind: 'basic', user: 'Bruce2', password: 'Oh:Behave' });
  });

  test('a credential without a type is basic', () => {
    expect(readClaim({ data: { kind: 'text', text: btoa('a:b') } }, undefined).kind).toBe('basic');
  });

  test('MD5 without a user name cannot be checked', () => {
    expect(readClaim(md5({ kind: 'bytes', bytes: digest }), undefined)).toEqual({ kind: 'malformed' });
  });

  test('a type that is not known is named', () => {
    expect(readClaim({ meta: { type: 'syncml:auth-MAC' }, data: { kind: 'text', text: '' } }, 'a')).toEqual({
      kind: 'unsupported',
      type: 'syncml:auth-MAC',
    });
  });

  test.each([
    ['base64 text', md5({ kind: 'text', text: 'Zz6EivR3yeaaENcRN6lpAQ==' })],
    ['raw bytes', md5({ kind: 'bytes', bytes: digest }, 'bin')],
    ['base64 carried as bytes', md5({ kind: 'bytes', bytes: new TextEncoder().encode('Zz6EivR3yeaaENcRN6lpAQ==') })],
    ['base64 with white space', md5({ kind: 'text', text: ' Zz6EivR3yeaaENcRN6lpAQ==\n' })],
  ])('an MD5 digest holds as %s', (_form, cred) => {
    expect(checkClaim(readClaim(cred, 'Bruce2'), secret, [nonce])).toEqual({ nonce: 0 });
  });
});

describe('checking a credential', () => {
  test('any of the nonces that are valid now will do, and no other', () => {
    const claim = readClaim(md5({ kind: 'bytes', bytes: digest }), 'Bruce2');
    expect(checkClaim(claim, secret, [new Uint8Array(16), nonce])).toEqual({ nonce: 1 });
    expect(checkClaim(claim, secret, [new Uint8Array(16)])).toBeNull();
    expect(checkClaim(claim, secret, [])).toBeNull();
  });

  test('a wrong password does not hold', () => {
    expect(checkClaim({ kind: 'basic', user: 'Bruce2', password: 'x' }, secret, [])).toBeNull();
    expect(checkClaim({ kind: 'basic', user: 'Bruce2', password: 'OhBehave' }, secret, [])).toEqual({ nonce: null });
  });

  test('what the client makes, the server takes', () => {
    for (const type of ['basic', 'md5'] as const) {
      const cred = credential(type, 'Bruce2', 'OhBehave', nonce, '1.2');
      expect(checkClaim(readClaim(cred, 'Bruce2'), secret, [nonce])).not.toBeNull();
    }
  });
});

describe('challenges', () => {
  test('the nonce goes with MD5 and MAC only', () => {
    expect(challenge('md5', nonce).meta.nextNonce).toEqual(nonce);
    expect(challenge('mac', nonce).meta).toEqual({ format: 'b64', type: 'syncml:auth-MAC', nextNonce: nonce });
    expect(challenge('basic', nonce).meta.nextNonce).toBeUndefined();
  });

  test('a missing challenge asks for basic', () => {
    expect(challengedType(undefined)).toBe('basic');
    expect(challengedType(challenge('md5', nonce))).toBe('md5');
    expect(challengedType(challenge('mac', nonce))).toBe('mac');
    expect(challengedType({ meta: { type: 'syncml:auth-X' } })).toBeUndefined();
  });
});
