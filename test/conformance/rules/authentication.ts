// Authentication: what is asked for, the formulas, nonces, and what a log-in is good for.
import { createHash } from 'node:crypto';
import { decodeXml, encodeWbxml, isElement, textOf, type Element } from '@packetboat/wbxml';
import { expect } from 'vitest';
import { letter } from '../../scenarios/support/clients.ts';
import { password } from '../../support/world.ts';
import { carry, type Received } from '../support/carry.ts';
import { basic, credential, Hand } from '../support/hand.ts';
import { both, every, only10, only12, since11, type Group, type Rule } from '../support/rule.ts';
import { alert, email, emailType, put, status, sync } from '../support/words.ts';
import { authenticationClient } from './authentication-client.ts';

const asks = (next = '1'): string => alert(201, { next });

function hash(text: string): Buffer {
  return createHash('md5').update(text).digest();
}

/** MD5 of 1.1 and 1.2: B64(H(B64(H(user:password)):nonce)). */
export function md5(user: string, secret: string, nonce: Uint8Array): string {
  const inner = hash(`${user}:${secret}`).toString('base64');
  return credential('syncml:auth-md5', createHash('md5').update(`${inner}:`).update(nonce).digest('base64'));
}

function nonceOf(answer: Received): Uint8Array {
  return answer.statuses('SyncHdr')[0]?.chal?.meta.nextNonce ?? new Uint8Array();
}

/** The same message with the digest of its Cred as bytes. */
function raw(node: Element): Element {
  const content = node.content.map((each) => {
    if (!isElement(each)) return each;
    return node.name === 'Cred' && each.name === 'Data' ? { ...each, content: [Buffer.from(textOf(each), 'base64')] } : raw(each);
  });
  return { ...node, content };
}

