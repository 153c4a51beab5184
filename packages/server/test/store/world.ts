// A store in a file of its own with one account in it, and short names for what the tests do with it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answers, Generation, Guid, MapRow, RowItem, ServerWrite, Shape, View } from '@packetboat/datasync';
import { onTestFinished } from 'vitest';
import { ensureAccount } from '../../src/store/account.ts';
import { storeAnswers, type StoreNeeds } from '../../src/store/answers.ts';
import { addItem, type Item, type ItemChanges, type NewItem, touchItem } from '../../src/store/revision.ts';
import type { Operation } from '../../src/store/queue.ts';
import { openStore, type Store } from '../../src/store/store.ts';

export const hierarchical: View = { kind: 'hierarchical' };

/** A folder that is removed when the test has finished. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A clock that stands until it is set. */
export interface Clock {
  time: number;
}

export async function openTestStore(clock: Clock = { time: 1_000_000 }): Promise<Store> {
  const store = await openStore({ file: join(temporaryFolder(), 'packetboat.db'), now: () => clock.time });
  onTestFinished(() => store.close());
  return store;
}

export interface World {
  readonly store: Store;
  readonly clock: Clock;
  readonly ask: Answers<StoreNeeds>;
  /** Row id of the account. */
  readonly account: number;
  /** Row ids of its folders. */
  readonly outbox: number;
  readonly inbox: number;
  readonly archive: number;
  readonly trash: number;
  readonly guid: (id: number) => Guid;
  readonly folder: (name: string, more?: Partial<NewItem>) => Promise<Item>;
  readonly mail: (more?: Partial<NewItem>) => Promise<Item>;
  readonly touch: (id: number, changes: ItemChanges) => Promise<number | null>;
  readonly bury: (id: number) => Promise<void>;
  readonly item: (id: number) => Promise<Item>;
  readonly rev: () => Promise<number>;
  /** A binding of a device of its own, with a first generation. */
  readonly device: (options?: { view?: View; wanted?: Shape; uri?: string }) => Promise<Device>;
  readonly commit: (...writes: ServerWrite[]) => Promise<void>;
  readonly operations: (item?: number) => Promise<Operation[]>;
}

export interface Device {
  readonly binding: number;
  readonly generation: number;
  readonly plan: (changes?: { viewHash?: string; view?: View; wanted?: Shape }) => Promise<Generation>;
  readonly work: (limit?: number, skip?: readonly Guid[]) => Promise<readonly RowItem[]>;
  /** Ids of the rows of `work`, in order. */
  readonly todo: (limit?: number, skip?: readonly Guid[]) => Promise<readonly number[]>;
  readonly row: (id: number) => Promise<MapRow | null>;
  /** Marks rows as sent in `batch`, as their items are now; acknowledged unless told otherwise. */
  readonly send: (
    rows: readonly RowItem[],
    batch: number,
    options?: { acknowledged?: boolean; shape?: Shape; view?: View },
  ) => Promise<void>;
  readonly acknowledge: (batch: number, luidIsGuid?: boolean) => Promise<void>;
  readonly write: (row: MapRow) => Promise<void>;
  /** Plans, sends and acknowledges until nothing is left. */
  readonly settle: () => Promise<void>;
}

let receivedAt = 0;

