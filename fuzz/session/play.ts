// Plays the life of a hostile device against a real server, and looks at every answer.
import { contentTypeOf, decodeMessage, type Message } from '@packetboat/syncml';
import { decodeWbxml, decodeXml, encodeWbxml, encodeXml, type Document, type Element } from '@packetboat/wbxml';
import { basic, RawDevice, type RawReply } from '../../test/scenarios/support/raw-device.ts';
import { Finding } from '../engine/subject.ts';
import { damage } from '../mutate/tree.ts';
import { learn, saying, type Known } from './blocks.ts';
import { checkExchange } from './oracle.ts';
import type { Life, Step } from './script.ts';
import type { FuzzWorld } from './world.ts';

/** Time of the processor that an answer may take, both sides together. */
const mostMs = 1_500;
const mostMsPerKilobyte = 15;

export async function playLife(at: FuzzWorld, life: Life, deviceId: string): Promise<void> {
  const raw = new RawDevice(at.world, { profile: life.profile, encoding: life.encoding, version: life.version, deviceId });
  const known: Known = { raw, reply: undefined, folders: new Map(), mails: [], own: undefined, served: undefined, count: 0 };
  const player = new Player(at, life, known);
  for (const step of life.steps) await player.step(step);
}

class Player {
  readonly #at: FuzzWorld;
  readonly #life: Life;
  readonly #known: Known;
  readonly #sent: Uint8Array[] = [];
  #maxMsgSize = { largest: 0, smallest: Infinity };

  constructor(at: FuzzWorld, life: Life, known: Known) {
    this.#at = at;
    this.#life = life;
    this.#known = known;
  }

  async step(step: Step): Promise<void> {
    const { raw } = this.#known;
    const base = this.#at.world.server.url;
    if (step.fresh === true) raw.newSession();
    raw.msgId += step.number ?? 1;
    const bytes = this.#bytes(step);
    this.#sent.push(bytes);
    const url = step.address === undefined ? raw.url : step.address === 'base' ? base : `${base}?s=${'0'.repeat(32)}`;
    const before = process.threadCpuUsage();
    const posts = await Promise.all(
      Array.from({ length: step.twice === true ? 2 : 1 }, () => raw.post(bytes, url, contentTypeOf(raw.encoding))),
    );
    const [reply, twin] = posts;
    if (twin !== undefined && reply !== undefined && reply.status === 200 && twin.status === 200) this.#expectAlike(reply, twin);
    this.#expectSoon(process.threadCpuUsage(before), bytes.length);
    // First, since it says more than the answer does.
    this.#expectNoFaults();
    for (const post of posts) this.#judge(bytes, post);
  }

  #bytes(step: Step): Uint8Array {
    const { raw } = this.#known;
    const before = step.again === undefined ? undefined : this.#sent.at(-step.again);
    if (before !== undefined) return before;
    const cred = step.cred === 'wrong' ? basic(raw.user, 'wrong') : step.cred;
    const commands = saying(this.#known, step.say);
    const plain = raw.bytes({ commands, final: step.open !== true, ...(cred === undefined ? {} : { cred }) });
    const document = raw.encoding === 'xml' ? decodeXml(plain) : decodeWbxml(plain);
    const root = damage(withMaxMsgSize(document.root, this.#life.maxMsgSize), step.damages ?? []);
    const bytes = this.#encode({ ...document, root }) ?? plain;
    const cut = bytes.slice(0, step.cut === undefined ? bytes.length : Math.floor((bytes.length * step.cut) / 100));
    for (const bit of step.flips ?? []) cut[(bit >> 3) % cut.length] = (cut[(bit >> 3) % cut.length] ?? 0) ^ (1 << (bit & 7));
    return cut;
  }

  /** Undefined for damage that the encoding cannot hold. */
  #encode(document: Document): Uint8Array | undefined {
    try {
      return this.#known.raw.encoding === 'xml' ? encodeXml(document) : encodeWbxml(document);
    } catch {
      return undefined;
    }
  }

  #judge(request: Uint8Array, reply: RawReply): void {
    const { raw } = this.#known;
    this.#announce(request);
    const { status, contentType, body } = reply;
    const { encoding } = raw;
    const maxMsgSize = this.#maxMsgSize;
    const message = checkExchange({ request, encoding, status, contentType, body, maxMsgSize, profile: this.#life.profile });
    if (message === undefined) return;
    this.#follow(message);
    learn(this.#known, message);
  }

  /** Of all messages: damage may have made sessions of some that no other message belongs to. */
  #announce(request: Uint8Array): void {
    try {
      const announced = decodeMessage(request, this.#known.raw.encoding).header.meta?.maxMsgSize;
      const { largest, smallest } = this.#maxMsgSize;
      this.#maxMsgSize = { largest: Math.max(largest, announced ?? Infinity), smallest: Math.min(smallest, announced ?? Infinity) };
    } catch {
      // It was refused as a whole.
    }
  }

  #follow({ header }: Message): void {
    const { raw } = this.#known;
    if (header.respUri === undefined) return;
    if (!header.respUri.startsWith(this.#at.world.server.url)) throw new Finding('the session goes on at another address', header.respUri);
    raw.url = header.respUri;
  }

  /** In time of the processor, of which other programs take nothing. Most of a small message's is that of looking at the mailbox. */
  #expectSoon({ user, system }: NodeJS.CpuUsage, length: number): void {
    const ms = (user + system) / 1_000;
    const allowed = mostMs + (mostMsPerKilobyte * length) / 1_024;
    if (ms > allowed)
      throw new Finding('an answer takes too long', `${Math.round(ms)} ms for ${length} bytes, ${Math.round(allowed)} allowed`);
  }

  #expectAlike(reply: RawReply, twin: RawReply): void {
    if (!Buffer.from(reply.body).equals(twin.body) && !this.#isRefused(reply))
      throw new Finding('a message that came twice got two answers');
  }

  /** A challenge is made anew each time. */
  #isRefused({ body }: RawReply): boolean {
    const message = decodeMessage(body, this.#known.raw.encoding);
    return message.commands.some((command) => command.name === 'Status' && command.cmd === 'SyncHdr' && Number(command.data) >= 300);
  }

  #expectNoFaults(): void {
    const [fault] = this.#at.faults();
    if (fault !== undefined)
      throw new Finding(`the server failed: ${fault.split('\n', 1)[0] ?? ''} ${/packages\/(\S+?\.ts):\d+/.exec(fault)?.[1] ?? ''}`, fault);
  }
}

function withMaxMsgSize(element: Element, size: number): Element {
  if (element.name === 'MaxMsgSize') return { ...element, content: [String(size)] };
  return {
    ...element,
    content: element.content.map((piece) =>
      typeof piece === 'string' || piece instanceof Uint8Array ? piece : withMaxMsgSize(piece, size),
    ),
  };
}
