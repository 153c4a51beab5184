// What every answer of the server must be, whatever was sent: a message that can be read, not larger than the device takes, with
// one Status for each command; or a refusal of the whole in words.
import { contentTypes, decodeMessage, type Command, type Encoding, type Message, type Status } from '@packetboat/syncml';
import { Finding } from '../engine/subject.ts';

/** How the server bounds a message: our cap, and the least that it believes. */
const largestReply = 65_536;
const leastReply = 1_024;
/** Kept free by the server, and the tags of a Status. */
const spareRoom = 600;

export interface Exchange {
  readonly request: Uint8Array;
  readonly encoding: Encoding;
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** MaxMsgSize of the device: the largest and the smallest that it has announced. */
  readonly maxMsgSize: { readonly largest: number; readonly smallest: number };
  /** A profile session tells failures alone. */
  readonly profile: boolean;
}

function bound(announced: number): number {
  return Math.max(leastReply, Math.min(largestReply, announced));
}

/** The answer, where it is a message. */
export function checkExchange(exchange: Exchange): Message | undefined {
  const request = readRequest(exchange);
  if (exchange.status !== 200) {
    checkRefusal(exchange, request);
    return undefined;
  }
  if (request === undefined) throw new Finding('what is no message was answered');
  if (!exchange.contentType.startsWith(`application/vnd.syncml+${exchange.encoding}`))
    throw new Finding('answered in another encoding', exchange.contentType);
  const most = bound(exchange.maxMsgSize.largest);
  if (exchange.body.length > most) throw new Finding('a reply is larger than MaxMsgSize', `${exchange.body.length} of ${most}`);
  const reply = readReply(exchange);
  // A Status repeats what the command named; what has no room comes with the next message.
  const isWhole = exchange.body.length + spareRoom + exchange.request.length < bound(exchange.maxMsgSize.smallest);
  checkStatuses(request, reply, exchange, isWhole);
  return reply;
}

function readRequest({ request, encoding }: Exchange): Message | undefined {
  try {
    return decodeMessage(request, encoding);
  } catch {
    return undefined;
  }
}

function readReply({ body, encoding }: Exchange): Message {
  try {
    return decodeMessage(body, encoding);
  } catch (cause) {
    throw new Finding('a reply cannot be read', cause instanceof Error ? cause.message : '', { cause });
  }
}

/** 400: no message, or none of this protocol; 409: an old one; 413: too large. */
function checkRefusal({ status, body }: Exchange, request: Message | undefined): void {
  const text = new TextDecoder().decode(body);
  if (status === 409 || status === 413) return;
  if (status === 400 && request === undefined && /^ERR_(?:WBXML|XML|SYNCML)_/.test(text)) return;
  if (status === 400 && request !== undefined && /^ERR_(?:SESSION_PROTOCOL|SYNCML_BAD_VALUE)/.test(text)) return;
  throw new Finding(`HTTP ${status}: ${text.slice(0, 40).replaceAll(/\d+/g, '#')}`, text);
}

/** How often a command may be answered. */
interface Expected {
  least: number;
  most: number;
}

function checkStatuses(request: Message, reply: Message, { profile }: Exchange, isWhole: boolean): void {
  const expected = new Map<string, Expected>();
  const silenced = silencedIn(request.commands);
  for (const command of request.commands) expect(expected, command, request.header.noResp === true ? 'all' : silenced);
  const given = reply.commands.filter((command): command is Status => command.name === 'Status' && command.msgRef === request.header.msgId);
  const forHeader = given.filter((status) => status.cmd === 'SyncHdr');
  if (forHeader.length > 1) throw new Finding('the header has more than one Status');
  const isRefused = Number(forHeader[0]?.data ?? '200') >= 300;
  const counts = new Map<string, number>();
  for (const { cmdRef, cmd } of given) counts.set(keyOf(cmdRef, cmd), (counts.get(keyOf(cmdRef, cmd)) ?? 0) + 1);
  for (const [key, count] of counts) {
    if (key.endsWith(' SyncHdr')) continue;
    const bounds = expected.get(key);
    if (bounds === undefined) throw new Finding(`a Status for a command that was not sent: ${key.replace(/^.* /, '')}`, key);
    if (count > bounds.most) throw new Finding(`more than one Status for one command: ${key.replace(/^.* /, '')}`, `${count} for ${key}`);
  }
  // Where there was no room for all, the rest comes with the next message; who is refused need not be told of each command.
  if (isRefused || profile || !isWhole) return;
  for (const [key, { least }] of expected) {
    if ((counts.get(key) ?? 0) < least) throw new Finding(`no Status for a command: ${key.replace(/^.* /, '')}`, key);
  }
}

function keyOf(cmdId: string, name: string): string {
  return `${cmdId} ${name}`;
}

/** CmdIDs of commands with NoResp: where another command has the same, nobody can tell which was meant. */
function silencedIn(commands: readonly Command[]): ReadonlySet<string> {
  return new Set(
    commands.flatMap((command) => [
      ...(command.noResp === true ? [command.cmdId] : []),
      ...('commands' in command ? silencedIn(command.commands) : []),
    ]),
  );
}

function expect(expected: Map<string, Expected>, command: Command, silenced: ReadonlySet<string> | 'all', isOptional = false): void {
  if (command.name !== 'Status') {
    const bounds = expected.get(keyOf(command.cmdId, command.name)) ?? { least: 0, most: 0 };
    if (silenced !== 'all' && !silenced.has(command.cmdId) && !isOptional) bounds.least += 1;
    bounds.most += mostStatuses(command);
    expected.set(keyOf(command.cmdId, command.name), bounds);
  }
  if (!('commands' in command)) return;
  // What stands in a container that was not executed shares its Status.
  const isContained = isOptional || command.name !== 'Sync';
  for (const nested of command.commands) expect(expected, nested, silenced, isContained);
}

/** An item may have a Status of its own; the items of a Map have one beside that of the Map. */
function mostStatuses(command: Command): number {
  if (isBatch(command)) return Infinity;
  if (command.name === 'Map') return 1 + command.mapItems.length;
  return Math.max(1, 'items' in command ? command.items.length : 1);
}

/** Each mail of a batch may be answered. */
function isBatch(command: Command): boolean {
  return (
    'items' in command &&
    command.items.some((item) => (item.meta?.type ?? ('meta' in command ? command.meta?.type : '')) === contentTypes.flags)
  );
}
