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
  readonly waiting: Map<string, OutgoingChange>;
  counts: { added: number; changed: number; deleted: number; moved: number };
}

export function data(session: ClientSession, bytes: Uint8Array): Data {
  return session.env.encoding === 'wbxml' ? { kind: 'bytes', bytes } : { kind: 'text', text: new TextDecoder().decode(bytes) };
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
  let room = true;
  for (const change of changes) {
    if (change.number <= u.last) continue;
    // Flag changes of a profile message go in one batch behind the others: what it takes is kept free.
    const batch = u.profile && change.op === 'flags';
    if (batch) {
      if (writer.room < 120 + flags.length * 16 + change.luid.length + 16) room = false;
      else flags.push({ luid: change.luid, flags: emailFlags(change.set, change.named) });
    } else room = yield* putChange(u, writer, change, 120 + flags.length * 16);
    if (!room) break;
    u.last = change.number;
    count(u, change);
  }
  if (flags.length > 0) {
    const batch: Unnumbered<Replace> = {
      name: 'Replace',
      meta: { type: contentTypes.flags },
      items: [{ data: data(u.session, generateFlagBatch(merged(flags))) }],
    };
    writer.putInside(batch);
  }
  return room;
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

function* putChange(u: Upload, writer: MessageWriter, change: OutgoingChange, reserve: number): Step<ClientNeeds, boolean> {
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
      return yield* putAdd(u, writer, change, reserve);
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

function* putAdd(u: Upload, writer: MessageWriter, change: OutgoingChange, reserve: number): Step<ClientNeeds, boolean> {
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
  if (writer.room > reserve && put(u, writer, change, command)) return true;
  // It fits into a message of its own, so it waits for the next one.
  if (writer.size(command) < u.session.maxMsgSize - 600 && !writer.nothingInside) return false;
  u.open = { number: change.number, luid: change.luid, bytes: object, sourceParent: change.parent, offset: 0 };
  return putChunk(u, writer, change);
}

/** Goes on with the object that is open; true when none is, or no more. */
export function continueObject(u: Upload, writer: MessageWriter): boolean {
  if (u.open === null) return true;
  const { number, luid } = u.open;
  const change: OutgoingChange = { number, luid, op: 'add', named: 0, set: 0, parent: null, item: null };
  if (!putChunk(u, writer, change)) return false;
  u.last = Math.max(u.last, number);
  count(u, change);
  return true;
}

/** Sends the next piece of the open object; true when it was the last. */
function putChunk(u: Upload, writer: MessageWriter, change: OutgoingChange): boolean {
  const { open } = u;
  if (open === null) return true;
  let length = Math.min(open.bytes.length - open.offset, writer.room - 300);
  while (length > 0) {
    let cut = length;
    const rest = open.bytes.length - open.offset;
    while (cut < rest && cut > 0 && ((open.bytes[open.offset + cut] ?? 0) & 0xc0) === 0x80) cut -= 1;
    if (cut < Math.min(rest, limits.leastChunk)) return false;
    const last = cut === rest;
    const command: Unnumbered<Add> = {
      name: 'Add',
      meta: { type: contentTypes.email },
      items: [
        {
          source: { locUri: open.luid },
          sourceParent: open.sourceParent ?? '/',
          ...(open.offset === 0 ? { meta: { size: open.bytes.length } } : {}),
          data: data(u.session, open.bytes.subarray(open.offset, open.offset + cut)),
          ...(last ? {} : { moreData: true }),
        },
      ],
    };
    const cmdId = writer.putInside(command);
    if (cmdId !== undefined) {
      if (last) u.waiting.set(`${u.session.msgId} ${cmdId}`, change);
      open.offset += cut;
      if (last) u.open = null;
      return last;
    }
    length = Math.floor(length * 0.9);
  }
  return false;
}
