// A server that answers our client with messages written by hand, over real HTTP; and the client that talks to it.
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { ClientSettings } from '@packetboat/client';
import { listen } from '../../support/listen.ts';
import { makeDevice, type Device, type DeviceOptions } from '../../support/world.ts';
import { carry, numbered, Received } from './carry.ts';
import type { Stage } from './rule.ts';
import { alert, devInf, devInfUri, parentOf, status, sync } from './words.ts';

/** A message of the client. */
export interface Heard extends Received {
  readonly path: string;
  readonly sent: IncomingHttpHeaders;
}

/** What the server says: commands as XML text, and what it says in its header. */
export interface Said {
  readonly commands: string;
  readonly final?: boolean;
  readonly header?: string;
  /** In place of the numbers that fit. */
  readonly sessionId?: string;
  readonly httpStatus?: number;
}

export type Answer = (heard: Heard, count: number) => Said | string;

export interface Scripted {
  readonly url: string;
  readonly heard: readonly Heard[];
  readonly device: Device;
  /** Answers from now on: the nth message gets the nth answer, later ones the last. */
  readonly script: (...answers: readonly Answer[]) => void;
  close(): Promise<void>;
}

/** `use` runs with a server and a client that has never synced. */
export async function withScripted(
  stage: Stage,
  use: (scripted: Scripted) => Promise<void>,
  settings: Partial<ClientSettings> = {},
  more: Omit<DeviceOptions, 'settings' | 'deviceId'> = {},
): Promise<void> {
  const heard: Heard[] = [];
  let answers: readonly Answer[] = [];
  let since = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { encoding } = stage;
      const received = new Received(200, new Headers(), new Uint8Array(Buffer.concat(chunks)), encoding);
      const message: Heard = Object.assign(received, { path: request.url ?? '', sent: request.headers });
      heard.push(message);
      const answer = answers[Math.min(heard.length - since, answers.length) - 1];
      const given = answer?.(message, heard.length) ?? { commands: '' };
      const said = typeof given === 'string' ? { commands: given } : given;
      const body = carry(wrap(message, said, heard.length, stage), encoding);
      response.writeHead(said.httpStatus ?? 200, { 'content-type': `application/vnd.syncml+${encoding}`, 'content-length': body.length });
      response.end(body);
    });
  });
  const url = `http://127.0.0.1:${await listen(server)}/sync`;
  const device = makeDevice(
    url,
    {
      ...more,
      deviceId: stage.name,
      settings: { profile: false, encoding: stage.encoding, version: stage.version === '1.1' ? '1.1' : '1.2', ...settings },
    },
    heard.length + 1,
  );
  const scripted: Scripted = {
    url,
    heard,
    device,
    script: (...given) => {
      answers = given;
      since = heard.length;
    },
    close: async () => {
      await device.client.close();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
  try {
    await use(scripted);
  } finally {
    await scripted.close();
  }
}

function wrap(heard: Heard, said: Said, count: number, { version }: Stage): string {
  const { header } = heard;
  const body = numbered(`${said.commands}${said.final === false ? '' : '<Final/>'}`);
  return (
    `<SyncML xmlns='SYNCML:SYNCML${version}'><SyncHdr><VerDTD>${version}</VerDTD><VerProto>SyncML/${version}</VerProto>` +
    `<SessionID>${said.sessionId ?? header.sessionId}</SessionID><MsgID>${count}</MsgID>` +
    `<Target><LocURI>${header.source.locUri}</LocURI></Target><Source><LocURI>${header.target.locUri}</LocURI></Source>` +
    `${said.header ?? ''}</SyncHdr><SyncBody>${body}</SyncBody></SyncML>`
  );
}

/** Statuses for the header and everything that needs one; `codes` by command, where not 200. */
export function statusesFor(heard: Heard, codes: Readonly<Record<string, number>> = {}): string {
  const { msgId } = heard.header;
  const one = (cmdId: string, name: string, code: number): string => status(msgId, cmdId, name, codes[name] ?? code);
  const others = heard.message.commands.flatMap((command): string[] => {
    if (command.name === 'Status' || command.name === 'Results') return [];
    const inside =
      command.name === 'Sync' ? command.commands.map((each) => one(each.cmdId, each.name, each.name === 'Add' ? 201 : 200)) : [];
    return [one(command.cmdId, command.name, 200), ...inside];
  });
  return one('0', 'SyncHdr', heard.header.cred === undefined ? 200 : 212) + others.join('');
}

export interface Opening {
  readonly code?: number;
  readonly last?: string;
  readonly next?: string;
  readonly codes?: Readonly<Record<string, number>>;
}

/** Package #2: all is well, and the server's Alert. */
export function opening(more: Opening = {}): (heard: Heard) => string {
  return (heard) => {
    const asked = heard.all('Alert')[0]?.data ?? '200';
    const anchors = { last: more.last, next: more.next ?? 'server-1' };
    return `${statusesFor(heard, more.codes)}${resultsFor(heard)}${alert(more.code ?? asked, anchors)}`;
  };
}

/** The server's DevInf, when the message asks for it. */
export function resultsFor(heard: Heard): string {
  const [get] = heard.all('Get');
  if (get === undefined) return '';
  const { version, msgId } = heard.header;
  return (
    `<Results><CmdID/><MsgRef>${msgId}</MsgRef><CmdRef>${get.cmdId}</CmdRef><Meta><Type xmlns='syncml:metinf'>` +
    `application/vnd.syncml-devinf+xml</Type></Meta><Item><Source><LocURI>${devInfUri(version)}</LocURI></Source>` +
    `<Data>${devInf({ version, deviceId: 'scripted' })}</Data></Item></Results>`
  );
}

/** Package #4 with these commands in its Sync. */
export function changes(commands = '', more: Omit<Said, 'commands'> = {}): (heard: Heard) => Said {
  return (heard) => ({ ...more, commands: `${statusesFor(heard)}${sync(commands)}` });
}

/** Package #6: Statuses alone. */
export const ending: Answer = (heard) => statusesFor(heard);

/** An item of the server's: named by GUID when new, else by the LUID. */
export function fromServer(
  command: 'Add' | 'Replace',
  id: string,
  object: string,
  type: string,
  more: { readonly parent?: string; readonly meta?: string; readonly moreData?: boolean } = {},
): string {
  const side = command === 'Add' ? 'Source' : 'Target';
  return (
    `<${command}><CmdID/><Meta><Type xmlns='syncml:metinf'>${type}</Type></Meta><Item><${side}><LocURI>${id}</LocURI></${side}>` +
    parentOf(more.parent) +
    `${more.meta === undefined ? '' : `<Meta>${more.meta}</Meta>`}<Data><![CDATA[${object}]]></Data>` +
    `${more.moreData === true ? '<MoreData/>' : ''}</Item></${command}>`
  );
}
