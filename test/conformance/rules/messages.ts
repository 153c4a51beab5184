// Messages and their headers: versions, numbers, addresses, Status for every command, Final, sizes, HTTP.
import { childElements, textOf } from '@packetboat/wbxml';
import { expect } from 'vitest';
import { elementsOf } from '../support/carry.ts';
import { Hand } from '../support/hand.ts';
import { every, only12, type Group, type Rule } from '../support/rule.ts';
import { alert, email, put, remove, sync } from '../support/words.ts';
import { messagesClient } from './messages-client.ts';
import { flow, http } from './messages-flow.ts';

const header: readonly Rule[] = [
  {
    id: 'MSG-01',
    from: ['R', 'VerDTD, VerProto'],
    text: 'An answer is in the version of the message that it answers.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { header: answered, document } = await new Hand(stage).open(201, { next: '1' });
      expect(answered.version).toBe(stage.version);
      expect(answered.unknownVersion).toBeUndefined();
      expect(document.type).toBe(`SyncML ${stage.version}`);
    },
  },
  {
    id: 'MSG-02',
    from: ['R', 'VerDTD'],
    text: 'A VerDTD that is not known is refused with 505.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const answer = await new Hand(stage).say(alert(201, { next: '1' }), { verDtd: '2.7' });
      expect(answer.codes('SyncHdr')).toEqual(['505']);
      expect(answer.codes('Alert')).toEqual(['505']);
      expect(answer.final).toBe(false);
    },
  },
  {
    id: 'MSG-03',
    from: ['R', 'VerProto'],
    text: 'A VerProto that is not known is refused with 513.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const answer = await new Hand(stage).say(alert(201, { next: '1' }), { verProto: 'SyncML/2.7' });
      expect(answer.codes('SyncHdr')).toEqual(['513']);
    },
  },
  {
    id: 'MSG-04',
    from: ['R', 'SessionID'],
    text: 'SessionID is opaque, of any length that phones use, and comes back unchanged.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      for (const sessionId of ['1', '0042', '1147859234', 'a-b_c'])
        expect((await new Hand(stage).say(alert(201, { next: '1' }), { sessionId })).header.sessionId).toBe(sessionId);
    },
  },
  {
    id: 'MSG-05',
    from: ['R', 'MsgID'],
    text: "The server's MsgID begins with 1 in a session and grows by one with each message.",
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const replies = [await hand.open(201, { next: '1' }), ...(await hand.exchange())];
      expect(replies.map((reply) => reply.header.msgId)).toEqual(replies.map((_, at) => String(at + 1)));
    },
  },
  {
    id: 'MSG-06',
    from: ['R', 'Target, Source in SyncHdr'],
    text: "An answer goes to the device's Source and comes from its Target, as it wrote them.",
    versions: every,
    role: 'server',
    check: async (stage) => {
      const answer = await new Hand(stage).say(alert(201, { next: '1' }), { target: 'http://sync.example.test/x', source: stage.name });
      expect(answer.header.target.locUri).toBe(stage.name);
      expect(answer.header.source.locUri).toBe('http://sync.example.test/x');
    },
  },
  {
    id: 'MSG-07',
    from: ['R', 'RespURI'],
    text: 'A RespURI of the device is where the answer is addressed to.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const answer = await new Hand(stage).say(alert(201, { next: '1' }), { more: '<RespURI>phone:back</RespURI>' });
      expect(answer.header.target.locUri).toBe('phone:back');
    },
  },
  {
    id: 'MSG-08',
    from: ['R', 'RespURI'],
    text: 'The RespURI of the server is where the session goes on.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const { respUri } = (await hand.open(201, { next: '1' })).header;
      expect(respUri).toMatch(/^http:\/\/.+\?s=[0-9a-f]{32}$/);
      const answer = await hand.say(sync());
      expect(answer.codes('Sync')).toEqual(['200']);
      expect(answer.header.respUri).toBeUndefined();
    },
  },
  {
    id: 'MSG-09',
    from: ['P', 'Authentication'],
    text: 'A message that is refused gets no RespURI and no Final.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const answer = await new Hand(stage).say(alert(201, { next: '1' }), { cred: ' ' });
      expect(answer.header.respUri).toBeUndefined();
      expect(answer.final).toBe(false);
    },
  },
  {
    id: 'MSG-10',
    from: ['M', 'MaxMsgSize, MaxObjSize'],
    text: 'The server says the largest message and, since 1.1, the largest object that it takes.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { meta } = (await new Hand(stage).open(201, { next: '1' })).header;
      expect(meta?.maxMsgSize).toBeGreaterThanOrEqual(16_384);
      if (stage.version === '1.0') expect(meta?.maxObjSize).toBeUndefined();
      else expect(meta?.maxObjSize).toBeGreaterThanOrEqual(1_000_000);
    },
  },
];

