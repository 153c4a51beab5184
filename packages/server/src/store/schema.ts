// The tables of the server, typed for the query builder. SQL names are snake_case; columns never change their meaning.
// Dates are ms since 1970, booleans 0/1, JSON is text. Ids are ascending and never reused.
import type { Generated } from 'kysely';

/** One row per setting of the server itself: `database`, `epoch`, `epochs`, `life`, `commits` (see epoch.ts), `secret` (nonces) … */
export interface MetaTable {
  key: string;
  value: string;
}

/** A mailbox of a person. `rev` grows by one with each change of an item, taken in the transaction of the change. */
export interface AccountTable {
  id: Generated<number>;
  person: string;
  /** Key in the configuration; unique per person. */
  name: string;
  address: string;
  rev: Generated<number>;
  /** Tombstones up to this revision have been forgotten: a device planned below it must do a slow sync. */
  floor: Generated<number>;
  created: number;
}

/**
 * A mail or folder of an account: the server's own truth, which follows the mail server and is followed by it.
 * `remote_path` (folders) and `remote_uid` (mails, in the folder `remote_folder`) say where it is there; both null while it exists only here.
 */
export interface ItemTable {
  id: Generated<number>;
  /** Restore epoch in which the row was made; with `id` it makes the GUID. */
  epoch: number;
  account: number;
  kind: 'mail' | 'folder';
  parent: number | null;
  /** Bits of datasync's `Flag`. */
  flags: Generated<number>;
  rev: number;
  /** 1 = tombstone. */
  gone: Generated<number>;
  /** When it became a tombstone. */
  gone_at: number | null;
  size: Generated<number>;
  /** Never changes once the row is there: the backfill goes by it. */
  received: Generated<number>;
  name: string | null;
  role: string | null;
  send_error: string | null;
  message_id: string | null;
  digest: string | null;
  email_id: string | null;
  remote_path: string | null;
  remote_cursor: string | null;
  /** 0 for a folder that only holds folders. */
  selectable: Generated<number>;
  remote_folder: number | null;
  remote_uid: string | null;
  /** Content that the mail server does not have (yet): an object in `spool`. */
  spool: string | null;
  /** Since when its disappearance in `remote_folder` is known but not believed, since it may have been moved; or since when we have put it there, until a listing confirms it. */
  missing_since: number | null;
}

export interface DeviceTable {
  person: string;
  device_id: string;
  dev_inf: Uint8Array | null;
  nonce_count: Generated<number>;
  /** The newest challenge that was used, by the time it stands for. */
  challenge_used: Generated<number>;
  last_seen: number;
}

export interface BindingTable {
  id: Generated<number>;
  person: string;
  device_id: string;
  server_uri: string;
  client_uri: string;
  account: number;
  /** The account that the server URI meant when it was asked for last: the next generation is of this one. */
  asked: number;
}

export interface GenerationTable {
  id: Generated<number>;
  binding: number;
  /** Whose items its rows are; the binding's own account until a changed account has been refreshed. */
  account: number;
  role: 'current' | 'building';
  planned: number;
  view: string;
  view_hash: string;
  wanted: 'none' | 'headers' | 'full';
  /** The backfill has passed mails down to (received, id); null = not begun. */
  backfill_received: number | null;
  backfill_item: number | null;
  backfilled: Generated<number>;
  committed: string | null;
  pending: string | null;
  previous: string | null;
  last_batch: Generated<number>;
  executed: Generated<number>;
}

export interface MapRowTable {
  generation: number;
  item: number;
  luid: string | null;
  state: 'todo' | 'sent' | 'ok' | 'held' | 'refused';
  reason: string | null;
  batch: Generated<number>;
  ack_rev: Generated<number>;
  ack_flags: Generated<number>;
  ack_parent: number | null;
  ack_name: string | null;
  shape: Generated<'none' | 'headers' | 'full'>;
  /** `MapRow.sent`; all null when nothing is on its way. `sent_rev` 0: sent under a view that has changed since. */
  sent_rev: number | null;
  sent_flags: number | null;
  sent_parent: number | null;
  sent_name: string | null;
  sent_shape: 'none' | 'headers' | 'full' | null;
  sent_gone: number | null;
}

export interface SessionTable {
  token: string;
  person: string;
  device_id: string;
  session_id: string;
  state: string;
  last_msg_id: string;
  last_hash: string;
  last_reply: Uint8Array;
  version: number;
  updated: number;
}

export interface ReceivedTable {
  binding: number;
  key: string;
  status: string;
  text: string | null;
  item: number | null;
  queue_id: string | null;
  batch: number;
}

/**
 * What the mail server still has to be told, in order per account. A row is removed when it has been done or refused;
 * while it is there, the item's state here wins over what the mail server reports of the same fields.
 * Who executes a row raises `attempts` and commits before anything is sent: a row with `attempts` 0 has not begun, and
 * may still be merged with (flags, move) or cancelled (append of a mail that was deleted).
 */
export interface OperationTable {
  id: Generated<number>;
  account: number;
  item: number;
  kind: 'flags' | 'move' | 'remove' | 'append' | 'create-folder';
  /** JSON: flags {set, clear} as bits; move {to} (item id of the folder; from wherever it is then); append {} (to the folder the item is in then). */
  args: string;
  attempts: Generated<number>;
  next_at: number;
  last_error: string | null;
  created: number;
}

export interface SubmissionTable {
  queue_id: string;
  account: number;
  item: number;
  message_id: string;
  /** JSON {from, to[]}. */
  envelope: string;
  /** uncertain: the link broke between the final dot and its reply. */
  state: 'waiting' | 'sending' | 'sent' | 'refused' | 'uncertain';
  attempts: Generated<number>;
  /** Attempts of which it is not known whether the mail was taken. */
  unknowns: Generated<number>;
  next_at: number;
  text: string | null;
  created: number;
}

/** Bytes that are not in memory, in pieces of 64 kB but for the last (`seq` from 0). Written and read through spool.ts only. */
export interface SpoolTable {
  id: string;
  seq: number;
  bytes: Uint8Array;
  created: Generated<number>;
}

export interface Database {
  meta: MetaTable;
  account: AccountTable;
  item: ItemTable;
  device: DeviceTable;
  binding: BindingTable;
  generation: GenerationTable;
  map_row: MapRowTable;
  session: SessionTable;
  received: ReceivedTable;
  operation: OperationTable;
  submission: SubmissionTable;
  spool: SpoolTable;
}
