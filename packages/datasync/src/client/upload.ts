// The user's changes as commands. Plain: each its own command, answered by itself. Profile: grouped, numbered, acknowledged by anchor.
import {
  contentTypes,
  generateEmail,
  generateFlagBatch,
  type Add,
  type Data,
  type Delete,
  type FlagBatchEntry,
  type Move,
  type Replace,
} from '@packetboat/syncml';
import { SessionError } from '../errors.ts';
import { emailFlags } from '../flags.ts';
import type { MessageWriter, Unnumbered } from '../message/message-writer.ts';
import { limits } from '../limits.ts';
import { need, type Step } from '../step.ts';
import type { ClientItem, ClientNeeds, OutgoingChange } from './port.ts';
import type { ClientSession } from './session.ts';

/** An object of which a part has been sent. */
export interface OpenObject {
  readonly number: number;
  readonly luid: string;
  readonly bytes: Uint8Array;
  readonly sourceParent: string | null;
  offset: number;
}

export interface Upload {
  readonly session: ClientSession;
  readonly profile: boolean;
  /** Number of the last change that has been put into a message whole. */
  last: number;
  open: OpenObject | null;
  /** Plain: by `MsgID CmdID`, the change that a Status is for. */
  readonly waiting: Map<string, Pick<OutgoingChange, 'number' | 'luid' | 'op'>>;
  counts: { added: number; changed: number; deleted: number; moved: number };
}

// A chunk may begin with U+FEFF, which is part of the mail there.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

export function data(session: ClientSession, bytes: Uint8Array): Data {
  return session.env.encoding === 'wbxml' ? { kind: 'bytes', bytes } : { kind: 'text', text: utf8.decode(bytes) };
}

/** An item of the base as the email object that a server takes. */
export function emailObject(item: ClientItem, content: Uint8Array | null): Uint8Array {
  const ext =
    item.shape === 'headers'
      ? [
          { xNam: 'x-funambol-size', xVal: [String(item.size)] },
          { xNam: 'x-funambol-body', xVal: [String(Math.max(0, item.size - (content?.length ?? 0)))] },
        ]
      : [];
  return generateEmail({
    ...emailFlags(item.flags),
    received: isoDate(item.received),
    ...(content === null ? {} : { emailItem: content }),
    ext,
  });
}

