// A mail as a device has it: which part of it, how large it is when it is whole, and in which folder. OMA email object 1.2.
import type { EmailObject, Item } from '@packetboat/syncml';
import { describedExt } from '../profile.ts';
import type { Guid, Shape } from './port.ts';
import type { Receiving } from './receive.ts';

/** A mail as the device has it. */
export interface DeviceMail {
  readonly luid: string;
  readonly bytes: Uint8Array;
  /** Of the whole mail. */
  readonly size: number;
  readonly parent: Guid | null;
}

export function deviceMail(r: Receiving, luid: string, email: EmailObject, bytes: Uint8Array, item: Item): DeviceMail {
  const told = Number(email.ext.find((ext) => ext.xNam === 'x-funambol-size')?.xVal[0]);
  const size = isPartial(email) && Number.isSafeInteger(told) ? told : bytes.length;
  return { luid, bytes, size, parent: folderOf(r, item) };
}

/** The object is not the whole mail. */
export function isPartial(email: EmailObject): boolean {
  return email.ext.some((ext) => ext.xNam === 'x-funambol-body' || ext.xNam === describedExt);
}

/** For an object that only describes a mail: what the device has of it. */
export function descriptionOf(email: EmailObject): Shape | undefined {
  const described = email.ext.find((ext) => ext.xNam === describedExt);
  return described === undefined ? undefined : described.xVal[0] === 'full' ? 'full' : 'headers';
}

export function folderOf(r: Receiving, item: Item): Guid | null {
  if (r.ds.view.kind === 'flat') return r.ds.view.folder;
  return item.sourceParent === undefined ? null : (r.rows.get(item.sourceParent)?.item?.guid ?? null);
}
