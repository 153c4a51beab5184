// The store's answers to a sync, and the carrying out of its writes.
import type { Answers, ClientAnchors, ClientChange, ClientItem, ClientWrite, OutgoingChange, ServerKnowledge } from '@packetboat/datasync';
import { identityFields } from '@packetboat/message';
import { folded, movedTo, refused, renewed, withFlags, type BaseItem, type Entry } from './entry.ts';
import type { StoreNeeds } from './port.ts';
import { rename } from './rename.ts';
import type { Row, Rows, Value } from './rows.ts';
import { loadEntry, nextNumber, putContent, saveEntry } from './save.ts';

const noAnchors: ClientAnchors = { own: null, server: null, inflight: 0 };

export function storeAnswers(rows: Rows): Answers<StoreNeeds> {
  return {
    knowledge: () => readKnowledge(rows),
    anchors: ({ datastore }) => rows.anchors(datastore) ?? noAnchors,
    changes: (ask) => rows.transaction(() => outgoing(rows, ask)),
    contentRange: ({ luid, from, length }) => (rows.content(luid) ?? new Uint8Array()).subarray(from, from + length),
    items: ({ luids }) => luids.flatMap((luid) => rows.row(luid) ?? []).map((row) => itemOf(row, null)),
    listing: ({ after, limit, withContent }) => rows.knownRows(after, limit).map((row) => itemOf(row, contentFor(rows, row, withContent))),
    unsentMaps: ({ limit }) => rows.unsentMaps(limit),
    luidOfGuid: ({ guids }) => rows.mapsOf(guids),
    gathered: ({ object }) => rows.gathered(object),
    commit: ({ writes }) => {
      rows.transaction(() => {
        for (const write of writes) apply(rows, write);
      });
      return null;
    },
  };
}

function itemOf(row: Row, content: Uint8Array | null): ClientItem {
  const { luid, kind, parent, flags, name, role, shape, size, received, sendError } = row;
  return { luid, kind, parent, flags, name, role, shape, size, received, sendError, content };
}

function contentFor(rows: Rows, { luid, kind }: Row, which: boolean | 'identity'): Uint8Array | null {
  if (which === false || kind !== 'mail') return null;
  const found = which === 'identity' ? rows.header(luid) : rows.content(luid);
  return found === undefined ? null : which === 'identity' ? identityFields(found) : found;
}

interface ChangesAsk {
  readonly after: number;
  readonly upTo?: number;
  readonly limit: number;
  readonly maxContent: number;
}

/** What is handed out may be on its way before the sync says so: from here on it is changed no more. */
function outgoing(rows: Rows, { after, upTo, limit, maxContent }: ChangesAsk): readonly OutgoingChange[] {
  const changes = rows.changesBetween(after, upTo ?? Number.MAX_SAFE_INTEGER, limit);
  const last = changes.at(-1)?.number ?? 0;
  if (last > Number(rows.value('handedOut') ?? 0)) rows.setValue('handedOut', last);
  return changes.map((change) => withItem(rows, change, maxContent));
}

/** Content goes with new mails alone: nothing else sends any. */
function withItem(rows: Rows, change: ClientChange, maxContent: number): OutgoingChange {
  const row = rows.row(change.luid);
  const content = change.op === 'add' && row !== undefined && row.size <= maxContent ? (rows.content(change.luid) ?? null) : null;
  return { ...change, item: row === undefined ? null : itemOf(row, content) };
}

const knowledgeKeys = ['devInf', 'devInfSent', 'nonce', 'version', 'lastSessionId', 'sessionBase'] as const;

function readKnowledge(rows: Rows): ServerKnowledge {
  const value = (key: (typeof knowledgeKeys)[number]): Value => rows.value(`knowledge ${key}`) ?? null;
  const bytes = (key: 'devInf' | 'nonce'): Uint8Array | null => {
    const found = value(key);
    return found instanceof Uint8Array ? found : null;
  };
  const [devInfSent, version, sessionBase] = [value('devInfSent'), value('version'), value('sessionBase')];
  return {
    devInf: bytes('devInf'),
    devInfSent: typeof devInfSent === 'string' ? devInfSent : null,
    nonce: bytes('nonce'),
    version: version === '1.1' || version === '1.2' ? version : null,
    lastSessionId: Number(value('lastSessionId') ?? 0),
    sessionBase: typeof sessionBase === 'number' ? sessionBase : null,
  };
}

function apply(rows: Rows, write: ClientWrite): void {
  switch (write.write) {
    case 'knowledge':
      for (const key of knowledgeKeys) {
        const value = write.knowledge[key];
        if (value !== undefined) rows.setValue(`knowledge ${key}`, value);
      }
      return;
    case 'anchors':
      rows.putAnchors(write.datastore, { ...(rows.anchors(write.datastore) ?? noAnchors), ...write.anchors });
      return;
    case 'item':
      applyItem(rows, write.item);
      return;
    case 'flags':
      changeBase(rows, write.luid, (row) => ({ ...row, flags: withFlags(row.flags, write.named, write.set) }));
      return;
    case 'move':
      changeBase(rows, write.luid, (row) => movedTo(row, write.parent));
      return;
    case 'drop':
      rows.deleteRow(write.luid);
      return;
    case 'clear':
      rows.deleteKnown();
      return;
    case 'fold':
      for (const number of write.numbers) applyTo(rows, rows.change(number), (entry) => folded(entry, number));
      return;
    case 'foldUpTo':
      foldUpTo(rows, write.number);
      return;
    case 'refuse':
      // Without words of the server the code says at least that it was refused.
      applyTo(rows, rows.change(write.number), (entry) => refused(entry, write.number, write.text ?? `status ${write.status}`));
      return;
    case 'unknown': {
      const before = loadEntry(rows, write.luid);
      saveEntry(rows, before, renewed(before, nextNumber(rows, 'change')));
      return;
    }
    case 'rename':
      rename(rows);
      return;
    case 'forgetMaps':
      rows.forgetMaps();
      return;
    case 'map':
      for (const map of write.maps) rows.putMap(map);
      return;
    case 'mapsSent':
      for (const guid of write.guids) rows.setMapSent(guid);
      return;
    case 'gather':
      rows.gather(write.object, write.bytes);
      return;
    case 'dropGathered':
      rows.dropGathered(write.object);
      return;
    case 'dropAllGathered':
      rows.dropAllGathered();
      return;
  }
}

function applyItem(rows: Rows, item: ClientItem): void {
  const { content, ...base } = item;
  const before = loadEntry(rows, item.luid);
  saveEntry(rows, before, { item: { ...base, known: true }, changes: before.changes });
  if (content !== null) putContent(rows, item.luid, content);
}

function changeBase(rows: Rows, luid: string, change: (row: Row) => BaseItem): void {
  const row = rows.row(luid);
  if (row === undefined) return;
  const before = loadEntry(rows, luid);
  saveEntry(rows, before, { item: change(row), changes: before.changes });
}

function applyTo(rows: Rows, change: ClientChange | undefined, work: (entry: Entry) => Entry): void {
  if (change === undefined) return;
  const before = loadEntry(rows, change.luid);
  saveEntry(rows, before, work(before));
}

function foldUpTo(rows: Rows, upTo: number): void {
  for (;;) {
    const changes = rows.changesBetween(0, upTo, 500);
    for (const { luid, number } of changes) {
      const before = loadEntry(rows, luid);
      saveEntry(rows, before, folded(before, number));
    }
    if (changes.length === 0) return;
  }
}
