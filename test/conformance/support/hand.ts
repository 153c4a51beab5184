// A device made by hand, of any version: it says what a check writes, and runs whole sessions where a check needs a past.
import { dataBytes, parseEmail, parseFolder, type Encoding, type Item, type Version } from '@packetboat/syncml';
import { password, type World } from '../../support/world.ts';
import { carry, numbered, Received } from './carry.ts';
import type { Stage } from './rule.ts';
import { alert, devInfUri, emailType, folderType, map, nextMessage, putDevInf, status, sync, type DevInfOptions } from './words.ts';

export interface HandOptions {
  readonly user?: string;
  readonly deviceId?: string;
  /** What it says of itself; `null`: nothing. */
  readonly devInf?: Partial<DevInfOptions> | null;
  /** Largest message that it takes, bytes. */
  readonly maxMsgSize?: number;
  readonly maxObjSize?: number;
}

/** What a message says besides its commands. */
export interface Say {
  readonly final?: boolean;
  /** Absent: Basic when the message opens a session. */
  readonly cred?: string;
  readonly sessionId?: string;
  readonly msgId?: string;
  readonly verDtd?: string;
  readonly verProto?: string;
  readonly locName?: string;
  readonly target?: string;
  readonly source?: string;
  readonly meta?: string;
  /** Other elements of the header. */
  readonly more?: string;
  readonly url?: string;
}

/** What the device has been sent. */
export interface Held {
  readonly guid: string;
  readonly luid: string;
  readonly type: string;
  readonly parent: string | undefined;
  readonly bytes: Uint8Array;
}

export const nextOfFirst = 'run-1';

export class Hand {
  readonly world: World;
  readonly version: Version;
  readonly encoding: Encoding;
  readonly user: string;
  readonly deviceId: string;
  readonly devInf: DevInfOptions | null;
  /** Meta of its headers. */
  private meta = '';
  sessionId = 1;
  msgId = 0;
  url: string;
  /** By LUID. */
  readonly held = new Map<string, Held>();
  /** The server's Next of the last run. */
  serverNext = '';

  constructor(stage: Stage, options: HandOptions = {}) {
    this.world = stage.world;
    this.version = stage.version;
    this.encoding = stage.encoding;
    this.user = options.user ?? 'alice';
    this.deviceId = options.deviceId ?? stage.name;
    const said = options.devInf === undefined ? {} : options.devInf;
    this.devInf = said === null ? null : { version: stage.version, deviceId: this.deviceId, ...said };
    this.url = stage.world.server.url;
    this.take(options.maxMsgSize, options.maxObjSize);
  }

  /** Says from now on that it takes messages and objects of this size, bytes. */
  take(maxMsgSize = 65_536, maxObjSize = 33_554_432): void {
    const large = this.version === '1.0' ? '' : `<MaxObjSize xmlns='syncml:metinf'>${maxObjSize}</MaxObjSize>`;
    this.meta = `<MaxMsgSize xmlns='syncml:metinf'>${maxMsgSize}</MaxMsgSize>${large}`;
  }

  /** Put of its DevInf. */
  get introduction(): string {
    return this.devInf === null ? '' : putDevInf(this.devInf);
  }

  newSession(): void {
    this.sessionId += 1;
    this.msgId = 0;
    this.url = this.world.server.url;
  }

  /** A message as XML text, under the present numbers. */
  write(commands: string, say: Say = {}): string {
    const { final = true, verDtd = this.version, verProto = `SyncML/${verDtd}` } = say;
    const opens = (say.url ?? this.url) === this.world.server.url;
    const cred = say.cred ?? (opens ? basic(this.user, password) : '');
    const locName = say.locName ?? (cred === '' ? '' : this.user);
    const body = numbered(`${commands}${final ? '<Final/>' : ''}`);
    return (
      `<SyncML xmlns='SYNCML:SYNCML${this.version}'><SyncHdr><VerDTD>${verDtd}</VerDTD><VerProto>${verProto}</VerProto>` +
      `<SessionID>${say.sessionId ?? this.sessionId}</SessionID><MsgID>${say.msgId ?? this.msgId}</MsgID>` +
      `<Target><LocURI>${say.target ?? this.world.server.url}</LocURI></Target>` +
      `<Source><LocURI>${say.source ?? this.deviceId}</LocURI>${locName === '' ? '' : `<LocName>${locName}</LocName>`}</Source>` +
      `${say.more ?? ''}${cred}<Meta>${say.meta ?? this.meta}</Meta></SyncHdr>` +
      `<SyncBody>${body}</SyncBody></SyncML>`
    );
  }

