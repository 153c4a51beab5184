// The device's Sync: which datastore it is for, whether it may run, and each of its commands in turn. DS Protocol 1.2 §3 (#3).
import { contentTypes, mediaType, StatusCode, type Atomic, type Command, type Item, type Sync } from '@packetboat/syncml';
import { datastoreKey, datastorePath } from '../loc-uri.ts';
import { need, type Step } from '../step.ts';
import { execute, type ItemCommand } from './execute.ts';
import { luidsOfBatch } from './flag-batch.ts';
import type { Guid, ItemRecord, ReceivedRecord, RowItem, ServerNeeds } from './port.ts';
import { receivedKey } from './received-key.ts';
import { prepareSlowSync } from './slow-sync.ts';
import { Stage, type DatastoreState } from './state.ts';
import { answer, batchOf, findDatastore, flush, loadAccount, type Turn } from './turn.ts';

/** What the commands of one Sync are decided with. */
export interface Receiving {
  readonly turn: Turn;
  readonly ds: DatastoreState;
  /** Rows of the LUIDs that are spoken of, as they will be after the commands before. */
  readonly rows: Map<string, RowItem>;
  /** During a slow sync: rows of the map that is being replaced, by LUID. Only LUIDs that cannot have been given anew are looked up there. */
  readonly before: ReadonlyMap<string, RowItem>;
  /** LUIDs that got a new item in this message; its GUID is known after a commit only. */
  readonly fresh: Set<string>;
  readonly received: Map<string, ReceivedRecord>;
  /** Items sent before, without a LUID, that mails of this message have turned out to be. */
  readonly claimed: Set<Guid>;
  /** The command being executed. */
  current: ItemCommand;
  /** Batch that records of this message carry. */
  readonly batch: number;
  /** What slow sync found for the mails of the device, by LUID. */
  readonly matches: Map<string, { readonly guid: Guid } | 'tombstone'>;
  /** Folders of the account by GUID. */
  readonly folders: ReadonlyMap<Guid, ItemRecord>;
}

export function* receiveSync(turn: Turn, sync: Sync): Step<ServerNeeds, void> {
  const serverUri = sync.target?.locUri ?? '';
  const refs = { target: serverUri, source: sync.source?.locUri ?? '' };
  const path = datastorePath(serverUri);
  const key = path === undefined ? serverUri : datastoreKey(path);
  const ds = findDatastore(turn, key);
  const failed = turn.failedAlerts.get(key) ?? (ds === undefined ? String(StatusCode.NotFound) : undefined);
  if (failed !== undefined || ds === undefined || path === undefined) {
    answer(turn, sync, failed ?? StatusCode.NotFound, refs);
    answerRest(turn, sync.commands, StatusCode.NotExecuted);
    for (const command of commandsOf(sync.commands)) answer(turn, command, StatusCode.NotExecuted, { source: sourceOf(command) });
    return;
  }
  if (ds.stage < Stage.Receiving) ds.stage = Stage.Receiving;
  // A profile client goes on in the same datastore: what it sends now is a run of its own.
  if (turn.session.profile && ds.stage > Stage.Receiving) ds.stage = Stage.Receiving;
  answer(turn, sync, StatusCode.Ok, refs);
  answerRest(turn, sync.commands, StatusCode.Ok);
  const commands = commandsOf(sync.commands);
  // The sync goes from the server to the device alone.
  if (ds.type === 204 || ds.type === 205) {
    for (const command of commands) answer(turn, command, StatusCode.NotExecuted, { source: sourceOf(command) });
    return;
  }
  // The mails of the device are looked for with what a Map beside them has told.
  if (ds.building) yield* flush(turn);
  yield* loadAccount(turn, key, path);
  const open = turn.session.profile && isRepeated(turn, ds) ? yield* answerRepeated(turn, ds, commands) : commands;
  const [first] = open;
  if (first === undefined) return;
  const receiving = yield* prepare(turn, ds, open, first);
  const folders = ds.building ? open.filter((command) => isOfFolders(command)) : [];
  // Mails are looked for in their folders, so these are known first, whatever the order in the message.
  for (const command of fromTheTop(folders)) yield* execute(receiving, command);
  const rest = open.filter((command) => !folders.includes(command));
  if (ds.building) yield* prepareSlowSync(receiving, rest.flatMap(withItems));
  for (const command of rest) yield* execute(receiving, command);
  if (turn.session.profile) ds.executed = Math.max(ds.executed, Number(turn.clientNext.get(key) ?? 0));
}

/** Sequence is flattened; everything else stays one command (Atomic is answered as such). */
function commandsOf(commands: readonly Command[]): readonly ItemCommand[] {
  return commands.flatMap((command): readonly ItemCommand[] => {
    switch (command.name) {
      case 'Sequence':
        return commandsOf(command.commands);
      case 'Add':
      case 'Replace':
      case 'Delete':
      case 'Move':
      case 'Copy':
      case 'Atomic':
        return [command];
      default:
        return [];
    }
  });
}

/** What `commandsOf` leaves out has a Status too: the Sequences themselves, and what has no place in a Sync. */
function answerRest(turn: Turn, commands: readonly Command[], ofSequence: number): void {
  for (const command of commands) {
    if (command.name === 'Sequence') {
      answer(turn, command, ofSequence);
      answerRest(turn, command.commands, ofSequence);
    } else if (command.name !== 'Status' && commandsOf([command]).length === 0) answer(turn, command, StatusCode.CommandNotAllowed);
  }
}

