// What the server role of a session needs from outside, as data. The session asks (`ServerNeeds`), the driver answers and
// asks nothing back; at the end the session hands over `ServerWrite`s that are committed in one transaction.
// The driver, the store and the mailbox behind it live in the server package. OMA-TS-DS_Protocol 1.2 says what is synchronised.
import type { MailFilter } from '../filter/mail-filter.ts';
import type { FlagSet } from '../flags.ts';
import type { NonceUse } from '../security/nonce.ts';

/** Item id of the server: decimal, ascending, never reused; `-e` and the restore epoch behind it when that is not 0. */
export type Guid = string;
/** Item id of the device. */
export type Luid = string;

/** How much of a mail the device has. Ordered: none < headers < full. */
export type Shape = 'none' | 'headers' | 'full';

/** A mail or folder as the server knows it, whatever the device has of it. */
export interface ItemRecord {
  readonly guid: Guid;
  readonly kind: 'mail' | 'folder';
  /** Folder above; null at the top. */
  readonly parent: Guid | null;
  readonly flags: FlagSet;
  /** Account revision of the last change of this item. */
  readonly rev: number;
  /** True for a tombstone. */
  readonly gone: boolean;
  /** Bytes of the whole mail; 0 for a folder. */
  readonly size: number;
  /** ms since 1970. */
  readonly received: number;
  /** Folders only. */
  readonly name: string | null;
  readonly role: string | null;
  /** The mail server's words when sending this mail was refused after it had been accepted (mails in the Outbox only). */
  readonly sendError: string | null;
}

/**
 * A map row: one item on one device, in one generation of its map.
 * `todo`: something may have to be sent; what, is the difference between `ack…` and the item. `sent`: on the way since `batch`.
 * `ok`: nothing to do. `held`: waits (device full, retry later, deleted on the device). `refused`: the device said no for good.
 */
export interface MapRow {
  readonly guid: Guid;
  readonly luid: Luid | null;
  readonly state: 'todo' | 'sent' | 'ok' | 'held' | 'refused';
  /** Status code or word that says why it is held or refused. */
  readonly reason: string | null;
  /** Run (plain clients) or batch (profile clients) in which it was sent last. */
  readonly batch: number;
  /** What the device has acknowledged. */
  readonly ackRev: number;
  readonly ackFlags: FlagSet;
  readonly ackParent: Guid | null;
  /** Folder name that the device has. */
  readonly ackName: string | null;
  readonly shape: Shape;
  /** What the device will have once the commands on their way are acknowledged; null when none are. `gone`: a Delete is on its way. */
  readonly sent: {
    readonly rev: number;
    readonly flags: FlagSet;
    readonly parent: Guid | null;
    readonly name: string | null;
    readonly shape: Shape;
    readonly gone: boolean;
  } | null;
}

/** A row with its item; either side may be missing (an item never sent; a row whose item was forgotten). */
export interface RowItem {
  readonly row: MapRow | null;
  readonly item: ItemRecord | null;
}

/** What a device sees of an account. `flat` = the mails of one folder, no folders. `filter`: only the mails that pass. */
export type View = ({ readonly kind: 'hierarchical' } | { readonly kind: 'flat'; readonly folder: Guid }) & {
  readonly filter?: MailFilter;
};

/** One anchor pair: the client's Next and the server's Next of one run (profile: last change number executed, batch number). */
export interface AnchorPair {
  readonly client: string;
  readonly server: string;
  /** Run or batch number of this pair: rows sent in it carry it. */
  readonly batch: number;
}

/**
 * One life of a device's map of an account. A slow sync builds a new generation beside the current one, which stays
 * until the new one has been acknowledged.
 */
export interface Generation {
  readonly id: number;
  /** Account revision already turned into `todo` rows. */
  readonly planned: number;
  readonly view: View;
  /** Hash of all that decides what of the account goes to the device, and in which shape. */
  readonly viewHash: string;
  /** What mails are wanted as: rows below it get their content. */
  readonly wanted: Shape;
  /** False until every mail that existed at the start has a row. */
  readonly backfilled: boolean;
  readonly committed: AnchorPair | null;
  readonly pending: AnchorPair | null;
  /** The pair before `committed`: accepted from plain clients, since the last message of the server may have been lost. */
  readonly previous: AnchorPair | null;
  /** Last run or batch number given out; a new generation goes on from the last of its binding. */
  readonly lastBatch: number;
  /** Profile clients: number of the last change of the device that was executed. */
  readonly executed: number;
}

