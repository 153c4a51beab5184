// Random changes on both sides, lost and late acknowledgements, changed views and slow syncs: in the end the device has the view.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Generation, mergeFlags, type MapRow, type RowItem, type ServerWrite, type Shape, type View } from '@packetboat/datasync';
import { storeAnswers } from '../../src/store/answers.ts';
import { ensureAccount } from '../../src/store/account.ts';
import { addItem, type Item, touchItem } from '../../src/store/revision.ts';
import { openStore, type Store } from '../../src/store/store.ts';

const steps = [
  'mail',
  'folder',
  'flags',
  'move',
  'rename',
  'bury',
  'dropFolder',
  'sync',
  'late',
  'lost',
  'push',
  'plan',
  'ack',
  'myFlags',
  'myMove',
  'myDelete',
  'myMail',
  'view',
  'slow',
] as const;
type StepName = (typeof steps)[number];
interface Step {
  readonly step: StepName;
  readonly a: number;
  readonly b: number;
}

const often = ['sync', 'push', 'plan', 'flags', 'move', 'myDelete', 'myFlags', 'view'] as const;
const stepOf = fc.record({ step: fc.constantFrom(...steps, ...often, 'sync' as const), a: fc.nat(15), b: fc.nat(15) });

/** What the device has of one item. */
interface Held {
  readonly flags: number;
  readonly parent: string | null;
  readonly name: string | null;
  readonly shape: Shape;
}

const rank = { none: 0, headers: 1, full: 2 };

/** A server with one device, which does what a profile session does. */
class Model {
  readonly #store: Store;
  readonly #ask: ReturnType<typeof storeAnswers>;
  readonly #account: number;
  readonly #binding: number;
  #generation: number;
  #view: View = { kind: 'hierarchical' };
  #wanted: Shape = 'headers';
  #batch = 0;
  /** Newest batch that the device has applied. */
  #applied = 0;
  #made = 0;
  readonly device = new Map<string, Held>();

  private constructor(store: Store, account: number, binding: number, generation: number) {
    this.#store = store;
    this.#ask = storeAnswers(store);
    this.#account = account;
    this.#binding = binding;
    this.#generation = generation;
  }

  static async make(): Promise<Model> {
    const store = await openStore({ file: ':memory:', now: () => 1 });
    const account = await store.transaction(async (tx) => {
      const id = await ensureAccount(tx, { person: 'p', name: 'a', address: 'a@b', now: 1 });
      for (const [name, role] of [
        ['INBOX', 'inbox'],
        ['Trash', 'trash'],
        ['Archive', 'archive'],
      ] as const) {
        await addItem(tx, id, { kind: 'folder', parent: null, name, role });
      }
      for (let i = 0; i < 9; i += 1) await addItem(tx, id, { kind: 'mail', parent: 2, received: i % 4 });
      return id;
    });
    const ask = storeAnswers(store);
    const { id } = await ask.binding({ person: 'p', deviceId: 'd', serverUri: 'mail', clientUri: 'm', account: String(account) });
    const first = await ask.newGeneration({ binding: id, view: { kind: 'hierarchical' }, viewHash: '', wanted: 'headers' });
    await ask.commit({ writes: [{ write: 'switch', binding: id }], accountRevs: {} });
    return new Model(store, account, id, first.id);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  async run({ step, a, b }: Step): Promise<void> {
    const mails = await this.#items('mail');
    const folders = await this.#items('folder');
    const mail = mails[a % Math.max(1, mails.length)];
    const folder = folders[b % folders.length];
    if (folder === undefined) throw new Error('no folders');
    const outside = folders.filter((each) => each.role !== 'outbox');
    const place = outside[b % outside.length] ?? folder;
    switch (step) {
      case 'mail':
        await this.#store.transaction((tx) =>
          addItem(tx, this.#account, {
            kind: 'mail',
            parent: place.id,
            flags: b % 32,
            received: a % 8,
            remote_uid: 'u',
            remote_folder: place.id,
          }),
        );
        return;
      case 'folder':
        await this.#store.transaction((tx) =>
          addItem(tx, this.#account, { kind: 'folder', parent: a % 2 === 0 ? null : place.id, name: `f${a}` }),
        );
        return;
      case 'flags':
        if (mail !== undefined) await this.#touch(mail, { flags: b % 32 });
        return;
      case 'move':
        if (mail !== undefined) await this.#touch(mail, { parent: place.id });
        return;
      case 'rename':
        if (folder.role === null) await this.#touch(folder, { name: `g${a}` });
        return;
      case 'bury':
        if (mail !== undefined) await this.#touch(mail, { gone: 1, gone_at: 1 });
        return;
      case 'dropFolder':
        if (folder.role === null && ![...mails, ...folders].some((each) => each.parent === folder.id))
          await this.#touch(folder, { gone: 1, gone_at: 1 });
        return;
      case 'sync':
      case 'late':
      case 'lost':
        await this.#sync(step, 1 + (a % 7));
        return;
      case 'push':
        // Only behind what has arrived: acknowledgement is cumulative.
        if (this.#applied === this.#batch) await this.#reply(1 + (a % 7), true);
        return;
      case 'plan':
        await this.#plan();
        return;
      case 'ack':
        return this.#acknowledge();
      case 'view':
        this.#view = a % 3 === 0 ? { kind: 'flat', folder: this.#store.guids.of(outside[0]?.id ?? 0) } : { kind: 'hierarchical' };
        this.#wanted = b % 2 === 0 ? 'full' : 'headers';
        return;
      case 'slow':
        return this.#slowSync();
      default:
        return this.#deviceStep(step, a, b);
    }
  }