export async function makeWorld(clock: Clock = { time: 1_000_000 }): Promise<World> {
  const store = await openTestStore(clock);
  const ask = storeAnswers(store);
  const account = await store.transaction((tx) =>
    ensureAccount(tx, { person: 'ann', name: 'home', address: 'ann@example.org', now: clock.time }),
  );
  const guid = (id: number): Guid => store.guids.of(id);
  const add = (item: NewItem): Promise<Item> => store.transaction((tx) => addItem(tx, account, item));
  const folder = (name: string, more: Partial<NewItem> = {}): Promise<Item> =>
    add({ kind: 'folder', parent: null, name, remote_path: name, ...more });
  const inbox = (await folder('INBOX', { role: 'inbox' })).id;
  const archive = (await folder('Archive', { role: 'archive' })).id;
  const trash = (await folder('Trash', { role: 'trash' })).id;
  const outbox = (await store.db.selectFrom('item').select('id').where('role', '=', 'outbox').executeTakeFirstOrThrow()).id;
  const world: World = {
    store,
    clock,
    ask,
    account,
    outbox,
    inbox,
    archive,
    trash,
    guid,
    folder,
    mail: (more = {}) => {
      receivedAt += 1000;
      return add({
        kind: 'mail',
        parent: inbox,
        size: 100,
        received: receivedAt,
        remote_folder: inbox,
        remote_uid: String(receivedAt),
        ...more,
      });
    },
    touch: (id, changes) => store.transaction((tx) => touchItem(tx, id, changes)),
    bury: async (id) => {
      await store.transaction((tx) => touchItem(tx, id, { gone: 1, gone_at: clock.time }));
    },
    item: (id) => store.db.selectFrom('item').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    rev: async () => (await store.db.selectFrom('account').select('rev').where('id', '=', account).executeTakeFirstOrThrow()).rev,
    device: (options) => makeDevice(world, options),
    commit: async (...writes) => {
      await ask.commit({ writes, accountRevs: {} });
    },
    operations: (item) => {
      const query = store.db.selectFrom('operation').selectAll().orderBy('id');
      return (item === undefined ? query : query.where('item', '=', item)).execute();
    },
  };
  return world;
}

let deviceCount = 0;

async function makeDevice(world: World, options: { view?: View; wanted?: Shape; uri?: string } = {}): Promise<Device> {
  const { ask, store } = world;
  const view = options.view ?? hierarchical;
  const wanted = options.wanted ?? 'headers';
  deviceCount += 1;
  const bound = await ask.binding({
    person: 'ann',
    deviceId: `device-${deviceCount}`,
    serverUri: options.uri ?? 'mail',
    clientUri: './mail',
    account: String(world.account),
  });
  const made = await ask.newGeneration({ binding: bound.id, view, viewHash: 'h', wanted });
  const generation = made.id;
  await world.commit({ write: 'switch', binding: bound.id });
  const id = (row: RowItem): number => store.guids.id(row.item?.guid ?? row.row?.guid ?? '') ?? 0;
  const device: Device = {
    binding: bound.id,
    generation,
    plan: async (changes = {}) => ask.plan({ generation, viewHash: 'h', view, wanted, ...changes }),
    work: async (limit = 100, skip = []) => ask.work({ generation, limit, skip }),
    todo: async (limit = 100, skip = []) => (await device.work(limit, skip)).map(id),
    row: async (item) => (await ask.rowsByGuid({ generation, guids: [world.guid(item)] }))[0]?.row ?? null,
    send: async (rows, batch, { acknowledged = true, shape = wanted, view: seen = view } = {}) => {
      await world.commit(...rows.map((row): ServerWrite => ({ write: 'row', generation, row: sentRow(row, batch, shape, seen) })));
      if (acknowledged) await device.acknowledge(batch);
    },
    acknowledge: (batch, luidIsGuid = true) => world.commit({ write: 'acknowledge', generation, batch, luidIsGuid }),
    write: (row) => world.commit({ write: 'row', generation, row }),
    settle: async () => {
      await device.plan();
      for (let rows = await device.work(); rows.length > 0; rows = await device.work()) {
        batchCount += 1;
        await device.send(rows, batchCount);
      }
    },
  };
  return device;
}

let batchCount = 1000;

/** The row as it is when the item is on its way to the device. */
export function sentRow({ row, item }: RowItem, batch: number, shape: Shape, view: View = hierarchical): MapRow {
  if (row === null) throw new Error('nothing to send');
  const here = item !== null && !item.gone && (view.kind === 'hierarchical' || item.parent === view.folder);
  const sent = here
    ? {
        rev: item.rev,
        flags: item.flags,
        parent: item.parent,
        name: item.name,
        shape: item.kind === 'folder' ? ('none' as const) : shape,
        gone: false,
      }
    : { rev: item?.rev ?? row.ackRev, flags: row.ackFlags, parent: row.ackParent, name: row.ackName, shape: row.shape, gone: true };
  return { ...row, state: 'sent', reason: null, batch, sent };
}