  async post(
    bytes: Uint8Array,
    url = this.url,
    contentType = `application/vnd.syncml+${this.encoding}`,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Received> {
    const headers = { 'content-type': contentType, ...more };
    const response = await fetch(url, { method: 'POST', headers, body: Buffer.from(bytes) });
    return new Received(response.status, response.headers, new Uint8Array(await response.arrayBuffer()), this.encoding);
  }

  /** Sends the next message of the session and follows the address that the answer names. */
  async say(commands: string, say: Say = {}): Promise<Received> {
    this.msgId += 1;
    const answer = await this.post(carry(this.write(commands, say), this.encoding), say.url ?? this.url);
    if (answer.status === 200 && answer.header.respUri !== undefined) this.url = answer.header.respUri;
    return answer;
  }

  /** Package #1. */
  open(code: number, anchors: { last?: string; next: string }, filter = ''): Promise<Received> {
    return this.say(`${this.introduction}${alert(code, anchors, {}, filter)}`);
  }

  /** What package #5 says of an answer: a Status for each command, a Map for what is new; and it keeps what came. */
  answers(to: Received, codeOf: (item: Item, command: string) => number | undefined = () => undefined): string {
    const { msgId } = to.header;
    const pairs: [string, string][] = [];
    const said = to.syncs.map((each) => {
      const inside = each.commands.map((command) => {
        if (!('items' in command)) return status(msgId, command.cmdId, command.name, 200);
        return command.items
          .map((item) => {
            const code = codeOf(item, command.name) ?? this.keep(command.name, item, command.meta?.type);
            const guid = item.source?.locUri;
            if (command.name === 'Add' && guid !== undefined && code < 300 && code !== 213) pairs.push([guid, `L${guid}`]);
            return status(msgId, command.cmdId, command.name, code);
          })
          .join('');
      });
      return `${status(msgId, each.cmdId, 'Sync', 200)}${inside.join('')}`;
    });
    return `${status(msgId, '0', 'SyncHdr', 200)}${said.join('')}${pairs.length === 0 ? '' : map(pairs)}`;
  }

  private keep(command: string, item: Item, commandType: string | undefined): number {
    if (item.moreData === true) return 213;
    const guid = item.source?.locUri ?? '';
    const luid = item.target?.locUri ?? `L${guid}`;
    if (command === 'Delete') return this.held.delete(luid) ? 200 : 211;
    const before = this.held.get(luid);
    const parent = item.targetParent ?? (item.sourceParent === undefined || item.sourceParent === '/' ? '/' : `L${item.sourceParent}`);
    const bytes = command === 'Move' ? (before?.bytes ?? new Uint8Array()) : (dataBytes(item.data) ?? new Uint8Array());
    this.held.set(luid, { guid, luid, type: item.meta?.type ?? commandType ?? '', parent, bytes });
    return command === 'Add' ? 201 : 200;
  }

  /** Packages #3 to #6, to the end. The answers of the server, from #4 on. */
  async exchange(changes = '', more = ''): Promise<readonly Received[]> {
    const replies = [await this.say(`${more}${sync(changes)}`)];
    for (;;) {
      const reply = replies.at(-1);
      if (reply === undefined) return replies;
      if (reply.final && reply.syncs.length === 0) return replies;
      if (replies.length > 60) throw new Error('the server does not come to an end');
      replies.push(await this.say(`${this.answers(reply)}${reply.final ? '' : nextMessage}`));
      if (reply.final) return replies;
    }
  }

  /** A whole first sync: after it the device is in step, and its next session begins. */
  async inStep(): Promise<this> {
    const opening = await this.open(201, { next: nextOfFirst });
    this.serverNext = opening.alert()?.next ?? '';
    await this.exchange('', this.owed(opening));
    this.newSession();
    return this;
  }

  /** In step, and its next session opened: the server waits for the device's changes. */
  async opened(code = 200): Promise<this> {
    await this.inStep();
    await this.open(code, { last: nextOfFirst, next: 'run-2' });
    return this;
  }

  /** What package #3 says of package #2. */
  owed(opening: Received): string {
    const { msgId } = opening.header;
    const alerts = opening.all('Alert').map((each) => status(msgId, each.cmdId, 'Alert', 200));
    return `${status(msgId, '0', 'SyncHdr', 200)}${alerts.join('')}`;
  }

  /** The folder of a role; the LUID. */
  folder(role: string): string {
    for (const { luid, type, bytes } of this.held.values()) if (type === folderType && parseFolder(bytes).role === role) return luid;
    throw new Error(`the device has no folder ${role}`);
  }

  /** The LUIDs of the mails whose Message-ID is `<NAME@sender.test>`. */
  luids(name: string): readonly string[] {
    return [...this.held.values()].flatMap(({ luid, type, bytes }) =>
      type === emailType && new TextDecoder().decode(parseEmail(bytes).emailItem ?? new Uint8Array()).includes(`<${name}@sender.test>`)
        ? [luid]
        : [],
    );
  }

  luid(name: string): string {
    const [luid] = this.luids(name);
    if (luid === undefined) throw new Error(`the device has no mail ${name}`);
    return luid;
  }

  get devInfUri(): string {
    return devInfUri(this.version);
  }
}

export function basic(user: string, secret: string): string {
  const data = Buffer.from(`${user}:${secret}`).toString('base64');
  return credential('syncml:auth-basic', data);
}

export function credential(type: string, data: string, format = 'b64'): string {
  return (
    `<Cred><Meta><Format xmlns='syncml:metinf'>${format}</Format><Type xmlns='syncml:metinf'>${type}</Type></Meta>` +
    `<Data>${data}</Data></Cred>`
  );
}
