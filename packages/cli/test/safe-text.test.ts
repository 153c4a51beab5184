import { describe, expect, it } from 'vitest';
import { columnsOf, fit, safeJson, safeLine, safeText } from '../src/terminal/safe-text.ts';

describe('text for a terminal', () => {
  it('shows control characters as signs, so that none is obeyed and none is hidden', () => {
    expect(safeText('a\u001b[31mred\u001b]0;title\u0007\u0000b')).toBe('a␛[31mred␛]0;title␇␀b');
    expect(safeText('\u009b31m \u007f \u0085')).toBe('\ufffd31m ␡ \ufffd');
  });

  it('shows what would turn the direction of writing', () => {
    expect(safeText('invoice\u202efdp.exe \u2066x\u2069')).toBe('invoice\ufffdfdp.exe \ufffdx\ufffd');
  });

  it('keeps lines, tabs and every language', () => {
    const text = 'Grüße,\n\tعزيزتي 港の写真 👩‍👩‍👧\n';
    expect(safeText(text)).toBe(text);
    expect(safeText('a\r\nb\rc')).toBe('a\nb\nc');
    expect(safeText('\ud800x')).toBe('\ufffdx');
  });

  it('keeps one line one line', () => {
    expect(safeLine('Subject\r\n\tfolded\u2028x')).toBe('Subject folded\ufffdx');
  });

  it('escapes in JSON what JSON lets through', () => {
    const value = { text: 'a\u001b[0m\u009b\u202e\u007f\u2028"\\' };
    const json = safeJson(value);
    expect(json).not.toMatch(/[\u001b\u007f-\u009f\u2028\u202e]/);
    expect(JSON.parse(json)).toEqual(value);
  });

  it('measures and cuts by columns, not characters', () => {
    expect(columnsOf('港の写真')).toBe(8);
    expect(columnsOf('e\u0301')).toBe(1);
    expect(fit('港の写真をお送り', 9)).toBe('港の写真…');
    expect(fit('港の写真をお送り', 8)).toBe('港の写… ');
    expect(fit('abc', 5)).toBe('abc  ');
    for (const columns of [1, 2, 5, 9, 20]) expect(columnsOf(fit('a港b写c真d', columns))).toBe(columns);
  });
});
