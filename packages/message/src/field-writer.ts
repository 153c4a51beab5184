// Writing header fields: folding (RFC 5322 §2.2.3), parameters (RFC 2231), and the check that no value can start a line of its own.
import { utf8Bytes } from './bytes.ts';
import { MessageError } from './errors.ts';

/** RFC 5322 §2.1.1: lines should have 78 characters and must not have more than 998, without CRLF. */
const line = { preferred: 78, most: 998 } as const;

/** Throws `ERR_MESSAGE_HEADER_INJECTION` if a text that goes into a header holds CR, LF or NUL. `field` is named in the error, the text is not. */
export function refuseLineBreaks(field: string, ...texts: readonly (string | undefined)[]): void {
  for (const text of texts) {
    if (text !== undefined && /[\r\n\0]/.test(text)) {
      throw new MessageError('ERR_MESSAGE_HEADER_INJECTION', `${field}: a header value must not hold CR, LF or NUL`);
    }
  }
}

/**
 * One field with its CRLF. `words` are ASCII without blanks at their ends; they are joined by a blank, or by a fold where
 * the line would get longer than 78. Throws `ERR_MESSAGE_LINE_LENGTH` for a word that fits on no line.
 */
export function writeField(name: string, words: readonly string[]): string {
  refuseLineBreaks(name, ...words);
  const lines: string[] = [];
  let current = `${name}:`;
  for (const [index, word] of words.entries()) {
    // A first word that is too long for the line of the name stays there all the same: some readers take a field with an empty first line for empty.
    if (index > 0 && current.length + 1 + word.length > line.preferred) {
      lines.push(current);
      current = ` ${word}`;
    } else {
      current += ` ${word}`;
    }
    if (current.length > line.most)
      throw new MessageError('ERR_MESSAGE_LINE_LENGTH', `${name}: a word of this field is too long for a line`);
  }
  lines.push(current);
  return `${lines.join('\r\n')}\r\n`;
}

/** Words `name=value;` for `writeField`: a token, a quoted string, or RFC 2231 sections where neither holds the value unchanged. */
export function parameterWords(name: string, value: string): string[] {
  if (/^[A-Za-z0-9!#$&+.^_`{|}~-]{1,60}$/.test(value)) return [`${name}=${value}`];
  const quotable = /^[!-~](?:[ -~]{0,48}[!-~])?$/.test(value) && !value.includes('=?');
  if (quotable) return [`${name}="${value.replace(/["\\]/g, '\\$&')}"`];
  const sections = percentSections(value.toWellFormed(), 50);
  if (sections.length === 1) return [`${name}*=utf-8''${sections[0] ?? ''}`];
  return sections.map((section, index) => {
    const end = index < sections.length - 1 ? ';' : '';
    return `${name}*${index}*=${index === 0 ? "utf-8''" : ''}${section}${end}`;
  });
}

/** Percent-encoded pieces of at most `length` characters; no character is split. */
function percentSections(value: string, length: number): string[] {
  const sections: string[] = [];
  let section = '';
  for (const character of value) {
    const piece = /^[A-Za-z0-9._-]$/.test(character)
      ? character
      : Array.from(utf8Bytes(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
    if (section.length + piece.length > length) {
      sections.push(section);
      section = '';
    }
    section += piece;
  }
  return section === '' ? sections : [...sections, section];
}
