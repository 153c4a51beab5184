// The device's changes, one item at a time: what each means for the mailbox, and its Status. Decides only; what follows
// at the mail server is in the writes. DS Protocol 1.2 §3 (#3, #4); OMA email object 1.2.
import {
  contentTypes,
  mediaType,
  parseEmail,
  StatusCode,
  type Add,
  type Atomic,
  type Copy,
  type Delete,
  type EmailObject,
  type FlagBatchEntry,
  type Item,
  type Move,
  type Replace,
} from '@packetboat/syncml';
import { flagFields } from '../flags.ts';
import { decodeFormat } from '../format.ts';
import { limits } from '../limits.ts';
import { need, type Step } from '../step.ts';
import { addMail } from './add.ts';
import { gather, isRefused, type Gathered } from './chunks.ts';
import { descriptionOf, deviceMail, isPartial } from './device-mail.ts';
import { rewriteDraft } from './draft.ts';
import { applyFlags, batchEntries, isFlagBatch } from './flag-batch.ts';
import { goesOut } from './folder.ts';
import type { MapRow, RowItem, ServerNeeds } from './port.ts';
import type { Receiving } from './receive.ts';
import { receivedKey } from './received-key.ts';
import { adoptFolder, adoptMatch, listEntry, matchMails, missDescribed, tie } from './slow-sync.ts';
import type { IncomingObject } from './state.ts';
import { answer, flush, textItem } from './turn.ts';
import { claimUnmapped } from './unmapped.ts';

export type ItemCommand = Add | Replace | Delete | Move | Copy | Atomic;

/** What became of one item. */
export interface Result {
  readonly code: number | string;
  readonly items?: readonly Item[];
}

export function* execute(r: Receiving, command: ItemCommand): Step<ServerNeeds, void> {
  if (command.name === 'Atomic') {
    answer(r.turn, command, StatusCode.FeatureNotSupported);
    return;
  }
  r.current = command;
  for (const item of command.items) {
    const luid = item.source?.locUri ?? item.target?.locUri ?? '';
    const named = luid.slice(0, limits.luidLength);
    const isChunk = item.moreData === true || r.turn.session.incoming?.luid === luid || isRefused(r.turn, r.ds.key, luid);
    const result = yield* executeItem(r, command, item, luid, isChunk);
    if (result === null) continue;
    if (!isChunk) remember(r, command, item, result);
    answer(r.turn, command, result.code, {
      ...(named === '' ? {} : { source: named }),
      ...(result.items === undefined ? {} : { items: result.items }),
    });
  }
}

/** Null when the Status has been queued already (a submission whose outcome is open, a batch). */
function* executeItem(
  r: Receiving,
  command: Exclude<ItemCommand, Atomic>,
  item: Item,
  luid: string,
  isChunk: boolean,
): Step<ServerNeeds, Result | null> {
  const repeated = isChunk ? null : yield* answerRepeat(r, receivedKey(command.name, item), luid);
  if (repeated !== null) return repeated;
  // What a command before it made is in the writes only: commit, so that the row can be read.
  if (r.fresh.has(luid)) yield* reloadFresh(r);
  switch (command.name) {
    case 'Add':
    case 'Copy':
      return yield* addOrReplace(r, 'Add', command, item, luid);
    case 'Replace':
      return yield* addOrReplace(r, 'Replace', command, item, luid);
    case 'Delete':
      return remove(r, command, luid);
    case 'Move':
      return move(r, item, luid);
  }
}

/**
 * The Status that a change got in an earlier run. In the same run the same words are said of another change; in a slow sync
 * everything is matched anew, since the map is new.
 */
function* answerRepeat(r: Receiving, key: string, luid: string): Step<ServerNeeds, Result | null> {
  const known = r.received.get(key);
  if (known === undefined || known.queueId !== null || known.batch >= r.batch || r.ds.building) return null;
  const record = { ...known, batch: r.batch };
  r.received.set(key, record);
  r.turn.writes.push({ write: 'received', generation: r.ds.generation, record });
  if (known.guid !== null) yield* tie(r, luid, known.guid, null);
  return { code: known.status, ...(known.text === null ? {} : { items: textItem(known.text) }) };
}

/** As `answerRepeat`, for an object of which the key is known only with its last chunk. */
function* answerRepeatOfChunks(r: Receiving, key: string, luid: string): Step<ServerNeeds, Result | null> {
  const [known] = yield* need<ServerNeeds, 'received'>('received', { generation: r.ds.generation, keys: [key] });
  if (known !== undefined) r.received.set(key, known);
  return yield* answerRepeat(r, key, luid);
}

function* reloadFresh(r: Receiving): Step<ServerNeeds, void> {
  yield* flush(r.turn);
  const rows = yield* need<ServerNeeds, 'rowsByLuid'>('rowsByLuid', { generation: r.ds.generation, luids: [...r.fresh] });
  for (const row of rows) if (row.row !== null && row.row.luid !== null) r.rows.set(row.row.luid, row);
  r.fresh.clear();
}

