// Record expressions of a Filter: the CGI grammar (type `syncml:filtertype-cgi`, OMA-TS-DS_Protocol 1.2 (filtering)). Below 1.2 the same
// expression stands behind the `?` of a datastore's URI.
import { SyncmlError } from './errors.ts';
import { recordLimits } from './limits.ts';

/** Comparisons by name, without the `&` and `;` around them and the `i` that ignores case. */
export type RecordOperator = 'EQ' | 'NE' | 'GT' | 'GE' | 'LT' | 'LE' | 'CON' | 'NCON';

/** A comparison of one property. */
export interface RecordTest {
  readonly kind: 'test';
  /** Property in lower case; `&luid;` for the LUID itself. */
  readonly name: string;
  readonly operator: RecordOperator;
  readonly ignoreCase: boolean;
  /** Percent-decoded; null for `&NULL;`. */
  readonly value: string | null;
}

/** `all`: AND, `any`: OR. Terms are joined from left to right: neither goes before the other. */
export type RecordExpression =
  | RecordTest
  | { readonly kind: 'all' | 'any'; readonly left: RecordExpression; readonly right: RecordExpression };

/** The name under which tests of the LUID go. */
export const luidName = '&luid;';

const operatorAt = /&(i?)(EQ|NE|GT|GE|LT|LE|CON|NCON);/iy;
const nameAt = /[A-Za-z0-9[\]._-]+/y;
// Funambol's clients leave the semicolon out before an operator.
const luidAt = /&LUID(?:;|(?=&))/iy;
const andAt = /&AND;|&amp;|&(?![A-Za-z]+;)/iy;
const orAt = /&OR;|\|/iy;
const valueAt = /[^&|()]*/y;
const nullAt = /&NULL;/iy;

/**
 * Reads an expression of at most 4,096 characters. Throws ERR_SYNCML_BAD_VALUE, which is answered with 422; the text says at which
 * character, never what stood there.
 */
export function parseRecord(text: string): RecordExpression {
  const reader = new Reader(text.trim());
  const expression = reader.expression(0);
  if (!reader.isAtEnd) reader.fail('something follows the expression');
  return expression;
}

class Reader {
  readonly #text: string;
  #at = 0;
  #tests = 0;

  constructor(text: string) {
    this.#text = text;
    if (text.length > recordLimits.characters) this.fail(`longer than ${recordLimits.characters} characters`);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  fail(reason: string): never {
    throw new SyncmlError('ERR_SYNCML_BAD_VALUE', `the filter at character ${this.#at + 1}: ${reason}`);
  }

  expression(depth: number): RecordExpression {
    if (depth > recordLimits.depth) this.fail(`brackets more than ${recordLimits.depth} deep`);
    let left = this.#term(depth);
    for (;;) {
      const kind = this.#take(andAt) !== undefined ? 'all' : this.#take(orAt) !== undefined ? 'any' : undefined;
      if (kind === undefined) return left;
      left = { kind, left, right: this.#term(depth) };
    }
  }

  #term(depth: number): RecordExpression {
    if (this.#text[this.#at] !== '(') return this.#test();
    this.#at += 1;
    const inner = this.expression(depth + 1);
    if (this.#text[this.#at] !== ')') this.fail('a closing bracket is missing');
    this.#at += 1;
    return inner;
  }

  #test(): RecordTest {
    this.#tests += 1;
    if (this.#tests > recordLimits.tests) this.fail(`more than ${recordLimits.tests} comparisons`);
    const name = this.#take(luidAt) === undefined ? this.#take(nameAt)?.[0] : luidName;
    if (name === undefined) this.fail('the name of a property is missing');
    const operator = this.#take(operatorAt);
    if (operator === undefined) this.fail('a comparison such as &EQ; is missing');
    const isNull = this.#take(nullAt) !== undefined;
    const value = isNull ? null : this.#decoded(this.#take(valueAt)?.[0] ?? '');
    return {
      kind: 'test',
      name: name.toLowerCase(),
      operator: (operator[2] ?? '').toUpperCase() as RecordOperator,
      ignoreCase: operator[1] !== '',
      value,
    };
  }

  #decoded(text: string): string {
    try {
      return decodeURIComponent(text);
    } catch {
      return this.fail('the % of its value is not followed by two hexadecimal digits of UTF-8');
    }
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }
}

/** The LUID, if the expression asks for one item and nothing else; undefined for every other. */
export function luidOf(expression: RecordExpression): string | undefined {
  const isOne = expression.kind === 'test' && expression.name === luidName && expression.operator === 'EQ';
  return isOne ? (expression.value ?? undefined) : undefined;
}
