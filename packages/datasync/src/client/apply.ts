// The server's commands applied to the device's store: as writes, with a Status each. DS Protocol 1.2 §3 (#4), OMA email and folder objects 1.2.
import {
  contentTypes,
  dataBytes,
  mediaType,
  parseEmail,
  parseFlagBatch,
  parseFolder,
  StatusCode,
  type Command,
  type EmailObject,
  type Item,
  type Sync,
} from '@packetboat/syncml';
import { flagFields } from '../flags.ts';
import { decodeFormat } from '../format.ts';
import { limits } from '../limits.ts';
import { sendErrorExt } from '../profile.ts';
import { need, type Step } from '../step.ts';
import type { ClientItem, ClientNeeds, ClientWrite, UnsentMap } from './port.ts';

/** What one server Sync came to. */
export interface Applied {
  readonly writes: ClientWrite[];
  /** One for each command (item, where codes differ): what a plain server is told, and a profile server where it failed. */
  readonly statuses: {
    readonly cmdRef: string;
    readonly cmd: string;
    readonly code: number;
    readonly target?: string;
    readonly source?: string;
  }[];
  readonly maps: UnsentMap[];
  readonly counts: { added: number; changed: number; deleted: number; moved: number };
}

/** State that is carried from message to message: the object of which chunks have come. */
export interface Gathering {
  object: string | null;
  size: number;
  received: number;
  /** Format of the object's data, as its first chunk says it. */
  format: string | undefined;
  /** An object of which a chunk was refused, and why: what is still to come of it is refused too. */
  refused: { readonly object: string; readonly code: number } | null;
}

interface Applying {
  readonly applied: Applied;
  readonly gathering: Gathering;
  /** Items that are spoken of, and what writes before have made of them. */
  readonly items: Map<string, ClientItem>;
  readonly luidOf: Map<string, string>;
  /** A new item may have any LUID, which the server is told; else it has the GUID. */
  readonly mapped: boolean;
}

/** `cleared`: what the device has is dropped in the same commit, so nothing of it is known any more. `mapped`: a plain session, whose LUIDs are told by Maps. */
export function* applySync(
  sync: Sync,
  gathering: Gathering,
  { cleared, mapped }: { readonly cleared: boolean; readonly mapped: boolean },
): Step<ClientNeeds, Applied> {
  const commands = flat(sync.commands);
  const names = commands.flatMap((c) =>
    c.items.flatMap((item) => [item.target?.locUri, item.source?.locUri, item.sourceParent].filter((n) => n !== undefined)),
  );
  const known = yield* need<ClientNeeds, 'luidOfGuid'>('luidOfGuid', { guids: names });
  const luidOf = new Map(known.map((map) => [map.guid, map.luid]));
  const luids = [...new Set([...names, ...luidOf.values()])];
  const items = cleared ? [] : yield* need<ClientNeeds, 'items'>('items', { luids });
  const applying: Applying = {
    applied: { writes: [], statuses: [], maps: [], counts: { added: 0, changed: 0, deleted: 0, moved: 0 } },
    gathering,
    items: new Map(items.map((item) => [item.luid, item])),
    luidOf,
    mapped,
  };
  for (const command of commands) {
    for (const item of command.items) {
      const code = yield* applyItem(applying, command, item);
      const refs = {
        ...(item.target === undefined ? {} : { target: item.target.locUri }),
        ...(item.source === undefined ? {} : { source: item.source.locUri }),
      };
      applying.applied.statuses.push({ cmdRef: command.cmdId, cmd: command.name, code, ...refs });
    }
  }
  return applying.applied;
}

type ItemCommand = Extract<Command, { readonly name: 'Add' | 'Replace' | 'Delete' | 'Move' | 'Copy' }>;

function flat(commands: readonly Command[]): readonly ItemCommand[] {
  return commands.flatMap((command): readonly ItemCommand[] => {
    if (command.name === 'Sequence' || command.name === 'Atomic') return flat(command.commands);
    return command.name === 'Add' ||
      command.name === 'Replace' ||
      command.name === 'Delete' ||
      command.name === 'Move' ||
      command.name === 'Copy'
      ? [command]
      : [];
  });
}

