// The client's store: what a sync asks of it, and what a person does with the mails in it. What is shown is the base (what the
// server has told) with the person's unsent changes laid over it. Every store runs `clientStoreContract`.
import type { Answers, ClientItem, ClientNeeds, FlagSet } from '@packetboat/datasync';

/** What a store answers of a sync: all but the transport and the progress. */
export type StoreNeeds = Omit<ClientNeeds, 'exchange' | 'progress'>;

/** A folder as it is shown. */
export interface FolderView {
  readonly luid: string;
  readonly name: string;
  /** `inbox`, `outbox`, `sent`, `drafts`, `trash`, `archive`, `junk`; null for others. */
  readonly role: string | null;
  readonly parent: string | null;
  /** Mails shown in it. */
  readonly mails: number;
  readonly unread: number;
}

/** A mail as it is shown: with the person's unsent changes. */
export interface MailView {
  readonly luid: string;
  /** LUID of the folder; null without folders. */
  readonly folder: string | null;
  readonly flags: FlagSet;
  readonly shape: ClientItem['shape'];
  /** Bytes of the whole mail. */
  readonly size: number;
  /** ms since 1970. */
  readonly received: number;
  /** `new`: written here and not yet confirmed by the server; `changed`: changes wait for it; `no`: nothing waits. */
  readonly unsent: 'no' | 'changed' | 'new';
  /** Why sending was refused; null when it was not. */
  readonly sendError: string | null;
  /** The header block that is here, with its empty line; empty when there is none. */
  readonly header: Uint8Array;
}

export interface MailQuery {
  /** LUID; all folders when left out. */
  readonly folder?: string;
  /** True: only unread, false: only read. */
  readonly unread?: boolean;
  readonly limit: number;
  readonly offset: number;
}

export interface StoreStats {
  readonly folders: number;
  readonly mails: number;
  readonly unread: number;
  /** Mails that are here whole. */
  readonly whole: number;
  /** Changes that the server has not confirmed. */
  readonly unsentChanges: number;
  /** Mails whose sending was refused. */
  readonly refused: number;
  /** Bytes of mail content. */
  readonly contentBytes: number;
}

export interface ClientStore {
  /** Answers to a sync; `commit` is one durable transaction. */
  readonly answers: Answers<StoreNeeds>;
  /** Folders in the order of roles (inbox first), then names. */
  folders(): Promise<readonly FolderView[]>;
  /** Newest first. */
  list(query: MailQuery): Promise<readonly MailView[]>;
  /** A mail with what is here of its content; null when there is none of that number. */
  get(luid: string): Promise<(MailView & { readonly content: Uint8Array | null }) | null>;
  /** Changes the fields in `named` to their values in `set`. What changes nothing leaves no change to send. */
  mark(luid: string, named: FlagSet, set: FlagSet): Promise<void>;
  /** A mail that was refused is tried again: it counts as new in that folder, also where it lies already. */
  move(luid: string, folder: string): Promise<void>;
  /** Into the trash; out of it, or where there is none, for good. An unsent new mail goes for good unless it is on its way already. */
  remove(luid: string): Promise<void>;
  /** A new mail of this device; returns its LUID, `~` and a base-36 number that is never used again. `received`: ms since 1970. */
  write(mail: Uint8Array, folder: string, flags: FlagSet, received: number): Promise<string>;
  stats(): Promise<StoreStats>;
  /** Takes the right to sync, which one process has at a time; the returned function gives it back. Throws ERR_CLIENT_BUSY. */
  lock(): Promise<() => void>;
  /** `mark`, `move`, `remove` throw ERR_CLIENT_NOT_FOUND for numbers that are not shown; so does `write` for a folder. */
  close(): Promise<void>;
}