function isoDate(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/**
 * Puts changes into an open Sync until the message is full. True when all of them are in.
 * Changes go in order of their numbers, so that "executed up to n" is one number.
 */
export function* putChanges(u: Upload, writer: MessageWriter, changes: readonly OutgoingChange[]): Step<ClientNeeds, boolean> {
  const flags: FlagBatchEntry[] = [];
  let kept = 0;
  let room = true;
  for (const change of changes) {
    if (change.number <= u.last) continue;
    // Flag changes of a profile message go in one batch behind the others: what it takes is kept free.
    if (u.profile && change.op === 'flags') {
      const takes = flagEntryRoom(change.luid) + (kept === 0 ? flagBatchRoom : 0);
      room = writer.room >= takes;
      if (room) {
        flags.push({ luid: change.luid, flags: emailFlags(change.set, change.named) });
        writer.reserve(takes);
        kept += takes;
      }
    } else room = yield* putChange(u, writer, change);
    if (!room) break;
    u.last = change.number;
    count(u, change);
  }
  writer.reserve(-kept);
  if (flags.length > 0) putBatch(u.session, writer, flags);
  return room;
}

/** Bytes of a batch without entries: its tags in XML. */
const flagBatchRoom = 220;

/** Bytes that a LUID can take in a batch, where each has a line of its own and every character is escaped. */
function flagEntryRoom(luid: string): number {
  return 16 + 3 * luid.length;
}

function putBatch(session: ClientSession, writer: MessageWriter, flags: readonly FlagBatchEntry[]): void {
  const batch: Unnumbered<Replace> = {
    name: 'Replace',
    meta: { type: contentTypes.flags },
    items: [{ data: data(session, generateFlagBatch(merged(flags))) }],
  };
  // They count as sent, and would never go again.
  if (writer.putInside(batch) === undefined)
    throw new SessionError('ERR_SESSION_PROTOCOL', 'flag changes do not fit into the room that was kept for them');
}

/** One entry per LUID: a later change of the same mail goes over an earlier one. */
function merged(entries: readonly FlagBatchEntry[]): readonly FlagBatchEntry[] {
  const byLuid = new Map<string, FlagBatchEntry>();
  for (const entry of entries) byLuid.set(entry.luid, { luid: entry.luid, flags: { ...byLuid.get(entry.luid)?.flags, ...entry.flags } });
  return [...byLuid.values()];
}

function count(u: Upload, change: OutgoingChange): void {
  const kind = change.op === 'add' ? 'added' : change.op === 'delete' ? 'deleted' : change.op === 'move' ? 'moved' : 'changed';
  u.counts[kind] += 1;
}

function* putChange(u: Upload, writer: MessageWriter, change: OutgoingChange): Step<ClientNeeds, boolean> {
  const source = { source: { locUri: change.luid } };
  switch (change.op) {
    case 'flags': {
      const object = generateEmail({ ...emailFlags(change.set, change.named), ext: [] });
      const command: Unnumbered<Replace> = {
        name: 'Replace',
        meta: { type: contentTypes.email, fieldLevel: true },
        items: [{ ...source, data: data(u.session, object) }],
      };
      return put(u, writer, change, command);
    }
    case 'delete': {
      const command: Unnumbered<Delete> = { name: 'Delete', items: [source] };
      return put(u, writer, change, command);
    }
    case 'move':
      return put(u, writer, change, moveCommand(u.session, change));
    case 'add':
      return yield* putAdd(u, writer, change);
    case 'folder':
      // Folders are made at the server; the store offers no way to make one here.
      return true;
  }
}

/** SyncML 1.1 has no Move: there a Replace that names another folder says it. */
function moveCommand(session: ClientSession, change: OutgoingChange): Unnumbered<Move | Replace> {
  const item = { source: { locUri: change.luid }, sourceParent: change.parent ?? '/' };
  const meta = { type: contentTypes.email };
  if (session.env.version === '1.2') return { name: 'Move', meta, items: [item] };
  return { name: 'Replace', meta, items: [{ ...item, data: data(session, generateEmail({ ext: [] })) }] };
}

function put(u: Upload, writer: MessageWriter, change: OutgoingChange, command: Unnumbered<Replace | Delete | Move | Add>): boolean {
  const grouped = u.profile && command.name !== 'Replace';
  const cmdId = grouped ? writer.putItemInside(command) : writer.putInside(command);
  if (cmdId === undefined) return false;
  u.waiting.set(`${u.session.msgId} ${cmdId}`, change);
  return true;
}

function* putAdd(u: Upload, writer: MessageWriter, change: OutgoingChange): Step<ClientNeeds, boolean> {
  const { item } = change;
  if (item === null) return true;
  const content =
    item.content ?? (yield* need<ClientNeeds, 'contentRange'>('contentRange', { luid: change.luid, from: 0, length: item.size }));
  const object = emailObject(item, content);
  const command: Unnumbered<Add> = {
    name: 'Add',
    meta: { type: contentTypes.email },
    items: [{ source: { locUri: change.luid }, sourceParent: change.parent ?? '/', data: data(u.session, object) }],
  };
  if (put(u, writer, change, command)) return true;
  // It fits into a message of its own, so it waits for the next one.
  if (writer.size(command) < u.session.maxMsgSize - 600 && !writer.nothingInside) return false;
  u.open = { number: change.number, luid: change.luid, bytes: object, sourceParent: change.parent, offset: 0 };
  return putChunk(u, writer);
}

/** Goes on with the object that is open; true when none is, or no more. */
export function continueObject(u: Upload, writer: MessageWriter): boolean {
  if (u.open === null) return true;
  const { number } = u.open;
  if (!putChunk(u, writer)) return false;
  u.last = Math.max(u.last, number);
  u.counts.added += 1;
  return true;
}

/** Sends the next piece of the open object; true when it was the last. */
function putChunk(u: Upload, writer: MessageWriter): boolean {
  const { open } = u;
  if (open === null) return true;
  const rest = open.bytes.length - open.offset;
  // Data is longer in a message than its bytes: by its length in WBXML, by what CDATA cannot hold in XML.
  let length = Math.min(rest, writer.room - writer.size(chunk(u.session, open, 0)) - 8);
  while (length > 0) {
    let cut = length;
    while (cut < rest && cut > 0 && ((open.bytes[open.offset + cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
    // Behind other changes a small piece is not worth it, and by itself a tiny one: then the server takes too little.
    const least = writer.nothingInside ? limits.leastData : limits.leastChunk;
    if (cut < Math.min(rest, least)) return false;
    const cmdId = writer.putInside(chunk(u.session, open, cut));
    if (cmdId !== undefined) {
      u.waiting.set(`${u.session.msgId} ${cmdId}`, { number: open.number, luid: open.luid, op: 'add' });
      open.offset += cut;
      if (cut === rest) u.open = null;
      return cut === rest;
    }
    length = Math.floor(length * 0.9);
  }
  return false;
}

/** The next `length` bytes of an object. */
function chunk(session: ClientSession, open: OpenObject, length: number): Unnumbered<Add> {
  const end = open.offset + length;
  return {
    name: 'Add',
    meta: { type: contentTypes.email },
    items: [
      {
        source: { locUri: open.luid },
        sourceParent: open.sourceParent ?? '/',
        ...(open.offset === 0 ? { meta: { size: open.bytes.length } } : {}),
        data: data(session, open.bytes.subarray(open.offset, end)),
        ...(end === open.bytes.length ? {} : { moreData: true }),
      },
    ],
  };
}

/** The server will not have the object of which a part has been sent: the rest need not go. */
export function abandonObject(u: Upload, number: number): void {
  if (u.open === null || u.open.number !== number) return;
  u.last = Math.max(u.last, number);
  u.open = null;
}