function* applyItem(a: Applying, command: ItemCommand, item: Item): Step<ClientNeeds, number> {
  switch (command.name) {
    case 'Add':
    case 'Copy':
    case 'Replace':
      return yield* store(a, command, item);
    case 'Delete': {
      const luid = item.target?.locUri ?? '';
      if (!a.items.has(luid)) return StatusCode.ItemNotDeleted;
      a.items.delete(luid);
      a.applied.writes.push({ write: 'drop', luid });
      a.applied.counts.deleted += 1;
      return StatusCode.Ok;
    }
    case 'Move': {
      const luid = item.target?.locUri ?? '';
      const before = a.items.get(luid);
      if (before === undefined) return StatusCode.NotFound;
      // Between two Packetboat sides an item without a folder lies at the top.
      const parent = parentOf(a, item) ?? (a.mapped ? undefined : null);
      if (parent === undefined) return StatusCode.IncompleteCommand;
      if (parent !== null && a.items.get(parent)?.kind !== 'folder') {
        const [folder] = yield* need<ClientNeeds, 'items'>('items', { luids: [parent] });
        if (folder?.kind !== 'folder') return StatusCode.MoveFailed;
      }
      a.items.set(luid, { ...before, parent });
      a.applied.writes.push({ write: 'move', luid, parent });
      a.applied.counts.moved += 1;
      return StatusCode.Ok;
    }
  }
}

/** LUID of the folder; null = the top; undefined = not said. */
function parentOf(a: Applying, item: Item): string | null | undefined {
  if (item.targetParent !== undefined) return item.targetParent === '/' ? null : item.targetParent;
  if (item.sourceParent === undefined) return undefined;
  return item.sourceParent === '/' ? null : (a.luidOf.get(item.sourceParent) ?? item.sourceParent);
}

type ObjectCommand = Extract<ItemCommand, { name: 'Add' | 'Replace' | 'Copy' }>;

function* store(a: Applying, command: ObjectCommand, item: Item): Step<ClientNeeds, number> {
  const type = mediaType(item.meta?.type ?? command.meta?.type ?? contentTypes.email);
  if (type === contentTypes.flags) return flagBatch(a, item);
  const guid = item.source?.locUri;
  const luid = item.target?.locUri ?? (guid === undefined ? undefined : (a.luidOf.get(guid) ?? (yield* newLuid(a, guid))));
  if (luid === undefined || luid === '') return StatusCode.IncompleteCommand;
  const whole = yield* gather(a, command, item, luid);
  if (typeof whole === 'number') return whole;
  const before = a.items.get(luid);
  if (guid !== undefined && item.target === undefined) {
    a.luidOf.set(guid, luid);
    a.applied.maps.push({ guid, luid });
  }
  const parent = parentOf(a, item) ?? before?.parent ?? null;
  try {
    const next = type === contentTypes.folder ? folderItem(luid, whole, parent) : mailItem(luid, type, whole, parent, before);
    if (next === undefined) return StatusCode.UnsupportedType;
    // The status of a mail that is not here makes no mail.
    if (before === undefined && next.kind === 'mail' && next.content === null) return StatusCode.NotFound;
    a.items.set(luid, next);
    a.applied.writes.push({ write: 'item', item: next });
  } catch {
    return StatusCode.BadRequest;
  }
  a.applied.counts[before === undefined ? 'added' : 'changed'] += 1;
  if (before === undefined) return StatusCode.ItemAdded;
  return command.name === 'Replace' ? StatusCode.Ok : StatusCode.AlreadyExists;
}

/** The GUID, unless another item has that for its LUID: then what nothing here is called yet. */
function* newLuid(a: Applying, guid: string): Step<ClientNeeds, string> {
  if (!a.mapped) return guid;
  for (let luid = guid, n = 2; ; luid = `${guid}.${n}`, n += 1) {
    if (a.items.has(luid)) continue;
    const [taken] = luid === guid ? [] : yield* need<ClientNeeds, 'items'>('items', { luids: [luid] });
    if (taken === undefined) return luid;
  }
}

