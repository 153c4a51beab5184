// What a store's rules need of a place to keep rows: memory or a database. All of it is synchronous, so that a unit of work cannot be
// interleaved with another one.
import type { ClientAnchors, ClientChange, UnsentMap } from '@packetboat/datasync';
import type { BaseItem, Shown } from './entry.ts';
import type { MailQuery, StoreStats } from './port.ts';

/** An item with what is shown of it; `shown` null = deleted, waiting for the server. */
export interface Row extends BaseItem {
  readonly shown: Shown | null;
}

export interface FolderCount {
  readonly folder: string | null;
  readonly mails: number;
  readonly unread: number;
}

/** Small values by name. */
export type Value = string | number | Uint8Array | null;

export interface Rows {
  /** All or nothing, durable when it returns. Not nested. */
  transaction<T>(work: () => T): T;
  row(luid: string): Row | undefined;
  putRow(row: Row): void;
  /** With its content, changes and map entries. */
  deleteRow(luid: string): void;
  /** Another LUID for an item: with its content and changes, and for what lies in it or is to. Its map entries go. */
  rename(from: string, to: string): void;
  /** All items that the server knows, with all that belongs to them; and the whole map. */
  deleteKnown(): void;
  /** Items that the server knows, in ascending order of the LUID's UTF-8 bytes, above `after`. */
  knownRows(after: string | null, limit: number): readonly Row[];
  /** Mails that are shown, newest first. */
  shownMails(query: MailQuery): readonly Row[];
  shownFolders(): readonly Row[];
  folderCounts(): readonly FolderCount[];
  header(luid: string): Uint8Array | undefined;
  content(luid: string): Uint8Array | undefined;
  putContent(luid: string, header: Uint8Array, body: Uint8Array): void;
  changesOf(luid: string): readonly ClientChange[];
  change(number: number): ClientChange | undefined;
  /** In the order of their numbers. */
  changesBetween(after: number, upTo: number, limit: number): readonly ClientChange[];
  putChange(change: ClientChange): void;
  deleteChange(number: number): void;
  value(key: string): Value | undefined;
  setValue(key: string, value: Value): void;
  anchors(datastore: string): ClientAnchors | undefined;
  putAnchors(datastore: string, anchors: ClientAnchors): void;
  highestInflight(): number;
  mapsOf(guids: readonly string[]): readonly UnsentMap[];
  unsentMaps(limit: number): readonly UnsentMap[];
  putMap(map: UnsentMap): void;
  setMapSent(guid: string): void;
  /** Those that have been sent. */
  forgetMaps(): void;
  gathered(object: string): Uint8Array;
  gather(object: string, bytes: Uint8Array): void;
  dropGathered(object: string): void;
  dropAllGathered(): void;
  stats(): StoreStats;
}
