// What a SyncEvolution device holds, and whether it is what the mail server holds: to the byte, and flag by flag.
import { createHash } from 'node:crypto';
import { parseEmail, type EmailObject } from '@packetboat/syncml';
import { expect } from 'vitest';
import type { FileItems } from '../peers/syncevolution-items.ts';
import type { SyncEvolution, SyncEvolutionResult, SyncEvolutionRun } from '../peers/syncevolution.ts';
import type { Mailbox } from './plain-world.ts';

export interface PhoneMail {
  readonly luid: string;
  readonly email: EmailObject;
  readonly bytes: Buffer;
}

export function emails(phone: SyncEvolution): FileItems {
  return phone.items('email');
}

/** The mails of the device. Throws when an item is no email object with a mail in it. */
export function phoneMails(phone: SyncEvolution): PhoneMail[] {
  const items = emails(phone);
  return items.list().map((luid) => {
    const email = parseEmail(items.read(luid));
    if (email.emailItem === undefined) throw new Error(`the item ${luid} holds no mail`);
    return { luid, email, bytes: Buffer.from(email.emailItem) };
  });
}

/** The device's mail with these bytes. */
export function findMail(phone: SyncEvolution, bytes: Uint8Array): PhoneMail {
  const found = phoneMails(phone).filter((mail) => mail.bytes.equals(bytes));
  expect(found.length, 'mails with these bytes on the device').toBe(1);
  const [mail] = found;
  if (mail === undefined) throw new Error('no mail has these bytes');
  return mail;
}

const fields = ['read', 'replied', 'forwarded', 'flagged', 'deleted'] as const;

/** A mail in a line that a failing comparison can be read by: subject, size, digest of the bytes, flags. */
function line(bytes: Buffer, flags: Partial<Record<(typeof fields)[number], boolean>>): string {
  const subject = /^subject:(.*)$/im.exec(bytes.toString('latin1'))?.[1]?.trim() ?? '';
  const digest = createHash('sha256').update(bytes).digest('hex');
  return `${subject} | ${bytes.length} | ${digest} | ${fields.filter((field) => flags[field] === true).join(' ')}`;
}

/** Expects that device and inbox hold the same mails: the same bytes, the same flags, each as often as the other. */
export async function expectInStep(phone: SyncEvolution, mailbox: Mailbox): Promise<void> {
  const there = (await mailbox.mails()).map(({ bytes, flags }) => line(bytes, flags)).toSorted();
  const here = phoneMails(phone)
    .map(({ bytes, email }) => line(bytes, email))
    .toSorted();
  expect(here).toEqual(there);
}

/** Changes made on the device and changes the device made at the server, as it reports them itself. */
export interface Moved {
  readonly local?: Partial<Record<'added' | 'updated' | 'removed', number>>;
  readonly remote?: Partial<Record<'added' | 'updated' | 'removed', number>>;
}

const nothing = { added: 0, updated: 0, removed: 0, errors: 0 };

/** Runs a session that must go well and move exactly this. */
export async function syncMoves(phone: SyncEvolution, moved: Moved, run: SyncEvolutionRun = {}): Promise<SyncEvolutionResult> {
  const result = await phone.run(run);
  expect(result.exitCode, `${result.output}\n${faults(phone.logs())}`).toBe(0);
  const store = result.report?.stores['email'];
  expect({ local: store?.local, remote: store?.remote }).toEqual({
    local: { ...nothing, ...moved.local },
    remote: { ...nothing, ...moved.remote },
  });
  return result;
}

/** Changes a flag in the item's file, as somebody reading on the device would; the rest of the object stays byte for byte. */
export function setItemFlag(phone: SyncEvolution, luid: string, field: (typeof fields)[number], value: boolean): void {
  const before = Buffer.from(emails(phone).read(luid)).toString('latin1');
  const after = before.replace(`<${field}>${!value}</${field}>`, `<${field}>${value}</${field}>`);
  if (after === before) throw new Error(`the item ${luid} does not say that ${field} is ${!value}`);
  emails(phone).write(luid, Buffer.from(after, 'latin1'));
}

/** Adds a mail on the device. */
export function addItem(phone: SyncEvolution, luid: string, object: Uint8Array): void {
  if (emails(phone).list().includes(luid)) throw new Error(`there is an item ${luid} already`);
  emails(phone).write(luid, object);
}

/** The lines of the client's log that say what went wrong. */
function faults(log: string): string {
  return log
    .split('\n')
    .filter((text) => /error|warning|non-ok|abort|mismatch/i.test(text))
    .slice(-40)
    .join('\n');
}
