// A device made by hand: every message is said command by command, so that it can be wrong, old, doubled or somebody else's.
import { createHash } from 'node:crypto';
import {
  contentTypeOf,
  contentTypes,
  decodeMessage,
  devInfLocUri,
  devInfType,
  encodeMessage,
  generateEmail,
  type Add,
  type Alert,
  type Command,
  type Cred,
  type Data,
  type DevInf,
  type Encoding,
  type Filter,
  type Message,
  type Put,
  type Status,
  type Sync,
  type SyncHdr,
} from '@packetboat/syncml';
import { password } from '../../support/world.ts';

export type Unnumbered = { [Name in Command['name']]: Omit<Extract<Command, { name: Name }>, 'cmdId'> }[Command['name']];

export interface RawOptions {
  readonly profile: boolean;
  readonly encoding?: Encoding;
  readonly version?: '1.1' | '1.2';
  readonly user?: string;
  readonly deviceId?: string;
  /** How much of a mail a profile device wants; headers unless said otherwise. */
  readonly mails?: 'headers' | 'full';
  /** What the device announces as MaxMsgSize, bytes; 64 kB unless said otherwise. */
  readonly maxMsgSize?: number;
  /** Headers of each request. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RawMessage {
  readonly commands: readonly Unnumbered[];
  readonly final?: boolean;
  /** `none`: without; absent: Basic in the first message of a session. */
  readonly cred?: Cred | 'none' | 'basic';
}

export interface RawReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Undefined when the answer is no SyncML message. */
  readonly message: Message;
}

/** Where the server is. */
export interface RawServer {
  readonly server: { readonly url: string };
}

export class RawDevice {
  readonly world: RawServer;
  readonly encoding: Encoding;
  readonly version: '1.1' | '1.2';
  readonly profile: boolean;
  readonly user: string;
  readonly deviceId: string;
  readonly mails: 'headers' | 'full';
  readonly maxMsgSize: number;
  readonly headers: Readonly<Record<string, string>>;
  sessionId = 1;
  msgId = 0;
  /** Where the session goes on. */
  url: string;

  constructor(world: RawServer, options: RawOptions) {
    this.world = world;
    this.profile = options.profile;
    this.encoding = options.encoding ?? 'wbxml';
    this.version = options.version ?? '1.2';
    this.user = options.user ?? 'alice';
    this.deviceId = options.deviceId ?? 'raw-device';
    this.mails = options.mails ?? 'headers';
    this.maxMsgSize = options.maxMsgSize ?? 65_536;
    this.headers = options.headers ?? {};
    this.url = world.server.url;
  }

  /** Begins another session, by log-in. */
  newSession(sessionId: number = this.sessionId + 1): void {
    this.sessionId = sessionId;
    this.msgId = 0;
    this.url = this.world.server.url;
  }

  /** The bytes of a message under the present numbers. */
  bytes({ commands, final = true, cred }: RawMessage): Uint8Array {
    // Without an address of its own a session is known by the log-in of each message.
    const wants = cred ?? (this.url === this.world.server.url ? 'basic' : 'none');
    const header: SyncHdr = {
      version: this.version,
      sessionId: String(this.sessionId),
      msgId: String(this.msgId),
      target: { locUri: this.world.server.url },
      source: { locUri: this.deviceId, ...(wants === 'none' ? {} : { locName: this.user }) },
      ...(wants === 'none' ? {} : { cred: wants === 'basic' ? basic(this.user, password) : wants }),
      meta: { maxMsgSize: this.maxMsgSize, maxObjSize: 33_554_432 },
    };
    return encodeMessage({ header, commands: numbered(commands), final }, this.encoding);
  }

