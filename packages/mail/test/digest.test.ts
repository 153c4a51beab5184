// The digest and the Message-ID of a mail.
import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mailDigest, messageIdOf } from '../src/index.ts';
import { latin1 } from './contract/harness.ts';

describe('mailDigest', () => {
  it('is the SHA-256 of date, from, subject and size, first 32 digits', () => {
    const header = latin1('Subject: hi\r\nFrom: a@b\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\n');
    const text = 'Mon, 1 Jan 2024 00:00:00 +0000\na@b\nhi\n77\n';
    expect(mailDigest(header, 77)).toBe(createHash('sha256').update(text).digest('hex').slice(0, 32));
  });

  it('does not depend on folding, order, case of names or other fields', () => {
    const one = latin1('Date: d\r\nFrom: a b\r\nSubject: x y\r\n\r\n');
    const two = latin1('X: 1\r\nSUBJECT:\r\n x\r\n\ty \r\nfrom:a  b\r\nDate: d\r\nSubject: second\r\n');
    expect(mailDigest(two, 5)).toBe(mailDigest(one, 5));
    expect(mailDigest(one, 6)).not.toBe(mailDigest(one, 5));
  });

  it('tells 8-bit bytes apart and takes missing fields as empty', () => {
    expect(mailDigest(latin1('Subject: \xe9\r\n\r\n'), 1)).not.toBe(mailDigest(latin1('Subject: \xe8\r\n\r\n'), 1));
    expect(mailDigest(new Uint8Array(), 1)).toBe(mailDigest(latin1('X: y\r\n\r\n'), 1));
  });

  it('never fails, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (bytes, size) => {
        expect(mailDigest(bytes, size)).toMatch(/^[0-9a-f]{32}$/);
        messageIdOf(bytes);
      }),
    );
  });
});

describe('messageIdOf', () => {
  it.each([
    ['Message-ID: <a@b>\r\n\r\n', '<a@b>'],
    ['message-id :<a@b>\r\n', '<a@b>'],
    ['Message-ID:\r\n <a.\r\n\tb@c> \r\n', '<a.b@c>'],
    ['Message-ID: <\xe9@b>\r\n', '<\xe9@b>'],
    ['Message-ID: <a@b>', '<a@b>'],
    ['Message-ID: <a@b>\nSubject: bare line feeds\n', '<a@b>'],
    ['X-Message-ID: <a@b>\r\nMessage-IDs: <c@d>\r\n', undefined],
    ['Message-ID:  \r\n\r\n', undefined],
    ['', undefined],
  ])('reads %j', (header, id) => {
    expect(messageIdOf(latin1(header))).toBe(id);
  });
});
