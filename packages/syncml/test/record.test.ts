import { describe, expect, it } from 'vitest';
import { luidOf, parseRecord, type RecordExpression } from '../src/index.ts';

const test = (name: string, operator: string, value: string | null, ignoreCase = false): unknown => ({
  kind: 'test',
  name,
  operator,
  ignoreCase,
  value,
});

describe('a Record expression', () => {
  it.each([
    ['read&EQ;true', test('read', 'EQ', 'true')],
    ['Subject&iCON;caf%C3%A9%20', test('subject', 'CON', 'café ', true)],
    ['subject&EQ;&NULL;', test('subject', 'EQ', null)],
    ['x&ne;', test('x', 'NE', '')],
    ['N[1].a_b&NCON;-', test('n[1].a_b', 'NCON', '-')],
    ['&LUID;&EQ;42', test('&luid;', 'EQ', '42')],
    ['&LUID&iEQ;42', test('&luid;', 'EQ', '42', true)],
    [' modified&GE;20060501T000000Z ', test('modified', 'GE', '20060501T000000Z')],
  ])('%s is a comparison', (text, expected) => {
    expect(parseRecord(text)).toEqual(expected);
  });

  it.each(['a&EQ;1&AND;b&EQ;2', 'a&EQ;1&b&EQ;2', 'a&EQ;1&amp;b&EQ;2', '(a&EQ;1)&AND;(b&EQ;2)', '((a&EQ;1&AND;b&EQ;2))'])(
    '%s joins both',
    (text) => {
      expect(parseRecord(text)).toEqual({ kind: 'all', left: test('a', 'EQ', '1'), right: test('b', 'EQ', '2') });
    },
  );

  it.each(['a&EQ;1&OR;b&EQ;2', 'a&EQ;1|b&EQ;2'])('%s takes either', (text) => {
    expect(parseRecord(text)).toEqual({ kind: 'any', left: test('a', 'EQ', '1'), right: test('b', 'EQ', '2') });
  });

  it('is read from left to right, and from the inside of brackets', () => {
    const [a, b, c] = [test('a', 'EQ', '1'), test('b', 'EQ', '2'), test('c', 'EQ', '3')];
    expect(parseRecord('a&EQ;1&OR;b&EQ;2&AND;c&EQ;3')).toEqual({ kind: 'all', left: { kind: 'any', left: a, right: b }, right: c });
    expect(parseRecord('a&EQ;1&OR;(b&EQ;2&AND;c&EQ;3)')).toEqual({ kind: 'any', left: a, right: { kind: 'all', left: b, right: c } });
  });

  it.each([
    ['', 1],
    ['read', 5],
    ['read&EQ', 5],
    ['read&XX;1', 5],
    ['&EQ;1', 1],
    ['a&EQ;1&AND;', 12],
    ['a&EQ;1&OR;&OR;', 11],
    ['(a&EQ;1', 8],
    ['a&EQ;1)', 7],
    ['a&EQ;%G1', 9],
    ['a&EQ;%FF', 9],
    ['a&EQ;1(', 7],
  ])('%j is refused at character %i', (text, at) => {
    const found = (): RecordExpression => parseRecord(text);
    expect(found).toThrow(expect.objectContaining({ code: 'ERR_SYNCML_BAD_VALUE' }));
    expect(found).toThrow(`the filter at character ${at}:`);
  });

  it('is bounded in length, depth and number', () => {
    const refused = expect.objectContaining({ code: 'ERR_SYNCML_BAD_VALUE' });
    expect(() => parseRecord(`a&EQ;${'1'.repeat(4_096)}`)).toThrow(refused);
    expect(() => parseRecord(`${'('.repeat(17)}a&EQ;1${')'.repeat(17)}`)).toThrow(refused);
    expect(() => parseRecord(Array.from({ length: 65 }, () => 'a&EQ;1').join('|'))).toThrow(refused);
    parseRecord(`${'('.repeat(16)}a&EQ;1${')'.repeat(16)}`);
    parseRecord(Array.from({ length: 64 }, () => 'a&EQ;1').join('|'));
  });

  it('never tells what it held', () => {
    expect(() => parseRecord('subject&secret')).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') }));
  });
});

describe('an expression that asks for one mail', () => {
  it.each([
    ['&LUID;&EQ;42', '42'],
    ['&LUID;&iEQ;42', '42'],
    ['&LUID&iEQ;42', '42'],
    ['&luid;&eq;I%2F12%2034', 'I/12 34'],
    ['(&LUID;&EQ;~a7)', '~a7'],
  ])('%s names %s', (text, luid) => {
    expect(luidOf(parseRecord(text))).toBe(luid);
  });

  it.each(['modified&GE;20060501T000000Z', '&LUID;&NE;1', '&LUID;&EQ;&NULL;', '&LUID;&EQ;1&AND;read&EQ;true', '&LUID;&EQ;1|&LUID;&EQ;2'])(
    'is not %j',
    (text) => {
      expect(luidOf(parseRecord(text))).toBeUndefined();
    },
  );
});