  async post(body: Uint8Array, url: string = this.url, contentType: string = contentTypeOf(this.encoding)): Promise<RawReply> {
    const headers = { 'content-type': contentType, ...this.headers };
    const response = await fetch(url, { method: 'POST', headers, body: Buffer.from(body) });
    const answer = new Uint8Array(await response.arrayBuffer());
    const encoding = this.encoding;
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      body: answer,
      get message() {
        if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${new TextDecoder().decode(answer)}`);
        return decodeMessage(answer, encoding);
      },
    };
  }

  /** Sends the next message of the session and follows the address that the answer names. */
  async send(message: RawMessage): Promise<Message> {
    this.msgId += 1;
    const reply = await this.post(this.bytes(message));
    const answer = reply.message;
    if (answer.header.respUri !== undefined) this.url = answer.header.respUri;
    return answer;
  }

  put(): Omit<Put, 'cmdId'> {
    const { version, encoding } = this;
    return {
      name: 'Put',
      meta: { type: devInfType(encoding) },
      items: [{ source: { locUri: devInfLocUri(version) }, data: { kind: 'devInf', devInf: devInf(this) } }],
    };
  }

  data(bytes: Uint8Array): Data {
    return this.encoding === 'wbxml' ? { kind: 'bytes', bytes } : { kind: 'text', text: new TextDecoder().decode(bytes) };
  }

  sync(commands: readonly Unnumbered[], datastore = './mail'): Omit<Sync, 'cmdId'> {
    return { name: 'Sync', target: { locUri: datastore }, source: { locUri: './mail' }, commands: numbered(commands, 100) };
  }

  /** Add of a mail. */
  add(luid: string, parent: string, mail: Uint8Array): Omit<Add, 'cmdId'> {
    const object = generateEmail({ read: true, emailItem: mail, ext: [] });
    return {
      name: 'Add',
      meta: { type: contentTypes.email },
      items: [{ source: { locUri: luid }, sourceParent: parent, data: this.data(object) }],
    };
  }
}

/** CmdIDs in order, those in a Sync too. */
function numbered(commands: readonly Unnumbered[], from = 1): readonly Command[] {
  return commands.map((command, at) => ({ ...command, cmdId: String(from + at) }));
}

export function basic(user: string, secret: string): Cred {
  return {
    meta: { format: 'b64', type: contentTypes.authBasic },
    data: { kind: 'text', text: Buffer.from(`${user}:${secret}`).toString('base64') },
  };
}

/** `syncml:auth-md5` of 1.1 and 1.2: B64(H(B64(H(user:password)):nonce)). */
export function md5(user: string, secret: string, nonce: Uint8Array): Cred {
  const first = createHash('md5').update(`${user}:${secret}`).digest('base64');
  const digest = createHash('md5').update(`${first}:`).update(nonce).digest('base64');
  return { meta: { format: 'b64', type: contentTypes.authMd5 }, data: { kind: 'text', text: digest } };
}

export function alert(code: number, anchors: { last?: string; next: string }, datastore = './mail', filter?: Filter): Omit<Alert, 'cmdId'> {
  return {
    name: 'Alert',
    data: String(code),
    items: [
      {
        target: { locUri: datastore, ...(filter === undefined ? {} : { filter }) },
        source: { locUri: './mail' },
        meta: { anchor: anchors },
      },
    ],
  };
}

/** A Status of the device for an item of the server's. */
export function itemStatus(of: Message, cmd: string, code: number, luid: string, cmdRef = '1'): Omit<Status, 'cmdId'> {
  return {
    name: 'Status',
    msgRef: of.header.msgId,
    cmdRef,
    cmd,
    targetRefs: [],
    sourceRefs: [luid],
    data: String(code),
    items: [],
  };
}

function devInf(device: RawDevice): DevInf {
  const email = { ctType: contentTypes.email, verCt: '1.2' };
  const folder = { ctType: contentTypes.folder, verCt: '1.2' };
  const cap = { ...email, fieldLevel: true, properties: [{ propName: 'read' }, { propName: 'emailitem' }] };
  const later = device.version === '1.2';
  return {
    version: device.version,
    man: 'Raw',
    mod: 'raw',
    devId: device.deviceId,
    devTyp: 'phone',
    utc: true,
    supportLargeObjs: true,
    supportNumberOfChanges: true,
    dataStores: [
      {
        sourceRef: './mail',
        rxPref: email,
        rx: [folder],
        txPref: email,
        tx: [folder],
        ctCaps: later ? [cap, { ...folder, properties: [{ propName: 'name' }] }] : [],
        ...(later ? { supportHierarchicalSync: true } : {}),
        syncCap: [1, 2, 3, 5, 6],
        filterRx: [],
        filterCaps: [],
      },
    ],
    ctCaps: later ? [] : [cap],
    ext:
      device.profile && later
        ? [
            { xNam: 'x-packetboat-1', xVal: [] },
            { xNam: 'x-packetboat-mails', xVal: [device.mails] },
          ]
        : [],
  };
}
