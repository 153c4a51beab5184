// Large objects from the device: chunks are gathered in the spool until the last one. DS Protocol 1.2 §3.7 (large objects).
import { dataBytes, StatusCode, type Data, type Item } from '@packetboat/syncml';
import { bytesToHex } from '@noble/hashes/utils.js';
import { limits } from '../limits.ts';
import { need, type Step } from '../step.ts';
import type { ServerNeeds } from './port.ts';
import type { DatastoreState } from './state.ts';
import { flush, textItem, type Turn } from './turn.ts';

/** What an item's data is after this chunk. */
export type Gathered =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'answered'; readonly code: number; readonly items?: readonly Item[] };

/** The bytes of an item's Data, however it was carried; none when it has none. */
export function itemBytes(data: Data | undefined): Uint8Array {
  return dataBytes(data) ?? new Uint8Array();
}

export function* gather(
  turn: Turn,
  ds: DatastoreState,
  command: 'Add' | 'Replace',
  item: Item,
  sizeOfCommand: number | undefined,
): Step<ServerNeeds, Gathered> {
  const luid = item.source?.locUri ?? '';
  const bytes = itemBytes(item.data);
  const before = stillRefused(turn, ds, luid, item);
  if (before !== null) return before;
  const open = turn.session.incoming;
  const continues = open !== null && open.key === ds.key && open.luid === luid && open.command === command;
  if (open !== null && !continues) abandon(turn);
  if (!continues) {
    if (item.moreData !== true) return { kind: 'whole', bytes };
    const size = item.meta?.size ?? sizeOfCommand;
    if (size === undefined) return refuse(turn, ds, item, StatusCode.SizeRequired);
    if (size > limits.objectBytes)
      return refuse(turn, ds, item, StatusCode.SizeTooBig, `The largest object taken is ${limits.objectBytes} bytes.`);
    return put(turn, ds, command, item, { spool: bytesToHex(turn.env.random(12)), size, received: 0 }, bytes);
  }
  if (open.received + bytes.length > open.size) {
    drop(turn);
    return refuse(turn, ds, item, StatusCode.SizeMismatch);
  }
  if (item.moreData === true) return put(turn, ds, command, item, open, bytes);
  // Chunks of this very message are not in the spool before a commit.
  yield* flush(turn);
  const start = yield* need<ServerNeeds, 'spool'>('spool', { spool: open.spool, from: 0, length: open.received });
  drop(turn);
  if (start.length !== open.received || open.received + bytes.length !== open.size)
    return { kind: 'answered', code: StatusCode.SizeMismatch };
  const whole = new Uint8Array(open.size);
  whole.set(start);
  whole.set(bytes, start.length);
  return { kind: 'whole', bytes: whole };
}

function put(
  turn: Turn,
  ds: DatastoreState,
  command: 'Add' | 'Replace',
  item: Item,
  at: { spool: string; size: number; received: number },
  bytes: Uint8Array,
): Gathered {
  if (at.received + bytes.length > at.size) return refuse(turn, ds, item, StatusCode.SizeMismatch);
  turn.writes.push({ write: 'spool', spool: at.spool, at: at.received, bytes });
  turn.session.incoming = {
    key: ds.key,
    command,
    luid: item.source?.locUri ?? '',
    sourceParent: item.sourceParent ?? turn.session.incoming?.sourceParent ?? null,
    type: item.meta?.type ?? turn.session.incoming?.type ?? null,
    format: item.meta?.format ?? turn.session.incoming?.format ?? null,
    size: at.size,
    received: at.received + bytes.length,
    spool: at.spool,
  };
  return { kind: 'answered', code: StatusCode.ChunkAccepted };
}

/** Remembers it when more of the object is to come: the end of it alone would look like a whole object. */
function refuse(turn: Turn, ds: DatastoreState, item: Item, code: number, text?: string): Gathered {
  if (item.moreData === true) turn.session.refused = { key: ds.key, luid: item.source?.locUri ?? '', code };
  return { kind: 'answered', code, ...(text === undefined ? {} : { items: textItem(text) }) };
}

/** The answer to a further chunk of an object that was refused. A Size, which only first chunks have, begins another object. */
function stillRefused(turn: Turn, ds: DatastoreState, luid: string, item: Item): Gathered | null {
  const { refused } = turn.session;
  const isMore = isRefused(turn, ds.key, luid) && item.meta?.size === undefined;
  if (refused === null || !isMore || item.moreData !== true) turn.session.refused = null;
  return refused === null || !isMore ? null : { kind: 'answered', code: refused.code };
}

/** Whether chunks of this object were refused before, in this session. */
export function isRefused(turn: Turn, key: string, luid: string): boolean {
  return turn.session.refused !== null && turn.session.refused.key === key && turn.session.refused.luid === luid;
}

/** Another object began while one was open: its end never came (Alert 223 says so). */
export function abandon(turn: Turn): void {
  const open = turn.session.incoming;
  if (open === null) return;
  drop(turn);
  const ds = turn.session.datastores.find((d) => d.key === open.key);
  turn.alerts.push({
    data: '223',
    items: [{ target: { locUri: ds?.clientUri ?? '' }, source: { locUri: open.luid } }],
  });
}

function drop(turn: Turn): void {
  const open = turn.session.incoming;
  if (open !== null) turn.dropped.push(open.spool);
  turn.session.incoming = null;
}
