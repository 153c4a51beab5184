// A page of a listing: the facts of up to 500 mails by one FETCH, with only the header fields that identify a mail.
import type { FetchMessageObject } from 'imapflow';
import { IDENTITY_FIELDS, mailDigest, messageIdOf } from '../digest.ts';
import { MailError } from '../errors.ts';
import type { RemoteMail } from '../port.ts';
import type { Connection } from './connection.ts';
import { toMailError } from './fault.ts';
import { readFlags } from './flags.ts';
import { formatUid, uidSets } from './uid.ts';

/** Selects a folder that must still be the one that is being read. */
export async function selectSame(connection: Connection, folder: string, validity: bigint): Promise<void> {
  const now = await connection.select(folder);
  if (now.validity === validity) return;
  throw new MailError('ERR_MAIL_PROTOCOL', 'the folder was made anew while it was read', { scope: 'folder', retryable: true });
}

export interface Listing {
  /** Oldest first. */
  readonly mails: readonly RemoteMail[];
  /** How many mails the server could not tell of, however they were asked for. */
  readonly unreadable: number;
}

/**
 * The mails with these uids (ascending) of the selected folder; vanished ones are missing. A mail that makes the server refuse the
 * whole command is found by halving and left out, so that it does not hide the others.
 */
export async function listMails(connection: Connection, validity: bigint, uids: readonly number[]): Promise<Listing> {
  if (uids.length === 0) return { mails: [], unreadable: 0 };
  try {
    const mails: RemoteMail[] = [];
    for (const set of uidSets(uids)) mails.push(...(await fetchMails(connection, validity, set)));
    return { mails, unreadable: 0 };
  } catch (error) {
    const fault = toMailError(error);
    if (fault.code !== 'ERR_MAIL_REFUSED' || fault.retryable || !connection.usable) throw fault;
    if (uids.length === 1) return { mails: [], unreadable: 1 };
    const middle = uids.length >> 1;
    const first = await listMails(connection, validity, uids.slice(0, middle));
    const second = await listMails(connection, validity, uids.slice(middle));
    return { mails: [...first.mails, ...second.mails], unreadable: first.unreadable + second.unreadable };
  }
}

async function fetchMails({ client }: Connection, validity: bigint, set: string): Promise<RemoteMail[]> {
  const query = { uid: true, flags: true, size: true, internalDate: true, headers: [...IDENTITY_FIELDS] };
  const found = new Map<number, RemoteMail>();
  // One by one: an answer is several times as large as what is kept of it.
  for await (const message of client.fetch(set, query, { uid: true })) {
    const mail = remoteMail(message, validity);
    if (mail !== undefined) found.set(message.uid, mail);
  }
  return [...found].toSorted(([a], [b]) => a - b).map(([, mail]) => mail);
}

/** Undefined for what the server tells unasked (flags alone) among the answers. */
function remoteMail({ uid, flags, size, internalDate, headers, emailId }: FetchMessageObject, validity: bigint): RemoteMail | undefined {
  if (!Number.isSafeInteger(uid) || size === undefined || flags === undefined || internalDate === undefined) return undefined;
  const header = headers instanceof Uint8Array ? headers : new Uint8Array();
  const messageId = messageIdOf(header);
  return {
    uid: formatUid(validity, uid),
    flags: readFlags(flags),
    size,
    received: internalDate instanceof Date ? internalDate.getTime() : 0,
    ...(messageId === undefined ? {} : { messageId }),
    digest: mailDigest(header, size),
    ...(typeof emailId === 'string' && emailId !== '' ? { emailId } : {}),
  };
}
