// Messages on their way: repeats, packages of several messages, sizes, counts, HTTP.
import { expect } from 'vitest';
import { letter } from '../../scenarios/support/clients.ts';
import { startWorld } from '../../support/world.ts';
import { carry } from '../support/carry.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { countOf, text } from '../support/mailbox.ts';
import { every, only10, only12, since11, type Rule } from '../support/rule.ts';
import { alert, email, emailType, nextMessage, put, remove, status, sync } from '../support/words.ts';

export const flow: readonly Rule[] = [
  {
    id: 'MSG-21',
    from: ['P', 'Robustness: MsgID of a repeated message'],
    text: 'A message that comes again gets the same bytes again, and is not executed again.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      hand.msgId += 1;
      const bytes = carry(
        hand.write(sync(put('Add', 'twice', email({ read: true }, text(stage.name)), emailType, { parent: hand.folder('drafts') }))),
        hand.encoding,
      );
      const answer = await hand.post(bytes);
      expect(answer.codes('Add')).toEqual(['201']);
      expect((await hand.post(bytes)).bytes).toEqual(answer.bytes);
      expect(await countOf(stage.world, stage.name)).toBe(1);
    },
  },
  {
    id: 'MSG-22',
    from: ['P', 'Robustness: restarted client'],
    text: 'A first message with a SessionID that was used before begins a session of its own.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      await hand.exchange();
      Object.assign(hand, { msgId: 0, url: stage.world.server.url });
      const again = await hand.open(201, { next: '2' });
      expect(again.header.msgId).toBe('1');
      expect(again.codes('SyncHdr')).toEqual(['212']);
    },
  },
  {
    id: 'MSG-23',
    from: ['P', 'Multiple Messages in Package'],
    text: 'A message without Final is answered without Final, and with Alert 222 when there is nothing else to say.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(sync(remove('nobody')), { final: false });
      expect(answer.final).toBe(false);
      expect(answer.codes('Delete')).toEqual(['211']);
      expect(answer.all('Alert').map((each) => each.data)).toEqual(['222']);
    },
  },
  {
    id: 'MSG-24',
    from: ['P', 'Multiple Messages in Package'],
    text: 'What does not fit into a message goes into the next ones, the last of which has Final; each is asked for with Alert 222.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      for (const name of ['a', 'b', 'c']) await stage.world.deliver(letter(`${stage.name}-${name}`, 'text '.repeat(100)));
      const hand = new Hand(stage, { maxMsgSize: 2_500 });
      await hand.open(201, { next: '1' });
      const replies = await hand.exchange();
      const sending = replies.filter((reply) => reply.syncs.length > 0);
      expect(sending.length).toBeGreaterThan(2);
      expect(sending.map((reply) => reply.final)).toEqual(sending.map((_, at) => at === sending.length - 1));
      expect(hand.luids(`${stage.name}-c`)).toHaveLength(1);
    },
  },
  {
    id: 'MSG-25',
    from: ['M', 'MaxMsgSize'],
    text: 'No message is larger than the MaxMsgSize of the device.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage, { maxMsgSize: 2_500 });
      const replies = [await hand.open(201, { next: '1' }), ...(await hand.exchange())];
      expect(replies.length).toBeGreaterThan(3);
      for (const reply of replies) expect(reply.bytes.length).toBeLessThanOrEqual(2_500);
    },
  },
  {
    id: 'MSG-26',
    from: ['P', 'Multiple Messages in Package'],
    text: 'An Alert 222 is answered with 200 and the rest of the package.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage, { maxMsgSize: 2_500 });
      await hand.open(201, { next: '1' });
      const first = await hand.say(sync());
      expect(first.final).toBe(false);
      const answer = await hand.say(`${status(first.header.msgId, '0', 'SyncHdr', 200)}${nextMessage}`);
      expect(answer.codes('Alert')).toEqual(['200']);
      expect(answer.changes.length).toBeGreaterThan(0);
    },
  },
  {
    id: 'MSG-27',
    from: ['P', 'Two-way Sync, Server Modifications to the Client'],
    text: 'Package #4 has a Sync for the datastore even when the server has nothing to send.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(sync());
      expect(answer.syncs.map((each) => each.commands)).toEqual([[]]);
      expect(answer.final).toBe(true);
    },
  },
  {
    id: 'MSG-28',
    from: ['R', 'NumberOfChanges'],
    text: 'A device that takes NumberOfChanges is told how many changes will come; others are not told.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      for (const numberOfChanges of [true, false]) {
        const hand = await new Hand(stage, { deviceId: `${stage.name}-${numberOfChanges}`, devInf: { numberOfChanges } }).inStep();
        await stage.world.deliver(letter(`${stage.name}-${numberOfChanges}`));
        await hand.open(200, { last: nextOfFirst, next: '2' });
        const answer = await hand.say(sync());
        expect(answer.changes.map((each) => each.name)).toEqual(['Add']);
        expect(answer.syncs[0]?.numberOfChanges).toBe(numberOfChanges ? 1 : undefined);
      }
    },
  },
  {
    id: 'MSG-29',
    from: ['R', 'NumberOfChanges'],
    text: 'SyncML 1.0 has no NumberOfChanges: none is sent.',
    versions: only10,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await stage.world.deliver(letter(stage.name));
      await hand.open(200, { last: nextOfFirst, next: '2' });
      expect((await hand.say(sync())).syncs[0]?.numberOfChanges).toBeUndefined();
    },
  },
  {
    id: 'MSG-30',
    from: ['P', 'Busy Signaling'],
    text: 'A server that cannot answer now says so with Status 101 for the header.',
    versions: only12,
    role: 'server',
    encodings: ['wbxml'],
    notHeld: 'A mailbox that cannot be read yet is answered with HTTP 503 and Retry-After; the device says the same message again.',
    check: async () => {
      const imap = { host: '127.0.0.1', port: 1, security: 'none', user: 'alice' } as const;
      const smtp = { host: '127.0.0.1', port: 1, security: 'none' } as const;
      const world = await startWorld({ accounts: [{ name: 'away', address: 'alice@example.test', aliases: [], imap, smtp }] });
      try {
        const answer = await new Hand({ world, version: '1.2', encoding: 'wbxml', name: 'busy' }).open(201, { next: '1' });
        expect(answer.status).toBe(503);
        expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      } finally {
        await world.close();
      }
    },
  },
];

