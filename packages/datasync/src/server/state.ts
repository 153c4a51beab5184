// What a session of the server remembers between two messages: plain data, stored as JSON with each reply.
import type { Encoding, Status, Version } from '@packetboat/syncml';
import type { Unnumbered } from '../message/message-writer.ts';
import type { AuthType } from '../security/credential.ts';
import type { Guid, MapRow, Shape, View } from './port.ts';

/** How far a datastore of this session is. Ordered: code asks "at least". */
export const Stage = {
  /** The Alert has been answered. */
  Alerted: 1,
  /** The client's Sync has begun. */
  Receiving: 2,
  /** The client is done, the server sends. */
  Sending: 3,
  /** Everything of the server has been sent; answers are awaited. */
  Sent: 4,
  /** Committed. */
  Done: 5,
} as const;
export type Stage = (typeof Stage)[keyof typeof Stage];

export type SyncTypeCode = 200 | 201 | 202 | 204 | 205;

export interface DatastoreState {
  /** As the client writes it: echoed in every Sync and Alert. */
  readonly serverUri: string;
  readonly clientUri: string;
  /** Key of the datastore's address, the same for all its spellings. */
  readonly key: string;
  readonly account: string;
  readonly binding: number;
  readonly generation: number;
  /** The current generation beside the one being built, whose rows must learn of new mails too. */
  readonly otherGeneration: number | null;
  readonly building: boolean;
  /** The device's Last is none of ours: it has more, or other things, than the map before says. */
  readonly isStrange: boolean;
  readonly view: View;
  readonly viewHash: string;
  readonly wanted: Shape;
  readonly type: SyncTypeCode;
  stage: Stage;
  /** An INCLUSIVE filter: only these are sent, and nothing is planned. What has been sent is taken out. */
  only: { readonly luids: readonly string[]; readonly guids: readonly Guid[] } | null;
  readonly contentType: string;
  readonly fieldLevel: boolean;
  readonly move: boolean;
  /** Run number (plain) or newest batch number (profile). */
  batch: number;
  /** The client's Next of this run. */
  clientNext: string;
  /** Profile: the server's Next that the last reply carried. */
  serverNext: string;
  /** Number of the last change executed (profile). */
  executed: number;
  /** LUIDs that the device has and the server does not want there (slow sync against tombstones): Deletes to send. */
  deletes: string[];
  /** Whether NumberOfChanges has been told. */
  announced: boolean;
}

/** Whether the session has opened a datastore; `state` is that of a stored session. */
export function hasOpened(state: string): boolean {
  const { datastores } = JSON.parse(state) as Partial<SessionState>;
  return datastores !== undefined && datastores.length > 0;
}

/** A command of ours that awaits its Status (plain clients). */
export interface SentCommand {
  readonly msgId: string;
  readonly cmdId: string;
  readonly key: string;
  readonly guid: Guid;
  readonly kind: 'add' | 'change' | 'delete' | 'chunk';
}

/** An object of the client of which chunks are still to come. */
export interface IncomingObject {
  readonly key: string;
  readonly command: 'Add' | 'Replace';
  readonly luid: string;
  readonly sourceParent: string | null;
  readonly type: string | null;
  /** Meta Format of the data; null for the data as it is. */
  readonly format: string | null;
  readonly size: number;
  readonly received: number;
  readonly spool: string;
}

/** An object of the client of which a chunk was refused: the rest of it is, too. */
export interface RefusedObject {
  readonly key: string;
  readonly luid: string;
  readonly code: number;
}

/** An object of ours of which chunks are still to be sent. */
export interface OutgoingObject {
  readonly key: string;
  readonly guid: Guid;
  readonly command: 'Add' | 'Replace';
  readonly spool: string;
  readonly offset: number;
  readonly total: number;
  /** How the item is addressed in every chunk. */
  readonly target: string | null;
  readonly source: string | null;
  readonly sourceParent: string | null;
  readonly targetParent: string | null;
  readonly type: string;
  /** Meta Format of the data; null for text. */
  readonly format: 'b64' | null;
  /** The item as it was when the first chunk went: what becomes of it meanwhile has to be told. */
  readonly facts: NonNullable<MapRow['sent']>;
}

/** A Status without its CmdID, which is given when it is put into the message. */
export type Answer = { -readonly [K in keyof Omit<Status, 'cmdId' | 'name'>]: Status[K] };

/** A log-in of this server towards a device. */
export interface OwnLogin {
  readonly type: AuthType;
  /** Hex. */
  readonly nonce: string;
  /** How often the device has asked in a row. */
  readonly attempts: number;
}

export interface SessionState {
  readonly version: Version;
  readonly encoding: Encoding;
  /** MsgID of our last message. */
  msgId: number;
  readonly profile: boolean;
  readonly maxMsgSize: number;
  /** Null = the device did not say: large objects are not for it. */
  readonly maxObjSize: number | null;
  datastores: DatastoreState[];
  sent: SentCommand[];
  /** Statuses that did not fit into the last reply. */
  spilled: Answer[];
  /** Results and Alerts that did not. */
  postponed: Unnumbered[];
  incoming: IncomingObject | null;
  refused: RefusedObject | null;
  outgoing: OutgoingObject | null;
  /** MsgID and hash of each message of the session that has been answered: what comes again is stale, not new. */
  seen: { readonly [msgId: string]: string };
  /** The client's package has ended, and ours has not: what it sends meanwhile need not say Final. */
  owesFinal: boolean;
  /** Of the secret that the session was opened with: a changed password ends it. */
  readonly secretMark: string;
  /** Its messages carry a MAC each: none is taken by its token alone. */
  readonly macEach: boolean;
  /** How this server logs in to the device with each message; null where it is not asked to. */
  ownLogin: OwnLogin | null;
  /** MAC header of the last reply. */
  replyMac: string | null;
}
