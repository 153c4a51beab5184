// Slow sync: what the device has is matched against the account, so that nothing is doubled and nothing deleted comes back.
// Plain devices send every mail; profile devices send GUID and flags, no bodies. DS Protocol 1.2 §3.4 (slow sync).
import {
  parseEmail,
  contentTypes,
  mediaType,
  parseFolder,
  StatusCode,
  type EmailObject,
  type FlagBatchEntry,
  type FolderObject,
  type Item,
} from '@packetboat/syncml';
import { Flag, flagFields, mergeFlags, type FlagSet } from '../flags.ts';
import { decodeFormat } from '../format.ts';
import { deviceLuidPrefix } from '../profile.ts';
import { need, type Step } from '../step.ts';
import { itemBytes } from './chunks.ts';
import { descriptionOf, deviceMail, folderOf, isPartial, type DeviceMail } from './device-mail.ts';
import { applyFlags } from './flag-batch.ts';
import type { ItemCommand, Result } from './execute.ts';
import { goesOut } from './folder.ts';
import type { Guid, ItemRecord, MapRow, MatchKey, NewMail, ServerNeeds, Shape } from './port.ts';
import { inView } from './plan-item.ts';
import type { Receiving } from './receive.ts';
import { answer, flush } from './turn.ts';
import { sentBefore } from './unmapped.ts';

/** Fields that only ever go up: a mail once read, replied or forwarded stays so when two sides meet without a common past. */
const upwards = Flag.Read | Flag.Replied | Flag.Forwarded;

/** Looks for the mails of this message in the account, all at once. */
export function* prepareSlowSync(
  r: Receiving,
  items: readonly { readonly command: ItemCommand; readonly item: Item }[],
): Step<ServerNeeds, void> {
  const mails: DeviceMail[] = [];
  for (const { command, item } of items) {
    if ((command.name !== 'Add' && command.name !== 'Replace') || item.moreData === true) continue;
    const luid = item.source?.locUri;
    if (luid === undefined || r.rows.get(luid)?.row != null) continue;
    // What is on its way out is never taken for a mail that is here.
    if (goesOut(r, item)) continue;
    // The last chunk of a large object is looked for when it is whole.
    if (r.turn.session.incoming?.luid === luid) continue;
    const type = mediaType(item.meta?.type ?? command.meta?.type ?? r.ds.contentType);
    if (type === contentTypes.folder || type === contentTypes.flags) continue;
    const bytes = decodeFormat(itemBytes(item.data), item.meta?.format ?? command.meta?.format);
    const email = bytes === undefined ? undefined : type === contentTypes.email ? emailOf(bytes) : { emailItem: bytes, ext: [] };
    // What a profile device adds is matched when it comes to it: its listing, in the same message, goes first.
    if (r.turn.session.profile && (email === undefined || descriptionOf(email) === undefined)) continue;
    if (email?.emailItem !== undefined) mails.push(deviceMail(r, luid, email, email.emailItem, item));
  }
  yield* matchMails(r, mails);
}

/** A described mail that is not here: whole on the device, it is asked for; else it is one too many there. */
export function missDescribed(r: Receiving, luid: string, shape: Shape): Result {
  if (shape === 'full') {
    r.turn.missing.add(r.ds.key);
    return { code: StatusCode.NotFound };
  }
  r.ds.deletes.push(luid);
  return { code: StatusCode.Ok };
}

/** Finds mails of the device in the account; each item of the account is found once. */
export function* matchMails(r: Receiving, mails: readonly DeviceMail[]): Step<ServerNeeds, void> {
  if (mails.length === 0) return;
  const ids = yield* need<ServerNeeds, 'identify'>('identify', { mails });
  const asked = mails.map((mail, i) => ({
    luid: mail.luid,
    parent: mail.parent,
    messageId: ids[i]?.messageId ?? null,
    digest: ids[i]?.digest ?? '',
    anywhere: r.ds.otherGeneration === null,
  }));
  const mapped = (luid: string): Guid | undefined => r.before.get(luid)?.row?.guid;
  const sent = yield* sentBefore(
    r,
    asked.filter(({ luid }) => mapped(luid) === undefined),
  );
  const keys = asked.map((key): MatchKey => {
    const guid = mapped(key.luid) ?? sent.get(key.luid);
    return guid === undefined ? key : Object.assign(key, { guid });
  });
  const matches = yield* need<ServerNeeds, 'match'>('match', { generation: r.ds.generation, keys });
  for (const match of matches) {
    if (match.found === 'tombstone') r.matches.set(match.luid, 'tombstone');
    if (match.found === 'item') {
      r.matches.set(match.luid, { guid: match.item.guid });
      r.rows.set(match.luid, { row: null, item: match.item });
    }
  }
}

function emailOf(bytes: Uint8Array): EmailObject | undefined {
  try {
    return parseEmail(bytes);
  } catch {
    // It is answered where it is executed.
    return undefined;
  }
}

