// Messages: bytes are refused with an error of ours, or are a message that comes back as it was, of the size that was foretold.
import { isDeepStrictEqual } from 'node:util';
import {
  contentTypes,
  dataBytes,
  decodeMessage,
  encodedSize,
  encodeMessage,
  envelopeSize,
  SyncmlError,
  type Command,
  type Encoding,
  type Item,
  type Message,
  type Target,
} from '@packetboat/syncml';
import { decodeWbxml, decodeXml, encodeWbxml, encodeXml, looksLikeWbxml, WbxmlError } from '@packetboat/wbxml';
import type { Random } from '../../test/support/random.ts';
import { withoutStretches } from '../engine/minimize.ts';
import { Finding, type Subject } from '../engine/subject.ts';
import { changeBytes } from '../mutate/bytes.ts';
import { damage, inventDamage } from '../mutate/tree.ts';
import { inventMessage, inventTree, recordings } from './seeds.ts';

const mostBytes = 65_536;

/** What the codes of our two packages look like: a refusal, not a fault. */
export function isRefusal(error: unknown): boolean {
  return error instanceof SyncmlError || error instanceof WbxmlError;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

function run(input: Uint8Array): void {
  const encoding: Encoding = looksLikeWbxml(input) ? 'wbxml' : 'xml';
  const message = attempt(() => decodeMessage(input, encoding));
  if (message === undefined) return;
  // A version that we do not speak has no form of ours.
  if (message.header.unknownVersion !== undefined) return;
  expectSame(message, encoding);
  attempt(() => encodeMessage(message, encoding === 'xml' ? 'wbxml' : 'xml'));
}

function expectSame(message: Message, encoding: Encoding): void {
  for (const cdata of encoding === 'xml' ? [false, true] : [false]) {
    const bytes = attempt(() => encodeMessage(message, encoding, { cdata }));
    if (bytes === undefined) return;
    let again: Message;
    try {
      again = decodeMessage(bytes, encoding);
    } catch (cause) {
      throw new Finding('a message that was written is not read', cause instanceof Error ? cause.message : '', { cause });
    }
    if (!isDeepStrictEqual(skeleton(again), skeleton(message))) throw new Finding('a message that was written is read as another');
    // What a version or a command has no place for is left out, and the type of device information follows the encoding: once.
    const third = decodeMessage(encodeMessage(again, encoding, { cdata }), encoding);
    if (!isDeepStrictEqual(third, again)) throw new Finding('a message changes each time it is written');
    expectSize(message, encoding, cdata, bytes.length);
  }
}

/** What no version may lose: who speaks, and every command with what it is about. */
function skeleton({ header, commands, final }: Message): unknown {
  const { version, sessionId, msgId, target, source, respUri, noResp, cred } = header;
  return {
    version,
    sessionId,
    msgId,
    target: targetBone(target),
    source,
    respUri,
    noResp,
    cred: cred?.data,
    final,
    commands: commands.map(boneOf),
  };
}

/** A Record without a type is written with the one that it has by default. */
function targetBone(target: Target | undefined): Target | undefined {
  if (target?.filter?.record === undefined) return target;
  return { ...target, filter: { ...target.filter, recordType: target.filter.recordType ?? contentTypes.filterCgi } };
}

function boneOf(command: Command): unknown {
  const { name, cmdId } = command;
  if ('commands' in command) return { name, cmdId, commands: command.commands.map(boneOf) };
  if (command.name === 'Map') return command.mapItems.map(({ target, source }) => ({ target: targetBone(target), source }));
  return { name, cmdId, items: 'items' in command ? command.items.map(itemBone) : [] };
}

function holdsDevInf(content: Uint8Array): boolean {
  return new TextDecoder().decode(content).includes('<DevInf');
}

function itemBone({ meta: _meta, target, data, ...rest }: Item): unknown {
  const content = data && dataBytes(data);
  // Device information changes its kind once: as elements that nothing announces it is an OPAQUE document when it has been written,
  // and without a VerDTD it is text, which as a document of its own has a version.
  const isDocument = content !== undefined && (looksLikeWbxml(content) || holdsDevInf(content));
  return { ...rest, target: targetBone(target), ...(content === undefined || isDocument ? {} : { content }) };
}

/** Messages are filled by these numbers: too small a one makes a message larger than the peer takes. */
function expectSize(message: Message, encoding: Encoding, cdata: boolean, real: number): void {
  const sum = message.commands.reduce(
    (size, command) => size + encodedSize(command, encoding, message.header.version, { cdata }),
    envelopeSize(message.header, encoding, { cdata }),
  );
  if (sum < real) throw new Finding('a message is larger than it was measured', `${real} bytes, measured ${sum}`);
}

function mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  if (random.chance(0.4)) return changeBytes(input, other, random, mostBytes);
  const isXml = !looksLikeWbxml(input);
  const document = attempt(() => (isXml ? decodeXml(input) : decodeWbxml(input)));
  if (document === undefined) return changeBytes(input, other, random, mostBytes);
  const damages = Array.from({ length: 1 + random.integer(4) }, () => inventDamage(random));
  const damaged = { ...document, root: damage(document.root, damages) };
  // Often into the other encoding.
  const bytes = attempt(() => (isXml === random.chance(0.8) ? encodeXml(damaged) : encodeWbxml(damaged)));
  return bytes === undefined || bytes.length > mostBytes ? changeBytes(input, other, random, mostBytes) : bytes;
}

function invent(random: Random): Uint8Array {
  const encoding = random.pick<Encoding>(['xml', 'wbxml']);
  if (random.chance(0.5)) return inventMessage(random, encoding);
  const document = inventTree(random, encoding);
  const damaged = { ...document, root: damage(document.root, [inventDamage(random), inventDamage(random)]) };
  return attempt(() => (encoding === 'xml' ? encodeXml(damaged) : encodeWbxml(damaged))) ?? inventMessage(random, encoding);
}

export function messages(): Subject {
  return {
    extension: 'syncml',
    time: { fixed: 200, perKilobyte: 5 },
    mostBetweenLooks: 16,
    seeds: () => [...recordings('wbxml'), ...recordings('xml')],
    invent,
    mutate,
    run,
    runAlone: run,
    minimizeMs: 20_000,
    smaller: withoutStretches,
    close: () => Promise.resolve(),
  };
}