function sourceOf(command: ItemCommand): string {
  return command.name === 'Atomic' ? '' : (command.items[0]?.source?.locUri ?? '');
}

/** A profile client repeats an upload letter by letter until it is answered: its last number was executed before. */
function isRepeated(turn: Turn, ds: DatastoreState): boolean {
  const next = Number(turn.clientNext.get(ds.key) ?? Number.NaN);
  return !ds.building && turn.session.incoming === null && next <= ds.executed;
}

/**
 * Nothing of it is executed again, and the failures are told again. What is left is the beginning of a large object, whose number
 * is told only with its end, and what is in the Outbox: its bytes tell what has become of it.
 */
function* answerRepeated(turn: Turn, ds: DatastoreState, all: readonly ItemCommand[]): Step<ServerNeeds, readonly ItemCommand[]> {
  const parents = new Set(all.flatMap((command) => itemsOf(command).flatMap((item) => item.sourceParent ?? [])));
  const rows = yield* rowsByLuid(ds.generation, parents);
  const isOut = (item: Item): boolean => rows.get(item.sourceParent ?? '')?.item?.role === 'outbox' && item.data !== undefined;
  const isLeft = (item: Item): boolean => item.moreData === true || isOut(item);
  const keys = all.flatMap((command) => failureKeys(command, (item) => !isLeft(item)));
  const byKey = new Map(keys.map((each) => [each.key, each]));
  const records = yield* need<ServerNeeds, 'received'>('received', { generation: ds.generation, keys: [...byKey.keys()] });
  for (const record of records) {
    const from = byKey.get(record.key);
    if (from === undefined || record.status.startsWith('2')) continue;
    answer(turn, from.command, record.status, {
      source: from.luid,
      ...(record.text === null ? {} : { items: [{ data: { kind: 'text', text: record.text } }] }),
    });
  }
  return all.flatMap((command): readonly ItemCommand[] => {
    const items = itemsOf(command).filter(isLeft);
    return command.name === 'Atomic' || items.length === 0 ? [] : [{ ...command, items }];
  });
}

function itemsOf(command: ItemCommand): readonly Item[] {
  return command.name === 'Atomic' ? [] : command.items;
}

function failureKeys(command: ItemCommand, which: (item: Item) => boolean): readonly { key: string; luid: string; command: ItemCommand }[] {
  const items = itemsOf(command).filter(which);
  return items.map((item) => ({ key: receivedKey(command.name, item), luid: item.source?.locUri ?? '', command }));
}

function* prepare(turn: Turn, ds: DatastoreState, commands: readonly ItemCommand[], first: ItemCommand): Step<ServerNeeds, Receiving> {
  const items = commands.flatMap(withItems);
  const luids = new Set<string>();
  for (const { command, item } of items) {
    for (const luid of [item.source?.locUri, item.sourceParent, item.targetParent]) if (luid !== undefined && luid !== '') luids.add(luid);
    for (const luid of luidsOfBatch(item, 'meta' in command ? command.meta : undefined)) luids.add(luid);
  }
  const rows = yield* rowsByLuid(ds.generation, luids);
  const before = ds.otherGeneration === null ? new Map<string, RowItem>() : yield* rowsByLuid(ds.otherGeneration, luids);
  const keys = items.map(({ command, item }) => receivedKey(command.name, item));
  const records = yield* need<ServerNeeds, 'received'>('received', { generation: ds.generation, keys });
  const folders = yield* need<ServerNeeds, 'folders'>('folders', { account: ds.account });
  const receiving: Receiving = {
    turn,
    ds,
    rows,
    before,
    fresh: new Set(),
    claimed: new Set(),
    current: first,
    received: new Map(records.map((record) => [record.key, record])),
    // A listing is acknowledged as a whole: with its end it gets the number.
    batch: ds.building && turn.session.profile ? ds.batch + 1 : batchOf(turn, ds),
    matches: new Map(),
    folders: new Map(folders.map((folder) => [folder.guid, folder])),
  };
  return receiving;
}

function withItems(command: ItemCommand): readonly { readonly command: Exclude<ItemCommand, Atomic>; readonly item: Item }[] {
  return command.name === 'Atomic' ? [] : command.items.map((item) => ({ command, item }));
}

function isOfFolders(command: ItemCommand): boolean {
  if (command.name !== 'Add' && command.name !== 'Replace') return false;
  return command.items.every((item) => mediaType(item.meta?.type ?? command.meta?.type ?? '') === contentTypes.folder);
}

/** Each folder behind the one that it is in. */
function fromTheTop(commands: readonly ItemCommand[]): readonly ItemCommand[] {
  const parents = new Map(commands.flatMap(withItems).map(({ item }) => [item.source?.locUri ?? '', item.sourceParent]));
  const depth = (command: ItemCommand): number => {
    let steps = 0;
    for (let above = itemsOf(command)[0]?.sourceParent; above !== undefined && steps <= parents.size; above = parents.get(above))
      steps += 1;
    return steps;
  };
  // Each depth is looked for once: a device may send a long chain of folders.
  const depths = new Map(commands.map((command) => [command, depth(command)]));
  return commands.toSorted((a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0));
}

function* rowsByLuid(generation: number, luids: ReadonlySet<string>): Step<ServerNeeds, Map<string, RowItem>> {
  const found = yield* need<ServerNeeds, 'rowsByLuid'>('rowsByLuid', { generation, luids: [...luids] });
  return new Map(found.flatMap((row) => (row.row === null || row.row.luid === null ? [] : [[row.row.luid, row] as const])));
}
