import { describe, expect, test } from 'vitest';
import { fromBase64, toBase64 } from '../src/security/base64.ts';
import { basicCredential, equalBytes, fingerprint, md5Credential, md5Credential10, userSecret } from '../src/security/digest.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the published vectors for user Bruce2, password OhBehave', () => {
  const secret = userSecret('Bruce2', 'OhBehave');

  test('a basic credential is base64 of user and password', () => {
    expect(basicCredential('Bruce2', 'OhBehave')).toBe('QnJ1Y2UyOk9oQmVoYXZl');
    expect(basicCredential('guest', 'guest')).toBe('Z3Vlc3Q6Z3Vlc3Q=');
  });

  test('the secret is base64 of the raw MD5 of user and password', () => {
    expect(hex(fromBase64(secret) ?? new Uint8Array())).toBe('3ed11dafc941438e486d3d5b64892b39');
    expect(secret).toBe('PtEdr8lBQ45IbT1bZIkrOQ==');
  });

  test('MD5 of SyncML 1.1 and 1.2 digests secret and nonce', () => {
    expect(hex(md5Credential(secret, text('Nonce')))).toBe('673e848af477c9e69a10d71137a96901');
    expect(toBase64(md5Credential(secret, text('Nonce')))).toBe('Zz6EivR3yeaaENcRN6lpAQ==');
  });

  test('MD5 of SyncML 1.0 digests user, password and nonce', () => {
    expect(hex(md5Credential10('Bruce2', 'OhBehave', text('Nonce')))).toBe('52692a000661890bd75e17da7ffbbe39');
    expect(toBase64(md5Credential10('Bruce2', 'OhBehave', text('Nonce')))).toBe('UmkqAAZhiQvXXhfaf/u+OQ==');
  });

  test('an empty nonce leaves the colon', () => {
    expect(toBase64(md5Credential(secret, new Uint8Array()))).toBe('lEf25jyjHbCcTbj4p/1pUw==');
  });

  test('a nonce is bytes, not text', () => {
    const nonce = fromBase64('AAECAwQFBgcICQoLDA0ODw==') ?? new Uint8Array();
    expect([...nonce]).toEqual([...Array(16).keys()]);
    expect(toBase64(md5Credential(secret, nonce))).toBe('ClaA48A1VYROr4FUwjaBYw==');
  });
});

describe('base64', () => {
  test('white space is no part of it', () => {
    expect(fromBase64(' Tm9u\r\n Y2U= ')).toEqual(text('Nonce'));
  });

  test('what is not base64 is undefined', () => {
    expect(fromBase64('?')).toBeUndefined();
  });
});

describe('our own hashes', () => {
  test('a fingerprint tells lists of parts apart that are alike when joined', () => {
    expect(fingerprint('ab', 'c')).not.toBe(fingerprint('a', 'bc'));
    expect(fingerprint('ab')).toBe(fingerprint(text('ab')));
  });

  test('bytes are equal when all of them are', () => {
    expect(equalBytes(text('abc'), text('abc'))).toBe(true);
    expect(equalBytes(text('abc'), text('abd'))).toBe(false);
    expect(equalBytes(text('abc'), text('ab'))).toBe(false);
  });
});