  /** What a user does on the device; it acknowledges first, as every message does. */
  async #deviceStep(step: 'myFlags' | 'myMove' | 'myDelete' | 'myMail', a: number, b: number): Promise<void> {
    await this.#acknowledge();
    const account = String(this.#account);
    const inbox = (await this.#items('folder')).find((each) => each.role === 'inbox');
    if (step === 'myMail' && inbox !== undefined) {
      this.#made += 1;
      const luid = `~${this.#made}`;
      const parent = this.#store.guids.of(inbox.id);
      const mail = {
        account,
        parent,
        flags: b % 32,
        received: a % 8,
        generations: [this.#generation],
        luid,
        shape: 'full' as const,
        mail: { bytes: Uint8Array.of(a, b) },
      };
      const received = { key: luid, status: '201', text: null, guid: null, queueId: null, batch: 1 };
      await this.#commit({ write: 'append', mail, received });
      this.device.set(luid, { flags: b % 32, parent, name: null, shape: 'full' });
      return;
    }
    const rows = await this.#ask.rowsByLuid({ generation: this.#generation, luids: [...this.device.keys()] });
    const mails = rows.filter((row) => row.item?.kind === 'mail' && !row.item.gone);
    const chosen = mails[a % Math.max(1, mails.length)];
    const luid = chosen?.row?.luid;
    const item = chosen?.item;
    if (chosen?.row == null || luid == null || item == null) return;
    const held = this.device.get(luid);
    if (held === undefined) return;
    const change = { account, guid: item.guid, ackBy: this.#generation };
    if (step === 'myFlags') {
      const theirs = b % 32;
      await this.#commit({ write: 'flags', ...change, flags: mergeFlags(chosen.row.ackFlags, theirs, 31, item.flags), ackFlags: theirs });
      this.device.set(luid, { ...held, flags: theirs });
    } else if (step === 'myMove') {
      const folders = rows.filter((row) => row.item?.kind === 'folder' && !row.item.gone && row.item.role !== 'outbox');
      const parent = folders[b % Math.max(1, folders.length)]?.item?.guid;
      if (parent === undefined || this.#view.kind === 'flat') return;
      await this.#commit({ write: 'move', ...change, parent });
      this.device.set(luid, { ...held, parent });
    } else {
      await this.#commit({ write: 'delete', ...change, archive: b % 4 === 0 });
      this.device.delete(luid);
    }
  }

  /** One reply of the server: applied and acknowledged, applied with the acknowledgement still to come, or lost. */
  async #sync(fate: 'sync' | 'late' | 'lost', limit: number): Promise<number> {
    await this.#acknowledge();
    const count = await this.#reply(limit, fate !== 'lost');
    if (fate === 'sync') await this.#acknowledge();
    return count;
  }

  /** Sends up to `limit` rows as one batch. */
  async #reply(limit: number, arrives: boolean): Promise<number> {
    await this.#plan();
    const rows = await this.#ask.work({ generation: this.#generation, limit, skip: [] });
    this.#batch += 1;
    const apply: (() => void)[] = [];
    const writes = rows.map((row): ServerWrite => {
      const sent = this.#tell(row);
      if (sent === null) return { write: 'dropRow', generation: this.#generation, guid: row.row?.guid ?? '' };
      apply.push(sent.apply);
      return { write: 'row', generation: this.#generation, row: sent.row };
    });
    await this.#commit(...writes);
    if (!arrives) return rows.length;
    for (const command of apply) command();
    this.#applied = this.#batch;
    return rows.length;
  }

  /** What is sent for a row, and what the device does with it; null when the row tells of nothing that the device has. */
  #tell({ row, item }: RowItem): { readonly row: MapRow; readonly apply: () => void } | null {
    if (row === null) throw new Error('work without a row');
    const isHere =
      item !== null && !item.gone && (this.#view.kind === 'hierarchical' || (item.kind === 'mail' && item.parent === this.#view.folder));
    const luid = row.luid ?? row.guid;
    if (!isHere) {
      if (row.luid === null) return null;
      const gone = { rev: row.ackRev, flags: row.ackFlags, parent: row.ackParent, name: row.ackName, shape: row.shape, gone: true };
      return { row: { ...row, state: 'sent', batch: this.#batch, sent: gone }, apply: () => this.device.delete(luid) };
    }
    const shape = item.kind === 'folder' ? 'none' : rank[row.shape] > rank[this.#wanted] ? row.shape : this.#wanted;
    const facts = { flags: item.flags, parent: item.parent, name: item.name, shape };
    if (row.luid !== null && !this.device.has(luid)) throw new Error('a change of what the device has not');
    return {
      row: { ...row, state: 'sent', reason: null, batch: this.#batch, sent: { ...facts, rev: item.rev, gone: false } },
      apply: () => this.device.set(luid, facts),
    };
  }

  /** The device's next message: what it applied is acknowledged, the rest goes out again. */
  async #acknowledge(): Promise<void> {
    await this.#commit(
      { write: 'acknowledge', generation: this.#generation, batch: this.#applied, luidIsGuid: true },
      { write: 'requeue', generation: this.#generation, batch: this.#applied },
    );
  }

  /** The device lists what it has; what is not here any more is deleted there. */
  async #slowSync(): Promise<void> {
    const before = this.#generation;
    const next = await this.#ask.newGeneration({
      binding: this.#binding,
      view: this.#view,
      viewHash: JSON.stringify([this.#view, this.#wanted]),
      wanted: this.#wanted,
    });
    const known = await this.#ask.rowsByLuid({ generation: before, luids: [...this.device.keys()] });
    const guidOf = new Map(known.map((row) => [row.row?.luid ?? '', row.item?.guid]));
    for (const [luid, held] of this.device) {
      const guid = guidOf.get(luid) ?? luid;
      const [found] = await this.#ask.rowsByGuid({ generation: next.id, guids: [guid] });
      const item = found?.item ?? null;
      if (item === null || item.gone) {
        this.device.delete(luid);
        continue;
      }
      const row: MapRow = {
        guid,
        luid,
        state: 'todo',
        reason: null,
        batch: 0,
        ackRev: item.rev,
        ackFlags: held.flags,
        ackParent: held.parent,
        ackName: held.name,
        shape: held.shape,
        sent: null,
      };
      await this.#commit({ write: 'row', generation: next.id, row });
    }
    await this.#commit({ write: 'switch', binding: this.#binding });
    this.#generation = next.id;
    this.#batch = Math.max(this.#batch, next.lastBatch);
    this.#applied = this.#batch;
  }

  /** Syncs until nothing is left, and compares. */
  async check(): Promise<void> {
    for (let rounds = 0; (await this.#sync('sync', 50)) > 0; rounds += 1) if (rounds > 40) throw new Error('it never ends');
    const view = this.#view;
    const expected = new Map<string, Omit<Held, 'shape'>>();
    const all = await this.#store.db.selectFrom('map_row').selectAll().where('generation', '=', this.#generation).execute();
    const rows = new Map(all.map((row) => [row.item, row]));
    for (const item of [...(await this.#items('mail')), ...(await this.#items('folder'))]) {
      if (view.kind === 'flat' && (item.kind === 'folder' || this.#store.guids.ofNullable(item.parent) !== view.folder)) continue;
      const row = rows.get(item.id);
      if (row?.state === 'held') {
        // Deleted on the device: it stays away exactly as long as it lies where that put it.
        expect(row.ack_parent).toBe(item.parent);
        continue;
      }
      expected.set(row?.luid ?? 'no row', { flags: item.flags, parent: this.#store.guids.ofNullable(item.parent), name: item.name });
      if (item.kind === 'mail') expect(rank[this.device.get(row?.luid ?? '')?.shape ?? 'none']).toBeGreaterThanOrEqual(rank[this.#wanted]);
    }
    const had = new Map([...this.device].map(([luid, { flags, parent, name }]) => [luid, { flags, parent, name }]));
    expect(had).toEqual(expected);
    for (const row of all) expect(row.state === 'ok' || row.reason === 'deleted-here').toBe(true);
  }

  async #items(kind: 'mail' | 'folder'): Promise<Item[]> {
    return this.#store.db.selectFrom('item').selectAll().where('kind', '=', kind).where('gone', '=', 0).orderBy('id').execute();
  }

  async #touch(item: Item, changes: Parameters<typeof touchItem>[2]): Promise<void> {
    await this.#store.transaction((tx) => touchItem(tx, item.id, changes));
  }

  async #plan(): Promise<Generation> {
    return this.#ask.plan({
      generation: this.#generation,
      view: this.#view,
      viewHash: JSON.stringify([this.#view, this.#wanted]),
      wanted: this.#wanted,
    });
  }

  async #commit(...writes: ServerWrite[]): Promise<void> {
    await this.#ask.commit({ writes, accountRevs: {} });
  }
}

describe('a device that applies everything acknowledged', () => {
  it('has what its view shows, whatever happened before', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(stepOf, { minLength: 10, maxLength: 80, size: 'max' }), async (list) => {
        const model = await Model.make();
        try {
          for (const step of list) await model.run(step);
          await model.check();
        } finally {
          await model.close();
        }
      }),
      { numRuns: Number(process.env['PACKETBOAT_RUNS'] ?? 120) },
    );
  }, 120_000);
});
