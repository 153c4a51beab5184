import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeMail, quoteText, replySubject, replyTo, summarise, type ReplyOptions } from '../src/index.ts';
import { bytes, codeOf, lines, utf8 } from './bytes.ts';

const options: ReplyOptions = { self: ['Me <me@x.example>', 'other@x.example'], text: 'Yes.', date: 0, messageId: '<9@x.example>' };
const original = lines(
  'Message-ID: <2@y.example>',
  'Date: Wed, 17 May 2006 12:34:01 +0000',
  'From: Ann <ann@y.example>',
  'To: ME@x.example, Bob <bob@y.example>',
  'Cc: bob@y.example, carl@y.example, other@X.example, broken',
  'Subject: Lunch',
  'References: <1@y.example>',
  '',
  'At noon?',
  '',
);

describe('replyTo', () => {
  it('answers the author, in the thread, as the address that was written to', () => {
    expect(replyTo(original, { ...options, quote: 'At noon?\n' })).toEqual({
      from: { name: 'Me', address: 'me@x.example' },
      to: [{ name: 'Ann', address: 'ann@y.example' }],
      subject: 'Re: Lunch',
      text: 'Yes.\n\nOn Wed, 17 May 2006 12:34:01 +0000, Ann <ann@y.example> wrote:\n> At noon?\n',
      date: 0,
      messageId: '<9@x.example>',
      inReplyTo: '<2@y.example>',
      references: ['<1@y.example>', '<2@y.example>'],
    });
  });

  it('answers everybody once, and never oneself', () => {
    const draft = replyTo(original, { ...options, all: true });
    expect(draft.to).toEqual([{ name: 'Ann', address: 'ann@y.example' }]);
    expect(draft.cc).toEqual([{ name: 'Bob', address: 'bob@y.example' }, { address: 'carl@y.example' }]);
  });

  it.each([
    ['Reply-To instead of From', 'From: a@y\r\nReply-To: list@y\r\nTo: me@x.example', false, ['list@y'], []],
    ['From where Reply-To is no address', 'From: a@y\r\nReply-To: nobody\r\nTo: me@x.example', false, ['a@y'], []],
    ['the people of one’s own mail', 'From: me@x.example\r\nTo: a@y, b@y\r\nCc: c@y', false, ['a@y', 'b@y'], []],
    ['the people of one’s own mail, all', 'From: me@x.example\r\nTo: a@y\r\nCc: c@y', true, ['a@y'], ['c@y']],
    ['oneself where there is nobody else', 'From: me@x.example\r\nTo: me@x.example', true, ['me@x.example'], []],
    ['nobody where there is nobody', 'Subject: x', true, [], []],
  ])('goes to %s', (_name, header, all, to, cc) => {
    const draft = replyTo(bytes(`${header}\r\n\r\n`), { ...options, all });
    expect([draft.to.map((each) => each.address), (draft.cc ?? []).map((each) => each.address)]).toEqual([to, cc]);
  });

  it('starts a thread from In-Reply-To where there are no References, and leaves out ids that cannot be written', () => {
    expect(replyTo(bytes('Message-ID: <2@y>\r\nIn-Reply-To: <1@y>\r\n\r\n'), options).references).toEqual(['<1@y>', '<2@y>']);
    const odd = replyTo(bytes('Message-ID: no brackets\r\nReferences: <\xe9@y> <1@y>\r\n\r\n'), options);
    expect([odd.inReplyTo, odd.references]).toEqual([undefined, ['<1@y>']]);
  });

  it.each([
    ['Lunch', 'Re: Lunch'],
    ['Re: Lunch', 'Re: Lunch'],
    ['RE: re[2]: AW: Lunch', 'Re: Lunch'],
    ['Re : Lunch', 'Re: Lunch'],
    ['Regarding: Lunch', 'Re: Regarding: Lunch'],
    ['Fwd: Re: Lunch', 'Re: Fwd: Re: Lunch'],
    ['', 'Re:'],
    ['Re:', 'Re:'],
  ])('makes %j %j', (subject, reply) => {
    expect(replySubject(subject)).toBe(reply);
    expect(replySubject(reply)).toBe(reply);
  });

  it('can always be written, whatever the original says', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '@',
      'a@b.c',
      ',',
      '"',
      '=?utf-8?Q?=0D=0ABcc:_evil@x?=',
      '=?utf-8?Q?a?=',
      '\\',
      '(',
      ';',
      ':',
      '<1@y>',
      'é',
    );
    const value = fc.array(fc.oneof(piece, fc.string()), { maxLength: 10 }).map((all) => all.join('').replace(/[\r\n]/g, ''));
    fc.assert(
      fc.property(fc.array(value, { minLength: 7, maxLength: 7 }), (values) => {
        const names = ['From', 'To', 'Cc', 'Reply-To', 'Subject', 'Message-ID', 'References'];
        const header = utf8(names.map((name, index) => `${name}: ${values[index] ?? ''}\r\n`).join(''));
        const draft = replyTo(header, { ...options, all: true });
        expect(codeOf(() => composeMail(draft))).toBeUndefined();
        expect(summarise(composeMail(draft)).subject).toBe(draft.subject.trim());
      }),
    );
  });
});

describe('quoteText', () => {
  it('marks every line and deepens what was quoted before', () => {
    expect(quoteText('a\r\n\r\n> b\r\n>> c\n\n\n', 'X wrote:')).toBe('X wrote:\n> a\n>\n>> b\n>>> c\n');
    expect(quoteText('a', '')).toBe('> a\n');
  });
});