/** Ties the device's mail to the one found. Status 200: nothing was added. */
export function adoptMatch(
  r: Receiving,
  luid: string,
  match: { readonly guid: Guid } | 'tombstone',
  email: EmailObject,
  item: Item,
): Result {
  r.matches.delete(luid);
  if (match === 'tombstone') {
    r.ds.deletes.push(luid);
    return { code: StatusCode.Ok };
  }
  const found = r.rows.get(luid)?.item;
  if (found == null) return { code: StatusCode.Conflict };
  const described = descriptionOf(email);
  const parent = folderOf(r, item);
  // What is described lies where it is said to, be it in a folder that is not here.
  const shape = described ?? (isPartial(email) ? 'headers' : 'full');
  adopt(r, luid, found, flagFields(email), described === undefined ? (parent ?? found.parent) : parent, shape);
  return { code: StatusCode.Ok };
}

export function adopt(
  r: Receiving,
  luid: string,
  item: ItemRecord,
  told: { named: number; set: number },
  parent: Guid | null,
  shape: Shape,
): void {
  const theirs = (item.flags & ~told.named) | told.set;
  const flags = mergedFlags(r, luid, item, theirs, told.named);
  // What a filter keeps away leaves the device again.
  const settled = theirs === flags && parent === item.parent && inView({ ...item, flags }, r.ds.view);
  const row: MapRow = {
    guid: item.guid,
    luid,
    state: settled ? 'ok' : 'todo',
    reason: null,
    batch: 0,
    ackRev: item.rev,
    ackFlags: theirs,
    ackParent: parent,
    ackName: item.name,
    shape,
    sent: null,
  };
  r.turn.writes.push({ write: 'row', generation: r.ds.generation, row });
  if (flags !== item.flags)
    r.turn.writes.push({ write: 'flags', account: r.ds.account, guid: item.guid, flags, ackBy: r.ds.generation, ackFlags: theirs });
  r.rows.set(luid, { row, item: { ...item, flags } });
}

/** With what the last map says as the past of both sides; where there is none, what only goes up. */
function mergedFlags(r: Receiving, luid: string, item: ItemRecord, theirs: FlagSet, named: FlagSet): FlagSet {
  const before = r.before.get(luid)?.row;
  if (before?.guid === item.guid && !r.ds.isStrange) return mergeFlags(before.ackFlags, theirs, named, item.flags);
  return item.flags | (theirs & upwards);
}

/** During a slow sync: what a mail of the device's Outbox has become here, if it has left or failed before. By Message-ID. */
export function* findSent(r: Receiving, mail: NewMail): Step<ServerNeeds, ItemRecord | undefined> {
  const [id] = yield* need<ServerNeeds, 'identify'>('identify', { mails: [{ bytes: mail.mail.bytes, size: mail.mail.bytes.length }] });
  if (id?.messageId == null) return undefined;
  yield* flush(r.turn);
  for (const role of ['sent', 'outbox']) {
    const parent = [...r.folders.values()].find((folder) => folder.role === role)?.guid;
    if (parent === undefined) continue;
    const keys = [{ luid: mail.luid, messageId: id.messageId, digest: '', parent }];
    const [match] = yield* need<ServerNeeds, 'match'>('match', { generation: r.ds.generation, keys });
    if (match?.found === 'item') return match.item;
  }
  return undefined;
}

/**
 * The device repeats a mail that came in before. If its item is known to the device under another LUID, this one is one too many.
 * `parent`: where the device has it; null where it is.
 */
export function* tie(r: Receiving, luid: string, guid: Guid, parent: Guid | null): Step<ServerNeeds, void> {
  const [found] = yield* need<ServerNeeds, 'rowsByGuid'>('rowsByGuid', { generation: r.ds.generation, guids: [guid] });
  const item = found?.item;
  if (item == null || found?.row?.luid === luid) return;
  const isUnsent = found?.row == null || (found.row.luid === null && found.row.state !== 'sent');
  if (item.gone || !isUnsent) r.ds.deletes.push(luid);
  else adopt(r, luid, item, { named: 0, set: 0 }, parent ?? item.parent, 'full');
}

/** Ties the device's folder to ours of the same role, or of the same name below the same folder. */
export function adoptFolder(r: Receiving, luid: string, item: Item): Result {
  // The same message again, after a power cut in the middle of it.
  if (r.rows.get(luid)?.row != null) return { code: StatusCode.Ok };
  let folder: FolderObject;
  try {
    folder = parseFolder(itemBytes(item.data));
  } catch {
    return { code: StatusCode.BadRequest };
  }
  const parent = folderOf(r, item);
  const taken = new Set([...r.rows.values()].flatMap(({ row }) => (row === null ? [] : [row.guid])));
  const free = [...r.folders.values()].filter((candidate) => !taken.has(candidate.guid));
  const found =
    free.find((candidate) => folder.role !== undefined && candidate.role === (folder.role === 'deleted' ? 'trash' : folder.role)) ??
    free.find((candidate) => candidate.name === folder.name && (candidate.parent === parent || item.sourceParent === '/'));
  if (found === undefined && r.turn.session.profile) {
    r.ds.deletes.push(luid);
    return { code: StatusCode.Ok };
  }
  if (found === undefined) return { code: StatusCode.FeatureNotSupported };
  const row: MapRow = {
    guid: found.guid,
    luid,
    state: found.name === folder.name ? 'ok' : 'todo',
    reason: null,
    batch: 0,
    ackRev: found.rev,
    ackFlags: 0,
    ackParent: found.parent,
    ackName: folder.name,
    shape: 'none',
    sent: null,
  };
  r.turn.writes.push({ write: 'row', generation: r.ds.generation, row });
  r.rows.set(luid, { row, item: found });
  return { code: StatusCode.Ok };
}

