// Random histories of a person, a server and syncs between them that lose answers. What is shown is always the base with the changes
// over it, a person sees at once what was done, and in the end both sides agree and nothing that the person did is lost.
import { Flag, type ClientWrite } from '@packetboat/datasync';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClientStore } from '../../src/index.ts';
import { ask, changes, commit, drafts, folders, inbox, mail, mailBytes, outbox, trash, type StoreHarness } from './harness.ts';

type Event =
  | { readonly kind: 'mark'; readonly pick: number; readonly named: number; readonly set: number }
  | { readonly kind: 'move'; readonly pick: number; readonly to: string }
  | { readonly kind: 'remove' | 'serverDelete'; readonly pick: number }
  | { readonly kind: 'write'; readonly to: string }
  | { readonly kind: 'arrive' }
  | { readonly kind: 'serverMark'; readonly pick: number; readonly set: number }
  /** Reads changes and sends the first few: the answer comes, or is lost. */
  | { readonly kind: 'sync'; readonly take: number; readonly lost: boolean };

const pick = fc.nat(50);
const place = fc.constantFrom(inbox, drafts, outbox, trash);
/** Of these flags the person has some and the server the others, so that the end is known whatever the order. */
const personFlags = Flag.Read | Flag.Flagged;
const serverFlags = Flag.Replied | Flag.Forwarded;

const events: fc.Arbitrary<readonly Event[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('mark' as const), pick, named: fc.constantFrom(1, 8, 9), set: fc.nat(31) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('move' as const), pick, to: place }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('remove' as const, 'serverDelete' as const), pick }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('write' as const), to: place }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'arrive' as const }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('serverMark' as const), pick, set: fc.nat(31) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('sync' as const), take: fc.nat(5), lost: fc.boolean() }) },
  ),
  { maxLength: 40 },
);

interface ServerMail {
  parent: string | null;
  flags: number;
}

/** What the person wants of a mail, by the last thing done to it; absent = deleted. */
type Wish = { folder: string; flags: number };

class History {
  readonly store: ClientStore;
  readonly server = new Map<string, ServerMail>();
  readonly wishes = new Map<string, Wish>();
  readonly deletedAtServer = new Set<string>();
  #executed = 0;
  #arrived = 100;

  constructor(store: ClientStore) {
    this.store = store;
  }

  async play(event: Event): Promise<void> {
    if (event.kind === 'write') {
      const luid = await this.store.write(mailBytes('mine'), event.to, 0, 1);
      this.wishes.set(luid, { folder: event.to, flags: 0 });
    } else if (event.kind === 'arrive') {
      this.#arrived += 1;
      this.server.set(String(this.#arrived), { parent: inbox, flags: 0 });
    } else if (event.kind === 'sync') await this.#sync(event.take, event.lost);
    else if (event.kind === 'serverMark' || event.kind === 'serverDelete') this.#atServer(event);
    else await this.#byPerson(event);
  }

  #atServer(event: Extract<Event, { kind: 'serverMark' | 'remove' | 'serverDelete' }>): void {
    const [luid, found] = [...this.server][event.pick % Math.max(1, this.server.size)] ?? [];
    if (luid === undefined || found === undefined) return;
    if (event.kind === 'serverMark') found.flags = (found.flags & ~serverFlags) | (event.set & serverFlags);
    else {
      this.server.delete(luid);
      this.deletedAtServer.add(luid);
    }
  }

  async #byPerson(event: Extract<Event, { kind: 'mark' | 'move' | 'remove' | 'serverDelete' }>): Promise<void> {
    const shown = await this.store.list({ limit: 1_000, offset: 0 });
    const chosen = shown[event.pick % Math.max(1, shown.length)];
    if (chosen === undefined) return;
    const { luid } = chosen;
    const wish = this.wishes.get(luid) ?? { folder: chosen.folder ?? '', flags: chosen.flags & personFlags };
    this.wishes.set(luid, wish);
    if (event.kind === 'mark') {
      await this.store.mark(luid, event.named, event.set);
      wish.flags = (wish.flags & ~event.named) | (event.set & event.named);
    } else if (event.kind === 'move') {
      await this.store.move(luid, event.to);
      wish.folder = event.to;
    } else {
      await this.store.remove(luid);
      const left = await this.store.get(luid);
      if (left === null) this.wishes.delete(luid);
      else wish.folder = trash;
      expect(left?.folder ?? trash).toBe(trash);
      return;
    }
    const now = await this.store.get(luid);
    expect([now?.folder, (now?.flags ?? 0) & personFlags]).toEqual([wish.folder, wish.flags]);
  }