const challenges: readonly Rule[] = [
  {
    id: 'AUTH-01',
    from: ['P', 'Authentication, Server Challenge'],
    text: 'A message without Cred is answered with 407 and a Chal, and so is each command in it.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const answer = await new Hand(stage).say(`${asks()}${sync()}`, { cred: ' ' });
      expect(answer.all('Status').map((each) => `${each.cmd} ${each.data}`)).toEqual(['SyncHdr 407', 'Alert 407', 'Sync 407']);
      expect(answer.statuses('SyncHdr')[0]?.chal).toBeDefined();
    },
  },
  {
    id: 'AUTH-02',
    from: ['P', 'Authentication, Server Challenge'],
    text: 'A message with a wrong Cred is answered with 401 and a Chal.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const answer = await new Hand(stage).say(asks(), { cred: basic('alice', 'wrong') });
      expect(answer.codes('SyncHdr')).toEqual(['401']);
      expect(answer.statuses('SyncHdr')[0]?.chal).toBeDefined();
    },
  },
  {
    id: 'AUTH-03',
    from: ['P', 'Authentication, Server Challenge'],
    text: 'Nobody can tell from the answer whether there is a user of that name.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const known = await hand.say(asks(), { cred: basic('alice', 'wrong') });
      const unknown = await hand.say(asks(), { cred: basic('nobody', 'wrong'), locName: 'nobody' });
      expect(unknown.codes('SyncHdr')).toEqual(known.codes('SyncHdr'));
      expect(unknown.statuses('SyncHdr')[0]?.chal?.meta.type).toBe(known.statuses('SyncHdr')[0]?.chal?.meta.type);
    },
  },
  {
    id: 'AUTH-04',
    from: ['R', 'Chal'],
    text: 'A challenge for Basic has Type and Format, and no nonce.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const answer = await new Hand(stage).say(asks(), { cred: basic('alice', 'wrong') });
      const meta = answer.statuses('SyncHdr')[0]?.chal?.meta;
      expect(meta).toEqual({ type: 'syncml:auth-basic', format: 'b64' });
    },
  },
  {
    id: 'AUTH-05',
    from: ['R', 'Chal; MetaInfo, NextNonce'],
    text: 'A challenge for MD5 has Type, Format b64 and a NextNonce of at least 16 bytes in base64.',
    versions: since11,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const answer = await new Hand(stage).say(asks(), { cred: ' ' });
      const meta = answer.statuses('SyncHdr')[0]?.chal?.meta;
      expect(meta).toMatchObject({ type: 'syncml:auth-md5', format: 'b64' });
      expect(meta?.nextNonce?.length).toBeGreaterThanOrEqual(16);
    },
  },
  {
    id: 'AUTH-06',
    from: ['P', 'Authentication'],
    text: 'Nothing is executed for who is not logged in.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const add = put('Add', 'x', email({}, new TextDecoder().decode(letter(stage.name))), emailType, { parent: hand.folder('drafts') });
      await hand.say(`${alert(200, { last: 'run-1', next: '2' })}${sync(add)}`, { cred: ' ' });
      await stage.world.settle();
      const box = stage.world.mailbox();
      for (const folder of await box.folders())
        if (folder.selectable) expect(await box.find(folder.path, `<${stage.name}@sender.test>`)).toEqual([]);
    },
  },
  {
    id: 'AUTH-07',
    from: ['P', 'Authentication examples'],
    text: 'After a challenge the message is said again in the same session, with the next MsgID.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const challenge = await hand.say(asks(), { cred: ' ' });
      const answer = await hand.say(asks(), { cred: md5('alice', password, nonceOf(challenge)) });
      expect(answer.header.sessionId).toBe(challenge.header.sessionId);
      expect(answer.codes('SyncHdr')).toEqual(['212']);
      expect(answer.codes('Alert')).toEqual(['200']);
    },
  },
  {
    id: 'AUTH-08',
    from: ['R', 'Status codes 401, 406'],
    text: 'A Cred of an unknown type is refused with 406 that names the type.',
    versions: only12,
    role: 'server',
    notHeld: 'It is answered like every Cred that does not hold, with 401 and a challenge of a type that is taken.',
    check: async (stage) => {
      const answer = await new Hand(stage).say(asks(), { cred: credential('syncml:auth-rot13', 'abc') });
      expect(answer.codes('SyncHdr')).toEqual(['401']);
      expect(answer.statuses('SyncHdr')[0]?.chal?.meta.type).toBe('syncml:auth-md5');
    },
  },
  {
    id: 'AUTH-09',
    from: ['R', 'Cred, Format'],
    text: 'A Cred with a Format that does not exist is refused with 415.',
    versions: only12,
    role: 'server',
    notHeld: 'Format is not looked at: devices name it wrongly, and a digest tells by itself how it is written.',
    check: async (stage) => {
      const wrong = basic('alice', password).replace('>b64<', '>rot13<');
      expect((await new Hand(stage).say(asks(), { cred: wrong })).codes('SyncHdr')).toEqual(['212']);
    },
  },
];

