// Values with parameters, Content-Type and Content-Disposition: RFC 2045 §5.1, RFC 2231 (continuations, charsets), read leniently.
import { concatBytes, oneLine, utf8Bytes } from './bytes.ts';
import { decodeCharset } from './charset.ts';
import { decodeText } from './encoded-word.ts';
import { limits } from './limits.ts';

export interface Parameterised {
  /** The part before the first `;`, lower-case, without comments. */
  readonly value: string;
  /** Names in lower case without RFC 2231 marks; values decoded. Of a doubled name the first counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A section of a value that is spread over several parameters; an extended one is percent-encoded. */
interface Section {
  readonly text: string;
  readonly extended: boolean;
}

interface Piece {
  readonly text: string;
  readonly quoted: boolean;
}

/** Reads such a value. Never throws. */
export function parseParameterised(text: string): Parameterised {
  const [first, ...rest] = segments(text);
  const plain = new Map<string, string>();
  const marked = new Map<string, Map<number, Section>>();
  for (const { name, piece } of rest.slice(0, limits.parameters)) {
    if (name === '') continue;
    const mark = /^([^*]+)\*(?:(\d{1,3})(\*)?)?$/.exec(name);
    if (mark === null) {
      if (!plain.has(name)) plain.set(name, plainValue(name, piece));
      continue;
    }
    const sections = marked.get(mark[1] ?? '') ?? new Map<number, Section>();
    // `name*` alone is one whole value; it wins over numbered sections.
    const index = mark[2] === undefined ? -1 : Number(mark[2]);
    if (!sections.has(index)) sections.set(index, { text: piece.text, extended: index < 0 || mark[3] === '*' });
    marked.set(mark[1] ?? '', sections);
  }
  for (const [name, sections] of marked) plain.set(name, joined(sections));
  return { value: firstToken(withoutComments(first?.piece.text ?? '')).toLowerCase(), parameters: plain };
}

/** Pieces between `;` outside quotes; the name is what stands before the first `=` outside quotes, lower-case. */
function segments(text: string): { name: string; piece: Piece }[] {
  const found: { name: string; piece: Piece }[] = [];
  let name = '';
  let buffer = '';
  let quoted: string | undefined;
  let inside = false;
  let named = false;
  const push = (): void => {
    const piece = { text: quoted ?? buffer.trim(), quoted: quoted !== undefined };
    found.push({ name: named ? name : piece.text.toLowerCase(), piece: named || found.length === 0 ? piece : { text: '', quoted: false } });
    [name, buffer, quoted, named] = ['', '', undefined, false];
  };
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i] ?? '';
    if (inside) {
      const escaped = char === '\\' && (text[i + 1] === '"' || text[i + 1] === '\\');
      if (char === '"') inside = false;
      else quoted = (quoted ?? '') + (escaped ? (text[i + 1] ?? '') : char);
      if (escaped) i += 1;
    } else if (char === '"' && quoted === undefined) {
      inside = true;
      quoted = '';
    } else if (char === ';') {
      push();
    } else if (char === '=' && !named && found.length > 0) {
      name = withoutComments(buffer).trim().toLowerCase();
      [buffer, named] = ['', true];
    } else {
      buffer += char;
    }
  }
  push();
  return found;
}

function plainValue(name: string, piece: Piece): string {
  // A comment may follow a token (RFC 2045 §5.1), but an unquoted file name with blanks and parentheses is far more common.
  if (name !== 'name' && name !== 'filename') return piece.quoted ? piece.text : firstToken(withoutComments(piece.text));
  return decodeText(piece.text);
}

/** RFC 2231 §3 and §4: sections in order without gaps; the first extended one names the charset. */
function joined(sections: ReadonlyMap<number, Section>): string {
  const ordered: Section[] = [];
  for (let index = 0, next = sections.get(-1) ?? sections.get(0); next !== undefined; next = sections.get(index)) {
    ordered.push(next);
    index = sections.has(-1) ? -2 : index + 1;
  }
  const head = ordered[0]?.extended === true ? /^([^']*)'[^']*'/.exec(ordered[0].text) : null;
  const charset = head?.[1];
  const bytes = ordered.map((section, index) => {
    const text = index === 0 ? section.text.slice(head?.[0].length ?? 0) : section.text;
    return section.extended ? percentDecoded(text) : utf8Bytes(text);
  });
  const value = decodeCharset(concatBytes(bytes), charset);
  return charset === undefined ? decodeText(value) : oneLine(value);
}

function percentDecoded(text: string): Uint8Array {
  const bytes = utf8Bytes(text);
  const out: number[] = [];
  for (let i = 0; i < bytes.length; i += 1) {
    const escape = bytes[i] === 0x25 ? /^[0-9a-f]{2}$/i.exec(String.fromCharCode(...bytes.subarray(i + 1, i + 3))) : null;
    out.push(escape === null ? (bytes[i] ?? 0) : Number.parseInt(escape[0], 16));
    if (escape !== null) i += 2;
  }
  return Uint8Array.from(out);
}

function withoutComments(text: string): string {
  if (!text.includes('(')) return text;
  let depth = 0;
  let kept = '';
  for (const char of text) {
    if (char === '(') depth += 1;
    else if (char === ')' && depth > 0) depth -= 1;
    else if (depth === 0) kept += char;
  }
  return kept;
}

function firstToken(text: string): string {
  return /[^\s()]+/.exec(text)?.[0] ?? '';
}
