// What changes a mailbox: flags, moving, removing, appending; and finding by Message-ID.
import { messageIdOf } from '../digest.ts';
import { MailError } from '../errors.ts';
import type { ByteSource, MailFlags, Placement } from '../port.ts';
import type { Connection } from './connection.ts';
import { toMailError } from './fault.ts';
import { flagCommands } from './flags.ts';
import { MAX_APPEND_BYTES, MOVED_AT_ONCE, PAGE_MAILS } from './limits.ts';
import { chunksOf, formatUid, numbersOf, uidSets } from './uid.ts';

/** Those of the uids that are in the selected folder now, ascending. */
async function existing(connection: Connection, validity: bigint, uids: readonly string[]): Promise<number[]> {
  const found: number[] = [];
  for (const set of uidSets(numbersOf(uids, validity))) found.push(...(await connection.search({ uid: set })));
  return found;
}

export async function setFlags(
  connection: Connection,
  folder: string,
  uids: readonly string[],
  flags: Partial<MailFlags>,
): Promise<string[]> {
  const { validity, keywords } = await connection.select(folder);
  const numbers = await existing(connection, validity, uids);
  const { add, remove } = flagCommands(flags, keywords);
  const { client } = connection;
  for (const set of uidSets(numbers)) {
    if (add.length > 0) await connection.demand(() => client.messageFlagsAdd(set, add, { uid: true, silent: true }));
    if (remove.length > 0) await connection.demand(() => client.messageFlagsRemove(set, remove, { uid: true, silent: true }));
  }
  return numbers.map((number) => formatUid(validity, number));
}

/** MOVE (RFC 6851) or COPY and removal. Where COPYUID is told, exactly what was moved is in the result, else what was there before. */
export async function moveMails(
  connection: Connection,
  folder: string,
  uids: readonly string[],
  to: string,
): Promise<ReadonlyMap<string, Placement>> {
  const { validity } = await connection.select(folder);
  const moved = new Map<string, Placement>();
  const { client } = connection;
  const direct = connection.has('MOVE');
  for (const numbers of chunksOf(await existing(connection, validity, uids), MOVED_AT_ONCE)) {
    const set = numbers.join(',');
    const { uidMap, uidValidity } = await connection.demand(() =>
      direct ? client.messageMove(set, to, { uid: true }) : client.messageCopy(set, to, { uid: true }),
    );
    if (!direct) await expunge(connection, set);
    for (const number of uidMap?.keys() ?? numbers) {
      const target = uidMap?.get(number);
      const known = target !== undefined && uidValidity !== undefined;
      moved.set(formatUid(validity, number), known ? { uid: formatUid(uidValidity, target) } : {});
    }
  }
  return moved;
}

export async function removeMails(connection: Connection, folder: string, uids: readonly string[]): Promise<void> {
  const { validity } = await connection.select(folder);
  for (const set of uidSets(await existing(connection, validity, uids))) await expunge(connection, set);
}

/**
 * Removes the mails of the set and no others. Without UIDPLUS there is only EXPUNGE, which removes whatever is marked \Deleted: the
 * others are unmarked before and marked again afterwards. If the link breaks in between they lose the mark, which loses no mail.
 */
async function expunge(connection: Connection, set: string): Promise<void> {
  const { client } = connection;
  if (connection.has('UIDPLUS')) {
    await connection.demand(() => client.messageDelete(set, { uid: true }));
    return;
  }
  const mine = new Set(await connection.search({ uid: set }));
  const others = (await connection.search({ deleted: true })).filter((number) => !mine.has(number));
  const otherSets = uidSets(others);
  for (const other of otherSets)
    await connection.demand(() => client.messageFlagsRemove(other, ['\\Deleted'], { uid: true, silent: true }));
  try {
    await connection.demand(() => client.messageDelete(set, { uid: true }));
  } finally {
    for (const other of otherSets) {
      if (connection.usable) await connection.demand(() => client.messageFlagsAdd(other, ['\\Deleted'], { uid: true, silent: true }));
    }
  }
}

/** @throws MailError ERR_MAIL_LIMIT when it is larger than can be sent from memory */
export async function collect(mail: ByteSource): Promise<Buffer> {
  if (mail.size > MAX_APPEND_BYTES) {
    throw new MailError('ERR_MAIL_LIMIT', `a mail of more than ${MAX_APPEND_BYTES} bytes cannot be appended`, {
      scope: 'message',
      retryable: false,
    });
  }
  const bytes = Buffer.allocUnsafe(mail.size);
  let at = 0;
  for await (const piece of mail.open()) {
    if (at + piece.length > mail.size) throw new RangeError('the byte source gives more bytes than its size');
    bytes.set(piece, at);
    at += piece.length;
  }
  if (at !== mail.size) throw new RangeError('the byte source gives fewer bytes than its size');
  return bytes;
}

export async function appendMail(
  connection: Connection,
  folder: string,
  mail: Buffer,
  flags: Partial<MailFlags>,
  received: number,
): Promise<Placement> {
  const wanted = Object.fromEntries(Object.entries(flags).filter(([, value]) => value));
  // Only a folder that is selected tells which keywords it keeps, and some servers refuse an APPEND with any other.
  const keywords =
    flags.forwarded === true ? (await connection.select(folder)).keywords : { known: new Set<string>(), permanent: undefined };
  const { add } = flagCommands(wanted, keywords);
  const { client } = connection;
  const placed = await connection
    .demand(() => client.append(folder, mail, add, new Date(received)))
    .catch((error: unknown) => {
      throw toMailError(error, 'folder');
    });
  // A uid without its UIDVALIDITY is the library's guess by place.
  return placed.uid === undefined || placed.uidValidity === undefined ? {} : { uid: formatUid(placed.uidValidity, placed.uid) };
}

/** SEARCH looks for a part of a header and not every server can quote it, so the hits are read and compared. */
export async function findMails(connection: Connection, folder: string, messageId: string): Promise<string[]> {
  const { validity } = await connection.select(folder);
  const hits = await connection.search({ header: { 'Message-ID': searchable(messageId) } });
  const found: string[] = [];
  for (const chunk of chunksOf(hits, PAGE_MAILS)) {
    for (const set of uidSets(chunk)) {
      for (const { uid, headers } of await connection.client.fetchAll(set, { uid: true, headers: ['Message-ID'] }, { uid: true })) {
        if (headers instanceof Uint8Array && messageIdOf(headers) === messageId) found.push(formatUid(validity, uid));
      }
    }
  }
  return found;
}

/** The longest part that needs no quoting and no charset. */
function searchable(messageId: string): string {
  const parts = messageId.match(/[!#-[\]-~]+/g) ?? [''];
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest));
}
