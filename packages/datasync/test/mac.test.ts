import { describe, expect, test } from 'vitest';
import { toBase64 } from '../src/security/base64.ts';
import { checkClaim, readClaim } from '../src/security/credential.ts';
import { userSecret } from '../src/security/digest.ts';
import { macDigest, readMacHeader, writeMacHeader } from '../src/security/mac.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const secret = userSecret('Bruce2', 'OhBehave');
const body = text('<SyncML/>');
const header = 'algorithm=MD5, username="Bruce2", mac=urdCeS3JUmjFgi8SX3webw==';

describe('a MAC', () => {
  test('digests secret, nonce and the digest of the body', () => {
    expect(toBase64(macDigest(secret, text('Nonce'), body))).toBe('urdCeS3JUmjFgi8SX3webw==');
  });

  test('is written as a header, byte for byte', () => {
    expect(writeMacHeader({ user: 'Bruce2', mac: macDigest(secret, text('Nonce'), body) })).toBe(header);
  });

  test('holds for the very bytes of its body, over its nonce, and for nothing else', () => {
    const holds = (bytes: Uint8Array, nonce: string): boolean =>
      checkClaim(readClaim(undefined, undefined, { header, body: bytes }), secret, [text(nonce)]) !== null;
    expect(holds(body, 'Nonce')).toBe(true);
    expect(holds(text('<SyncML />'), 'Nonce')).toBe(false);
    expect(holds(body, 'nonce')).toBe(false);
  });

  test('goes before a Cred in the message, so that no Cred can stand in for a wrong MAC', () => {
    const cred = { data: { kind: 'text', text: btoa('Bruce2:OhBehave') } } as const;
    expect(readClaim(cred, 'Bruce2', { header, body }).kind).toBe('mac');
    expect(readClaim(cred, 'Bruce2', { header: 'nonsense', body })).toEqual({ kind: 'malformed' });
  });
});

describe('the header of a MAC', () => {
  test.each([
    ['without its algorithm, which is MD5 then', 'username="Bruce2", mac=urdCeS3JUmjFgi8SX3webw=='],
    ['in another order', 'mac=urdCeS3JUmjFgi8SX3webw==, username="Bruce2",algorithm=md5'],
    ['with the MAC quoted', 'algorithm=MD5,username="Bruce2",mac="urdCeS3JUmjFgi8SX3webw=="'],
    ['with other white space', ' algorithm = MD5 ,  username = "Bruce2" ,mac=urdCeS3JUmjFgi8SX3webw== '],
  ])('is read %s', (_how, value) => {
    expect(readMacHeader(value)).toEqual({ user: 'Bruce2', mac: macDigest(secret, text('Nonce'), body) });
  });

  test.each([
    ['empty', ''],
    ['of another algorithm', 'algorithm=SHA1, username="Bruce2", mac=urdCeS3JUmjFgi8SX3webw=='],
    ['without a user', 'algorithm=MD5, mac=urdCeS3JUmjFgi8SX3webw=='],
    ['without a MAC', 'algorithm=MD5, username="Bruce2"'],
    ['whose MAC is no base64', 'username="Bruce2", mac=?'],
    ['with a parameter twice', 'username="Bruce2", username="Eve", mac=urdCeS3JUmjFgi8SX3webw=='],
    ['with something behind it', `${header}; more`],
    ['beyond any length', `username="${'x'.repeat(600)}", mac=urdCeS3JUmjFgi8SX3webw==`],
  ])('is refused when it is %s', (_what, value) => {
    expect(readMacHeader(value)).toBeUndefined();
  });

  test.each(['a"b', 'a\\b', 'a\r\nX: y', 'ä'])('does not carry the user %j', (user) => {
    expect(writeMacHeader({ user, mac: new Uint8Array(16) })).toBeUndefined();
  });
});