  /** As a profile session does it: numbered changes, cumulative acknowledgement, the server's own beneath what is unsent. */
  async #sync(take: number, lost: boolean): Promise<void> {
    const anchors = await ask(this.store, 'anchors', { datastore: './mail' });
    const all = await changes(this.store);
    const repeat = all.filter((change) => change.number <= anchors.inflight);
    const sent = repeat.length > 0 ? repeat : all.slice(0, take);
    const inflight = Math.max(anchors.inflight, sent.at(-1)?.number ?? 0);
    await commit(this.store, { write: 'anchors', datastore: './mail', anchors: { inflight } });
    for (const change of sent) if (change.number > this.#executed) this.#execute(change);
    this.#executed = Math.max(this.#executed, sent.at(-1)?.number ?? 0);
    if (lost) return;
    await commit(this.store, { write: 'foldUpTo', number: this.#executed }, ...(await this.#differences()));
  }

  #execute(change: Awaited<ReturnType<typeof changes>>[number]): void {
    if (change.op === 'add' && change.item !== null) this.server.set(change.luid, { parent: change.parent, flags: change.item.flags });
    const found = this.server.get(change.luid);
    if (found === undefined) return;
    if (change.op === 'flags') found.flags = (found.flags & ~change.named) | (change.set & change.named);
    if (change.op === 'move') found.parent = change.parent;
    if (change.op === 'delete') this.server.delete(change.luid);
  }

  async #differences(): Promise<ClientWrite[]> {
    const known = [...this.server.keys()];
    const here = new Set((await ask(this.store, 'items', { luids: [...known, ...this.deletedAtServer] })).map((item) => item.luid));
    const writes: ClientWrite[] = [...this.deletedAtServer].filter((luid) => here.has(luid)).map((luid) => ({ write: 'drop', luid }));
    for (const [luid, { flags, parent }] of this.server) {
      if (!here.has(luid)) writes.push({ write: 'item', item: mail(luid, { flags, parent }) });
      else writes.push({ write: 'flags', luid, named: 31, set: flags }, { write: 'move', luid, parent });
    }
    return writes;
  }

  /** Replays the changes over the base by the words of the port, without the store's own rules. */
  async expectViewIsBasePlusChanges(): Promise<void> {
    const unsent = await changes(this.store);
    const luids = [...this.deletedAtServer, ...this.server.keys(), ...this.wishes.keys(), ...unsent.map((change) => change.luid)];
    const base = await ask(this.store, 'items', { luids: [...new Set(luids)] });
    const expected = new Map<string, string>();
    for (const item of base) {
      let { flags, parent } = item;
      let deleted = false;
      for (const change of unsent.filter((each) => each.luid === item.luid)) {
        if (change.op === 'flags') flags = (flags & ~change.named) | (change.set & change.named);
        else if (change.op === 'delete') deleted = true;
        else ({ parent } = change);
      }
      if (!deleted) expected.set(item.luid, `${parent} ${flags}`);
    }
    const shown = await this.store.list({ limit: 1_000, offset: 0 });
    expect(new Map(shown.map((each) => [each.luid, `${each.folder} ${each.flags}`]))).toEqual(expected);
  }

  /** The order of the world: everything is synchronised, then both sides are compared, and with what the person did last. */
  async expectAgreement(): Promise<void> {
    for (let round = 0; round < 3; round += 1) await this.#sync(1_000, false);
    expect(await changes(this.store)).toEqual([]);
    const shown = new Map((await this.store.list({ limit: 1_000, offset: 0 })).map((each) => [each.luid, each]));
    expect(new Set(shown.keys())).toEqual(new Set(this.server.keys()));
    for (const [luid, { flags, parent }] of this.server) expect(shown.get(luid)).toMatchObject({ folder: parent, flags, unsent: 'no' });
    for (const [luid, wish] of this.wishes) {
      if (this.deletedAtServer.has(luid)) continue;
      expect(this.server.get(luid)).toMatchObject({ parent: wish.folder });
      expect((this.server.get(luid)?.flags ?? 0) & personFlags).toBe(wish.flags);
    }
  }
}

export function propertyContract(harness: StoreHarness): void {
  describe('random histories', () => {
    it('show the base with the changes over it, and lose nothing that a person did', { timeout: 60_000 }, async () => {
      await fc.assert(
        fc.asyncProperty(events, fc.integer(), async (list, seed) => {
          const opened = await harness.open();
          try {
            await commit(opened.store, ...folders);
            const history = new History(opened.store);
            for (const [at, event] of list.entries()) {
              await history.play(event);
              // Looking reads the changes, and what has been read is drawn together no more: so not after each event.
              if ((seed + at) % 7 === 0) await history.expectViewIsBasePlusChanges();
            }
            await history.expectViewIsBasePlusChanges();
            await history.expectAgreement();
          } finally {
            await opened.remove();
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}
