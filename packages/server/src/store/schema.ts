// The tables of the server, typed for the query builder. SQL names are snake_case; columns never change their meaning.
// Dates are ms since 1970, booleans 0/1, JSON is text. Ids are ascending and never reused.
import type { Generated } from 'kysely';

/** One row per setting of the server itself: `epoch`, `secret` (nonces), `generation` … */
export interface MetaTable {
  readonly key: string;
  readonly value: string;
}

/** A mailbox of a person. `rev` grows by one with each change of an item, taken in the transaction of the change. */
export interface AccountTable {
  id: Generated<number>;
  person: string;
  /** Key in the configuration; unique per person. */
  name: string;
  address: string;
  rev: number;
  /** Tombstones up to this revision have been forgotten: a device planned below it must do a slow sync. */
  floor: number;
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
  flags: number;
  rev: number;
  /** 1 = tombstone. */
  gone: number;
  /** When it became a tombstone. */
  gone_at: number | null;
  size: number;
  received: number;
  name: string | null;
  role: string | null;
  send_error: string | null;
  message_id: string | null;
  digest: string | null;
  email_id: string | null;
  remote_path: string | null;
  remote_cursor: string | null;
  /** 0 for a folder that only holds folders. */
  selectable: number;
  remote_folder: number | null;
  remote_uid: string | null;
  /** Content that the mail server does not have (yet): an object in `spool`. */
  spool: string | null;
  /** Since when its disappearance in `remote_folder` is known but not believed: it may have been moved. */
  missing_since: number | null;
}

export interface DeviceTable {
  person: string;
  device_id: string;
  dev_inf: Uint8Array | null;
  nonce_count: number;
  last_seen: number;
}

export interface BindingTable {
  id: Generated<number>;
  person: string;
  device_id: string;
  server_uri: string;
  client_uri: string;
  account: number;
}

export interface GenerationTable {
  id: Generated<number>;
  binding: number;
  role: 'current' | 'building';
  planned: number;
  view: string;
  view_hash: string;
  wanted: 'none' | 'headers' | 'full';
  /** The backfill has passed mails down to (received, id); null = not begun. */
  backfill_received: number | null;
  backfill_item: number | null;
  backfilled: number;
  committed: string | null;
  pending: string | null;
  previous: string | null;
  last_batch: number;
  executed: number;
}

export interface MapRowTable {
  generation: number;
  item: number;
  luid: string | null;
  state: 'todo' | 'sent' | 'ok' | 'held' | 'refused';
  reason: string | null;
  batch: number;
  ack_rev: number;
  ack_flags: number;
  ack_parent: number | null;
  ack_name: string | null;
  shape: 'none' | 'headers' | 'full';
  /** JSON of MapRow.sent. */
  sent: string | null;
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
  generation: number;
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
 */
export interface OperationTable {
  id: Generated<number>;
  account: number;
  item: number;
  kind: 'flags' | 'move' | 'remove' | 'append' | 'create-folder';
  /** JSON: flags {set, clear} as bits; move {to}; append {}. */
  args: string;
  attempts: number;
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
  attempts: number;
  next_at: number;
  text: string | null;
  created: number;
}

export interface SpoolTable {
  id: string;
  seq: number;
  bytes: Uint8Array;
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
