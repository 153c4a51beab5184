// What a device can say, by name: commands made of what it has been told so far, right and wrong.
import {
  contentTypes,
  generateEmail,
  generateFlagBatch,
  generateFolder,
  type Command,
  type Filter,
  type Message,
} from '@packetboat/syncml';
import { letter } from '../../test/scenarios/support/clients.ts';
import { alert, type RawDevice, type Unnumbered } from '../../test/scenarios/support/raw-device.ts';
import { answersTo, luidOf } from '../../test/scenarios/support/raw-run.ts';

/** What a device knows while its script is played. */
export interface Known {
  readonly raw: RawDevice;
  reply: Message | undefined;
  /** GUIDs that the server has named, folders and mails. */
  readonly folders: Map<string, string>;
  readonly mails: string[];
  /** Anchors: the device's last, and the server's. */
  own: string | undefined;
  served: string | undefined;
  /** Counts what is new. */
  count: number;
}

type Block = (known: Known) => readonly Unnumbered[];

const encoder = new TextEncoder();
const object = generateEmail({ read: true, emailItem: letter('chunked', 'text of a large mail '.repeat(200)), ext: [] });

function luid(known: Known, guid: string): string {
  return known.raw.profile ? guid : luidOf(guid);
}

function folder(known: Known, role: string): string {
  return luid(known, known.folders.get(role) ?? '1');
}

function mail(known: Known, at = 0): string {
  return luid(known, known.mails.at(at) ?? '7');
}

function fresh(known: Known): string {
  known.count += 1;
  return `${known.raw.profile ? '~' : 'n'}${known.count}`;
}

function next(known: Known): string {
  known.count += 1;
  return String(known.count);
}

function anchored(code: number, known: Known, more: { filter?: Filter; last?: string } = {}): readonly Unnumbered[] {
  const last = more.last ?? (known.raw.profile ? known.served : known.own);
  const said = alert(code, { ...(last === undefined ? {} : { last }), next: next(known) });
  known.own = String(known.count);
  const [item] = said.items;
  if (more.filter === undefined || known.raw.version !== '1.2' || item?.target === undefined) return [said];
  return [{ ...said, items: [{ ...item, target: { ...item.target, filter: more.filter } }] }];
}

function sync(known: Known, ...commands: readonly Unnumbered[]): readonly Unnumbered[] {
  return [known.raw.sync(commands)];
}

function flags(known: Known, id: string): Unnumbered {
  const data = known.raw.data(generateEmail({ read: known.count % 2 === 0, flagged: true, ext: [] }));
  return { name: 'Replace', meta: { type: contentTypes.email, fieldLevel: true }, items: [{ source: { locUri: id }, data }] };
}

function remove(id: string): Unnumbered {
  return { name: 'Delete', items: [{ source: { locUri: id } }] };
}

function chunk(known: Known, from: number, to: number, more: { size?: number; last?: true }): readonly Unnumbered[] {
  return sync(known, {
    name: 'Add',
    meta: { type: contentTypes.email },
    items: [
      {
        source: { locUri: 'large' },
        sourceParent: folder(known, 'drafts'),
        ...(more.size === undefined ? {} : { meta: { size: more.size } }),
        data: known.raw.data(object.subarray(from, to)),
        ...(more.last === true ? {} : { moreData: true }),
      },
    ],
  });
}

function folderAdd(known: Known, id: string, parent: string): Unnumbered {
  const data = known.raw.data(generateFolder({ name: `folder ${id}`, ext: [] }));
  return { name: 'Add', meta: { type: contentTypes.folder }, items: [{ source: { locUri: id }, sourceParent: parent, data }] };
}

/** Nested commands need numbers of their own: those in a Sync begin at 100. */
function inside(commands: readonly Unnumbered[], from: number): readonly Command[] {
  return commands.map((command, at) => ({ ...command, cmdId: String(from + at) }));
}

function emails(known: Known, role: string): Unnumbered {
  const id = fresh(known);
  return known.raw.add(id, folder(known, role), letter(`${known.raw.deviceId}-${id.slice(1)}`));
}

