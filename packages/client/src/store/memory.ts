// A store in memory: what a browser falls back to, and a second opinion for the contract. Units of work are undone when they fail.
import type { ClientAnchors, ClientChange } from '@packetboat/datasync';
import { compareUtf8, concatBytes } from '../bytes.ts';
import { ClientError } from '../errors.ts';
import { storeOver } from './core.ts';
import { Flag } from '@packetboat/datasync';
import type { ClientStore, MailQuery, StoreStats } from './port.ts';
import type { FolderCount, Row, Rows, Value } from './rows.ts';

/** A store that lives as long as the process. */
export function createMemoryClientStore(): ClientStore {
  let locked = false;
  const lock = (): (() => void) => {
    if (locked) throw new ClientError('ERR_CLIENT_BUSY', 'this store is being synchronised already');
    locked = true;
    return () => {
      locked = false;
    };
  };
  return storeOver(new MemoryRows(), { lock, close: () => undefined });
}

/** A map whose writes can be undone. */
class Table<K, V> {
  readonly rows = new Map<K, V>();
  readonly #undo: (() => void)[];

  constructor(undo: (() => void)[]) {
    this.#undo = undo;
  }

  set(key: K, value: V): void {
    const [had, old] = [this.rows.has(key), this.rows.get(key)];
    this.#undo.push(() => (had ? this.rows.set(key, old as V) : this.rows.delete(key)));
    this.rows.set(key, value);
  }

  delete(key: K): void {
    if (!this.rows.has(key)) return;
    const old = this.rows.get(key) as V;
    this.#undo.push(() => this.rows.set(key, old));
    this.rows.delete(key);
  }
}

interface Content {
  readonly header: Uint8Array;
  readonly body: Uint8Array;
}

class MemoryRows implements Rows {
  readonly #undo: (() => void)[] = [];
  readonly #items = new Table<string, Row>(this.#undo);
  readonly #contents = new Table<string, Content>(this.#undo);
  /** By LUID, for lists of many mails. */
  readonly #changes = new Table<string, readonly ClientChange[]>(this.#undo);
  readonly #luidOfChange = new Table<number, string>(this.#undo);
  readonly #values = new Table<string, Value>(this.#undo);
  readonly #anchors = new Table<string, ClientAnchors>(this.#undo);
  readonly #maps = new Table<string, { readonly luid: string; readonly sent: boolean }>(this.#undo);
  readonly #gathered = new Table<string, readonly Uint8Array[]>(this.#undo);