const logIns: readonly Rule[] = [
  {
    id: 'AUTH-10',
    from: ['R', 'Cred: syncml:auth-basic'],
    text: 'Basic is B64(user:password); a log-in for the session is answered with 212.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const answer = await new Hand(stage).say(asks(), { cred: basic('alice', password) });
      expect(answer.codes('SyncHdr')).toEqual(['212']);
    },
  },
  {
    id: 'AUTH-11',
    from: ['R', 'Cred: syncml:auth-md5'],
    text: 'MD5 is B64(H(B64(H(user:password)):nonce)); its 212 brings the nonce of the next session.',
    versions: since11,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = new Hand(stage);
      const challenge = await hand.say(asks(), { cred: ' ' });
      const first = await hand.say(asks(), { cred: md5('alice', password, nonceOf(challenge)) });
      expect(first.codes('SyncHdr')).toEqual(['212']);
      hand.newSession();
      const second = await hand.say(asks('2'), { cred: md5('alice', password, nonceOf(first)) });
      expect(second.codes('SyncHdr')).toEqual(['212']);
      expect(nonceOf(second)).not.toEqual(nonceOf(first));
    },
  },
  {
    id: 'AUTH-12',
    from: ['R', 'Cred: syncml:auth-md5'],
    text: 'In 1.0 MD5 is B64(H(user:password:nonce)).',
    versions: only10,
    role: 'server',
    notHeld: 'It needs the password itself, and only a hash of it is kept; a device of 1.0 is asked for Basic.',
    check: async (stage) => {
      const digest = hash(`alice:${password}:`).toString('base64');
      const answer = await new Hand(stage).say(asks(), { cred: credential('syncml:auth-md5', digest) });
      expect(answer.codes('SyncHdr')).toEqual(['401']);
      expect(answer.statuses('SyncHdr')[0]?.chal?.meta).toEqual({ type: 'syncml:auth-basic', format: 'b64' });
    },
  },
  {
    id: 'AUTH-13',
    from: ['R', 'Cred: syncml:auth-md5'],
    text: 'A digest over an empty nonce, from a device that has none yet, is answered with a nonce.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const challenge = await hand.say(asks(), { cred: md5('alice', password, new Uint8Array()) });
      expect(challenge.codes('SyncHdr')).toEqual(['401']);
      const answer = await hand.say(asks(), { cred: md5('alice', password, nonceOf(challenge)) });
      expect(answer.codes('SyncHdr')).toEqual(['212']);
    },
  },
  {
    id: 'AUTH-14',
    from: ['P', 'Authentication, Server Challenge'],
    text: 'A digest over a nonce that does not hold is challenged with a fresh one, and holds with that.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const challenge = await hand.say(asks('9'), { cred: md5('alice', password, Buffer.from('another nonce')) });
      expect(challenge.codes('SyncHdr')).toEqual(['401']);
      const answer = await hand.say(asks('9'), { cred: md5('alice', password, nonceOf(challenge)) });
      expect(answer.codes('SyncHdr')).toEqual(['212']);
    },
  },
  {
    id: 'AUTH-15',
    from: ['R', 'Source, LocName'],
    text: 'MD5 needs the user name in LocName: without it the log-in does not hold.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const nonce = nonceOf(await hand.say(asks(), { cred: ' ' }));
      hand.msgId += 1;
      const text = hand.write(asks(), { cred: md5('alice', password, nonce) }).replace('<LocName>alice</LocName>', '');
      expect((await hand.post(carry(text, hand.encoding))).codes('SyncHdr')).toEqual(['401']);
    },
  },
  {
    id: 'AUTH-16',
    from: ['R', 'Cred, Format'],
    text: 'In WBXML the digest may come as its 16 bytes (OPAQUE) as well as in base64.',
    versions: since11,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      const hand = new Hand(stage);
      const nonce = nonceOf(await hand.say(asks(), { cred: ' ' }));
      hand.msgId += 1;
      const document = decodeXml(new TextEncoder().encode(hand.write(asks(), { cred: md5('alice', password, nonce) })));
      const answer = await hand.post(encodeWbxml({ ...document, root: raw(document.root) }));
      expect(answer.codes('SyncHdr')).toEqual(['212']);
    },
  },
  {
    id: 'AUTH-17',
    from: ['P', 'Authentication'],
    text: 'A session that is logged in (212) needs no Cred in its later messages.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      const answer = await hand.say(sync(), { cred: ' ' });
      expect(answer.codes('SyncHdr')).toEqual(['200']);
      expect(answer.codes('Sync')).toEqual(['200']);
    },
  },
  {
    id: 'AUTH-18',
    from: ['P', 'Authentication'],
    text: 'A device that does not follow RespURI goes on in its session with a Cred in each message, answered with 200.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      const answer = await hand.say(sync(), { url: stage.world.server.url, cred: basic('alice', password) });
      expect(answer.codes('SyncHdr')).toEqual(['200']);
      expect(answer.codes('Sync')).toEqual(['200']);
    },
  },
  {
    id: 'AUTH-19',
    from: ['P', 'Authentication'],
    text: 'A Cred in a later message of a session that is logged in does no harm.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      expect((await hand.say(sync(), { cred: basic('alice', password) })).codes('Sync')).toEqual(['200']);
    },
  },
  {
    id: 'AUTH-20',
    from: ['P', 'Authentication'],
    text: 'The address of a session is good for its own device and SessionID only.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      expect((await hand.say(sync(), { cred: ' ', source: 'another-device' })).codes('SyncHdr')).toEqual(['407']);
      expect((await hand.say(sync(), { cred: ' ', sessionId: '77' })).codes('SyncHdr')).toEqual(['407']);
    },
  },
  {
    id: 'AUTH-21',
    from: ['P', 'Authorization'],
    text: 'Who is logged in reaches the own mail alone.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage, { user: 'bob' }).inStep();
      expect(hand.luids('first')).toEqual([]);
    },
  },
  {
    id: 'AUTH-22',
    from: ['P', 'Authentication of the server by the client'],
    text: 'A server that the device challenges (407 with Chal for its header) logs in with a Cred of its own.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const opening = await hand.open(201, { next: '1' });
      const nonce = "<NextNonce xmlns='syncml:metinf'>Tm9uY2U=</NextNonce>";
      const meta = `<Meta><Type xmlns='syncml:metinf'>syncml:auth-md5</Type><Format xmlns='syncml:metinf'>b64</Format>${nonce}</Meta>`;
      const answer = await hand.say(`${status(opening.header.msgId, '0', 'SyncHdr', 407, `<Chal>${meta}</Chal>`)}${sync()}`);
      expect(answer.header.source.locName).toBe('Bruce2');
      expect(answer.header.cred?.data).toEqual({ kind: 'text', text: 'Zz6EivR3yeaaENcRN6lpAQ==' });
    },
  },
  {
    id: 'AUTH-23',
    from: ['P', 'Authentication at database level'],
    text: 'A Cred at an Alert is checked for that datastore.',
    versions: only12,
    role: 'server',
    notHeld: 'A log-in is for the person, with all datastores; a Cred at a command is not looked at.',
    check: async (stage) => {
      const answer = await new Hand(stage).say(asks().replace('<CmdID/>', `<CmdID/>${basic('alice', 'wrong')}`));
      expect(answer.codes('Alert')).toEqual(['200']);
    },
  },
  {
    id: 'AUTH-24',
    from: ['H', 'x-syncml-hmac'],
    text: 'A message may be authenticated by its MAC in an HTTP header (syncml:auth-MAC); a wrong one is challenged for another.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const say = async (mac: (body: Uint8Array) => string): Promise<Received> => {
        hand.msgId += 1;
        const body = carry(hand.write(asks(), { cred: ' ' }), stage.encoding);
        return hand.post(body, hand.url, undefined, { 'x-syncml-hmac': `algorithm=MD5, username="alice", mac=${mac(body)}` });
      };
      const wrong = await say(() => 'AAAAAAAAAAAAAAAAAAAAAA==');
      expect(wrong.codes('SyncHdr')).toEqual(['401']);
      const secret = hash(`alice:${password}`).toString('base64');
      const right = await say((body) =>
        createHash('md5')
          .update(`${secret}:`)
          .update(nonceOf(wrong))
          .update(`:${createHash('md5').update(body).digest('base64')}`)
          .digest('base64'),
      );
      expect(right.codes('SyncHdr')).toEqual(['200']);
      expect(right.codes('Alert')).toEqual(['200']);
    },
  },
];

export const authentication: Group = {
  key: 'AUTH',
  title: 'Authentication',
  world: { config: { serverLogin: { name: 'Bruce2', password: { variable: 'SERVER_PASSWORD' } } } },
  rules: [...challenges, ...logIns, ...authenticationClient],
};
