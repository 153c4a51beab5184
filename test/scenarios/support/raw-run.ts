// Whole runs of a device made by hand: what it says in each message, and that it takes all that it is sent.
import type { Command, Filter, Message, Status } from '@packetboat/syncml';
import { alert, type RawDevice, type Unnumbered } from './raw-device.ts';
import { alertOf, itemsOf } from './wire.ts';

export interface RawRun {
  readonly type?: number;
  readonly last?: string;
  readonly next: string;
  readonly changes?: readonly Unnumbered[];
  readonly datastore?: string;
  /** Of the Alert's Target. */
  readonly filter?: Filter;
  /** Status codes by GUID or LUID, where they are not success. */
  readonly answers?: (id: string) => number | undefined;
}

/** The LUID that a plain device made by hand gives to an item. */
export function luidOf(guid: string): string {
  return `L${guid}`;
}

/** Alert, changes, answers and Map, each in its message; the answers of the server in order. */
export async function plainRun(device: RawDevice, run: RawRun): Promise<readonly Message[]> {
  const { type = 200, last, next, changes = [], datastore = './mail', filter } = run;
  device.newSession();
  const anchors = { ...(last === undefined ? {} : { last }), next };
  const replies = [await device.send({ commands: [device.put(), alert(type, anchors, datastore, filter)] })];
  let reply = await device.send({ commands: [device.sync(changes, datastore)] });
  replies.push(reply);
  for (;;) {
    const commands = answersTo(reply, run.answers, datastore);
    if (reply.final && commands.length === 0) return replies;
    const isLast = reply.final;
    const more: readonly Unnumbered[] = isLast
      ? []
      : [{ name: 'Alert', data: '222', items: [{ target: { locUri: datastore }, source: { locUri: './mail' } }] }];
    reply = await device.send({ commands: [...commands, ...more] });
    replies.push(reply);
    if (isLast) return replies;
  }
}

/** Statuses for all that the server's Syncs hold, and a Map for what is new. */
export function answersTo(
  reply: Message,
  codeOf: (id: string) => number | undefined = () => undefined,
  datastore = './mail',
): readonly Unnumbered[] {
  const statuses: Unnumbered[] = [];
  const maps: { target: { locUri: string }; source: { locUri: string } }[] = [];
  for (const sync of reply.commands) {
    if (sync.name !== 'Sync') continue;
    statuses.push(statusOf(reply, sync, 200));
    for (const command of sync.commands) {
      if (!('items' in command) || command.name === 'Status') continue;
      const [item] = command.items;
      const guid = item?.source?.locUri;
      const code = codeOf(guid ?? item?.target?.locUri ?? '') ?? (command.name === 'Add' ? 201 : 200);
      statuses.push(statusOf(reply, command, item?.moreData === true ? 213 : code));
      if (command.name === 'Add' && guid !== undefined && code < 300 && item?.moreData !== true)
        maps.push({ target: { locUri: guid }, source: { locUri: luidOf(guid) } });
    }
  }
  if (maps.length === 0) return statuses;
  return [...statuses, { name: 'Map', target: { locUri: datastore }, source: { locUri: './mail' }, mapItems: maps }];
}

function statusOf(reply: Message, command: Command, code: number): Omit<Status, 'cmdId'> {
  return {
    name: 'Status',
    msgRef: reply.header.msgId,
    cmdRef: command.cmdId,
    cmd: command.name,
    targetRefs: [],
    sourceRefs: [],
    data: String(code),
    items: [],
  };
}

/** Alert and changes in one message, as profile clients do once both sides know each other; the last acknowledges. */
export async function profileRun(device: RawDevice, run: RawRun): Promise<readonly Message[]> {
  const { type = 200, last, next, changes = [], datastore = './mail', filter } = run;
  device.newSession();
  const anchors = { ...(last === undefined ? {} : { last }), next };
  const replies = [
    await device.send({ commands: [device.put(), alert(type, anchors, datastore, filter), device.sync(changes, datastore)] }),
  ];
  for (;;) {
    const reply = replies.at(-1);
    if (reply === undefined || reply.final) return replies;
    const served = alertOf(reply)?.next;
    replies.push(await device.send({ commands: [alert(200, { ...(served === undefined ? {} : { last: served }), next }, datastore)] }));
  }
}

/** A device in step, whatever its kind: what its first sync brought, and the anchor that its next one begins from. */
export async function firstRun(device: RawDevice): Promise<{ readonly last: string; readonly replies: readonly Message[] }> {
  if (device.profile) {
    const replies = await profileRun(device, { type: 201, next: '0' });
    return { last: replies.map(alertOf).findLast((found) => found !== undefined)?.next ?? '', replies };
  }
  return { last: 'first', replies: await plainRun(device, { type: 201, next: 'first' }) };
}

/** What the server calls the items of a first run, by the names in them. */
export function guidOfFolder(replies: readonly Message[], role: string): string {
  for (const item of replies.flatMap(itemsOf)) {
    if (item.type?.includes('folder') === true && new TextDecoder().decode(item.bytes).includes(`<role>${role}</role>`)) return item.id;
  }
  throw new Error(`no folder ${role} was sent`);
}

/** The LUID under which the device has a GUID. */
export function ownLuid(device: RawDevice, guid: string): string {
  return device.profile ? guid : luidOf(guid);
}
