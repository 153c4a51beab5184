// What the client role of a session needs from outside, as data: its own store and the transport. The session asks, the
// driver answers. The store keeps what the server has told (the base) apart from what the user has changed since (changes):
// what a user sees is the base with the changes laid over it, so that the server's commands always go beneath unsent changes.
import type { FlagSet } from '../flags.ts';

/** A folder or mail on the device, as the server knows it (the base). */
export interface ClientItem {
  /** Profile sessions: the server's GUID, or `~` and more for one made on the device. Plain sessions: any. */
  readonly luid: string;
  readonly kind: 'mail' | 'folder';
  readonly parent: string | null;
  readonly flags: FlagSet;
  /** Folders only. */
  readonly name: string | null;
  readonly role: string | null;
  /** How much of the mail is here; `none` for folders. */
  readonly shape: 'none' | 'headers' | 'full';
  /** Bytes of the whole mail at the server (or here, when it was written here). */
  readonly size: number;
  /** ms since 1970. */
  readonly received: number;
  /** The mail server's words, when sending it was refused. */
  readonly sendError: string | null;
  /** The RFC 5322 bytes that are here; null for folders. Left null in listings. */
  readonly content: Uint8Array | null;
}

/** One change of the user that the server may not have yet. Numbers ascend and are never reused. */
export interface ClientChange {
  readonly number: number;
  readonly luid: string;
  readonly op: 'add' | 'flags' | 'move' | 'delete' | 'folder';
  /** `flags`: the fields changed and their values. */
  readonly named: FlagSet;
  readonly set: FlagSet;
  /** `add`, `move`, `folder`: where to. */
  readonly parent: string | null;
}

/** A change with what has to be sent for it. */
export interface OutgoingChange extends ClientChange {
  /** The item as it is in the base (for an `add`: as written); null when it is no longer there. */
  readonly item: ClientItem | null;
}

/** Where this device stands with one datastore. Anchors are opaque. */
export interface ClientAnchors {
  /** Our Next of the last completed run (plain), as the server knows it. */
  readonly own: string | null;
  /** The server's Next of what was durably applied. */
  readonly server: string | null;
  /** Highest change number ever put into a message: those up to here go out unchanged until answered. */
  readonly inflight: number;
}

/** What the device knows of the server, kept over sessions. */
export interface ServerKnowledge {
  /** The server's DevInf as the session keeps it (opaque to the store); null before the first session. */
  readonly devInf: Uint8Array | null;
  /** Hash of our own DevInf that the server has. */
  readonly devInfSent: string | null;
  /** Nonce for the next MD5 digest. */
  readonly nonce: Uint8Array | null;
  /** Version that the server took last. */
  readonly version: '1.1' | '1.2' | null;
  /** Number of the last session, from 1 on, and what its SessionID is counted from; null before the first. */
  readonly lastSessionId: number;
  readonly sessionBase: number | null;
}

/** A LUID that the server does not know yet (plain sessions): kept until its Map has been answered. */
export interface UnsentMap {
  readonly guid: string;
  readonly luid: string;
}

export interface ClientNeeds {
  readonly knowledge: { readonly ask: Record<string, never>; readonly answer: ServerKnowledge };
  readonly anchors: { readonly ask: { readonly datastore: string }; readonly answer: ClientAnchors };
  /** Changes in order, numbered above `after` and up to `upTo` (all when absent). Content comes with it only up to `maxContent` bytes; a larger one has `content` null and is read by `contentRange`. */
  readonly changes: {
    readonly ask: { readonly after: number; readonly upTo?: number; readonly limit: number; readonly maxContent: number };
    readonly answer: readonly OutgoingChange[];
  };
  readonly contentRange: {
    readonly ask: { readonly luid: string; readonly from: number; readonly length: number };
    readonly answer: Uint8Array;
  };
  /** Base items by LUID, without content; missing ones are left out. */
  readonly items: { readonly ask: { readonly luids: readonly string[] }; readonly answer: readonly ClientItem[] };
  /**
   * All base items that the server knows, in LUID order above `after`. For slow syncs. `withContent` `identity`: of the header
   * only what a mail is known again by, the first Message-ID, Date, From and Subject.
   */
  readonly listing: {
    readonly ask: { readonly after: string | null; readonly limit: number; readonly withContent: boolean | 'identity' };
    readonly answer: readonly ClientItem[];
  };
  readonly unsentMaps: { readonly ask: { readonly limit: number }; readonly answer: readonly UnsentMap[] };
  /** The GUID↔LUID pairs of a plain session that have been mapped before: finds an item sent twice. */
  readonly luidOfGuid: { readonly ask: { readonly guids: readonly string[] }; readonly answer: readonly UnsentMap[] };
  /** Bytes of a large object gathered so far; empty when there is none. */
  readonly gathered: { readonly ask: { readonly object: string }; readonly answer: Uint8Array };
  readonly commit: { readonly ask: { readonly writes: readonly ClientWrite[] }; readonly answer: null };
  /** One HTTP round trip. `failed`: no answer; the caller has repeated the same bytes as often as it wants to. */
  readonly exchange: {
    readonly ask: {
      readonly url: string;
      readonly contentType: string;
      readonly body: Uint8Array;
      /** Value of the header `x-syncml-hmac`. */
      readonly mac?: string;
    };
    readonly answer:
      | { readonly kind: 'reply'; readonly contentType: string; readonly body: Uint8Array; readonly mac?: string }
      | { readonly kind: 'failed'; readonly reason: string; readonly httpStatus?: number };
  };
  /** Tells the user how far it is; needs no answer. */
  readonly progress: { readonly ask: SyncProgress; readonly answer: null };
}