  transaction<T>(work: () => T): T {
    this.#undo.length = 0;
    try {
      return work();
    } catch (error) {
      for (const undo of this.#undo.splice(0).toReversed()) undo();
      throw error;
    } finally {
      this.#undo.length = 0;
    }
  }

  row(luid: string): Row | undefined {
    return this.#items.rows.get(luid);
  }

  putRow(row: Row): void {
    this.#items.set(row.luid, row);
  }

  deleteRow(luid: string): void {
    this.#items.delete(luid);
    this.#contents.delete(luid);
    for (const { number } of this.changesOf(luid)) this.#luidOfChange.delete(number);
    this.#changes.delete(luid);
    for (const [guid, map] of this.#maps.rows) if (map.luid === luid) this.#maps.delete(guid);
  }

  rename(from: string, to: string): void {
    const row = this.#items.rows.get(from);
    if (row === undefined) return;
    const [content, changes] = [this.#contents.rows.get(from), this.changesOf(from)];
    this.deleteRow(from);
    this.putRow({ ...row, luid: to });
    if (content !== undefined) this.#contents.set(to, content);
    for (const change of changes) this.putChange({ ...change, luid: to });
    if (row.kind === 'mail') return;
    const place = (parent: string | null): string | null => (parent === from ? to : parent);
    for (const each of this.#items.rows.values()) {
      const shown = each.shown === null ? null : { ...each.shown, parent: place(each.shown.parent) };
      if (each.parent === from || each.shown?.parent === from) this.putRow({ ...each, parent: place(each.parent), shown });
    }
    for (const each of this.changesBetween(0, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)) {
      if (each.parent === from) this.putChange({ ...each, parent: to });
    }
  }

  deleteKnown(): void {
    for (const row of this.#items.rows.values()) if (row.known) this.deleteRow(row.luid);
    for (const guid of this.#maps.rows.keys()) this.#maps.delete(guid);
  }

  knownRows(after: string | null, limit: number): readonly Row[] {
    return [...this.#items.rows.values()]
      .filter((row) => row.known && (after === null || compareUtf8(row.luid, after) > 0))
      .toSorted((a, b) => compareUtf8(a.luid, b.luid))
      .slice(0, limit);
  }

  shownMails({ folder, unread, limit, offset }: MailQuery): readonly Row[] {
    return [...this.#items.rows.values()]
      .filter((row) => row.kind === 'mail' && row.shown !== null && (folder === undefined || row.shown.parent === folder))
      .filter((row) => unread === undefined || ((row.shown?.flags ?? 0) & Flag.Read) === (unread ? 0 : Flag.Read))
      .toSorted((a, b) => b.received - a.received || compareUtf8(a.luid, b.luid))
      .slice(offset, offset + limit);
  }

  shownFolders(): readonly Row[] {
    return [...this.#items.rows.values()].filter((row) => row.kind === 'folder' && row.shown !== null);
  }

  folderCounts(): readonly FolderCount[] {
    const counts = new Map<string | null, { folder: string | null; mails: number; unread: number }>();
    for (const row of this.#items.rows.values()) {
      if (row.kind !== 'mail' || row.shown === null) continue;
      const count = counts.get(row.shown.parent) ?? { folder: row.shown.parent, mails: 0, unread: 0 };
      count.mails += 1;
      if ((row.shown.flags & Flag.Read) === 0) count.unread += 1;
      counts.set(row.shown.parent, count);
    }
    return [...counts.values()];
  }

  header(luid: string): Uint8Array | undefined {
    return this.#contents.rows.get(luid)?.header;
  }

  content(luid: string): Uint8Array | undefined {
    const found = this.#contents.rows.get(luid);
    return found === undefined ? undefined : concatBytes([found.header, found.body]);
  }

  putContent(luid: string, header: Uint8Array, body: Uint8Array): void {
    // Copies: what is given is a view of a message that the caller may use again.
    this.#contents.set(luid, { header: header.slice(), body: body.slice() });
  }

  changesOf(luid: string): readonly ClientChange[] {
    return this.#changes.rows.get(luid) ?? [];
  }

  change(number: number): ClientChange | undefined {
    const luid = this.#luidOfChange.rows.get(number);
    return luid === undefined ? undefined : this.changesOf(luid).find((change) => change.number === number);
  }

  changesBetween(after: number, upTo: number, limit: number): readonly ClientChange[] {
    return [...this.#luidOfChange.rows.keys()]
      .filter((number) => number > after && number <= upTo)
      .toSorted((a, b) => a - b)
      .slice(0, limit)
      .flatMap((number) => this.change(number) ?? []);
  }

  putChange(change: ClientChange): void {
    const others = this.changesOf(change.luid).filter((each) => each.number !== change.number);
    this.#changes.set(
      change.luid,
      [...others, change].toSorted((a, b) => a.number - b.number),
    );
    this.#luidOfChange.set(change.number, change.luid);
  }

  deleteChange(number: number): void {
    const luid = this.#luidOfChange.rows.get(number);
    if (luid === undefined) return;
    this.#luidOfChange.delete(number);
    this.#changes.set(
      luid,
      this.changesOf(luid).filter((change) => change.number !== number),
    );
  }

  value(key: string): Value | undefined {
    return this.#values.rows.get(key);
  }

  setValue(key: string, value: Value): void {
    this.#values.set(key, value);
  }

  anchors(datastore: string): ClientAnchors | undefined {
    return this.#anchors.rows.get(datastore);
  }

  putAnchors(datastore: string, anchors: ClientAnchors): void {
    this.#anchors.set(datastore, anchors);
  }

  highestInflight(): number {
    return Math.max(0, ...Array.from(this.#anchors.rows.values(), (anchors) => anchors.inflight));
  }

  mapsOf(guids: readonly string[]): readonly { readonly guid: string; readonly luid: string }[] {
    return guids.flatMap((guid) => {
      const map = this.#maps.rows.get(guid);
      return map === undefined ? [] : [{ guid, luid: map.luid }];
    });
  }

  unsentMaps(limit: number): readonly { readonly guid: string; readonly luid: string }[] {
    return Array.from(this.#maps.rows, ([guid, map]) => ({ guid, ...map }))
      .filter((map) => !map.sent)
      .slice(0, limit)
      .map(({ guid, luid }) => ({ guid, luid }));
  }

  putMap({ guid, luid }: { readonly guid: string; readonly luid: string }): void {
    this.#maps.set(guid, { luid, sent: false });
  }

  setMapSent(guid: string): void {
    const map = this.#maps.rows.get(guid);
    if (map !== undefined) this.#maps.set(guid, { ...map, sent: true });
  }

  forgetMaps(): void {
    for (const [guid, map] of this.#maps.rows) if (map.sent) this.#maps.delete(guid);
  }

  gathered(object: string): Uint8Array {
    return concatBytes(this.#gathered.rows.get(object) ?? []);
  }

  gather(object: string, bytes: Uint8Array): void {
    this.#gathered.set(object, [...(this.#gathered.rows.get(object) ?? []), bytes.slice()]);
  }

  dropGathered(object: string): void {
    this.#gathered.delete(object);
  }

  dropAllGathered(): void {
    for (const object of this.#gathered.rows.keys()) this.#gathered.delete(object);
  }

  stats(): StoreStats {
    const mails = [...this.#items.rows.values()].filter((row) => row.kind === 'mail' && row.shown !== null);
    const bytes = [...this.#contents.rows.values()].reduce((sum, { header, body }) => sum + header.length + body.length, 0);
    return {
      folders: this.shownFolders().length,
      mails: mails.length,
      unread: mails.filter((row) => ((row.shown?.flags ?? 0) & Flag.Read) === 0).length,
      whole: mails.filter((row) => row.shape === 'full').length,
      unsentChanges: this.#luidOfChange.rows.size,
      refused: mails.filter((row) => row.sendError !== null).length,
      contentBytes: bytes,
    };
  }
}
