// Putting an object into the message: whole, or in chunks over several messages. DS Protocol 1.2 §3.7 (large objects).
import { contentTypes, encodeBase64Bytes, type Add, type Data, type Item, type Replace } from '@packetboat/syncml';
import { bytesToHex } from '@noble/hashes/utils.js';
import { limits } from '../limits.ts';
import type { MessageWriter, Unnumbered } from '../message/message-writer.ts';
import { need, type Step } from '../step.ts';
import type { Guid, MapRow, RenderedObject, ServerNeeds } from './port.ts';
import type { DatastoreState, OutgoingObject } from './state.ts';
import type { Turn } from './turn.ts';

export type Placed =
  | { readonly kind: 'put'; readonly cmdId: string }
  /** The first chunk is in, or there is no room: go on in the next message. */
  | { readonly kind: 'full' }
  /** Larger than the device takes, or it takes no large objects. */
  | { readonly kind: 'too large' };

// A chunk may begin with U+FEFF, which is part of the mail there.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const strictUtf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

/** Item data of bytes: OPAQUE in WBXML, text in XML. */
export function itemData(turn: Turn, bytes: Uint8Array): Data {
  return turn.session.encoding === 'wbxml' ? { kind: 'bytes', bytes } : { kind: 'text', text: utf8.decode(bytes) };
}

export type ObjectItem = Omit<Item, 'data' | 'moreData' | 'meta'>;

/** An object with how it is to be sent. */
export interface ObjectToPut {
  readonly name: 'Add' | 'Replace';
  readonly type: string;
  readonly item: ObjectItem;
  readonly object: RenderedObject;
  readonly facts: NonNullable<MapRow['sent']>;
}

export function putObject(
  turn: Turn,
  ds: DatastoreState,
  writer: MessageWriter,
  { name, type, item, object, facts }: ObjectToPut,
  roomWhenEmpty: number,
): Placed {
  if (object.kind === 'unavailable') return { kind: 'full' };
  const format = turn.session.encoding === 'xml' && type !== contentTypes.email && type !== contentTypes.folder ? xmlFormat(object) : null;
  const meta = { type, ...(format === null ? {} : { format }) };
  const whole = object.kind === 'bytes' ? (format === null ? object.bytes : encodeBase64Bytes(object.bytes)) : undefined;
  const total = object.kind === 'bytes' ? (whole ?? object.bytes).length : object.size;
  const { maxObjSize } = turn.session;
  if (maxObjSize !== null && total > maxObjSize) return { kind: 'too large' };
  if (whole !== undefined) {
    const command: Unnumbered<Add | Replace> = { name, meta, items: [{ ...item, data: itemData(turn, whole) }] };
    const cmdId = turn.session.profile ? writer.putItemInside(command) : writer.putInside(command);
    if (cmdId !== undefined) return { kind: 'put', cmdId };
    const fitsLater = writer.size(command) <= roomWhenEmpty;
    // What has the message for itself and does not fit is cut, if the device takes that: waiting might not help.
    if (fitsLater && (!writer.nothingInside || !takesChunks(turn))) return { kind: 'full' };
  }
  if (!takesChunks(turn)) return { kind: 'too large' };
  let spool: string;
  if (object.kind === 'spool') spool = object.spool;
  else {
    const bytes = whole ?? object.bytes;
    spool = bytesToHex(turn.env.random(12));
    turn.writes.push({ write: 'spool', spool, at: 0, bytes });
    turn.spooled.set(spool, bytes);
  }
  turn.session.outgoing = {
    key: ds.key,
    guid: object.guid,
    command: name,
    spool,
    offset: 0,
    total,
    target: item.target?.locUri ?? null,
    source: item.source?.locUri ?? null,
    sourceParent: item.sourceParent ?? null,
    targetParent: item.targetParent ?? null,
    type,
    format,
    facts,
  };
  return { kind: 'full' };
}

function takesChunks({ session }: Turn): boolean {
  return session.maxObjSize !== null || session.profile;
}

