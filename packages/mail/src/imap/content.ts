// Header blocks and content, byte for byte: BODY.PEEK in pieces, each piece a command of its own.
import type { FetchQueryObject } from 'imapflow';
import { MailError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { CHUNK_BYTES, HEADER_PIECE_BYTES, HEADERS_PER_COMMAND, MAX_HEADER_BYTES, PIECE_BYTES } from './limits.ts';
import type { ImapLink } from './link.ts';
import { chunksOf, formatUid, numbersOf, uidSets } from './uid.ts';

export interface Range {
  readonly from: number;
  readonly length: number;
}

/**
 * The content of a mail. A reader that stops holds nothing up: between pieces no command is open.
 * @returns undefined when the mail is not there
 */
export async function readContent(
  link: ImapLink,
  folder: string,
  uid: string,
  range?: Range,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const from = range?.from ?? 0;
  const length = range?.length ?? Infinity;
  const first = await readPiece(link, folder, uid, from, Math.min(length, PIECE_BYTES));
  return first === undefined ? undefined : pieces(link, { folder, uid, from, length, first });
}

async function* pieces(
  link: ImapLink,
  wanted: { folder: string; uid: string; from: number; length: number; first: Uint8Array },
): AsyncIterable<Uint8Array> {
  const { folder, uid, from, length } = wanted;
  let piece = wanted.first;
  for (let got = 0; ;) {
    for (let at = 0; at < piece.length; at += CHUNK_BYTES) yield piece.subarray(at, at + CHUNK_BYTES);
    const asked = Math.min(length - got, PIECE_BYTES);
    got += piece.length;
    if (piece.length < asked || got >= length) return;
    const next = await readPiece(link, folder, uid, from + got, Math.min(length - got, PIECE_BYTES));
    if (next === undefined) {
      throw new MailError('ERR_MAIL_REFUSED', 'the mail vanished while it was read', { scope: 'message', retryable: false });
    }
    piece = next;
  }
}

/** Bytes from an offset, fewer at the end of the mail; undefined when the mail is not there. */
function readPiece(link: ImapLink, folder: string, uid: string, start: number, length: number): Promise<Uint8Array | undefined> {
  return link.read(async (connection) => {
    const [number] = numbersOf([uid], (await connection.select(folder)).validity);
    if (number === undefined) return undefined;
    if (length <= 0) return (await connection.search({ uid: `${number}` })).length > 0 ? new Uint8Array() : undefined;
    const query: FetchQueryObject = { uid: true, source: { start, maxLength: length } };
    const answers = await connection.client.fetchAll(`${number}`, query, { uid: true });
    const answer = answers.find((each) => each.uid === number && 'source' in each);
    if (answer === undefined) return undefined;
    // A server may answer NIL for bytes past the end.
    const bytes = answer.source instanceof Uint8Array ? answer.source : new Uint8Array();
    return bytes.subarray(0, length);
  });
}

/** Header blocks of many mails; those of vanished mails are missing. A block over 1 MB is cut there. */
export async function* readHeaders(
  link: ImapLink,
  folder: string,
  uids: readonly string[],
): AsyncIterable<{ uid: string; header: Uint8Array }> {
  for (const chunk of chunksOf(uids, HEADERS_PER_COMMAND)) {
    yield* await link.read(async (connection) => {
      const { validity } = await connection.select(folder);
      const found: { uid: string; header: Uint8Array }[] = [];
      for (const set of uidSets(numbersOf(chunk, validity))) {
        for (const [number, start] of await headerPieces(connection, set, 0)) {
          found.push({ uid: formatUid(validity, number), header: await wholeHeader(connection, number, start) });
        }
      }
      return found;
    });
  }
}

async function headerPieces({ client }: Connection, set: string, start: number): Promise<ReadonlyMap<number, Uint8Array>> {
  const query: FetchQueryObject = { uid: true, bodyParts: [{ key: 'HEADER', start, maxLength: HEADER_PIECE_BYTES }] };
  const found = new Map<number, Uint8Array>();
  for (const { uid, headers } of await client.fetchAll(set, query, { uid: true })) {
    if (headers instanceof Uint8Array) found.set(uid, headers);
  }
  return found;
}

async function wholeHeader(connection: Connection, number: number, start: Uint8Array): Promise<Uint8Array> {
  if (start.length < HEADER_PIECE_BYTES) return start;
  const parts = [start];
  for (let size = start.length; size < MAX_HEADER_BYTES;) {
    const next = (await headerPieces(connection, `${number}`, size)).get(number) ?? new Uint8Array();
    parts.push(next);
    size += next.length;
    if (next.length < HEADER_PIECE_BYTES) break;
  }
  return Buffer.concat(parts);
}
