// Which mails a Record expression lets through, in terms of what the server knows of each mail without opening it.
// OMA-TS-DS_Protocol 1.2 (filtering); properties of the OMA email object 1.2.
import { luidName, type RecordExpression, type RecordOperator, type RecordTest } from '@packetboat/syncml';
import { flagBits, type FlagSet } from '../flags.ts';

/** An order of two numbers. */
export type Order = 'EQ' | 'NE' | 'GT' | 'GE' | 'LT' | 'LE';

export type MailFilter =
  | { readonly kind: 'all' | 'any'; readonly left: MailFilter; readonly right: MailFilter }
  /** `value`: ms since 1970 for `received`, bytes of the whole mail for `size`. */
  | { readonly kind: 'received' | 'size'; readonly order: Order; readonly value: number }
  /** `flag`: one bit of a FlagSet. */
  | { readonly kind: 'flag'; readonly flag: FlagSet; readonly is: boolean };

/** What a filter is asked of. */
export interface FilteredMail {
  readonly received: number;
  readonly size: number;
  readonly flags: FlagSet;
}

/** Keywords that it announces beside them: bounds of the date and of the size. */
export const filterKeywords: readonly string[] = ['SINCE', 'BEFORE', 'MAXSIZE'];

/** A mail has one date at the server; to clients it is all three. */
const dates: ReadonlySet<string> = new Set(['received', 'created', 'modified']);

const flags: ReadonlyMap<string, FlagSet> = new Map<string, FlagSet>(flagBits);

/** Properties that the server announces in FilterCap. */
export const filterProperties: readonly string[] = [...dates, 'size', ...flags.keys()];

/** An expression that cannot be asked of a mail: what to tell the device (Status 422). */
export interface Nonsense {
  readonly nonsense: string;
}

/** The filter that an expression means, or why it means nothing here. */
export function mailFilter(expression: RecordExpression): MailFilter | Nonsense {
  if (expression.kind === 'test') return test(expression);
  const left = mailFilter(expression.left);
  if ('nonsense' in left) return left;
  const right = mailFilter(expression.right);
  return 'nonsense' in right ? right : { kind: expression.kind, left, right };
}

function test({ name, operator, value }: RecordTest): MailFilter | Nonsense {
  // A list of LUIDs asks for items; it cannot say what belongs on a device.
  if (name === luidName) return { nonsense: '&LUID; stands alone, or in a list joined by &OR;.' };
  const flag = flags.get(name);
  if (flag !== undefined) return flagTest(name, flag, operator, value);
  const keyword = { since: 'GE', before: 'LT' }[name] as Order | undefined;
  if (dates.has(name) || keyword !== undefined) {
    const order = orderOf(operator);
    const date = value === null ? undefined : dateOf(value);
    if (order === undefined || date === undefined) return { nonsense: `${name} is compared with a date such as 20060501T000000Z.` };
    return { kind: 'received', order: keyword ?? order, value: date };
  }
  if (name === 'size' || name === 'maxsize') {
    const order = orderOf(operator);
    if (order === undefined || value === null || !/^\d{1,15}$/.test(value))
      return { nonsense: `${name} is compared with a number of bytes.` };
    return { kind: 'size', order: name === 'maxsize' ? 'LE' : order, value: Number(value) };
  }
  return { nonsense: 'A property is asked for that is not in FilterCap.' };
}

function flagTest(name: string, flag: FlagSet, operator: RecordOperator, value: string | null): MailFilter | Nonsense {
  const asked = value === null ? false : { true: true, '1': true, false: false, '0': false }[value.toLowerCase()];
  if (asked === undefined || (operator !== 'EQ' && operator !== 'NE'))
    return { nonsense: `${name} is compared by &EQ; or &NE; with true or false.` };
  return { kind: 'flag', flag, is: asked === (operator === 'EQ') };
}

function orderOf(operator: RecordOperator): Order | undefined {
  return operator === 'CON' || operator === 'NCON' ? undefined : operator;
}

const datePattern = /^(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d)(?::?(\d\d))?)?Z?$/;

/** ISO 8601 as ms, in UTC: basic or extended, with or without a time. */
function dateOf(text: string): number | undefined {
  const [, year = '', month = '', day = '', hour = '0', minute = '0', second = '0'] = datePattern.exec(text) ?? [];
  if (year === '') return undefined;
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  // A month 13 would be taken for the next January.
  return new Date(date).getUTCMonth() === Number(month) - 1 ? date : undefined;
}

/** Whether a mail passes. */
export function passes(filter: MailFilter, mail: FilteredMail): boolean {
  switch (filter.kind) {
    case 'all':
      return passes(filter.left, mail) && passes(filter.right, mail);
    case 'any':
      return passes(filter.left, mail) || passes(filter.right, mail);
    case 'received':
      return inOrder(mail.received, filter.order, filter.value);
    case 'size':
      return inOrder(mail.size, filter.order, filter.value);
    case 'flag':
      return ((mail.flags & filter.flag) !== 0) === filter.is;
  }
}

function inOrder(a: number, order: Order, b: number): boolean {
  switch (order) {
    case 'EQ':
      return a === b;
    case 'NE':
      return a !== b;
    case 'GT':
      return a > b;
    case 'GE':
      return a >= b;
    case 'LT':
      return a < b;
    case 'LE':
      return a <= b;
  }
}