/** The listing of a profile device: GUIDs with their flags. What is not here any more is deleted there; no body moves. */
export function* listEntry(
  r: Receiving,
  command: ItemCommand,
  entries: readonly FlagBatchEntry[],
  sourceParent: string | undefined,
): Step<ServerNeeds, void> {
  const own = entries.filter((entry) => entry.luid.startsWith(deviceLuidPrefix));
  const guids = entries.filter((entry) => !entry.luid.startsWith(deviceLuidPrefix)).map((entry) => entry.luid);
  const items = new Map<string, ItemRecord>();
  const before = new Map<string, MapRow>();
  const parent = sourceParent === undefined ? undefined : r.folders.has(sourceParent) ? sourceParent : null;
  const taken = new Set([...r.rows.values()].flatMap(({ row }) => row?.guid ?? []));
  for (const { item, row } of yield* need<ServerNeeds, 'rowsByGuid'>('rowsByGuid', { generation: r.ds.generation, guids })) {
    const guid = item?.guid ?? row?.guid;
    if (guid !== undefined && item !== null) items.set(guid, item);
    if (row !== null && row.luid !== null) taken.add(row.guid);
  }
  if (r.ds.otherGeneration !== null) {
    for (const { row } of yield* need<ServerNeeds, 'rowsByGuid'>('rowsByGuid', { generation: r.ds.otherGeneration, guids })) {
      if (row !== null) before.set(row.guid, row);
    }
  }
  const place = (entry: FlagBatchEntry, item: ItemRecord, row: MapRow | null): void => {
    // One too many: the item has been listed under another LUID.
    if (item.gone || taken.has(item.guid)) r.ds.deletes.push(entry.luid);
    else list(r, entry, item, row, parent);
    taken.add(item.guid);
  };
  for (const entry of own) {
    if (changeListed(r, entry)) continue;
    const known = r.before.get(entry.luid) ?? r.rows.get(entry.luid);
    if (known?.item == null) {
      // Made on the device and unknown here: it is asked for, and nothing is sent before it has come.
      answer(r.turn, command, StatusCode.NotFound, { source: entry.luid });
      r.turn.missing.add(r.ds.key);
    } else place(entry, known.item, known.row);
  }
  for (const entry of entries) {
    if (entry.luid.startsWith(deviceLuidPrefix) || changeListed(r, entry)) continue;
    const item = items.get(entry.luid);
    if (item === undefined) r.ds.deletes.push(entry.luid);
    else place(entry, item, before.get(entry.luid) ?? null);
  }
}

/** Behind the listing come the user's changes: an item that has been listed is changed. */
function changeListed(r: Receiving, entry: FlagBatchEntry): boolean {
  const known = r.rows.get(entry.luid);
  if (known?.row == null) return false;
  const { named, set } = flagFields(entry.flags);
  applyFlags(r, entry.luid, named, set);
  return true;
}

/** What the device told is what it has; it is no wish. What differs here goes to it. */
function list(r: Receiving, entry: FlagBatchEntry, item: ItemRecord, before: MapRow | null, parent: Guid | null | undefined): void {
  const { named, set } = flagFields(entry.flags);
  const ackFlags = item.kind === 'folder' ? 0 : (item.flags & ~named) | (set & named);
  const ackParent = parent !== undefined ? parent : before === null ? item.parent : before.ackParent;
  // A listing tells no names: a folder of which it is not known what the device calls it is named again.
  const ackName = item.kind === 'mail' ? item.name : before === null || r.ds.isStrange ? null : before.ackName;
  const settled = ackFlags === item.flags && ackParent === item.parent && ackName === item.name && inView(item, r.ds.view);
  const row: MapRow = {
    guid: item.guid,
    luid: entry.luid,
    state: settled ? 'ok' : 'todo',
    reason: null,
    batch: 0,
    ackRev: item.rev,
    ackFlags,
    ackParent,
    ackName,
    shape: item.kind === 'folder' ? 'none' : (before?.shape ?? 'headers'),
    sent: null,
  };
  r.turn.writes.push({ write: 'row', generation: r.ds.generation, row });
  r.rows.set(entry.luid, { row, item });
}
