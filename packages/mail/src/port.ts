// The mail server port: what Packetboat needs of any mail server, and nothing of how a protocol says it.
// Implementations: imap (RFC 3501/9051 family), integrated (our own store). All of them run `mailServerContract`.

/** The status of a mail. `forwarded` is the IMAP keyword $Forwarded. */
export interface MailFlags {
  readonly read: boolean;
  readonly replied: boolean;
  readonly forwarded: boolean;
  readonly flagged: boolean;
  readonly deleted: boolean;
  readonly draft: boolean;
}

export type FolderRole = 'inbox' | 'outbox' | 'sent' | 'drafts' | 'trash' | 'archive' | 'junk';

/** A folder as the mail server names it. `path` is the key of every other call; it is opaque to callers. */
export interface RemoteFolder {
  readonly path: string;
  /** Last segment, decoded for people. */
  readonly name: string;
  /** `path` of the folder above; undefined at the top. */
  readonly parent?: string;
  readonly role?: FolderRole;
  /** False for a folder that only holds folders. */
  readonly selectable: boolean;
}

/** What a listing tells of a mail. `uid` is unique in its folder until the folder's cursor is reset. */
export interface RemoteMail {
  readonly uid: string;
  readonly flags: MailFlags;
  /** Bytes of the whole message, RFC822.SIZE. */
  readonly size: number;
  /** When the mail server received it, ms since 1970. */
  readonly received: number;
  /** Message-ID header without white space, if there is one. */
  readonly messageId?: string;
  /** Hex SHA-256, first 32 digits, of the raw Date, From and Subject header values and the size: what is left when there is no Message-ID. */
  readonly digest: string;
  /** An id that survives moves (OBJECTID), where the server has one. */
  readonly emailId?: string;
}

/** New flags of a mail that the caller already knows. */
export interface FlagChange {
  readonly uid: string;
  readonly flags: MailFlags;
}

/**
 * A piece of what changed in a folder since a cursor. Pages come in any order and number; only the last has `cursor`,
 * and only when it has been handed over may the caller store that cursor.
 */
export interface ChangePage {
  /** True on the first page when the folder's uids are no longer what they were (UIDVALIDITY): all uids known before are void. */
  readonly reset?: boolean;
  /** Mails not reported before, oldest first within a page; at most 500 a page. */
  readonly added: readonly RemoteMail[];
  readonly changed: readonly FlagChange[];
  /** Uids that are no longer in the folder. */
  readonly gone: readonly string[];
  readonly cursor?: string;
}

/** Bytes that can be read more than once. `size` is exact. */
export interface ByteSource {
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

/** Where a copy, move or append put a mail; undefined when the server does not say (no UIDPLUS). */
export interface Placement {
  readonly uid?: string;
}

export interface Watch {
  /** Stops watching; resolves when nothing of it runs any more. */
  close(): Promise<void>;
}

/** Something may have changed: a hint, never the change itself. No `folder` = look everywhere (folders too). */
export interface MailEvent {
  readonly folder?: string;
}

/**
 * One account at a mail server. Calls may be made concurrently; an implementation orders them itself.
 * Every call throws `MailError` for faults of the server or the link; what a call asks for and the server does not
 * have (a vanished uid) is told in the result, never thrown.
 */
export interface MailServer {
  /** Connects and logs in. Throws `ERR_MAIL_AUTH` when the log-in is refused. Other calls connect by themselves when needed. */
  open(): Promise<void>;
  /** Ends all connections and watches. The object is not used again. */
  close(): Promise<void>;

  folders(): Promise<readonly RemoteFolder[]>;
  /**
   * What changed in a folder since `cursor` (undefined: everything, from nothing).
   * `known` is asked only where the server cannot tell what vanished; it lists the uids the caller holds.
   */
  changes(folder: string, cursor: string | undefined, known: () => Promise<readonly string[]>): AsyncIterable<ChangePage>;
  /** The raw header blocks (up to and with the empty line) of these mails, in any order; vanished ones are missing. */
  headers(folder: string, uids: readonly string[]): AsyncIterable<{ readonly uid: string; readonly header: Uint8Array }>;
  /** A whole mail or a range of its bytes, in pieces of at most 64 kB, never whole in memory; undefined if it has vanished. */
  content(
    folder: string,
    uid: string,
    range?: { readonly from: number; readonly length: number },
  ): Promise<AsyncIterable<Uint8Array> | undefined>;

  /** Sets the named flags and leaves the others. Vanished uids are ignored. Returns the uids that exist. */
  setFlags(folder: string, uids: readonly string[], flags: Partial<MailFlags>): Promise<readonly string[]>;
  /** Moves mails; the result names those that were there. */
  move(folder: string, uids: readonly string[], to: string): Promise<ReadonlyMap<string, Placement>>;
  /** Removes mails for good (expunge of these alone). Vanished uids are ignored. */
  remove(folder: string, uids: readonly string[]): Promise<void>;
  /** Stores a mail; `received` is the INTERNALDATE in ms. */
  append(folder: string, mail: ByteSource, flags: Partial<MailFlags>, received: number): Promise<Placement>;
  /** Uids in a folder of the mails with this Message-ID. */
  find(folder: string, messageId: string): Promise<readonly string[]>;
  createFolder(path: string): Promise<void>;
  /** The path that a folder of this name would have below `parent` (undefined: the top). */
  childPath(parent: string | undefined, name: string): Promise<string>;
  renameFolder(path: string, to: string): Promise<void>;
  removeFolder(path: string): Promise<void>;

  /** Calls `listener` when something may have changed, until closed. Survives lost connections by itself. */
  watch(listener: (event: MailEvent) => void): Promise<Watch>;
}

export interface Envelope {
  readonly from: string;
  readonly to: readonly string[];
}

/**
 * What became of a submission. `unknown` = the link broke after the message was sent and before the answer came:
 * it may have been accepted. `text` is the server's own words, cut to 400 characters, without control characters.
 */
export type SubmitResult =
  | {
      readonly outcome: 'accepted';
      readonly text: string;
      readonly refusedRecipients: readonly { readonly address: string; readonly text: string }[];
    }
  | { readonly outcome: 'refused'; readonly permanent: boolean; readonly text: string }
  | { readonly outcome: 'unknown'; readonly text: string };

/** Sends mail on its way (RFC 6409). */
export interface Submission {
  /** Whether the server itself files a copy in Sent, so that we must not. */
  readonly filesSentCopy: boolean;
  /** True when a `key` that was accepted once is remembered with what was sent: submitted again, it is accepted and not sent again. */
  readonly remembersKeys?: boolean;
  /** `key` names this submission, so that a repeat after a crash or an unknown outcome can be told from another mail. */
  submit(envelope: Envelope, mail: ByteSource, key?: string): Promise<SubmitResult>;
  close(): Promise<void>;
}
