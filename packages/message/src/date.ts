// Dates of mail: RFC 5322 §3.3 and §4.3, and the forms that broken senders write instead.
import { MessageError } from './errors.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Hours east of Greenwich (RFC 5322 §4.3). Other names, the military letters among them, mean UTC. */
const zones: Readonly<Record<string, number>> = { est: -5, edt: -4, cst: -6, cdt: -5, mst: -7, mdt: -6, pst: -8, pdt: -7 };

const standard =
  /^(?:[a-z]{3,9}\s{0,9}[.,]?\s{0,9})?(\d{1,2})[\s-]{1,9}([a-z]{3})[a-z]{0,6}[.,]?[\s-]{1,9}(\d{2,4})\s{1,9}(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s{0,9}([+-]\d{4}|[a-z]{1,5})?/i;
const iso = /^(\d{4})-(\d{2})-(\d{2})[t\s]{1,9}(\d{2}):(\d{2})(?::(\d{2}))?(?:[.,]\d{1,9})?\s{0,9}([+-]\d{2}:?\d{2}|[a-z]{1,5})?/i;
const asctime = /^[a-z]{3,9}\s{1,9}([a-z]{3})\s{1,9}(\d{1,2})\s{1,9}(\d{1,2}):(\d{2})(?::(\d{2}))?\s{1,9}(\d{4})/i;

/**
 * The time a Date value names, in ms since 1970, or undefined if it names none. No zone means UTC: the result never
 * depends on where we run.
 */
export function parseDate(value: string): number | undefined {
  const text = value
    .slice(0, 200)
    .replace(/\([^()]*\)/g, ' ')
    .trim();
  const plain = standard.exec(text);
  if (plain !== null) return time(plain[3], plain[2], plain[1], plain[4], plain[5], plain[6], plain[7]);
  const other = iso.exec(text);
  if (other !== null) return time(other[1], other[2], other[3], other[4], other[5], other[6], other[7]);
  const old = asctime.exec(text);
  return old === null ? undefined : time(old[6], old[1], old[2], old[3], old[4], old[5], undefined);
}

type Part = string | undefined;

function time(y: Part, mon: Part, d: Part, h: Part, min: Part, s: Part, zone: Part): number | undefined {
  const month = /^\d/.test(mon ?? '') ? Number(mon) - 1 : months.indexOf((mon ?? '').toLowerCase());
  const [day, hour, minute, second] = [Number(d), Number(h), Number(min), Number(s ?? 0)];
  if (month < 0 || month > 11 || hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(fullYear(y ?? ''), month, day);
  if (date.getUTCDate() !== day || day === 0) return undefined;
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000 - offset(zone ?? '') * 60_000;
}

/** RFC 5322 §4.3: two digits below 50 are this century, three digits count from 1900. */
function fullYear(digits: string): number {
  const year = Number(digits);
  if (digits.length === 2) return year < 50 ? 2000 + year : 1900 + year;
  return digits.length === 3 ? 1900 + year : year;
}

/** Minutes east of Greenwich. */
function offset(zone: string): number {
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.replace(/[^\d]/g, '');
  if (digits.length !== 4) return (zones[zone.toLowerCase()] ?? 0) * 60;
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
}

/** The value of a Date field, in UTC. `ms` since 1970; throws `ERR_MESSAGE_DATE`. */
export function formatDate(ms: number): string {
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999)) throw new MessageError('ERR_MESSAGE_DATE', 'Date: the time is not between the years 0 and 9999');
  return date.toUTCString().replace('GMT', '+0000');
}
