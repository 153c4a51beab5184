import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { nastyMails, sampleMails } from '../mail-samples.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const digest = (mails: readonly { bytes: Uint8Array }[]): string => {
  const hash = createHash('sha256');
  for (const mail of mails) hash.update(mail.bytes);
  return hash.digest('hex');
};

test('makes the same bytes of the same seed, and others of another', () => {
  expect(digest(sampleMails({ count: 50, seed: 7 }))).toBe(digest(sampleMails({ count: 50, seed: 7 })));
  expect(digest(sampleMails({ count: 50, seed: 7 }))).not.toBe(digest(sampleMails({ count: 50, seed: 8 })));
});

test('ends every line in CRLF and keeps lines within the limit of RFC 5322 §2.1.1', () => {
  for (const mail of sampleMails({ count: 200 })) {
    const lines = text(mail.bytes).split('\r\n');
    expect(lines.filter((line) => /[\r\n\x80-\xff]/.test(line))).toEqual([]);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(998);
  }
});

test('makes threads whose references exist, and every kind of body', () => {
  const mails = sampleMails({ count: 200 });
  const known = new Set(mails.map((mail) => mail.messageId));
  expect(known.size).toBe(200);
  const answers = mails.filter((mail) => mail.inReplyTo !== undefined);
  expect(answers.length).toBeGreaterThan(50);
  for (const mail of answers) {
    expect(known.has(mail.inReplyTo ?? '')).toBe(true);
    expect(text(mail.bytes)).toContain(`In-Reply-To: ${mail.inReplyTo}\r\n`);
  }
  expect([...new Set(mails.map((mail) => mail.kind))].toSorted()).toEqual(['alternative', 'html', 'mixed', 'plain', 'related']);
});

test('writes subjects of other scripts as encoded words that decode to them', () => {
  const mails = sampleMails({ count: 100 }).filter((mail) => /[^\x20-\x7e]/.test(mail.subject));
  expect(mails.length).toBeGreaterThan(20);
  for (const mail of mails) {
    const header = /\r\nSubject: ((?:.*\r\n )*.*)\r\n/.exec(text(mail.bytes))?.[1] ?? '';
    const words = header.split('\r\n ').map((word) => /^=\?UTF-8\?B\?(.*)\?=$/.exec(word)?.[1] ?? '');
    expect(words.map((word) => Buffer.from(word, 'base64').toString()).join('')).toBe(mail.subject);
  }
});

test('comes near to the mean size that is asked for, with small and large mails', () => {
  const sizes = sampleMails({ count: 2_000, meanBytes: 65_000 }).map((mail) => mail.bytes.length);
  const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  expect(mean).toBeGreaterThan(55_000);
  expect(mean).toBeLessThan(75_000);
  expect(Math.min(...sizes)).toBeLessThan(5_000);
  expect(Math.max(...sizes)).toBeGreaterThan(500_000);
});

test('marks the broken mails that hold a NUL or a lone CR, and gives each another name', () => {
  expect(new Set(nastyMails.map((mail) => mail.name)).size).toBe(nastyMails.length);
  expect(nastyMails.filter((mail) => mail.containsNul).map((mail) => mail.name)).toEqual(['NUL in the body']);
  expect(nastyMails.filter((mail) => mail.containsLoneCr).map((mail) => mail.name)).toEqual(['lone CR']);
});
