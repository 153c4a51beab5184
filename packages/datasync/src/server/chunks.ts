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
  const open = turn.session.incoming;
  const continues = open !== null && open.key === ds.key && open.luid === luid && open.command === command;
  if (open !== null && !continues) abandon(turn);
  if (!continues) {
    if (item.moreData !== true) return { kind: 'whole', bytes };
    const size = item.meta?.size ?? sizeOfCommand;
    if (size === undefined) return { kind: 'answered', code: StatusCode.SizeRequired };
    if (size > limits.objectBytes) {
      return { kind: 'answered', code: StatusCode.SizeTooBig, items: textItem(`The largest object taken is ${limits.objectBytes} bytes.`) };
    }
    return put(turn, ds, command, item, { spool: bytesToHex(turn.env.random(12)), size, received: 0 }, bytes);
  }
  if (open.received + bytes.length > open.size) {
    drop(turn);
    return { kind: 'answered', code: StatusCode.SizeMismatch };
  }
  if (item.moreData === true) return put(turn, ds, command, item, open, bytes);
  // Chunks of this very message are not in the spool before a commit.
  yield* flush(turn);
  const before = yield* need<ServerNeeds, 'spool'>('spool', { spool: open.spool, from: 0, length: open.received });
  drop(turn);
  if (before.length !== open.received || open.received + bytes.length !== open.size)
    return { kind: 'answered', code: StatusCode.SizeMismatch };
  const whole = new Uint8Array(open.size);
  whole.set(before);
  whole.set(bytes, before.length);
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
  if (at.received + bytes.length > at.size) return { kind: 'answered', code: StatusCode.SizeMismatch };
  turn.writes.push({ write: 'spool', spool: at.spool, bytes });
  turn.session.incoming = {
    key: ds.key,
    command,
    luid: item.source?.locUri ?? '',
    sourceParent: item.sourceParent ?? turn.session.incoming?.sourceParent ?? null,
    type: item.meta?.type ?? turn.session.incoming?.type ?? null,
    size: at.size,
    received: at.received + bytes.length,
    spool: at.spool,
  };
  return { kind: 'answered', code: StatusCode.ChunkAccepted };
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
  if (open !== null) turn.writes.push({ write: 'dropSpool', spool: open.spool });
  turn.session.incoming = null;
}
