// HTML as text for terminals and quotes. A reader of tags, not a browser: no styles, no tables side by side, no hidden text
// found out, entities beyond the common ones left as they are. Linear in its input, never throws, keeps no markup.

const named: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  shy: '',
  zwnj: '',
  zwj: '',
  copy: '©',
  reg: '®',
  trade: '™',
  euro: '€',
  pound: '£',
  yen: '¥',
  cent: '¢',
  sect: '§',
  para: '¶',
  deg: '°',
  plusmn: '±',
  micro: 'µ',
  middot: '·',
  bull: '•',
  hellip: '…',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  sbquo: '‚',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  laquo: '«',
  raquo: '»',
  times: '×',
  divide: '÷',
  larr: '←',
  rarr: '→',
  frac12: '½',
  iexcl: '¡',
  iquest: '¿',
  szlig: 'ß',
  aring: 'å',
  Aring: 'Å',
  aelig: 'æ',
  AElig: 'Æ',
  oslash: 'ø',
  Oslash: 'Ø',
};

/** Letters with an accent are a letter and the name of a combining mark. */
const marks: Readonly<Record<string, string>> = {
  grave: '\u0300',
  acute: '\u0301',
  circ: '\u0302',
  tilde: '\u0303',
  uml: '\u0308',
  cedil: '\u0327',
  caron: '\u030C',
};

/** Content that is never text, up to its closing tag. */
const silent = /^(?:script|style|head|title|template|noscript|svg|object|iframe|textarea|select)$/;
/** Line breaks around these: 2 = an empty line between. */
const blocks: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    ['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'dl', 'table', 'blockquote', 'pre', 'hr'].map((tag) => [tag, 2]),
  ),
  ...Object.fromEntries(
    ['div', 'tr', 'li', 'dt', 'dd', 'section', 'article', 'header', 'footer', 'nav', 'center', 'form', 'body', 'address', 'caption'].map(
      (tag) => [tag, 1],
    ),
  ),
};

interface Out {
  readonly pieces: string[];
  /** Line ends owed before the next text. */
  breaks: number;
  /** A blank is owed before the next text. */
  blank: boolean;
  /** Target of the link that is open. */
  link: string | undefined;
}

/** The text of an HTML document or fragment: paragraphs apart, list items with `* `, link targets in angle brackets. */
export function htmlToText(html: string): string {
  const out: Out = { pieces: [], breaks: 0, blank: false, link: undefined };
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    const end = open < 0 ? html.length : open;
    write(out, html.slice(at, end));
    if (open < 0) break;
    at = tagAt(out, html, open);
  }
  return out.pieces.join('');
}

function write(out: Out, raw: string): void {
  if (raw === '') return;
  const text = decodeEntities(raw).replace(/[\p{Cc}\s]+/gu, ' ');
  const body = text.trim();
  if (body === '') {
    out.blank = true;
    return;
  }
  if (out.pieces.length > 0 && out.breaks > 0) out.pieces.push('\n'.repeat(out.breaks));
  else if (out.pieces.length > 0 && (out.blank || text.startsWith(' '))) out.pieces.push(' ');
  out.pieces.push(body);
  out.breaks = 0;
  out.blank = text.endsWith(' ');
}

/** Handles what begins with the `<` at `open`; returns where reading goes on. */
function tagAt(out: Out, html: string, open: number): number {
  if (html.startsWith('<!--', open)) return after(html, '-->', open + 4);
  const next = html[open + 1] ?? '';
  if (next === '!' || next === '?') return after(html, '>', open + 1);
  if (!/[a-z/]/i.test(next)) {
    write(out, '<');
    return open + 1;
  }
  const end = tagEnd(html, open);
  const tag = html.slice(open, end);
  const name = (/^<\/?([a-z][a-z0-9]*)/i.exec(tag)?.[1] ?? '').toLowerCase();
  const closing = tag[1] === '/';
  if (!closing && silent.test(name)) return closed(html, name, end);
  show(out, name, closing, tag);
  return end;
}

function show(out: Out, name: string, closing: boolean, tag: string): void {
  if (name === 'br') out.breaks += 1;
  out.breaks = Math.max(Math.min(out.breaks, 2), blocks[name] ?? 0);
  if (name === 'td' || name === 'th') out.blank = true;
  if (closing && name === 'a') endLink(out);
  if (closing) return;
  if (name === 'li') {
    write(out, '* ');
  } else if (name === 'hr') {
    write(out, '-----');
    out.breaks = 2;
  } else if (name === 'img') {
    const alt = attribute(tag, 'alt');
    if (alt.trim() !== '') write(out, ` [${alt}] `);
  } else if (name === 'a') {
    endLink(out);
    const href = decodeEntities(attribute(tag, 'href')).trim();
    if (/^(?:https?|mailto):/i.test(href)) out.link = href;
  }
}

/** Says where the link leads, unless its text did: what is shown and what is opened may differ, and the reader must see it. */
function endLink(out: Out): void {
  const target = out.link;
  out.link = undefined;
  if (target === undefined || out.pieces.at(-1) === target || `mailto:${out.pieces.at(-1)}` === target) return;
  const { breaks } = out;
  out.breaks = 0;
  out.blank = true;
  write(out, `<${target.replace(/[\s\p{Cc}<>]+/gu, '')}>`);
  out.breaks = breaks;
}

function after(html: string, mark: string, from: number): number {
  const at = html.indexOf(mark, from);
  return at < 0 ? html.length : at + mark.length;
}

/** Behind the `>` of a tag; one inside a quoted attribute does not count. */
function tagEnd(html: string, open: number): number {
  const stop = /[>"']/g;
  stop.lastIndex = open;
  for (let found = stop.exec(html); found !== null; found = stop.exec(html)) {
    if (found[0] === '>') return found.index + 1;
    // A quote opens a value only behind `=`; elsewhere (an apostrophe in a broken tag) it is nothing.
    if (!/=\s{0,20}$/.test(html.slice(Math.max(open, found.index - 21), found.index))) continue;
    const end = html.indexOf(found[0], found.index + 1);
    if (end < 0) return html.length;
    stop.lastIndex = end + 1;
  }
  return html.length;
}

function closed(html: string, name: string, from: number): number {
  const end = new RegExp(`</${name}[^a-z0-9]`, 'gi');
  end.lastIndex = from;
  const found = end.exec(html);
  return found === null ? html.length : tagEnd(html, found.index);
}

function attribute(tag: string, name: string): string {
  const found = new RegExp(`[\\s"'/]${name}\\s{0,20}=\\s{0,20}(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(tag);
  return found?.[1] ?? found?.[2] ?? found?.[3] ?? '';
}

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z][a-z0-9]{1,31}));?/gi,
    (whole: string, decimal?: string, hex?: string, name = '') => {
      if (decimal !== undefined) return character(Number(decimal));
      if (hex !== undefined) return character(Number.parseInt(hex, 16));
      const mark = marks[name.slice(1)];
      return (Object.hasOwn(named, name) ? named[name] : undefined) ?? (mark === undefined ? whole : `${name[0]}${mark}`.normalize());
    },
  );
}

function character(code: number): string {
  const usable = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return usable ? String.fromCodePoint(code) : '\uFFFD';
}