/** Whether a message with nothing but its answers has room for a piece of a mail that is worth one. */
export function leastChunkFits(writer: MessageWriter): boolean {
  const name = './mail';
  if (!writer.openSync({ target: name, source: name, numberOfChanges: undefined })) return false;
  const id = '999999';
  const open = { target: id, source: null, sourceParent: id, targetParent: null, type: contentTypes.email, total: limits.objectBytes };
  return writer.room - chunkCost(writer, open) >= limits.leastData;
}

/**
 * A mail that is not wrapped in an object can hold what XML cannot: then it goes as base64. One in the spool has been written
 * there as base64, since nobody has looked at all of it.
 */
function xmlFormat(object: Exclude<RenderedObject, { kind: 'unavailable' }>): 'b64' | null {
  if (object.kind === 'spool') return 'b64';
  try {
    return /[^\t\n\r\u0020-\uFFFD]/.test(strictUtf8.decode(object.bytes)) ? 'b64' : null;
  } catch {
    return 'b64';
  }
}

/** `last`: it was the end of the object. */
export interface SentChunk {
  readonly cmdId: string;
  readonly last: boolean;
  readonly guid: Guid;
  readonly facts: OutgoingObject['facts'];
}

/** Sends the next chunk of the object that is open. Undefined when there is no room for it. */
export function* putChunk(turn: Turn, writer: MessageWriter): Step<ServerNeeds, SentChunk | undefined> {
  const open = turn.session.outgoing;
  if (open === null) return undefined;
  const rest = open.total - open.offset;
  let length = Math.min(rest, writer.room - chunkCost(writer, open));
  if (length <= 0) return undefined;
  // One byte more than can go, so that the cut is seen to be between characters.
  const read = Math.min(rest, length + 1);
  const window = turn.spooled.get(open.spool)?.subarray(open.offset, open.offset + read);
  const bytes = window ?? (yield* need<ServerNeeds, 'spool'>('spool', { spool: open.spool, from: open.offset, length: read }));
  length = Math.min(length, bytes.length);
  while (length > 0) {
    // An XML carrier escapes, so what fits is found by trying; characters are never cut.
    const cut = length === rest ? length : characterBoundary(bytes, length);
    if (cut === 0 || (!writer.nothingInside && cut < limits.leastChunk && cut < rest)) return undefined;
    const last = cut === rest;
    const cmdId = writer.putInside(chunkCommand(turn, open, bytes.subarray(0, cut), last));
    if (cmdId !== undefined) {
      turn.session.outgoing = last ? null : { ...open, offset: open.offset + cut };
      if (last) turn.dropped.push(open.spool);
      return { cmdId, last, guid: open.guid, facts: open.facts };
    }
    length = Math.floor(length * 0.9);
  }
  return undefined;
}

function chunkCommand(turn: Turn, open: OutgoingObject, bytes: Uint8Array, last: boolean): Unnumbered<Add | Replace> {
  const item: Item = {
    ...(open.target === null ? {} : { target: { locUri: open.target } }),
    ...(open.source === null ? {} : { source: { locUri: open.source } }),
    ...(open.sourceParent === null ? {} : { sourceParent: open.sourceParent }),
    ...(open.targetParent === null ? {} : { targetParent: open.targetParent }),
    ...(open.offset === 0 ? { meta: { size: open.total } } : {}),
    data: itemData(turn, bytes),
    ...(last ? {} : { moreData: true }),
  };
  const format = open.format === null ? {} : { format: open.format };
  return { name: open.command, meta: { type: open.type, ...format }, items: [item] };
}

type ChunkAddress = Pick<OutgoingObject, 'target' | 'source' | 'sourceParent' | 'targetParent' | 'type' | 'total'>;

function chunkCost(writer: MessageWriter, open: ChunkAddress): number {
  const empty: Unnumbered<Add> = {
    name: 'Add',
    meta: { type: open.type, format: 'b64' },
    items: [
      {
        target: { locUri: `${open.target ?? ''}${open.source ?? ''}` },
        sourceParent: `${open.sourceParent ?? ''}${open.targetParent ?? ''}`,
        meta: { size: open.total },
        moreData: true,
        data: { kind: 'text', text: '' },
      },
    ],
  };
  return writer.size(empty) + 16;
}

function characterBoundary(bytes: Uint8Array, length: number): number {
  let cut = length;
  while (cut > 0 && ((bytes[cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
  return cut;
}
