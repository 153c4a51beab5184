// Random messages and device information in canonical form: what is written is what is read back.
import * as fc from 'fast-check';
import type {
  Anchor,
  CTCap,
  Command,
  CommandName,
  ContentType,
  Cred,
  Data,
  DevInf,
  DevInfDataStore,
  DevInfExt,
  Filter,
  Item,
  MapItem,
  Message,
  Meta,
  PropParam,
  Property,
  Source,
  SyncHdr,
  Target,
  Version,
} from '../src/index.ts';

/** What a random message may hold: OPAQUE bytes exist in WBXML only. */
export interface Shape {
  readonly bytes: boolean;
}

/** Makes records of arbitraries whose other keys may be missing. */
function record<T, K extends keyof T>(
  model: { [P in keyof T]: fc.Arbitrary<T[P]> },
  ...requiredKeys: K[]
): fc.Arbitrary<fc.RecordValue<T, K>> {
  return fc.record(model, { requiredKeys });
}

const on: fc.Arbitrary<true> = fc.constant(true);

/** Text with what is hard for XML: markup, line ends, `]]>`, characters beyond the BMP. */
export const text: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\r\n',
        '\r',
        '\n',
        '\t',
        ' ',
        '<',
        '>',
        '&',
        ']]>',
        ']]',
        '"',
        '&amp;',
        '&#13;',
        '<![CDATA[',
        'é',
        '😀',
        '\u0085',
        '\uFEFF',
      ),
      fc.string({ minLength: 1, maxLength: 8 }).filter((value) => !/[^\t\n\r\u0020-\uFFFD]/.test(value)),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((pieces) => pieces.join(''));

/** Text that is read without blanks around it. */
export const token: fc.Arbitrary<string> = fc.stringMatching(/^[A-Za-z0-9:./+<&-]{1,12}$/);

const size: fc.Arbitrary<number> = fc.maxSafeNat();
const bytes: fc.Arbitrary<Uint8Array> = fc.uint8Array({ minLength: 1, maxLength: 200 });

const anchor: fc.Arbitrary<Anchor> = record({ last: text, next: text }, 'next');
const meta: fc.Arbitrary<Meta> = record({
  format: token,
  type: token,
  mark: token,
  size,
  anchor,
  version: token,
  nextNonce: fc.uint8Array({ maxLength: 20 }),
  maxMsgSize: size,
  maxObjSize: size,
  emi: fc.array(text, { minLength: 1, maxLength: 3 }),
  mem: record({ sharedMem: on, freeMem: size, freeId: size }),
  fieldLevel: on,
});

const texts: fc.Arbitrary<string[]> = fc.array(text, { minLength: 1, maxLength: 3 });
const propParam: fc.Arbitrary<PropParam> = record({ paramName: token, dataType: token, valEnum: texts, displayName: text }, 'paramName');
export const property: fc.Arbitrary<Property> = record(
  {
    propName: token,
    dataType: token,
    maxOccur: size,
    maxSize: size,
    noTruncate: on,
    valEnum: texts,
    displayName: text,
    propParam: fc.array(propParam, { minLength: 1, maxLength: 3 }),
  },
  'propName',
);

const filter: fc.Arbitrary<Filter> = fc.oneof(
  record({ meta, field: fc.array(property, { maxLength: 3 }), filterType: fc.constantFrom('INCLUSIVE' as const, 'EXCLUSIVE' as const) }),
  record({ meta, field: fc.array(property, { maxLength: 2 }), record: text, recordType: token }, 'record', 'recordType'),
);
const source: fc.Arbitrary<Source> = record({ locUri: text, locName: text }, 'locUri');
const target: fc.Arbitrary<Target> = record({ locUri: text, locName: text, filter }, 'locUri');

function data(shape: Shape): fc.Arbitrary<Data> {
  const kinds: fc.Arbitrary<Data>[] = [
    text.map((value) => ({ kind: 'text', text: value })),
    anchor.map((value) => ({ kind: 'anchor', anchor: value })),
    fc.array(property, { minLength: 1, maxLength: 2 }).map((properties) => ({ kind: 'properties', properties })),
  ];
  return fc.oneof(...kinds, ...(shape.bytes ? [bytes.map((value): Data => ({ kind: 'bytes', bytes: value }))] : []));
}

