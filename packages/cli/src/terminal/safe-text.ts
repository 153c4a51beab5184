// Text of mails made safe for a terminal: no control characters or escape sequences, nothing that turns the direction of writing.

/** C0 but line end and tab, DEL, C1, and the controls of direction and invisible separators. */
const unsafe = /[\0-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Text of several lines; what is unsafe is shown as a visible sign in its place, so that nothing is hidden either. */
export function safeText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(unsafe, sign);
}

/** The same on one line: line ends and tabs become spaces. */
export function safeLine(text: string): string {
  return safeText(text).replace(/[\n\t]+/g, ' ');
}

function sign(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}

/** JSON on as many lines as it likes, with what a terminal would obey as escapes: JSON itself lets DEL, C1 and the rest through. */
export function safeJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Columns that a terminal takes for a text: wide characters two, marks that stand on others none. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += width(character);
  return columns;
}

/** Cut to a number of columns, with an ellipsis where something is missing, and filled up with spaces. */
export function fit(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text + ' '.repeat(columns - columnsOf(text));
  let cut = '';
  let taken = 0;
  for (const character of text) {
    if (taken + width(character) > columns - 1) break;
    taken += width(character);
    cut += character;
  }
  return `${cut}…${' '.repeat(Math.max(0, columns - 1 - taken))}`;
}

function width(character: string): number {
  if (/^[\p{M}\p{Cf}]$/u.test(character)) return 0;
  const wide =
    /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]$/u;
  return wide.test(character) ? 2 : 1;
}
