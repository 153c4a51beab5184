// What changed in a folder: QRESYNC and CONDSTORE (RFC 7162) where the server has them, a comparison of uids and flags where not.
import type { ChangePage, FlagChange } from '../port.ts';
import type { Connection, Selected } from './connection.ts';
import { type Cursor, formatCursor, makeRuns, parseCursor, runReader } from './cursor.ts';
import { bitFlags, flagBits, readFlags } from './flags.ts';
import { PAGE_MAILS } from './limits.ts';
import type { ImapLink } from './link.ts';
import { type Listing, listMails, selectSame } from './listing.ts';
import type { ImapOptions } from './options.ts';
import { chunksOf, formatUid, numbersOf } from './uid.ts';

type Known = () => Promise<readonly string[]>;

const NOTHING = { added: [], changed: [], gone: [] } as const;

/** The changes of one folder, read in steps: no command runs while the caller has a page in its hands. */
export class FolderChanges {
  readonly #link: ImapLink;
  readonly #folder: string;
  readonly #options: ImapOptions;
  readonly #now: number;

  constructor(link: ImapLink, folder: string, options: ImapOptions) {
    this.#link = link;
    this.#folder = folder;
    this.#options = options;
    this.#now = Math.floor((options.now ?? Date.now)() / 1000);
  }

  async *since(text: string | undefined, known: Known): AsyncIterable<ChangePage> {
    const cursor = parseCursor(text);
    const view = await this.#link.read((connection) => connection.select(this.#folder, 'fresh'));
    if (cursor?.validity !== view.validity) yield* this.#everything(text !== undefined);
    else if (view.modseq === undefined || !('modseq' in cursor.state)) yield* this.#comparison(view, cursor, known);
    else yield* this.#increment(view, cursor, cursor.state.modseq, known);
  }