/** The bytes of an object once they are complete; a status while they are not. */
function* gather(a: Applying, command: ObjectCommand, item: Item, object: string): Step<ClientNeeds, Uint8Array | number> {
  const bytes = dataBytes(item.data) ?? new Uint8Array();
  const g = a.gathering;
  const isEnd = item.moreData !== true;
  if (g.refused !== null) {
    const { object: refused, code } = g.refused;
    if (refused !== object || isEnd) g.refused = null;
    if (refused === object) return code;
  }
  const refuse = (code: number): number => {
    if (g.object === object) a.applied.writes.push({ write: 'dropGathered', object });
    g.object = null;
    if (!isEnd) g.refused = { object, code };
    return code;
  };
  if (g.object !== null && g.object !== object) {
    a.applied.writes.push({ write: 'dropGathered', object: g.object });
    g.object = null;
  }
  const format = item.meta?.format ?? command.meta?.format;
  if (g.object === null) {
    if (isEnd) return decodeFormat(bytes, format) ?? StatusCode.BadRequest;
    const size = item.meta?.size ?? command.meta?.size;
    if (size === undefined) return refuse(StatusCode.SizeRequired);
    if (size > limits.objectBytes) return refuse(StatusCode.SizeTooBig);
    Object.assign(g, { object, size, received: 0, format });
  }
  g.received += bytes.length;
  if (g.received > g.size) return refuse(StatusCode.SizeMismatch);
  if (!isEnd) {
    a.applied.writes.push({ write: 'gather', object, bytes });
    return StatusCode.ChunkAccepted;
  }
  const stored = yield* need<ClientNeeds, 'gathered'>('gathered', { object });
  // Pieces of this very message are not in the store before its commit.
  const fresh = a.applied.writes.flatMap((write) => (write.write === 'gather' && write.object === object ? [write.bytes] : []));
  const pieces = [stored, ...fresh, bytes];
  if (pieces.reduce((sum, piece) => sum + piece.length, 0) !== g.size) return refuse(StatusCode.SizeMismatch);
  a.applied.writes.push({ write: 'dropGathered', object });
  g.object = null;
  const whole = new Uint8Array(g.size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return decodeFormat(whole, g.format) ?? StatusCode.BadRequest;
}

function flagBatch(a: Applying, item: Item): number {
  for (const entry of parseFlagBatch(dataBytes(item.data) ?? new Uint8Array())) {
    const { named, set } = flagFields(entry.flags);
    a.applied.writes.push({ write: 'flags', luid: entry.luid, named, set });
    a.applied.counts.changed += 1;
  }
  return StatusCode.Ok;
}

/** The OMA folder object calls the trash `deleted`. */
function roleOfWire(role: string | undefined): string | null {
  return role === 'deleted' ? 'trash' : (role ?? null);
}

function folderItem(luid: string, bytes: Uint8Array, parent: string | null): ClientItem {
  const folder = parseFolder(bytes);
  return {
    luid,
    kind: 'folder',
    parent,
    flags: 0,
    name: folder.name,
    role: roleOfWire(folder.role),
    shape: 'none',
    size: 0,
    received: 0,
    sendError: null,
    content: null,
  };
}

function mailItem(
  luid: string,
  type: string,
  bytes: Uint8Array,
  parent: string | null,
  before: ClientItem | undefined,
): ClientItem | undefined {
  const email: EmailObject | undefined =
    type === contentTypes.email ? parseEmail(bytes) : type === contentTypes.rfc822 ? { emailItem: bytes, ext: [] } : undefined;
  if (email === undefined) return undefined;
  const { named, set } = flagFields(email);
  const ext = (name: string): string | undefined => email.ext.find((e) => e.xNam === name)?.xVal[0];
  const content = email.emailItem ?? null;
  const shape =
    content === null ? (before?.shape ?? 'none') : ext('x-funambol-body') === undefined ? ('full' as const) : ('headers' as const);
  return {
    luid,
    kind: 'mail',
    parent,
    flags: ((before?.flags ?? 0) & ~named) | set,
    name: null,
    role: null,
    shape,
    size: Number(ext('x-funambol-size') ?? content?.length ?? before?.size ?? 0),
    received: dateOf(email.received) ?? before?.received ?? 0,
    sendError: ext(sendErrorExt) ?? null,
    content,
  };
}

function dateOf(text: string | undefined): number | undefined {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text ?? '');
  return m === null ? undefined : Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3]), Number(m[4]), Number(m[5]), Number(m[6]));
}
