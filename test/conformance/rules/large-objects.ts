// Large objects: chunks in both directions, their sizes, and what interrupts them.
import { dataBytes, parseEmail, type Item } from '@packetboat/syncml';
import { decodeXml, encodeWbxml, isElement, type Element } from '@packetboat/wbxml';
import { expect } from 'vitest';
import { letter } from '../../scenarios/support/clients.ts';
import type { Received } from '../support/carry.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { countOf, draft, text } from '../support/mailbox.ts';
import { both, only10, since11, type Group, type Rule, type Stage } from '../support/rule.ts';
import { email, emailType, nextMessage, put, status, sync } from '../support/words.ts';
import { largeObjectsClient } from './large-objects-client.ts';

interface Chunks {
  readonly hand: Hand;
  readonly object: string;
  /** Bytes that the object has on the line. */
  readonly size: number;
  readonly chunk: (part: string, more: { readonly size?: number; readonly end?: boolean; readonly luid?: string }) => string;
}

async function chunks(stage: Stage): Promise<Chunks> {
  const hand = await new Hand(stage).opened();
  const object = email({ read: true }, text(stage.name, 'text '.repeat(400)));
  const parent = hand.folder('drafts');
  return {
    hand,
    object,
    size: Buffer.byteLength(object),
    chunk: (part, { size, end = false, luid = 'large' }) =>
      put('Add', luid, part, emailType, {
        parent,
        more: !end,
        ...(size === undefined ? {} : { meta: `<Size xmlns='syncml:metinf'>${size}</Size>` }),
      }),
  };
}

const asReplace = (said: string): string => said.replace('<Add>', '<Replace>').replace('</Add>', '</Replace>');

const upwards: readonly Rule[] = [
  {
    id: 'LARGE-01',
    from: ['P', 'Large Object Handling (SCR-DS-SERVER-010)'],
    text: 'Each chunk is answered with 213, the last one with the code of the object; the server asks for the rest with Alert 222.',
    versions: since11,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const { hand, object, size, chunk } = await chunks(stage);
      const first = await hand.say(sync(chunk(object.slice(0, 500), { size })), { final: false });
      expect(first.codes('Add')).toEqual(['213']);
      expect(first.all('Alert').map((each) => each.data)).toEqual(['222']);
      const second = await hand.say(sync(chunk(object.slice(500, 1_000), {})), { final: false });
      expect(second.codes('Add')).toEqual(['213']);
      const last = await hand.say(sync(chunk(object.slice(1_000), { end: true })));
      expect(last.codes('Add')).toEqual(['201']);
      expect(await countOf(stage.world, stage.name)).toBe(1);
    },
  },
  {
    id: 'LARGE-02',
    from: ['P', 'Large Object Handling; MetaInfo, Size'],
    text: 'The size may stand in the Meta of the command or of the item.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const { hand, object, size, chunk } = await chunks(stage);
      const first = chunk(object.slice(0, 500), {}).replace('</Type></Meta>', `</Type><Size xmlns='syncml:metinf'>${size}</Size></Meta>`);
      expect((await hand.say(sync(first), { final: false })).codes('Add')).toEqual(['213']);
      expect((await hand.say(sync(chunk(object.slice(500), { end: true })))).codes('Add')).toEqual(['201']);
    },
  },
  {
    id: 'LARGE-03',
    from: ['R', 'Status codes: 411 Size required'],
    text: 'A first chunk without a Size is refused with 411.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const { hand, object, chunk } = await chunks(stage);
      expect((await hand.say(sync(chunk(object.slice(0, 500), {})), { final: false })).codes('Add')).toEqual(['411']);
    },
  },
  {
    id: 'LARGE-04',
    from: ['R', 'Status codes: 416 Requested size too big'],
    text: 'An object larger than our MaxObjSize is refused with 416 at its first chunk.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const { hand, object, chunk } = await chunks(stage);
      const answer = await hand.say(sync(chunk(object.slice(0, 500), { size: 40_000_000 })), { final: false });
      expect(answer.codes('Add')).toEqual(['416']);
    },
  },
  {
    id: 'LARGE-05',
    from: ['R', 'Status codes: 424 Size mismatch'],
    text: 'An object of another size than was said is refused with 424, and nothing of it is kept.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      for (const wrong of [-1, 1]) {
        const { hand, object, size, chunk } = await chunks({ ...stage, name: `${stage.name}${wrong}` });
        await hand.say(sync(chunk(object.slice(0, 500), { size: size + wrong })), { final: false });
        expect((await hand.say(sync(chunk(object.slice(500), { end: true })))).codes('Add')).toEqual(['424']);
        expect(await countOf(stage.world, `${stage.name}${wrong}`)).toBe(0);
      }
    },
  },
  {
    id: 'LARGE-06',
    from: ['P', 'Large Object Handling; Alert code 223'],
    text: 'When another item begins before the end of an object, the server says so with Alert 223 that names it, and goes on.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const { hand, object, size, chunk } = await chunks(stage);
      await hand.say(sync(chunk(object.slice(0, 500), { size })), { final: false });
      const answer = await hand.say(sync(draft(hand, 'other', `${stage.name}-other`)), { final: false });
      expect(answer.codes('Add')).toEqual(['201']);
      const told = answer.all('Alert').find((each) => each.data === '223');
      expect(told?.items[0]?.source?.locUri).toBe('large');
    },
  },
  {
    id: 'LARGE-07',
    from: ['P', 'Large Object Handling'],
    text: 'A chunk that nothing has begun is no whole object: it is refused.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const { hand, object, chunk } = await chunks(stage);
      expect((await hand.say(sync(chunk(object.slice(500), { end: true })))).codes('Add')).toEqual(['400']);
      expect(await countOf(stage.world, stage.name)).toBe(0);
    },
  },
  {
    id: 'LARGE-08',
    from: ['P', 'Large Object Handling'],
    text: 'In WBXML a chunk may be cut within a character.',
    versions: since11,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const object = email({ read: true }, text(stage.name, 'ümläut '.repeat(40)));
      const bytes = Buffer.from(object);
      const cut = bytes.indexOf(0xc3, 400) + 1;
      const parent = hand.folder('drafts');
      const meta = `<Size xmlns='syncml:metinf'>${bytes.length}</Size>`;
      const first = sync(put('Add', 'x', 'FIRST', emailType, { parent, meta, more: true }));
      const second = sync(put('Add', 'x', 'SECOND', emailType, { parent }));
      expect((await sayBytes(hand, first, 'FIRST', bytes.subarray(0, cut), false)).codes('Add')).toEqual(['213']);
      expect((await sayBytes(hand, second, 'SECOND', bytes.subarray(cut), true)).codes('Add')).toEqual(['201']);
      expect(await countOf(stage.world, stage.name)).toBe(1);
    },
  },
  {
    id: 'LARGE-09',
    from: ['P', 'Large Object Handling'],
    text: 'A large object may be a Replace as well as an Add.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const { hand, object, size, chunk } = await chunks(stage);
      await hand.say(sync(asReplace(chunk(object.slice(0, 500), { size }))), { final: false });
      const answer = await hand.say(sync(asReplace(chunk(object.slice(500), { end: true }))));
      expect(answer.codes('Replace')).toEqual(['201']);
    },
  },
  {
    id: 'LARGE-10',
    from: ['P', 'Large Object Handling'],
    text: 'SyncML 1.0 has no large objects: nothing is sent in chunks, and what does not fit is left out.',
    versions: only10,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name, 'text '.repeat(2_000)));
      const hand = new Hand(stage, { maxMsgSize: 5_000 });
      await hand.open(201, { next: nextOfFirst });
      const replies = await hand.exchange();
      expect(replies.some((reply) => reply.text.includes('MoreData'))).toBe(false);
      expect(hand.luids('first')).toHaveLength(1);
      expect(hand.luids(stage.name)).toEqual([]);
    },
  },
];