function* addOrReplace(
  r: Receiving,
  name: 'Add' | 'Replace',
  command: Add | Copy | Replace,
  item: Item,
  luid: string,
): Step<ServerNeeds, Result | null> {
  const begun = chunkOf(r, luid);
  const sourceParent = item.sourceParent ?? begun?.sourceParent ?? undefined;
  const type = mediaType(item.meta?.type ?? command.meta?.type ?? begun?.type ?? r.ds.contentType);
  const format = item.meta?.format ?? command.meta?.format ?? begun?.format ?? undefined;
  const typed: Item = {
    ...item,
    meta: { ...item.meta, type, ...(format === undefined ? {} : { format }) },
    ...(sourceParent === undefined ? {} : { sourceParent }),
  };
  // Of what it says of each mail, success is told by the anchor alone, which a plain client's is not.
  if (isFlagBatch(typed, command.meta))
    return r.turn.session.profile ? yield* flagBatch(r, command, item) : { code: StatusCode.UnsupportedType };
  if (luid === '') return { code: StatusCode.IncompleteCommand };
  if (luid.length > limits.luidLength || /[\u0000-\u001f]/.test(luid)) return { code: StatusCode.BadRequest };
  if (type === contentTypes.folder && r.ds.building && r.ds.view.kind === 'hierarchical') return adoptFolder(r, luid, typed);
  if (type === contentTypes.folder)
    return { code: r.ds.view.kind === 'flat' ? StatusCode.UnsupportedType : StatusCode.FeatureNotSupported };
  const chunked = begun !== undefined;
  const gathered: Gathered = yield* gather(r.turn, r.ds, name, typed, command.meta?.size);
  if (gathered.kind === 'answered') return { code: gathered.code, ...(gathered.items === undefined ? {} : { items: gathered.items }) };
  const key = receivedKey(name, { ...typed, data: { kind: 'bytes', bytes: gathered.bytes } });
  const repeated = chunked ? yield* answerRepeatOfChunks(r, key, luid) : null;
  if (repeated !== null) return repeated;
  const bytes = decodeFormat(gathered.bytes, format);
  if (bytes === undefined) return { code: StatusCode.BadRequest, items: textItem('The data is no base64, as its Format says.') };
  const email = readEmail(type, bytes);
  if (email === undefined) return { code: StatusCode.UnsupportedType };
  if (email === 'malformed') return { code: StatusCode.BadRequest, items: textItem('The email object cannot be read.') };
  const described = r.ds.building ? descriptionOf(email) : undefined;
  if (described !== undefined) {
    const match = r.matches.get(luid);
    return match === undefined ? missDescribed(r, luid, described) : adoptMatch(r, luid, match, email, typed);
  }
  // Also under a LUID that was used before: what lies in the Outbox is known by its bytes.
  if (email.emailItem !== undefined && goesOut(r, typed)) return yield* addMail(r, luid, typed, email, email.emailItem, key);
  const isUnmatched = r.ds.building && (chunked || r.turn.session.profile) && r.rows.get(luid)?.row == null;
  if (isUnmatched && email.emailItem !== undefined && !goesOut(r, typed)) {
    // What the device listed in this message is taken already.
    yield* flush(r.turn);
    yield* matchMails(r, [deviceMail(r, luid, email, email.emailItem, typed)]);
  }
  const match = r.matches.get(luid);
  if (match !== undefined) return adoptMatch(r, luid, match, email, typed);
  const isClaimed =
    email.emailItem !== undefined && r.rows.get(luid)?.row == null && (yield* claimUnmapped(r, luid, email, email.emailItem, typed));
  const row = r.rows.get(luid);
  // Deleted here since it was sent: the device is told.
  if (isClaimed && row?.item?.gone !== false) return { code: StatusCode.Ok };
  if (row?.row != null && row.item !== null && !row.item.gone) return yield* change(r, luid, row, email, typed);
  if (email.emailItem === undefined) return { code: name === 'Add' ? StatusCode.IncompleteCommand : StatusCode.NotFound };
  if (r.ds.building && isPartial(email)) {
    // A part of a mail that is no longer here: it cannot come in again, as it is not whole.
    r.ds.deletes.push(luid);
    return { code: StatusCode.Ok };
  }
  return yield* addMail(r, luid, typed, email, email.emailItem, key);
}

/** The object of which chunks have come under this LUID. */
function chunkOf(r: Receiving, luid: string): IncomingObject | undefined {
  const { incoming } = r.turn.session;
  return incoming?.luid === luid ? incoming : undefined;
}

function readEmail(type: string, bytes: Uint8Array): EmailObject | 'malformed' | undefined {
  if (type === contentTypes.email) {
    try {
      return parseEmail(bytes);
    } catch {
      return 'malformed';
    }
  }
  if (type === contentTypes.rfc822 || type === 'text/message' || type === 'message/x-rfc822')
    return bytes.length === 0 ? { ext: [] } : { emailItem: bytes, ext: [] };
  return undefined;
}