/** A device's relation to one datastore, keyed by (person, device, server URI, client URI). */
export interface Binding {
  readonly id: number;
  readonly account: string;
  readonly current: Generation | null;
  readonly building: Generation | null;
}

export interface AccountRecord {
  /** GUID of the account. */
  readonly guid: string;
  readonly rev: number;
  readonly roles: Readonly<Partial<Record<'inbox' | 'outbox' | 'sent' | 'drafts' | 'trash' | 'archive', Guid>>>;
  /** Id of the database, made with it, and its restore epoch: both part of every server anchor. */
  readonly database: string;
  readonly epoch: number;
}

export interface DeviceRecord {
  /** The DevInf that the device put last, as the session keeps it (opaque to the store); null before. */
  readonly devInf: Uint8Array | null;
  /** Which nonces the device has used. */
  readonly nonceUse: NonceUse;
}

/** A session as stored. `state` is the session's own JSON. */
export interface StoredSession {
  /** 128 random bits as 32 hex digits. */
  readonly token: string;
  readonly person: string;
  readonly deviceId: string;
  readonly sessionId: string;
  readonly state: string;
  /** MsgID and SHA-256 (hex) of the last message that was answered, and the bytes of the answer. */
  readonly lastMsgId: string;
  readonly lastHash: string;
  readonly lastReply: Uint8Array;
  /** Incremented by each commit: compare-and-swap. 0 = not stored yet. */
  readonly version: number;
}

/** Remembers what became of a change of the device, so that its repeat gets the same Status and is not executed again. */
export interface ReceivedRecord {
  /** Hex digest over command, LUID, parent and content. */
  readonly key: string;
  readonly status: string;
  /** Text in the Status item, such as the mail server's words. */
  readonly text: string | null;
  readonly guid: Guid | null;
  /** Set while the outcome of a submission is still open. */
  readonly queueId: string | null;
  /** Run in which it was received. */
  readonly batch: number;
}

/** How an object shall be made for a device. */
export interface ObjectWish {
  readonly guid: Guid;
  readonly rev: number;
  readonly shape: 'headers' | 'full';
  /** Profile clients may leave transport headers at the server. */
  readonly headers: 'all' | 'needed';
  /** `application/vnd.omads-email+xml` or `message/rfc822`. */
  readonly contentType: string;
  /** Only email objects for WBXML may hold bytes that XML cannot. */
  readonly encoding: 'xml' | 'wbxml';
}

/** An object ready to be sent: in memory up to 64 kB, otherwise in the spool. `unavailable`: the mail could not be had now (mail server down) or is gone. */
export type RenderedObject =
  | { readonly guid: Guid; readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly guid: Guid; readonly kind: 'spool'; readonly spool: string; readonly size: number }
  | { readonly guid: Guid; readonly kind: 'unavailable'; readonly retry: boolean };

/** A client mail looked for in the account during a slow sync. */
export interface MatchKey {
  readonly luid: Luid;
  /** Message-ID without white space, or null. */
  readonly messageId: string | null;
  /** Digest of Date, From, Subject and size (the mail port's definition). */
  readonly digest: string;
  readonly parent: Guid | null;
  /** No map tells where it may have been moved from: the very same mail (Message-ID and digest) in another folder is it. */
  readonly anywhere?: boolean;
  /** What the map that is being replaced has under this LUID: if it is the same mail it is found wherever it is now. */
  readonly guid?: Guid;
}
export type Match =
  | { readonly luid: Luid; readonly found: 'item'; readonly item: ItemRecord }
  | { readonly luid: Luid; readonly found: 'tombstone' }
  | { readonly luid: Luid; readonly found: 'nothing' };

export type SubmissionOutcome =
  | { readonly queueId: string; readonly outcome: 'sent' }
  | { readonly queueId: string; readonly outcome: 'refused'; readonly text: string }
  | { readonly queueId: string; readonly outcome: 'open' };