  /** A listing from nothing, newest pages first, so that a new device has something to show at once. */
  async *#everything(reset: boolean): AsyncIterable<ChangePage> {
    const [view, uids] = await this.#link.read(async (connection) => {
      const selected = await connection.select(this.#folder, 'fresh');
      const all = selected.exists === 0 ? [] : await connection.search({ all: true });
      return [selected, all.filter((uid) => uid < selected.uidNext)] as const;
    });
    const told: [uid: number, bits: number][] = [];
    let count = 0;
    let first = reset;
    for (let end = uids.length; end > 0; end -= PAGE_MAILS) {
      const page = uids.slice(Math.max(0, end - PAGE_MAILS), end);
      const { mails: added, unreadable } = await this.#list(view, page);
      count += added.length + unreadable;
      // With mod-sequences the cursor has no need of them.
      if (view.modseq === undefined) for (const mail of added) told.push([uidNumber(mail.uid), flagBits(mail.flags)]);
      yield { ...NOTHING, added, ...(first ? { reset: true } : {}) };
      first = false;
    }
    const cursor = this.#cursor(view, count, this.#now, () => told.toSorted(([a], [b]) => a - b));
    yield { ...NOTHING, ...(first ? { reset: true } : {}), cursor };
  }

  /** By mod-sequence. What has vanished is told by QRESYNC; a count that does not agree, or an old comparison, leads to a full one. */
  async *#increment(view: Selected, cursor: Cursor, modseq: bigint, known: Known): AsyncIterable<ChangePage> {
    const overdue = this.#now - cursor.compared >= (this.#options.compareHours ?? 24) * 3600;
    const same = view.modseq === modseq && view.uidNext === cursor.uidNext && view.exists === cursor.count;
    if (same && !overdue) {
      yield { ...NOTHING, cursor: formatCursor(cursor) };
      return;
    }
    const { changed, gone, fresh } = await this.#link.read((connection) => this.#readIncrement(connection, view, cursor, modseq));
    for (const flags of chunksOf(changed, PAGE_MAILS)) yield { ...NOTHING, changed: flags };
    for (const uids of chunksOf(gone, PAGE_MAILS)) yield { ...NOTHING, gone: uids };
    const told = new Set<string>();
    let count = cursor.count - gone.length;
    for (const uids of chunksOf(fresh, PAGE_MAILS)) {
      const { mails: added, unreadable } = await this.#list(view, uids);
      count += added.length + unreadable;
      for (const mail of added) told.add(mail.uid);
      yield { ...NOTHING, added };
    }
    let { compared } = cursor;
    if (overdue || count !== view.exists) {
      const comparison = this.#compareUids(view, { told, gone: new Set(gone) }, known);
      for (let step = await comparison.next(); ; step = await comparison.next()) {
        if (step.done === true) {
          count = step.value;
          break;
        }
        yield step.value;
      }
      compared = this.#now;
    }
    yield { ...NOTHING, cursor: this.#cursor(view, count, compared, () => []) };
  }

  async #readIncrement(
    connection: Connection,
    view: Selected,
    cursor: Cursor,
    modseq: bigint,
  ): Promise<{ changed: FlagChange[]; gone: string[]; fresh: number[] }> {
    await selectSame(connection, this.#folder, view.validity);
    const changed = new Map<number, FlagChange>();
    const vanished = new Set<number>();
    const note = (event: { uid?: number | undefined; vanished?: boolean | undefined }): void => {
      if (event.vanished === true && event.uid !== undefined && event.uid < cursor.uidNext) vanished.add(event.uid);
    };
    connection.client.on('expunge', note);
    try {
      if (cursor.uidNext > 1 && view.modseq !== modseq) {
        const query = { uid: true, flags: true };
        const answers = connection.client.fetch(`1:${cursor.uidNext - 1}`, query, { uid: true, changedSince: modseq });
        for await (const { uid, flags } of answers) {
          if (flags !== undefined && uid < cursor.uidNext)
            changed.set(uid, { uid: formatUid(view.validity, uid), flags: readFlags(flags) });
        }
      }
      const more = view.uidNext > cursor.uidNext;
      const fresh = more ? await connection.search({ uid: `${cursor.uidNext}:${view.uidNext - 1}` }) : [];
      for (const uid of vanished) changed.delete(uid);
      return { changed: [...changed.values()], gone: [...vanished].map((uid) => formatUid(view.validity, uid)), fresh };
    } finally {
      connection.client.off('expunge', note);
    }
  }

  /** All uids against those that the caller holds; the return value is how many it holds then. Leaves out what was told just now. */
  async *#compareUids(
    view: Selected,
    just: { readonly told: ReadonlySet<string>; readonly gone: ReadonlySet<string> },
    known: Known,
  ): AsyncGenerator<ChangePage, number> {
    const held = new Set(await known());
    const all = await this.#link.read(async (connection) => {
      await selectSame(connection, this.#folder, view.validity);
      return (await connection.search({ all: true })).filter((uid) => uid < view.uidNext);
    });
    const there = new Set(all.map((uid) => formatUid(view.validity, uid)));
    const gone = [...held].filter((uid) => !there.has(uid) && !just.gone.has(uid));
    for (const uids of chunksOf(gone, PAGE_MAILS)) yield { ...NOTHING, gone: uids };
    const missing = [...there].filter((uid) => !held.has(uid) && !just.told.has(uid));
    let absent = missing.length;
    for (const uids of chunksOf(numbersOf(missing, view.validity), PAGE_MAILS)) {
      const { mails: added, unreadable } = await this.#list(view, uids);
      absent -= added.length + unreadable;
      yield { ...NOTHING, added };
    }
    return there.size - absent;
  }

  /** Uids and flags of the whole folder against what the caller holds and was told. */
  async *#comparison(view: Selected, cursor: Cursor, known: Known): AsyncIterable<ChangePage> {
    const now = await this.#link.read((connection) => this.#scan(connection, view));
    const held = new Set(await known());
    const bitsTold = runReader('runs' in cursor.state ? cursor.state.runs : undefined);
    const there = new Set<string>();
    const missing: number[] = [];
    const changed: FlagChange[] = [];
    for (const [number, bits] of now) {
      const uid = formatUid(view.validity, number);
      there.add(uid);
      if (!held.has(uid)) missing.push(number);
      else if (bitsTold(number) !== bits || number >= cursor.uidNext) changed.push({ uid, flags: bitFlags(bits) });
    }
    const gone = [...held].filter((uid) => !there.has(uid));
    for (const uids of chunksOf(gone, PAGE_MAILS)) yield { ...NOTHING, gone: uids };
    for (const flags of chunksOf(changed, PAGE_MAILS)) yield { ...NOTHING, changed: flags };
    let absent = missing.length;
    for (const uids of chunksOf(missing, PAGE_MAILS)) {
      const { mails: added, unreadable } = await this.#list(view, uids);
      absent -= added.length + unreadable;
      yield { ...NOTHING, added };
    }
    yield { ...NOTHING, cursor: this.#cursor(view, now.length - absent, this.#now, () => now) };
  }

  /** Uid and flags of every mail, ascending. */
  async #scan(connection: Connection, view: Selected): Promise<[uid: number, bits: number][]> {
    await selectSame(connection, this.#folder, view.validity);
    const { client } = connection;
    const found = new Map<number, number>();
    if (view.exists > 0 && view.uidNext > 1) {
      for await (const { uid, flags } of client.fetch(`1:${view.uidNext - 1}`, { uid: true, flags: true }, { uid: true })) {
        if (flags !== undefined && uid < view.uidNext) found.set(uid, flagBits(readFlags(flags)));
      }
    }
    return [...found].toSorted(([a], [b]) => a - b);
  }

  async #list(view: Selected, uids: readonly number[]): Promise<Listing> {
    const listing = await this.#link.read(async (connection) => {
      await selectSame(connection, this.#folder, view.validity);
      return listMails(connection, view.validity, uids);
    });
    const { log, host } = this.#options;
    if (listing.unreadable > 0) log?.({ level: 'warn', event: 'mails left out of a listing', host, detail: listing.unreadable });
    return listing;
  }

  #cursor(view: Selected, count: number, compared: number, flags: () => Iterable<readonly [uid: number, bits: number]>): string {
    const { validity, uidNext, modseq } = view;
    if (modseq !== undefined) return formatCursor({ validity, uidNext, count, compared, state: { modseq } });
    return formatCursor({ validity, uidNext, count, compared: 0, state: { runs: makeRuns(flags()) } });
  }
}

function uidNumber(uid: string): number {
  return Number(uid.slice(uid.indexOf('.') + 1));
}
