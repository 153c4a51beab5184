// Keeps carriage returns. A conforming XML parser turns CR LF and CR into LF (XML 1.0 §2.11) before anybody sees them, but
// the widespread SyncML stacks put mail and vCards with raw CR LF into Data and count on every byte. So the parser gets
// each raw CR of text as a character reference, which it leaves alone, and each CDATA section empty, with its content
// handed round it. Tags, comments and whatever stands outside of the root stay as they are: there the rule does no harm.

/** A part of the document as the parser is to see it. */
export interface XmlPiece {
  readonly text: string;
  /** Content of the CDATA sections that were emptied. Sections after the last CR of the document are left as they are. */
  readonly sections: readonly string[];
  /** Copied slices in order: where each begins in `text`, and in the source. */
  readonly slices: readonly { readonly at: number; readonly source: number }[];
}

const cdataStart = '<![CDATA[';
const cdataEnd = ']]>';
// Enough for the parser to work in long strides, little enough that rewriting needs no second copy of a large document.
const pieceSize = 65_536;

/** Yields the document in pieces, each of which ends between two pieces of markup or text. */
export function* keepCarriageReturns(source: string): Generator<XmlPiece> {
  const rewriter = new Rewriter(source);
  let depth = 0;
  let position = 0;
  while (position < source.length && rewriter.nextReturn < source.length) {
    const open = indexOrEnd(source, '<', position);
    if (depth > 0) rewriter.protectText(position, open);
    if (source.startsWith(cdataStart, open)) {
      position = rewriter.emptyCdata(open);
    } else {
      const markup = endOfMarkup(source, open);
      depth += markup.depth;
      position = markup.end;
      rewriter.skip(position);
    }
    if (rewriter.size >= pieceSize) yield rewriter.flush(position);
  }
  yield rewriter.flush(source.length);
}

class Rewriter {
  readonly #source: string;
  #parts: string[] = [];
  #sections: string[] = [];
  #slices: { at: number; source: number }[] = [];
  #copied = 0;
  /** Characters in the piece so far. */
  size = 0;
  /** Index of the first CR not yet passed, or the length of the source. */
  nextReturn: number;

  constructor(source: string) {
    this.#source = source;
    this.nextReturn = indexOrEnd(source, '\r', 0);
  }

  protectText(start: number, end: number): void {
    this.skip(start);
    while (this.nextReturn < end) {
      this.#copy(this.nextReturn);
      this.#push('&#13;');
      this.#copied = this.nextReturn + 1;
      this.skip(this.#copied);
    }
  }

  /** Takes the content out of the CDATA section at `open` and says where the section ends. */
  emptyCdata(open: number): number {
    const start = open + cdataStart.length;
    const end = this.#source.indexOf(cdataEnd, start);
    if (end < 0) return this.#source.length;
    this.#copy(start);
    this.#sections.push(this.#source.slice(start, end));
    this.#copied = end;
    this.skip(end);
    return end + cdataEnd.length;
  }

  /** Leaves the CRs before `end` as they are. */
  skip(end: number): void {
    if (this.nextReturn < end) this.nextReturn = indexOrEnd(this.#source, '\r', end);
  }

  /** Ends the piece at `end` in the source. */
  flush(end: number): XmlPiece {
    this.#copy(end);
    const piece = { text: this.#parts.join(''), sections: this.#sections, slices: this.#slices };
    this.#parts = [];
    this.#sections = [];
    this.#slices = [];
    this.size = 0;
    return piece;
  }

  #copy(end: number): void {
    this.#slices.push({ at: this.size, source: this.#copied });
    this.#push(this.#source.slice(this.#copied, end));
    this.#copied = end;
  }

  #push(text: string): void {
    this.#parts.push(text);
    this.size += text.length;
  }
}

/** Where the markup that begins at `open` ends, and by how much it changes the depth. Malformed markup runs to the end. */
function endOfMarkup(source: string, open: number): { readonly end: number; readonly depth: number } {
  if (source.startsWith('<!--', open)) return { end: endAfter(source, '-->', open + 4), depth: 0 };
  if (source.startsWith('<?', open)) return { end: endAfter(source, '?>', open + 2), depth: 0 };
  if (source.startsWith('</', open)) return { end: endAfter(source, '>', open + 2), depth: -1 };
  const end = endOfTag(source, open);
  const opens = source[open + 1] !== '!' && source[end - 2] !== '/';
  return { end, depth: opens ? 1 : 0 };
}

/** The end of a start tag or DOCTYPE; `>` inside quotes does not count. */
function endOfTag(source: string, open: number): number {
  for (let position = open; position < source.length; position += 1) {
    const character = source[position];
    if (character === '>') return position + 1;
    if (character === '"' || character === "'") position = indexOrEnd(source, character, position + 1);
  }
  return source.length;
}

function indexOrEnd(source: string, text: string, from: number): number {
  const found = source.indexOf(text, from);
  return found < 0 ? source.length : found;
}

function endAfter(source: string, text: string, from: number): number {
  return Math.min(indexOrEnd(source, text, from) + text.length, source.length);
}