function cred(shape: Shape): fc.Arbitrary<Cred> {
  const raw = shape.bytes ? [bytes.map((value): Data => ({ kind: 'bytes', bytes: value }))] : [];
  return record(
    {
      meta,
      data: fc.oneof(
        text.map((value): Data => ({ kind: 'text', text: value })),
        ...raw,
      ),
    },
    'data',
  );
}

function item(shape: Shape): fc.Arbitrary<Item> {
  return record({ target, source, sourceParent: text, targetParent: text, meta, data: data(shape), moreData: on });
}

const ext: fc.Arbitrary<DevInfExt> = fc.record({ xNam: token, xVal: fc.array(text, { maxLength: 3 }) });
const contentType: fc.Arbitrary<ContentType> = record({ ctType: token, verCt: token }, 'ctType');

/** CTCap of 1.2, or what the flat form of 1.1 can say. */
function ctCap(nested: boolean): fc.Arbitrary<CTCap> {
  if (nested) {
    const properties = fc.array(property, { minLength: 1, maxLength: 3 });
    return record({ ctType: token, verCt: token, fieldLevel: on, properties }, 'ctType', 'properties');
  }
  const common = { dataType: token, valEnum: texts, displayName: text };
  const param: fc.Arbitrary<PropParam> = record({ paramName: token, size, ...common }, 'paramName');
  const flat: fc.Arbitrary<Property> = record(
    { propName: token, maxSize: size, ...common, propParam: fc.array(param, { minLength: 1, maxLength: 3 }) },
    'propName',
  );
  return fc.record({ ctType: token, properties: fc.array(flat, { maxLength: 3 }) });
}

function dataStore(nested: boolean): fc.Arbitrary<DevInfDataStore> {
  const types = fc.array(contentType, { maxLength: 2 });
  const base = {
    sourceRef: text,
    displayName: text,
    maxGuidSize: size,
    rxPref: contentType,
    rx: types,
    txPref: contentType,
    tx: types,
    ctCaps: nested ? fc.array(ctCap(true), { maxLength: 2 }) : fc.constant([]),
    dsMem: record({ sharedMem: on, maxMem: size, maxId: size }),
    syncCap: fc.array(size, { maxLength: 9 }),
    filterRx: nested ? types : fc.constant([]),
    filterCaps: nested
      ? fc.array(
          record(
            { ctType: token, verCt: token, filterKeywords: fc.array(token), propNames: fc.array(token) },
            'ctType',
            'filterKeywords',
            'propNames',
          ),
          { maxLength: 2 },
        )
      : fc.constant([]),
  };
  const keys = ['sourceRef', 'rx', 'tx', 'ctCaps', 'syncCap', 'filterRx', 'filterCaps'] as const;
  return nested ? record({ ...base, supportHierarchicalSync: on }, ...keys) : record(base, ...keys);
}

/** Device information of a version. */
export function devInf(version: Version): fc.Arbitrary<DevInf> {
  const nested = version === '1.2';
  const base = {
    version: fc.constant(version),
    man: text,
    mod: text,
    oem: text,
    fwV: text,
    swV: text,
    hwV: text,
    devId: text,
    devTyp: token,
    dataStores: fc.array(dataStore(nested), { maxLength: 2 }),
    ctCaps: nested ? fc.constant([]) : fc.array(ctCap(false), { maxLength: 3 }),
    ext: fc.array(ext, { maxLength: 2 }),
  };
  const keys = ['version', 'devId', 'devTyp', 'dataStores', 'ctCaps', 'ext'] as const;
  const flags = { utc: on, supportLargeObjs: on, supportNumberOfChanges: on };
  return version === '1.0' ? record(base, ...keys) : record({ ...base, ...flags }, ...keys);
}

function name<N extends CommandName>(value: N): fc.Arbitrary<N> {
  return fc.constant(value);
}

type Commands = { [N in CommandName]: fc.Arbitrary<Extract<Command, { name: N }>> };