/** A Replace of a mail that is here: its flags, and its folder if that is another than the device had it in. A mail that is no draft is never overwritten. */
function* change(r: Receiving, luid: string, known: RowItem, email: EmailObject, item: Item): Step<ServerNeeds, Result> {
  const { row } = known;
  if (row === null) return { code: StatusCode.NotFound };
  const moved = isElsewhere(r, row, item) ? move(r, item, luid) : { code: StatusCode.Ok };
  yield* rewriteDraft(r, known, email);
  const { named, set } = flagFields(email);
  applyFlags(r, luid, named, set);
  return moved.code === StatusCode.Ok ? { code: StatusCode.Ok } : moved;
}

/** A Replace says where the mail is on the device: it is a wish only if that is not where the device is known to have it. */
function isElsewhere(r: Receiving, row: MapRow, { sourceParent }: Item): boolean {
  if (sourceParent === undefined || r.ds.view.kind === 'flat') return false;
  const told = r.rows.get(sourceParent)?.item;
  return told == null || told.guid !== row.ackParent;
}

function* flagBatch(r: Receiving, command: Add | Copy | Replace, item: Item): Step<ServerNeeds, Result | null> {
  let entries: readonly FlagBatchEntry[];
  try {
    entries = batchEntries(item);
  } catch {
    return { code: StatusCode.BadRequest, items: textItem('The batch of flags cannot be read.') };
  }
  if (r.ds.building) {
    yield* listEntry(r, command, entries, item.sourceParent);
    return null;
  }
  for (const entry of entries) {
    if (r.fresh.has(entry.luid)) yield* reloadFresh(r);
    const row = r.rows.get(entry.luid);
    if (row?.row == null || row.item === null || row.item.gone) {
      answer(r.turn, command, StatusCode.NotFound, { source: entry.luid });
      continue;
    }
    const { named, set } = flagFields(entry.flags);
    applyFlags(r, entry.luid, named, set);
  }
  return { code: StatusCode.Ok };
}

function remove(r: Receiving, command: Delete, luid: string): Result {
  const known = r.rows.get(luid);
  if (known?.row == null) return { code: StatusCode.ItemNotDeleted };
  r.rows.delete(luid);
  if (known.item === null || known.item.gone) {
    r.turn.writes.push({ write: 'dropRow', generation: r.ds.generation, guid: known.row.guid });
    return { code: StatusCode.Ok };
  }
  if (known.item.kind === 'folder') {
    r.rows.set(luid, known);
    return { code: StatusCode.FeatureNotSupported };
  }
  if (command.sftDel === true) {
    // The device made room: the mail stays here, and is not sent to it again.
    r.turn.writes.push({
      write: 'row',
      generation: r.ds.generation,
      row: { ...known.row, luid: null, state: 'held', reason: 'deleted-here', shape: 'none', sent: null },
    });
    return { code: StatusCode.Ok };
  }
  r.turn.writes.push({
    write: 'delete',
    account: r.ds.account,
    guid: known.item.guid,
    archive: command.archive === true,
    ackBy: r.ds.generation,
  });
  return { code: StatusCode.Ok };
}

function move(r: Receiving, item: Item, luid: string): Result {
  const parentLuid = item.sourceParent ?? item.targetParent;
  if (parentLuid === undefined) return { code: StatusCode.IncompleteCommand };
  const known = r.rows.get(luid);
  if (known?.row == null || known.item === null || known.item.gone) return { code: StatusCode.NotFound };
  const parent = r.rows.get(parentLuid)?.item;
  if (parent == null || parent.kind !== 'folder' || parent.gone || parent.role === 'outbox') return { code: StatusCode.MoveFailed };
  if (known.item.kind === 'folder') return { code: StatusCode.FeatureNotSupported };
  if (parent.guid !== known.item.parent) {
    r.turn.writes.push({ write: 'move', account: r.ds.account, guid: known.item.guid, parent: parent.guid, ackBy: r.ds.generation });
  }
  r.rows.set(luid, { row: { ...known.row, ackParent: parent.guid }, item: { ...known.item, parent: parent.guid } });
  return { code: StatusCode.Ok };
}

/** Keeps what was answered until the device has acknowledged it: a repeat after a lost answer gets the same Status. */
function remember(r: Receiving, command: Exclude<ItemCommand, Atomic>, item: Item, result: Result): void {
  const key = receivedKey(command.name, item);
  const code = String(result.code);
  const before = r.received.get(key);
  if (before !== undefined && before.status === code && before.batch === r.batch) return;
  // In profile sessions the change number says what was executed; only failures have to be told again.
  if (r.turn.session.profile && code.startsWith('2')) return;
  const text = result.items?.[0]?.data;
  const record = { key, status: code, text: text?.kind === 'text' ? text.text : null, guid: null, queueId: null, batch: r.batch };
  r.received.set(key, record);
  r.turn.writes.push({ write: 'received', generation: r.ds.generation, record });
}
