// The tables of the integrated store as Kysely sees them. Numbers are whole and below 2^53; times are ms since 1970.
import type { Generated } from 'kysely';
import type { FolderRole } from '../port.ts';

/** One number per name that must never go back, such as the last uid validity given out. */
export interface CounterTable {
  name: string;
  value: number;
}

export interface PersonTable {
  id: Generated<number>;
  /** The log-in name, compared as it is. */
  login: string;
  display_name: string | null;
}

export interface AddressTable {
  /** The address as `addressKey` makes it. */
  address: string;
  /** What follows its last @: these are the domains that are ours. */
  domain: string;
  person_id: number;
  /** The address as it was given. */
  spelled: string;
  /** 1 for the address of the person, 0 for an alias. */
  is_primary: number;
}

export interface FolderTable {
  id: Generated<number>;
  /** Null when the folder or its person was removed: what is left of it waits to be swept. */
  person_id: number | null;
  path: string;
  role: FolderRole | null;
  uid_validity: number;
  /** The uid of the next mail. Only grows. */
  uid_next: number;
  /** Grows with every change of the folder's mails. */
  revision: number;
  /** Vanished mails up to this revision may be forgotten. */
  tombstone_floor: number;
}

/** The bytes of a mail, shared by every mail that has the same. No mail (`refs` 0) and no reader: it is swept. */
export interface BodyTable {
  id: Generated<number>;
  refs: number;
  /** Hex SHA-256 of the bytes; empty until all have arrived. */
  hash: string;
  size: number;
  /** Bytes up to and with the empty line. */
  header_size: number;
  message_id: string | null;
  digest: string;
}

/** A piece of a body. The header ends with a piece of its own, so that reading headers reads nothing else. */
export interface ChunkTable {
  body_id: number;
  /** Offset of the first byte. */
  start: number;
  data: Uint8Array;
}

export interface MailTable {
  /** Survives moves: the port's `emailId`. */
  id: Generated<number>;
  folder_id: number;
  uid: number;
  body_id: number;
  /** Bits of `flags.ts`. */
  flags: number;
  received: number;
  /** The folder's revision when the mail came or its flags last changed. */
  revision: number;
}

/** A mail that was in the folder and no longer is. */
export interface TombstoneTable {
  folder_id: number;
  uid: number;
  revision: number;
  vanished: number;
}

/** A submission that its sender has named by a key and that was done, here at least. */
export interface SubmissionTable {
  person_id: number;
  key: string;
  /** The answer, as JSON of an accepted `SubmitResult`; null while the recipients here have the mail and the relay's answer is not known. */
  outcome: string | null;
  submitted: number;
}

export interface Tables {
  counter: CounterTable;
  person: PersonTable;
  address: AddressTable;
  folder: FolderTable;
  body: BodyTable;
  chunk: ChunkTable;
  mail: MailTable;
  tombstone: TombstoneTable;
  submission: SubmissionTable;
}
