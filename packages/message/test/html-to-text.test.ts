import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlToText } from '../src/index.ts';

describe('htmlToText', () => {
  it.each([
    ['<p>One</p><p>Two<br>Three</p>', 'One\n\nTwo\nThree'],
    ['<div>a</div><div>b</div>', 'a\nb'],
    ['a <b>bold</b>, <i>it</i>alic\n  b', 'a bold, italic b'],
    ['<ul><li>one<li>two</ul>after', '* one\n* two\n\nafter'],
    ['<table><tr><td>a<td>b</tr><tr><td>c</table>', 'a b\nc'],
    ['<a href="https://x.example/?a=1&amp;b=2">here</a> now', 'here <https://x.example/?a=1&b=2> now'],
    ['<a href="https://x.example">https://x.example</a>', 'https://x.example'],
    ['<a href=mailto:a@x>a@x</a>', 'a@x'],
    ['<a href="javascript:alert(1)">x</a>', 'x'],
    ['<a href="https://evil.example">https://bank.example</a>', 'https://bank.example <https://evil.example>'],
    ['x<img src=y alt="a cat">z<img src=pixel>', 'x [a cat] z'],
    ['a<hr>b', 'a\n\n-----\n\nb'],
    ['<head><title>t</title></head><style>p{}</style><script>if (a</b>) x</script >y', 'y'],
    ['<!-- a > b --><!DOCTYPE html><?xml x?>y', 'y'],
    ['<p title="a>b">x</p>', 'x'],
    ["<p don't>x</p>", 'x'],
    ['1 < 2 && 3 > 2 <3', '1 < 2 && 3 > 2 <3'],
    [
      '&lt;b&gt; &amp;amp; &#228; &#xE4; &auml; &Eacute; &nbsp;&bogus; &#0; &#x110000; &hasOwnProperty;',
      '<b> &amp; ä ä ä É &bogus; \uFFFD \uFFFD &hasOwnProperty;',
    ],
    ['x&#27;&#13;&#10;y', 'x y'],
    ['<script>unclosed', ''],
    ['a<b title="unclosed', 'a'],
    ['', ''],
  ])('turns %j into text', (html, text) => {
    expect(htmlToText(html)).toBe(text);
  });

  it('never throws, keeps no control characters but line ends, and writes at most an empty line', () => {
    const piece = fc.constantFrom(
      '<p>',
      '</p>',
      '<br>',
      '<a href="x">',
      '</a>',
      '<!--',
      '-->',
      '<script>',
      '</script>',
      '&#7;',
      '&amp;',
      '<',
      '>',
      '"',
      "'",
      '=',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => {
        const text = htmlToText(pieces.join(''));
        expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
        expect(text).not.toMatch(/\n{3}|^\n|\n$/);
      }),
    );
  });

  it('is linear in hostile HTML', () => {
    const started = performance.now();
    for (const piece of [
      '<div>',
      '<',
      '<a href="',
      '<!--',
      '<script>',
      '&#',
      '<p "',
      "='",
      '<a href=x>',
      '</',
      '<img alt=',
      '&amp',
      ' =',
    ]) {
      htmlToText(piece.repeat(Math.floor(500_000 / piece.length)));
    }
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});