/** Everything the session may ask for: question and answer by name. All of them are reads, except the four marked. */
export interface ServerNeeds {
  /** Asked before a log-in is checked. Throws when there were too many wrong ones: the message is then not answered at all. */
  readonly mayTry: { readonly ask: { readonly user: string; readonly deviceId: string }; readonly answer: null };
  /** B64(MD5(user:password)) of a person by log-in name; null for an unknown one. */
  readonly secret: {
    readonly ask: { readonly user: string };
    readonly answer: { readonly person: string; readonly secret: string } | null;
  };
  readonly device: { readonly ask: { readonly person: string; readonly deviceId: string }; readonly answer: DeviceRecord | null };
  readonly session: {
    readonly ask: { readonly token: string } | { readonly person: string; readonly deviceId: string; readonly sessionId: string };
    readonly answer: StoredSession | null;
  };
  /** GUIDs of the mails in a view, newest first, `limit` at most. */
  readonly select: {
    readonly ask: { readonly account: string; readonly view: View; readonly limit: number };
    readonly answer: readonly Guid[];
  };
  /** Resolves a datastore path (`mail`, `mail/NAME`, `mail/NAME/FOLDER…`, segments decoded); null if the person has no such thing. */
  readonly account: {
    readonly ask: { readonly person: string; readonly path: readonly string[] };
    readonly answer: { readonly account: AccountRecord; readonly folder: Guid | null } | null;
  };
  readonly binding: {
    readonly ask: {
      readonly person: string;
      readonly deviceId: string;
      readonly serverUri: string;
      readonly clientUri: string;
      readonly account: string;
    };
    readonly answer: Binding;
  };
  /** Writes: starts a new generation for a slow or refresh sync, replacing one that is still being built. */
  readonly newGeneration: {
    readonly ask: { readonly binding: number; readonly view: View; readonly viewHash: string; readonly wanted: Shape };
    readonly answer: Generation;
  };
  /** Writes: turns the changes since `planned` into `todo` rows, in one transaction; idempotent. Returns the generation as it is then. */
  readonly plan: {
    readonly ask: { readonly generation: number; readonly viewHash: string; readonly view: View; readonly wanted: Shape };
    readonly answer: Generation;
  };
  /** Writes: the next `todo` rows in sending order (folders from the top, changes, deletions, new mails newest first, folders to delete); adds a page of the backfill when there are fewer than `limit`. Rows in `skip` are left out. */
  readonly work: {
    readonly ask: { readonly generation: number; readonly limit: number; readonly skip: readonly Guid[] };
    readonly answer: readonly RowItem[];
  };
  /** How many rows are `todo` now (an upper bound of the changes to come). */
  readonly workCount: { readonly ask: { readonly generation: number }; readonly answer: number };
  readonly rowsByLuid: {
    readonly ask: { readonly generation: number; readonly luids: readonly Luid[] };
    readonly answer: readonly RowItem[];
  };
  readonly rowsByGuid: {
    readonly ask: { readonly generation: number; readonly guids: readonly Guid[] };
    readonly answer: readonly RowItem[];
  };
  /** The live folders of an account, parents before children. */
  readonly folders: { readonly ask: { readonly account: string }; readonly answer: readonly ItemRecord[] };
  /** Each item is matched at most once, also across calls (items that have a row in `generation` are taken). */
  readonly match: { readonly ask: { readonly generation: number; readonly keys: readonly MatchKey[] }; readonly answer: readonly Match[] };
  /**
   * Mails that were sent to the device and for which it has named no LUID, tombstones included: for each key those with its Message-ID,
   * or with its digest where one of the two has no Message-ID.
   */
  readonly unmapped: {
    readonly ask: { readonly generation: number; readonly keys: readonly Pick<MatchKey, 'messageId' | 'digest'>[] };
    readonly answer: readonly (readonly RowItem[])[];
  };
  /** Records are kept per binding, not per generation: a mail that was sent must be known after a slow sync too. */
  readonly received: {
    readonly ask: { readonly generation: number; readonly keys: readonly string[] };
    readonly answer: readonly ReceivedRecord[];
  };
  /** What a mail from the device is known by: Message-ID and the digest of the mail port. `size`: of the whole mail, bytes; the device may have a part. Pure, but the mail work is not ours. */
  readonly identify: {
    readonly ask: { readonly mails: readonly { readonly bytes: Uint8Array; readonly size: number }[] };
    readonly answer: readonly { readonly messageId: string | null; readonly digest: string }[];
  };
  /** Checks and completes a mail that the device wants sent: identities, Bcc, Date, Message-ID (RFC 6409 §8). */
  readonly prepareSend: {
    readonly ask: { readonly account: string; readonly mail: Uint8Array };
    readonly answer:
      | {
          readonly ok: true;
          readonly mail: Uint8Array;
          readonly envelope: { readonly from: string; readonly to: readonly string[] };
          readonly messageId: string;
        }
      | { readonly ok: false; readonly text: string };
  };
  /** Outside work: opens mails. */
  readonly objects: {
    readonly ask: { readonly account: string; readonly wishes: readonly ObjectWish[] };
    readonly answer: readonly RenderedObject[];
  };
  readonly spool: { readonly ask: { readonly spool: string; readonly from: number; readonly length: number }; readonly answer: Uint8Array };
  /** Commits in one transaction; on a version conflict the driver drops this run of the step and starts it again. */
  readonly commit: { readonly ask: Commit; readonly answer: null };
  /** Outside work: tries the named submissions for up to 2 s. */
  readonly submit: { readonly ask: { readonly queueIds: readonly string[] }; readonly answer: readonly SubmissionOutcome[] };
}