function commands(shape: Shape): Commands {
  const items = fc.array(item(shape), { maxLength: 3 });
  const id = { cmdId: token };
  const base = { ...id, noResp: on, cred: cred(shape) };
  const full = { ...base, meta };
  const mapItems: fc.Arbitrary<MapItem[]> = fc.array(fc.record({ target, source }), { maxLength: 3 });
  const leaves: Omit<Commands, 'Sync' | 'Atomic' | 'Sequence'> = {
    Add: record({ name: name('Add'), ...full, items }, 'name', 'cmdId', 'items'),
    Replace: record({ name: name('Replace'), ...full, items }, 'name', 'cmdId', 'items'),
    Copy: record({ name: name('Copy'), ...full, items }, 'name', 'cmdId', 'items'),
    Move: record({ name: name('Move'), ...full, items }, 'name', 'cmdId', 'items'),
    Delete: record({ name: name('Delete'), ...full, archive: on, sftDel: on, items }, 'name', 'cmdId', 'items'),
    Alert: record({ name: name('Alert'), ...base, data: text, correlator: text, items }, 'name', 'cmdId', 'items'),
    Exec: record({ name: name('Exec'), ...full, correlator: text, items }, 'name', 'cmdId', 'items'),
    Get: record({ name: name('Get'), ...full, lang: token, items }, 'name', 'cmdId', 'items'),
    Put: record({ name: name('Put'), ...full, lang: token, items }, 'name', 'cmdId', 'items'),
    Map: record(
      { name: name('Map'), ...id, cred: cred(shape), meta, target, source, mapItems },
      'name',
      'cmdId',
      'target',
      'source',
      'mapItems',
    ),
    Results: record(
      { name: name('Results'), ...id, meta, msgRef: token, cmdRef: token, targetRef: text, sourceRef: text, items },
      'name',
      'cmdId',
      'cmdRef',
      'items',
    ),
    Search: record(
      { name: name('Search'), ...full, noResults: on, target, sources: fc.array(source, { maxLength: 2 }), lang: token, data: data(shape) },
      'name',
      'cmdId',
      'sources',
    ),
    Status: record(
      {
        name: name('Status'),
        ...id,
        cred: cred(shape),
        msgRef: token,
        cmdRef: token,
        cmd: token,
        targetRefs: fc.array(text, { maxLength: 2 }),
        sourceRefs: fc.array(text, { maxLength: 2 }),
        chal: fc.record({ meta }),
        data: fc.integer({ min: 100, max: 599 }).map(String),
        items,
      },
      'name',
      'cmdId',
      'msgRef',
      'cmdRef',
      'cmd',
      'targetRefs',
      'sourceRefs',
      'data',
      'items',
    ),
  };
  const nested: fc.Arbitrary<Command[]> = fc.array(fc.oneof(leaves.Add, leaves.Replace, leaves.Delete, leaves.Move, leaves.Copy), {
    maxLength: 2,
  });
  return {
    ...leaves,
    Atomic: record({ name: name('Atomic'), ...id, noResp: on, meta, commands: nested }, 'name', 'cmdId', 'commands'),
    Sequence: record({ name: name('Sequence'), ...id, noResp: on, meta, commands: nested }, 'name', 'cmdId', 'commands'),
    Sync: record({ name: name('Sync'), ...full, target, source, numberOfChanges: size, commands: nested }, 'name', 'cmdId', 'commands'),
  };
}

export function header(shape: Shape): fc.Arbitrary<SyncHdr> {
  return record(
    {
      version: fc.constant('1.2' as const),
      sessionId: token,
      msgId: token,
      target,
      source,
      respUri: text,
      noResp: on,
      cred: cred(shape),
      meta,
    },
    'version',
    'sessionId',
    'msgId',
    'target',
    'source',
  );
}

/** A message with some commands. */
export function message(shape: Shape): fc.Arbitrary<Message> {
  return fc.record({
    header: header(shape),
    commands: fc.array(fc.oneof(...Object.values(commands(shape))), { maxLength: 6 }),
    final: fc.boolean(),
  });
}

/** A message in which every command stands once, in the order of the alphabet. */
export function everyCommand(shape: Shape): fc.Arbitrary<Message> {
  const each = commands(shape);
  return fc.record({ header: header(shape), commands: fc.tuple(...Object.values(each)), final: fc.boolean() });
}