/** Sends a message in which the text `mark` stands for bytes. */
async function sayBytes(hand: Hand, commands: string, mark: string, bytes: Uint8Array, final: boolean): Promise<Received> {
  const filled = (node: Element): Element => ({
    ...node,
    content: node.content.map((each) => (isElement(each) ? filled(each) : each === mark ? bytes : each)),
  });
  hand.msgId += 1;
  const document = decodeXml(new TextEncoder().encode(hand.write(commands, { final })));
  return hand.post(encodeWbxml({ ...document, root: filled(document.root) }));
}

/** A device of small messages, in step but for one large mail; the chunks that it is sent. */
async function downloaded(
  stage: Stage,
  words = 'text '.repeat(2_000),
): Promise<{ hand: Hand; replies: readonly Received[]; parts: readonly Item[] }> {
  const hand = await new Hand(stage).inStep();
  hand.take(4_000);
  await stage.world.deliver(letter(stage.name, words));
  await hand.open(200, { last: nextOfFirst, next: '2' });
  const replies = await hand.exchange();
  const parts = replies.flatMap((reply) => reply.changes.flatMap((each) => (each.name === 'Add' ? each.items : [])));
  return { hand, replies, parts };
}

const downwards: readonly Rule[] = [
  {
    id: 'LARGE-11',
    from: ['P', 'Large Object Handling (SCR-DS-SERVER-009, LO-S-005, LO-S-006)'],
    text: 'Size stands in the first chunk alone, MoreData in all but the last; the parts make the object.',
    versions: since11,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const { parts } = await downloaded(stage);
      expect(parts.length).toBeGreaterThan(2);
      expect(parts.map((each) => each.moreData === true)).toEqual(parts.map((_, at) => at < parts.length - 1));
      const bytes = Buffer.concat(parts.map((each) => dataBytes(each.data) ?? new Uint8Array()));
      expect(parts.map((each) => each.meta?.size)).toEqual(parts.map((_, at) => (at === 0 ? bytes.length : undefined)));
      const mail = new TextDecoder().decode(parseEmail(bytes).emailItem);
      expect(mail).toBe(text(stage.name, 'text '.repeat(2_000)));
    },
  },
  {
    id: 'LARGE-12',
    from: ['P', 'Large Object Handling (LO-S-007)'],
    text: 'Each chunk repeats the ids and the Type of its item.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const { replies, parts } = await downloaded(stage);
      expect(new Set(parts.map((each) => each.source?.locUri)).size).toBe(1);
      const types = replies.flatMap((reply) => reply.changes.map((each) => each.meta?.type));
      expect(new Set(types)).toEqual(new Set([emailType]));
    },
  },
  {
    id: 'LARGE-13',
    from: ['P', 'Large Object Handling (LO-S-004)'],
    text: 'A chunk with MoreData is the last command of its message, and the next chunk the first of the next Sync.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(`${stage.name}-a`));
      const { replies } = await downloaded(stage);
      const open = replies.filter((reply) => reply.changes.some((each) => 'items' in each && each.items[0]?.moreData === true));
      expect(open.length).toBeGreaterThan(1);
      for (const reply of open) {
        expect(reply.message.commands.at(-1)?.name).toBe('Sync');
        expect(reply.changes.slice(0, -1).every((each) => 'items' in each && each.items[0]?.moreData !== true)).toBe(true);
        expect(reply.final).toBe(false);
      }
    },
  },
  {
    id: 'LARGE-14',
    from: ['P', 'Large Object Handling'],
    text: 'In XML no chunk ends within a character.',
    versions: since11,
    role: 'server',
    encodings: ['xml'],
    check: async (stage) => {
      const { parts } = await downloaded(stage, 'ümläut '.repeat(1_200));
      expect(parts.length).toBeGreaterThan(2);
      for (const { data } of parts) expect(data?.kind).toBe('text');
    },
  },
  {
    id: 'LARGE-15',
    from: ['M', 'MaxObjSize'],
    text: 'An object larger than the MaxObjSize of the device is not sent; the others are.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name, 'text '.repeat(2_000)));
      const hand = new Hand(stage, { maxObjSize: 8_000, maxMsgSize: 4_000 });
      await hand.open(201, { next: nextOfFirst });
      await hand.exchange();
      expect(hand.luids(stage.name)).toEqual([]);
      expect(hand.luids('first')).toHaveLength(1);
    },
  },
  {
    id: 'LARGE-16',
    from: ['D', 'SupportLargeObjs'],
    text: 'A device that does not take large objects is sent nothing in chunks.',
    versions: since11,
    role: 'server',
    notHeld: 'A MaxObjSize in its header is believed more than a SupportLargeObjs that is missing.',
    check: async (stage) => {
      const hand = await new Hand(stage, { devInf: { largeObjects: false } }).inStep();
      hand.take(4_000);
      await stage.world.deliver(letter(stage.name, 'text '.repeat(2_000)));
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const replies = await hand.exchange();
      expect(replies.some((reply) => reply.text.includes('MoreData') || reply.changes.some(hasMore))).toBe(true);
    },
  },
  {
    id: 'LARGE-17',
    from: ['P', 'Large Object Handling'],
    text: 'A device that refuses a chunk gets no more of that object; the session goes on.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      hand.take(4_000);
      await stage.world.deliver(letter(stage.name, 'text '.repeat(2_000)));
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const first = await hand.say(sync());
      expect(first.changes.some(hasMore)).toBe(true);
      const next = await hand.say(`${hand.answers(first, () => 416)}${nextMessage}`);
      expect(next.changes).toEqual([]);
      expect(next.final).toBe(true);
    },
  },
  {
    id: 'LARGE-18',
    from: ['P', 'Large Object Handling; Alert code 223'],
    text: 'An object whose end did not come (Alert 223 of the device) is sent again in a later session.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      hand.take(4_000);
      await stage.world.deliver(letter(stage.name, 'text '.repeat(2_000)));
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const first = await hand.say(sync());
      const answer = await hand.say(`${status(first.header.msgId, '0', 'SyncHdr', 200)}${nextMessage.replace('222', '223')}${nextMessage}`);
      expect(answer.codes('Alert')).toEqual(['200', '200']);
      hand.newSession();
      await hand.open(200, { last: nextOfFirst, next: '3' });
      expect((await hand.say(sync())).changes.some(hasMore)).toBe(true);
    },
  },
  {
    id: 'LARGE-19',
    from: ['P', 'Large Object Handling; Multiple Messages in Package'],
    text: 'An object that nearly fills a message is sent, whole or in chunks.',
    versions: since11,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      hand.take(4_000);
      const sizes = Array.from({ length: 8 }, (_, at) => 2_450 + at * 100);
      for (const size of sizes) await stage.world.deliver(letter(`${stage.name}-${size}`, 'x'.repeat(size)));
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const replies = await hand.exchange();
      const done = replies.flatMap((reply) => reply.changes.flatMap((each) => ('items' in each ? each.items : [])));
      expect(done.filter((each) => each.moreData !== true)).toHaveLength(sizes.length);
    },
  },
];

function hasMore(command: Received['changes'][number]): boolean {
  return 'items' in command && command.items.some((item) => item.moreData === true);
}

export const largeObjects: Group = { key: 'LARGE', title: 'Large objects', rules: [...upwards, ...downwards, ...largeObjectsClient] };