export const http: readonly Rule[] = [
  {
    id: 'MSG-31',
    from: ['H', 'Content-Type, Content-Length'],
    text: 'An answer has the media type of the message, and a Content-Length.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { headers, bytes } = await new Hand(stage).open(201, { next: '1' });
      expect(headers.get('content-type')?.split(';')[0]).toBe(`application/vnd.syncml+${stage.encoding}`);
      expect(headers.get('content-length')).toBe(String(bytes.length));
      expect(headers.get('transfer-encoding')).toBeNull();
    },
  },
  {
    id: 'MSG-32',
    from: ['H', 'Content-Type'],
    text: 'Parameters and case of the media type do not matter.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      hand.msgId = 1;
      const bytes = carry(hand.write(alert(201, { next: '1' })), stage.encoding);
      const answer = await hand.post(bytes, hand.url, `Application/VND.SyncML+${stage.encoding}; charset=UTF-8`);
      expect(answer.codes('SyncHdr')).toEqual(['212']);
    },
  },
  {
    id: 'MSG-33',
    from: ['H', 'Content-Type'],
    text: 'Another media type is refused by HTTP, and so is what is no message.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      expect((await hand.post(new Uint8Array([1]), hand.url, 'text/plain')).status).toBe(415);
      expect((await hand.post(new Uint8Array([1, 2, 3]))).status).toBe(400);
      const lacking = hand.write('').replace(/<SessionID>.*<\/SessionID>/, '');
      expect((await hand.post(carry(lacking, stage.encoding))).status).toBe(400);
    },
  },
  {
    id: 'MSG-34',
    from: ['H', 'HTTP status codes'],
    text: 'A log-in that fails is told in a Status, never by HTTP 401.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const answer = await new Hand(stage).say(alert(201, { next: '1' }), { cred: ' ' });
      expect(answer.status).toBe(200);
      expect(answer.codes('SyncHdr')).toEqual(['407']);
    },
  },
];
