// Rows of the client's store in SQLite: prepared statements, nothing kept in memory, so that several processes may use one file.
import type { ClientAnchors, ClientChange, UnsentMap } from '@packetboat/datasync';
import type { Database } from 'better-sqlite3';
import type { MailQuery, StoreStats } from '../store/port.ts';
import type { FolderCount, Row, Rows, Value } from '../store/rows.ts';
import { prepare, type Statements } from './statements.ts';

/** An item as SQLite gives it. */
interface ItemRecord {
  readonly luid: string;
  readonly kind: 'mail' | 'folder';
  readonly parent: string | null;
  readonly flags: number;
  readonly name: string | null;
  readonly role: string | null;
  readonly shape: Row['shape'];
  readonly size: number;
  readonly received: number;
  readonly send_error: string | null;
  readonly known: 0 | 1;
  readonly shown: 0 | 1;
  readonly shown_parent: string | null;
  readonly shown_flags: number;
}

interface ContentRecord {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

export class SqliteRows implements Rows {
  readonly #db: Database;
  readonly #sql: Statements;

  constructor(db: Database) {
    this.#db = db;
    this.#sql = prepare(db);
  }

  transaction<T>(work: () => T): T {
    return this.#db.transaction(work).immediate();
  }

  row(luid: string): Row | undefined {
    const found = this.#sql.item.get(luid) as ItemRecord | undefined;
    return found === undefined ? undefined : rowOf(found);
  }

  putRow(row: Row): void {
    this.#sql.putItem.run({
      luid: row.luid,
      kind: row.kind,
      parent: row.parent,
      flags: row.flags,
      name: row.name,
      role: row.role,
      shape: row.shape,
      size: row.size,
      received: row.received,
      sendError: row.sendError,
      known: Number(row.known),
      shown: Number(row.shown !== null),
      shownParent: row.shown?.parent ?? null,
      shownFlags: row.shown?.flags ?? 0,
    });
  }

  deleteRow(luid: string): void {
    this.#sql.deleteItem.run(luid);
    this.#sql.deleteMapOfLuid.run(luid);
  }

  rename(from: string, to: string): void {
    // The parts are named one after the other: they fit together again with the last.
    this.#db.pragma('defer_foreign_keys = ON');
    const { kind } = this.#sql.item.get(from) as ItemRecord;
    this.#sql.deleteMapOfLuid.run(from);
    for (const statement of ['renameItem', 'renameContent', 'renameChanges'] as const) this.#sql[statement].run(to, from);
    if (kind === 'mail') return;
    for (const statement of ['renameParent', 'renameShownParent', 'renameChangeParent'] as const) this.#sql[statement].run(to, from);
  }

  deleteKnown(): void {
    this.#sql.deleteKnown.run();
    this.#sql.deleteMap.run();
  }

  knownRows(after: string | null, limit: number): readonly Row[] {
    return (this.#sql.knownItems.all({ after: after ?? '', limit }) as ItemRecord[]).map(rowOf);
  }

  shownMails({ folder, unread, limit, offset }: MailQuery): readonly Row[] {
    const statement = folder === undefined ? this.#sql.shownMails : this.#sql.shownMailsOf;
    const read = unread === undefined ? null : Number(!unread);
    const records = statement.all({ ...(folder === undefined ? {} : { folder }), read, limit, offset });
    return (records as ItemRecord[]).map(rowOf);
  }

  shownFolders(): readonly Row[] {
    return (this.#sql.shownFolders.all() as ItemRecord[]).map(rowOf);
  }

  folderCounts(): readonly FolderCount[] {
    return this.#sql.folderCounts.all() as FolderCount[];
  }

  header(luid: string): Uint8Array | undefined {
    const found = this.#sql.header.get(luid) as { readonly header: Uint8Array } | undefined;
    return found === undefined ? undefined : plain(found.header);
  }

  content(luid: string): Uint8Array | undefined {
    const found = this.#sql.content.get(luid) as ContentRecord | undefined;
    return found === undefined ? undefined : plain(Buffer.concat([found.header, found.body]));
  }

  putContent(luid: string, header: Uint8Array, body: Uint8Array): void {
    this.#sql.putContent.run(luid, blob(header), blob(body));
  }

  changesOf(luid: string): readonly ClientChange[] {
    return this.#sql.changesOf.all(luid) as ClientChange[];
  }

  change(number: number): ClientChange | undefined {
    return this.#sql.change.get(number) as ClientChange | undefined;
  }

  changesBetween(after: number, upTo: number, limit: number): readonly ClientChange[] {
    return this.#sql.changesBetween.all(after, upTo, limit) as ClientChange[];
  }

  putChange(change: ClientChange): void {
    const { number, luid, op, named, set, parent } = change;
    this.#sql.putChange.run({ number, luid, op, named, set, parent });
  }

  deleteChange(number: number): void {
    this.#sql.deleteChange.run(number);
  }

  value(key: string): Value | undefined {
    const found = this.#sql.value.get(key) as { readonly value: Value } | undefined;
    return found?.value instanceof Uint8Array ? plain(found.value) : found?.value;
  }

  setValue(key: string, value: Value): void {
    this.#sql.setValue.run(key, value instanceof Uint8Array ? blob(value) : value);
  }

  anchors(datastore: string): ClientAnchors | undefined {
    return this.#sql.anchors.get(datastore) as ClientAnchors | undefined;
  }

  putAnchors(datastore: string, { own, server, inflight }: ClientAnchors): void {
    this.#sql.putAnchors.run(datastore, own, server, inflight);
  }

  highestInflight(): number {
    return (this.#sql.highestInflight.get() as { readonly highest: number }).highest;
  }

  mapsOf(guids: readonly string[]): readonly UnsentMap[] {
    return this.#sql.mapsOf.all(JSON.stringify(guids)) as UnsentMap[];
  }

  unsentMaps(limit: number): readonly UnsentMap[] {
    return this.#sql.unsentMaps.all(limit) as UnsentMap[];
  }

  putMap({ guid, luid }: UnsentMap): void {
    this.#sql.putMap.run(guid, luid);
  }

  setMapSent(guid: string): void {
    this.#sql.setMapSent.run(guid);
  }

  forgetMaps(): void {
    this.#sql.forgetMaps.run();
  }

  gathered(object: string): Uint8Array {
    const pieces = this.#sql.pieces.all(object) as { readonly bytes: Uint8Array }[];
    return plain(Buffer.concat(pieces.map((piece) => piece.bytes)));
  }

  gather(object: string, bytes: Uint8Array): void {
    this.#sql.addPiece.run(object, blob(bytes));
  }

  dropGathered(object: string): void {
    this.#sql.dropPieces.run(object);
  }

  dropAllGathered(): void {
    this.#sql.dropAllPieces.run();
  }

  stats(): StoreStats {
    return this.#sql.stats.get() as StoreStats;
  }
}

function rowOf(record: ItemRecord): Row {
  const { luid, kind, parent, flags, name, role, shape, size, received } = record;
  const shown = record.shown === 1 ? { parent: record.shown_parent, flags: record.shown_flags } : null;
  return { luid, kind, parent, flags, name, role, shape, size, received, sendError: record.send_error, known: record.known === 1, shown };
}

/** A Buffer's bytes as the Uint8Array that the rest of the client knows: Buffer's slice() does not copy. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** better-sqlite3 binds Buffers alone. */
function blob(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
