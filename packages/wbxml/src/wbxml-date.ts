// Dates in attributes of SI and EMN: OPAQUE, two decimal digits a byte, YYYYMMDDhhmmss in UTC, trailing zero bytes left
// out (WAP-167-ServiceInd §9.2).

const pattern = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})Z$/;
const size = 7;
// A day is never 00, so the date itself is never left out.
const dateSize = 4;

/** `2006-05-17T12:34:56Z` as digits; undefined if the text is not such a date. */
export function encodeDate(text: string): Uint8Array | undefined {
  const digits = pattern.exec(text)?.slice(1).join('');
  if (digits === undefined || !isDate(digits)) return undefined;
  const bytes = Uint8Array.from({ length: size }, (_, index) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16));
  let length = size;
  while (length > dateSize && bytes[length - 1] === 0) length -= 1;
  return bytes.subarray(0, length);
}

/** The text form of date digits; undefined if they are not a date. */
export function decodeDate(bytes: Uint8Array): string | undefined {
  if (bytes.length < dateSize || bytes.length > size) return undefined;
  let digits = '';
  for (let index = 0; index < size; index += 1) digits += (bytes[index] ?? 0).toString(16).padStart(2, '0');
  if (!/^\d{14}$/.test(digits) || !isDate(digits)) return undefined;
  const part = (start: number, end: number): string => digits.slice(start, end);
  return `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}T${part(8, 10)}:${part(10, 12)}:${part(12, 14)}Z`;
}

function isDate(digits: string): boolean {
  const at = (start: number): number => Number(digits.slice(start, start + 2));
  const [month, day, hour, minute, second] = [at(4), at(6), at(8), at(10), at(12)];
  // 60 is a leap second.
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour <= 23 && minute <= 59 && second <= 60;
}