export interface SyncProgress {
  readonly received: number;
  readonly sent: number;
  /** NumberOfChanges the server announced; null when it did not. */
  readonly expected: number | null;
}

export type ClientWrite =
  | { readonly write: 'knowledge'; readonly knowledge: Partial<ServerKnowledge> }
  | { readonly write: 'anchors'; readonly datastore: string; readonly anchors: Partial<ClientAnchors> }
  /** Stores an item of the server, with content when given (content null keeps what is here). */
  | { readonly write: 'item'; readonly item: ClientItem }
  | { readonly write: 'flags'; readonly luid: string; readonly named: FlagSet; readonly set: FlagSet }
  | { readonly write: 'move'; readonly luid: string; readonly parent: string | null }
  /** Removes an item and its unsent changes. */
  | { readonly write: 'drop'; readonly luid: string }
  /** Refresh from the server: drops every item that the server knows; unsent new mails stay. */
  | { readonly write: 'clear' }
  /** These changes were executed: they become part of the base and leave the list. */
  | { readonly write: 'fold'; readonly numbers: readonly number[] }
  | { readonly write: 'foldUpTo'; readonly number: number }
  /** The server refused this change: it leaves the list; an unsent mail stays with `text` as its sendError. */
  | { readonly write: 'refuse'; readonly number: number; readonly status: string; readonly text: string | null }
  /** The server does not know this mail, which was made here: it is new again, as it is shown, with an `add` of its own. */
  | { readonly write: 'unknown'; readonly luid: string }
  /**
   * The numbers that the server gave are void: items have numbers of this device from now on, with their changes, and the map
   * is empty. A mail that could not be sent is one of the device alone again.
   */
  | { readonly write: 'rename' }
  /** The server may have given new numbers: what was mapped, and told, says nothing any more. */
  | { readonly write: 'forgetMaps' }
  | { readonly write: 'map'; readonly maps: readonly UnsentMap[] }
  | { readonly write: 'mapsSent'; readonly guids: readonly string[] }
  | { readonly write: 'gather'; readonly object: string; readonly bytes: Uint8Array }
  | { readonly write: 'dropGathered'; readonly object: string }
  | { readonly write: 'dropAllGathered' };

/** What the user asked for. */
export interface SyncRequest {
  readonly mode: 'two-way' | 'slow' | 'send' | 'receive' | 'refresh';
  /** Whole mails of these LUIDs alone (an INCLUSIVE filter): neither window nor other changes. */
  readonly fetch?: readonly string[];
}

/** What a sync did. */
export interface SyncReport {
  readonly outcome: 'done' | 'failed';
  /** Says what, where and what to do, when it failed. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** The sync type that was really run. */
  readonly type: 'two-way' | 'slow' | 'send' | 'receive' | 'refresh';
  readonly received: { readonly added: number; readonly changed: number; readonly deleted: number; readonly moved: number };
  readonly sent: { readonly added: number; readonly changed: number; readonly deleted: number; readonly moved: number };
  readonly refused: readonly { readonly luid: string; readonly status: string; readonly text: string | null }[];
  /** Messages exchanged. */
  readonly roundTrips: number;
  /** Bytes of SyncML in bodies. */
  readonly bytesUp: number;
  readonly bytesDown: number;
}