const answers: readonly Rule[] = [
  {
    id: 'MSG-11',
    from: ['R', 'Status'],
    text: "The Status for SyncHdr comes first, with CmdRef 0 and the header's Target and Source as references.",
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const [first] = (await hand.say(alert(201, { next: '1' }), { target: 'http://one.example.test/' })).message.commands;
      expect(first).toMatchObject({
        name: 'Status',
        cmd: 'SyncHdr',
        cmdRef: '0',
        msgRef: '1',
        targetRefs: ['http://one.example.test/'],
        sourceRefs: [hand.deviceId],
      });
    },
  },
  {
    id: 'MSG-12',
    from: ['R', 'Status'],
    text: 'Every command gets a Status, a Sync before the commands in it.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(sync(`${remove('nobody')}${put('Replace', 'nobody', email({ read: true }))}`));
      const statuses = answer.all('Status').filter((each) => each.cmd !== 'SyncHdr');
      expect(statuses.map((each) => `${each.cmdRef} ${each.cmd}`)).toEqual(['1 Sync', '2 Delete', '3 Replace']);
      expect(new Set(statuses.map((each) => each.msgRef))).toEqual(new Set([String(hand.msgId)]));
    },
  },
  {
    id: 'MSG-13',
    from: ['R', 'Status'],
    text: 'Statuses stand in the order of the commands that they answer.',
    versions: every,
    role: 'server',
    notHeld: 'A Put is executed before the Alerts of its message, and a Map before the Syncs, and their Statuses come in that order.',
    check: async (stage) => {
      const hand = new Hand(stage);
      const answer = await hand.say(`${alert(201, { next: '1' })}${hand.introduction}`);
      expect(answer.all('Status').map((each) => each.cmd)).toEqual(['SyncHdr', 'Put', 'Alert']);
    },
  },
  {
    id: 'MSG-14',
    from: ['R', 'CmdID'],
    text: 'No two commands of a message have the same CmdID, and none has 0.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      for (const reply of [await hand.open(201, { next: '1' }), ...(await hand.exchange())]) {
        const ids = elementsOf(reply.document.root, 'CmdID').map((each) => textOf(each));
        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(id).toMatch(/^[1-9]\d*$/);
      }
    },
  },
  {
    id: 'MSG-15',
    from: ['R', 'Status'],
    text: 'A Status gets no Status.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const opening = await hand.open(201, { next: '1' });
      const answer = await hand.say(`${hand.owed(opening)}${sync()}`);
      expect(answer.codes('Status')).toEqual([]);
      expect(answer.all('Status').map((each) => each.cmd)).toEqual(['SyncHdr', 'Sync']);
    },
  },
  {
    id: 'MSG-16',
    from: ['R', 'NoResp'],
    text: 'A command with NoResp is executed and gets no Status.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const silent = remove('nobody').replace('<CmdID/>', '<CmdID/><NoResp/>');
      const answer = await hand.say(sync(`${silent}${remove('nobody-else')}`));
      expect(answer.codes('Delete')).toEqual(['211']);
    },
  },
  {
    id: 'MSG-17',
    from: ['R', 'NoResp in SyncHdr'],
    text: 'A message with NoResp in its header gets a Status for none of its commands.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const answer = await new Hand(stage).say(alert(201, { next: '1' }), { more: '<NoResp/>' });
      expect(answer.all('Status').filter((each) => each.cmd !== 'SyncHdr')).toEqual([]);
    },
  },
  {
    id: 'MSG-18',
    from: ['R', 'NoResp in SyncHdr'],
    text: 'A message with NoResp in its header gets no Status for the header either.',
    versions: every,
    role: 'server',
    notHeld: 'The Status for the header tells the device whether its log-in was taken, so it is always sent.',
    check: async (stage) => {
      const answer = await new Hand(stage).say(alert(201, { next: '1' }), { more: '<NoResp/>' });
      expect(answer.codes('SyncHdr')).toEqual(['212']);
    },
  },
  {
    id: 'MSG-19',
    from: ['R', 'Status'],
    text: 'The children of Status stand as the DTD has them.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const answer = await new Hand(stage).open(201, { next: '1' });
      const order = ['CmdID', 'MsgRef', 'CmdRef', 'Cmd', 'TargetRef', 'SourceRef', 'Cred', 'Chal', 'Data', 'Item'];
      const statuses = answer.body.filter((each) => each.name === 'Status');
      expect(statuses.length).toBeGreaterThan(1);
      for (const each of statuses) {
        const names = childElements(each).map((child) => child.name);
        expect(names).toEqual(names.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
        expect(names.filter((name) => !order.includes(name))).toEqual([]);
      }
    },
  },
  {
    id: 'MSG-20',
    from: ['R', 'SyncHdr'],
    text: 'The children of SyncHdr and of SyncBody stand as the DTD has them.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { document } = await new Hand(stage).open(201, { next: '1' });
      const order = ['VerDTD', 'VerProto', 'SessionID', 'MsgID', 'Target', 'Source', 'RespURI', 'NoResp', 'Cred', 'Meta'];
      const [head, body] = childElements(document.root);
      const names = childElements(head ?? document.root).map((each) => each.name);
      expect(names).toEqual(names.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
      expect(childElements(body ?? document.root).at(-1)?.name).toBe('Final');
    },
  },
];

export const messages: Group = {
  key: 'MSG',
  title: 'Messages and headers',
  rules: [...header, ...answers, ...flow, ...http, ...messagesClient],
};
