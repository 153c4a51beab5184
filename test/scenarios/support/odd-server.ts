// Another maker's server, made by hand: what it answers is written down message by message, so that it can be odd, slow or small.
import {
  createClient,
  createMemoryClientStore,
  type Client,
  type ClientSettings,
  type ClientStore,
  type Transport,
} from '@packetboat/client';
import {
  contentTypeOf,
  decodeMessage,
  devInfLocUri,
  devInfType,
  encodeMessage,
  type Alert,
  type Command,
  type Encoding,
  type Message,
  type Status,
  type Sync,
} from '@packetboat/syncml';
import type { Unnumbered } from './raw-device.ts';

export interface OddReply {
  readonly commands: readonly Unnumbered[];
  /** Default true. */
  readonly final?: boolean;
}

export interface OddOptions {
  readonly profile: boolean;
  readonly encoding?: Encoding;
  readonly maxMsgSize?: number;
  /** What the server does with the `n`th message, from 1 on. `null`: no answer comes. */
  readonly answer: (request: Message, n: number) => OddReply | null;
  readonly store?: ClientStore;
}

export interface OddWorld {
  readonly client: Client;
  readonly store: ClientStore;
  /** All that the client sent. */
  readonly requests: readonly Message[];
  readonly sizes: readonly number[];
}

/** A client whose only server is this one. */
export function oddWorld({ profile, encoding = 'wbxml', maxMsgSize, answer, store = createMemoryClientStore() }: OddOptions): OddWorld {
  const requests: Message[] = [];
  const sizes: number[] = [];
  const transport: Transport = {
    attempt: async ({ body }) => {
      const request = decodeMessage(body, encoding);
      requests.push(request);
      sizes.push(body.length);
      const reply = answer(request, requests.length);
      if (reply === null) return { kind: 'failed', reason: 'no answer', retry: false };
      const { header } = request;
      const message: Message = {
        header: {
          version: header.version,
          sessionId: header.sessionId,
          msgId: header.msgId,
          target: header.source,
          source: { locUri: 'http://127.0.0.1/odd' },
          respUri: 'http://127.0.0.1/odd?s=1',
          ...(maxMsgSize === undefined ? {} : { meta: { maxMsgSize, maxObjSize: 10_000_000 } }),
        },
        commands: numbered([accepted(request), ...introduction(request, profile, encoding), ...reply.commands]),
        final: reply.final ?? true,
      };
      return { kind: 'reply', contentType: contentTypeOf(encoding), body: encodeMessage(message, encoding) };
    },
    traffic: () => null,
    close: () => Promise.resolve(),
  };
  const settings = {
    server: 'http://127.0.0.1/odd',
    user: 'alice',
    address: 'alice@example.test',
    name: '',
    datastore: './mail',
    deviceId: 'odd-device',
    encoding,
    version: '1.2',
    auth: 'basic',
    profile,
    mails: 'full',
    headers: 'all',
    insecure: false,
    passwordFile: null,
  } satisfies ClientSettings;
  const client = createClient({
    store,
    transport,
    settings,
    password: () => Promise.resolve('secret'),
    now: () => 1_000_000,
    random: (bytes) => new Uint8Array(bytes).fill(7),
    sleep: () => Promise.resolve(),
  });
  return { client, store, requests, sizes };
}

function numbered(commands: readonly Unnumbered[]): readonly Command[] {
  return commands.map((command, at) => ({ ...command, cmdId: String(at + 1) }));
}

function accepted(request: Message): Unnumbered {
  return statusFor(request, { name: 'SyncHdr', cmdId: '0' }, 212);
}

/** The server's device information, where it is asked for. */
function introduction(request: Message, profile: boolean, encoding: Encoding): readonly Unnumbered[] {
  return request.commands.flatMap((command): readonly Unnumbered[] => {
    if (command.name !== 'Get') return [];
    const devInf = {
      version: '1.2',
      man: 'Odd',
      mod: 'odd',
      devId: 'odd',
      devTyp: 'server',
      dataStores: [],
      ctCaps: [],
      ext: profile ? [{ xNam: 'x-packetboat-1', xVal: [] }] : [],
    } as const;
    const items = [{ source: { locUri: devInfLocUri('1.2') }, data: { kind: 'devInf', devInf } }] as const;
    return [{ name: 'Results', msgRef: request.header.msgId, cmdRef: command.cmdId, meta: { type: devInfType(encoding) }, items }];
  });
}

export function statusFor(
  request: Message,
  command: { readonly name: string; readonly cmdId: string },
  code: number,
  luid?: string,
): Omit<Status, 'cmdId'> {
  const sourceRefs = luid === undefined ? [] : [luid];
  return {
    name: 'Status',
    msgRef: request.header.msgId,
    cmdRef: command.cmdId,
    cmd: command.name,
    targetRefs: [],
    sourceRefs,
    data: String(code),
    items: [],
  };
}

export function alertIn(request: Message): Alert | undefined {
  return request.commands.find((command): command is Alert => command.name === 'Alert' && command.items[0]?.meta?.anchor !== undefined);
}

export function serverAlert(code: number, anchor: { last?: string; next: string }): Unnumbered {
  return { name: 'Alert', data: String(code), items: [{ target: { locUri: './mail' }, source: { locUri: './mail' }, meta: { anchor } }] };
}

export function serverSync(commands: readonly Unnumbered[], from = 100): Unnumbered {
  const inside = commands.map((command, at) => ({ ...command, cmdId: String(from + at) }));
  return { name: 'Sync', target: { locUri: './mail' }, source: { locUri: './mail' }, commands: inside };
}

/** What stands in the Syncs of a message. */
export function commandsIn(request: Message): readonly Extract<Command, { readonly items: unknown }>[] {
  return request.commands
    .filter((command): command is Sync => command.name === 'Sync')
    .flatMap((sync) => sync.commands)
    .flatMap((command) => ('items' in command ? [command] : []));
}