export interface Commit {
  readonly writes: readonly ServerWrite[];
  /** Revisions of the accounts whose items were read to decide; a newer one is a conflict. */
  readonly accountRevs: Readonly<Record<string, number>>;
}

/** A new mail from the device. `luid` gets a map row with what the device has. Content is in `spool`, or inline. */
export interface NewMail {
  readonly account: string;
  readonly parent: Guid;
  readonly flags: FlagSet;
  readonly received: number;
  /** The map row goes into each of these: the generation in use and, during a slow sync, the current one as well. */
  readonly generations: readonly number[];
  readonly luid: Luid;
  readonly shape: Shape;
  readonly mail: { readonly bytes: Uint8Array };
}

export type ServerWrite =
  | {
      readonly write: 'device';
      readonly person: string;
      readonly deviceId: string;
      readonly devInf?: Uint8Array;
      readonly nonceUse?: NonceUse;
    }
  /** `version` is the one read; the store increments it, and refuses another one (conflict). */
  | { readonly write: 'session'; readonly session: StoredSession }
  | { readonly write: 'generation'; readonly generation: Generation }
  /** The building generation becomes the current one; the old one and its rows go. */
  | { readonly write: 'switch'; readonly binding: number }
  | { readonly write: 'row'; readonly generation: number; readonly row: MapRow }
  | { readonly write: 'dropRow'; readonly generation: number; readonly guid: Guid }
  /** All rows `sent` in a batch up to `batch` are acknowledged: ack… = sent…, deleted ones go, newer items become `todo` again. Rows without a LUID stay `sent` unless `luidIsGuid`. */
  | { readonly write: 'acknowledge'; readonly generation: number; readonly batch: number; readonly luidIsGuid: boolean }
  /** Rows `sent` in a batch above `batch` go back to `todo`; their `sent` facts are kept, since a late Map may still confirm them. */
  | { readonly write: 'requeue'; readonly generation: number; readonly batch: number }
  /** Held rows are tried again. */
  | { readonly write: 'retryHeld'; readonly generation: number; readonly reasons: readonly string[] }
  | { readonly write: 'received'; readonly generation: number; readonly record: ReceivedRecord }
  /** Forgets the records of batches up to `batch`. */
  | { readonly write: 'forgetReceived'; readonly generation: number; readonly batch: number }
  /** Changes of items: each takes the account's next revision and, where the mail server must follow, a row in the operation queue. `ackBy`: the device that made the change has it already. */
  | {
      readonly write: 'flags';
      readonly account: string;
      readonly guid: Guid;
      readonly flags: FlagSet;
      readonly ackBy: number;
      readonly ackFlags: FlagSet;
    }
  /** A newer version of a mail (a draft): the device has it whole; others get it in place of theirs. */
  | {
      readonly write: 'content';
      readonly account: string;
      readonly guid: Guid;
      readonly mail: { readonly bytes: Uint8Array };
      readonly ackBy: number;
    }
  | { readonly write: 'move'; readonly account: string; readonly guid: Guid; readonly parent: Guid; readonly ackBy: number }
  /** Moves to the trash, or removes for good when it is there already; `archive` moves to the archive folder. The device's row is held as deleted there. */
  | { readonly write: 'delete'; readonly account: string; readonly guid: Guid; readonly archive: boolean; readonly ackBy: number }
  | { readonly write: 'append'; readonly mail: NewMail; readonly received: ReceivedRecord }
  /** As `append` into the Outbox, with a row in the submission queue. */
  | {
      readonly write: 'send';
      readonly mail: NewMail;
      readonly queueId: string;
      readonly envelope: { readonly from: string; readonly to: readonly string[] };
      readonly messageId: string;
      readonly received: ReceivedRecord;
    }
  /**
   * Writes bytes into a spool object of a session from the offset `at` on; they are its end then, so a step that runs again writes the
   * same. Bytes behind a gap are not kept.
   */
  | { readonly write: 'spool'; readonly spool: string; readonly at: number; readonly bytes: Uint8Array }
  | { readonly write: 'dropSpool'; readonly spool: string };