const blocks: Readonly<Record<string, Block>> = {
  put: ({ raw }) => [raw.put()],
  get: ({ raw }) => [
    { name: 'Get', meta: { type: contentTypes.devInfXml }, items: [{ target: { locUri: `./devinf${raw.version.replace('.', '')}` } }] },
  ],
  'get mail': () => [{ name: 'Get', items: [{ target: { locUri: './mail' } }] }],
  'alert 200': (known) => anchored(200, known),
  'alert 201': (known) => anchored(201, known),
  'alert 202': (known) => anchored(202, known),
  'alert 203': (known) => anchored(203, known),
  'alert 204': (known) => anchored(204, known),
  'alert 205': (known) => anchored(205, known),
  'alert lost': (known) => anchored(200, known, { last: 'nobody knows' }),
  'alert other': (known) => [...anchored(200, known), alert(200, { next: next(known) }, './mail/home')],
  'alert luid': (known) =>
    anchored(200, known, {
      filter: {
        meta: { type: contentTypes.email },
        record: `&LUID;&EQ;${mail(known)}`,
        recordType: contentTypes.filterCgi,
        filterType: 'INCLUSIVE',
      },
    }),
  'alert record': (known) =>
    anchored(200, known, {
      filter: {
        meta: { type: contentTypes.email },
        record: `received&GE;20${10 + (known.count % 80)}0101T000000Z&AND;read&EQ;false&OR;size&LT;${known.count}`,
        recordType: contentTypes.filterCgi,
        filterType: known.count % 2 === 0 ? 'EXCLUSIVE' : 'INCLUSIVE',
      },
    }),
  'alert field': (known) =>
    anchored(200, known, { filter: { meta: { type: contentTypes.email }, field: [{ propName: 'emailitem', maxSize: 0 }] } }),
  'alert 100': () => [{ name: 'Alert', data: '100', items: [{ data: { kind: 'text', text: 'hello' } }] }],
  'alert 221': () => [{ name: 'Alert', data: '221', items: [] }],
  'alert 222': () => [{ name: 'Alert', data: '222', items: [{ target: { locUri: './mail' }, source: { locUri: './mail' } }] }],
  'alert 223': () => [{ name: 'Alert', data: '223', items: [{ target: { locUri: './mail' }, source: { locUri: 'large' } }] }],
  'alert 224': () => [{ name: 'Alert', data: '224', items: [] }],
  sync: (known) => sync(known),
  'sync add': (known) => sync(known, emails(known, 'drafts')),
  'sync send': (known) => sync(known, emails(known, 'outbox')),
  'sync flags': (known) => sync(known, flags(known, mail(known)), flags(known, mail(known, -1))),
  'sync batch': (known) => {
    const data = known.raw.data(
      generateFlagBatch([
        { luid: mail(known), flags: { read: true } },
        { luid: 'nobody', flags: { flagged: false } },
      ]),
    );
    return sync(known, { name: 'Replace', meta: { type: contentTypes.flags }, items: [{ data }] });
  },
  'sync delete': (known) => sync(known, remove(mail(known, -1)), remove('nobody')),
  'sync delete folder': (known) => sync(known, remove(folder(known, 'drafts'))),
  'sync move': (known) => {
    const item = { source: { locUri: mail(known) }, sourceParent: folder(known, 'drafts') };
    return known.raw.version === '1.2' ? sync(known, { name: 'Move', items: [item] }) : sync(known);
  },
  'sync folder': (known) => sync(known, folderAdd(known, fresh(known), '/')),
  'sync folder in itself': (known) => {
    const [a, b] = [fresh(known), fresh(known)];
    return sync(known, folderAdd(known, a, b), folderAdd(known, b, a));
  },
  'sync many folders': (known) => {
    const ids = Array.from({ length: 1_500 }, () => fresh(known));
    return sync(known, ...ids.map((id, at) => folderAdd(known, id, ids[at + 1] ?? 'nowhere')));
  },
  'sync copy': (known) =>
    sync(known, { name: 'Copy', items: [{ source: { locUri: mail(known) }, targetParent: folder(known, 'drafts') }] }),
  'sync many': (known) => sync(known, ...Array.from({ length: 400 }, (_, at) => remove(`nobody-${at}`))),
  'sync quiet': (known) => sync(known, { ...remove('nobody'), noResp: true }, flags(known, 'nobody')),
  'sync items': (known) =>
    sync(known, { name: 'Delete', items: [{ source: { locUri: 'a' } }, { source: { locUri: 'b' } }, { target: { locUri: 'c' } }] }),
  'sync first chunk': (known) => chunk(known, 0, 1_000, { size: object.length }),
  'sync next chunk': (known) => chunk(known, 1_000, 2_000, {}),
  'sync last chunk': (known) => chunk(known, 2_000, object.length, { last: true }),
  'sync sequence': (known) => sync(known, { name: 'Sequence', commands: inside([flags(known, mail(known)), remove('nobody')], 200) }),
  'sync atomic': (known) => sync(known, { name: 'Atomic', commands: inside([remove(mail(known))], 300) }),
  'sync get': (known) => sync(known, { name: 'Get', items: [] }, { name: 'Alert', data: '222', items: [] }),
  'sync other': (known) => [known.raw.sync([flags(known, mail(known))], './mail/work')],
  answers: (known) => (known.reply === undefined ? [] : answersTo(known.reply)),
  'answers no': (known) => (known.reply === undefined ? [] : answersTo(known.reply, () => 500)),
  'answers full': (known) => (known.reply === undefined ? [] : answersTo(known.reply, (id) => (id.length % 2 === 0 ? 420 : 418))),
  'map wrong': (known) => {
    const maps = [...known.mails, '99999', 'x'].map((guid) => ({ target: { locUri: guid }, source: { locUri: 'same' } }));
    return [{ name: 'Map', target: { locUri: './mail' }, source: { locUri: './mail' }, mapItems: maps }];
  },
  'map nowhere': () => [{ name: 'Map', target: { locUri: './calendar' }, source: { locUri: './x' }, mapItems: [] }],
  results: ({ raw }) => [{ name: 'Results', msgRef: '1', cmdRef: '1', meta: { type: contentTypes.devInfXml }, items: raw.put().items }],
  status: () => [{ name: 'Status', msgRef: '1', cmdRef: '999', cmd: 'Alert', targetRefs: [], sourceRefs: [], data: '508', items: [] }],
  exec: () => [{ name: 'Exec', items: [{ target: { locUri: './x' } }] }],
  search: () => [{ name: 'Search', sources: [], meta: { type: 'x/y' }, data: { kind: 'text', text: 'x' } }],
  atomic: () => [{ name: 'Atomic', commands: inside([remove('x')], 400) }],
  sequence: () => [{ name: 'Sequence', commands: inside([remove('x'), { name: 'Alert', data: '222', items: [] }], 500) }],
  outside: (known) => [
    flags(known, mail(known)),
    remove('x'),
    { name: 'Put', meta: { type: 'x/y' }, items: [{ data: known.raw.data(encoder.encode('x')) }] },
  ],
};

