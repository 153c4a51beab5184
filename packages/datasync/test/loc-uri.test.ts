import { expect, test } from 'vitest';
import { datastoreKey, datastorePath } from '../src/loc-uri.ts';

test('mail, ./mail and /mail are one address', () => {
  expect(['mail', './mail', '/mail', './mail/', 'mail?modified&GE;1'].map((uri) => datastorePath(uri)?.join('/'))).toEqual([
    'mail',
    'mail',
    'mail',
    'mail',
    'mail',
  ]);
});

test('segments are percent-decoded one by one', () => {
  expect(datastorePath('./mail/home/a%2Fb%20c')).toEqual(['mail', 'home', 'a/b c']);
  expect(datastoreKey(['mail', 'home', 'a/b c'])).toBe('mail/home/a%2Fb%20c');
});

test('nothing and bad encoding are no address', () => {
  expect([datastorePath(''), datastorePath('./'), datastorePath('mail/%ZZ')]).toEqual([undefined, undefined, undefined]);
});
