// The email object of a mail (OMA DS email 1.2): its status and dates around the RFC 5322 bytes, and marks for what is left out.
import { emailFlags, sendErrorExt } from '@packetboat/datasync';
import { summarise } from '@packetboat/message';
import type { DevInfExt, EmailObject } from '@packetboat/syncml';
import type { MailItem } from './items.ts';

/** What of a mail an object does not hold. */
export interface LeftOut {
  /** Bytes of the body. */
  readonly body: number;
  /** Bytes of header fields that stay at the server. */
  readonly header: number;
}

export const nothingLeftOut: LeftOut = { body: 0, header: 0 };

/** Everything of the object but the mail itself. `header` is the mail's whole header: its Date is when the mail was written. */
export function emailFields(item: MailItem, header: Uint8Array, left: LeftOut): Omit<EmailObject, 'emailItem'> {
  const created = utcDate(summarise(header).date ?? item.received);
  return {
    ...emailFlags(item.flags),
    received: utcDate(item.received),
    created,
    modified: created,
    ext: marks(item, left),
  };
}

/** `x-funambol-size` and `-body` are what existing clients read: size of the whole mail, and bytes of its body not sent. */
function marks(item: MailItem, left: LeftOut): readonly DevInfExt[] {
  const ext: DevInfExt[] = [];
  if (left.body > 0 || left.header > 0) ext.push({ xNam: 'x-funambol-size', xVal: [String(item.size)] });
  if (left.body > 0) ext.push({ xNam: 'x-funambol-body', xVal: [String(left.body)] });
  if (item.sendError !== null) ext.push({ xNam: sendErrorExt, xVal: [plainText(item.sendError)] });
  return ext;
}

/** Words of another server, without characters that XML has not. */
export function plainText(text: string): string {
  return text.replaceAll(/\p{Cc}+|[\uFFFE\uFFFF]|\p{Surrogate}/gu, ' ');
}

/** `20060517T123456Z`. A time that the calendar has not is the epoch. */
export function utcDate(time: number): string {
  const date = new Date(Math.abs(time) <= 8.64e15 ? time : 0);
  const year = date.getUTCFullYear();
  const shown = year < 0 || year > 9999 ? new Date(0) : date;
  return `${shown.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