export const blockNames: readonly [string, ...string[]] = Object.keys(blocks) as [string, ...string[]];

export function saying(known: Known, names: readonly string[]): readonly Unnumbered[] {
  const counter = { value: 100 };
  return names.flatMap((name) => blocks[name]?.(known) ?? []).map((command) => withNumbers(command, counter));
}

/** No CmdID stands twice in a message, unless damage makes it so. */
function withNumbers<C extends Unnumbered>(command: C, counter: { value: number }): C {
  if (!('commands' in command)) return command;
  const commands = command.commands.map((nested) => {
    counter.value += 1;
    const cmdId = String(counter.value);
    return { ...withNumbers(nested, counter), cmdId };
  });
  return { ...command, commands };
}

/** Remembers what an answer tells. */
export function learn(known: Known, reply: Message): void {
  known.reply = reply;
  for (const command of reply.commands) {
    const anchor = command.name === 'Alert' ? command.items[0]?.meta?.anchor : undefined;
    if (anchor !== undefined) known.served = anchor.next;
    if (command.name === 'Sync') for (const inner of command.commands) learnItem(known, inner);
  }
}

function learnItem(known: Known, command: Command): void {
  if (command.name !== 'Add') return;
  for (const { source, data, meta } of command.items) {
    const isFolder = (meta?.type ?? command.meta?.type)?.includes('folder') === true;
    const text = data?.kind === 'text' ? data.text : data?.kind === 'bytes' ? new TextDecoder().decode(data.bytes) : '';
    const role = /<role>(\w+)</.exec(text)?.[1];
    if (source === undefined) continue;
    if (isFolder) known.folders.set(role ?? source.locUri, source.locUri);
    else known.mails.push(source.locUri);
  }
}
