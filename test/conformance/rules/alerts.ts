// Alerts and sync types: who sends what in each, and what an Alert is answered with.
import { expect } from 'vitest';
import { letter } from '../../scenarios/support/clients.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { countOf, draft, text } from '../support/mailbox.ts';
import { before12, both, every, type Group, type Rule } from '../support/rule.ts';
import { alert, email, emailType, nextMessage, put, sync } from '../support/words.ts';
import { alertsClient } from './alerts-client.ts';

const types: readonly Rule[] = [
  {
    id: 'ALERT-01',
    from: ['P', 'Two-way Sync (SCR-DS-SERVER-001)'],
    text: 'Two-way (200): the changes of the device are executed, and those of the server sent.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await stage.world.deliver(letter(stage.name));
      const opening = await hand.open(200, { last: nextOfFirst, next: '2' });
      expect(opening.codes('Alert')).toEqual(['200']);
      expect(opening.alert()?.code).toBe(200);
      const answer = await hand.say(sync(draft(hand, 'd', `${stage.name}-draft`)));
      expect(answer.codes('Add')).toEqual(['201']);
      expect(answer.changes.map((each) => each.name)).toEqual(['Add']);
    },
  },
  {
    id: 'ALERT-02',
    from: ['P', 'Slow Sync (SCR-DS-SERVER-002)'],
    text: 'Slow (201): everything is compared, what both sides have is not sent, what one lacks it gets.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await stage.world.deliver(letter(stage.name));
      const opening = await hand.open(201, { next: '2' });
      expect(opening.codes('Alert')).toEqual(['200']);
      expect(opening.alert()?.code).toBe(201);
      const inbox = hand.folder('inbox');
      const drafts = hand.folder('drafts');
      const known = [...hand.held.values()].map(({ luid, type, parent, bytes }) =>
        put('Replace', luid, new TextDecoder().decode(bytes), type, { parent: parent ?? inbox }),
      );
      const own = put('Replace', 'own', email({ read: true }, text(`${stage.name}-own`)), emailType, { parent: drafts });
      const answer = await hand.say(sync(`${known.join('')}${own}`));
      expect(answer.changes.map((each) => each.name)).toEqual(['Add']);
      expect(await countOf(stage.world, `${stage.name}-own`)).toBe(1);
    },
  },
  {
    id: 'ALERT-03',
    from: ['P', 'One-Way Sync from Client Only (SCR-DS-SERVER-003)'],
    text: 'One-way from the client (202): its changes are executed, and nothing is sent to it.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await stage.world.deliver(letter(stage.name));
      const opening = await hand.open(202, { last: nextOfFirst, next: '2' });
      expect(opening.alert()?.code).toBe(202);
      const answer = await hand.say(sync(draft(hand, 'd', `${stage.name}-draft`)));
      expect(answer.codes('Add')).toEqual(['201']);
      expect(answer.changes).toEqual([]);
      expect(answer.final).toBe(true);
    },
  },
  {
    id: 'ALERT-04',
    from: ['P', 'Refresh Sync from Client Only (SCR-DS-SERVER-004)'],
    text: 'Refresh from the client (203): what the server has is replaced by what the client has.',
    versions: every,
    role: 'server',
    notHeld: 'Refused with 406 and a reason in words: it would empty a mailbox. It is not announced either.',
    check: async (stage) => {
      const opening = await new Hand(stage).open(203, { next: '1' });
      expect(opening.codes('Alert')).toEqual(['406']);
      expect(opening.statuses('Alert')[0]?.items[0]?.data).toMatchObject({ kind: 'text', text: expect.stringContaining('empty') });
      expect(opening.alert()).toBeUndefined();
    },
  },
  {
    id: 'ALERT-05',
    from: ['P', 'One-Way Sync from Server Only (SCR-DS-SERVER-005)'],
    text: 'One-way from the server (204): its changes are sent, and none of the client is executed.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await stage.world.deliver(letter(stage.name));
      const opening = await hand.open(204, { last: nextOfFirst, next: '2' });
      expect(opening.alert()?.code).toBe(204);
      const answer = await hand.say(sync(draft(hand, 'd', `${stage.name}-draft`)));
      expect(answer.codes('Add')).toEqual(['215']);
      expect(answer.changes.map((each) => each.name)).toEqual(['Add']);
      expect(await countOf(stage.world, `${stage.name}-draft`)).toBe(0);
    },
  },
  {
    id: 'ALERT-06',
    from: ['P', 'Refresh Sync from Server Only (SCR-DS-SERVER-006)'],
    text: 'Refresh from the server (205): everything is sent, as Add.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const before = hand.held.size;
      const opening = await hand.open(205, { last: nextOfFirst, next: '2' });
      expect(opening.alert()?.code).toBe(205);
      const replies = await hand.exchange();
      const names = replies.flatMap((reply) => reply.changes.map((each) => each.name));
      expect(names).toEqual(names.map(() => 'Add'));
      expect(names.length).toBeGreaterThanOrEqual(before);
    },
  },
  {
    id: 'ALERT-07',
    from: ['P', 'Sync without Separate Initialization (SCR-DS-SERVER-008)'],
    text: 'Alert and Sync may come in one message, and are answered in one.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await stage.world.deliver(letter(stage.name));
      const changes = sync(draft(hand, 'd', `${stage.name}-draft`));
      const answer = await hand.say(`${alert(200, { last: nextOfFirst, next: '2' })}${changes}`);
      expect(answer.codes('Add')).toEqual(['201']);
      expect(answer.alert()?.code).toBe(200);
      expect(answer.changes.map((each) => each.name)).toEqual(['Add']);
      expect(answer.final).toBe(true);
    },
  },
  {
    id: 'ALERT-08',
    from: ['P', 'Sync without Separate Initialization, Robustness'],
    text: 'When the Alert of such a message fails, nothing of its Sync is executed.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const changes = sync(draft(hand, 'd', `${stage.name}-draft`));
      const answer = await hand.say(`${alert(200, { last: 'no such anchor', next: '2' })}${changes}`);
      expect(answer.codes('Alert')).toEqual(['508']);
      expect(answer.codes('Sync')).toEqual(['508']);
      expect(answer.codes('Add')).toEqual(['215']);
      expect(await countOf(stage.world, `${stage.name}-draft`)).toBe(0);
    },
  },
];

const serverAlerted: readonly Rule[] = [
  {
    id: 'ALERT-09',
    from: ['P', 'Server Alerted Sync'],
    text: 'A client that answers a notification with the code in it (206, 207, 209, 210) gets a sync of that direction.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const codes: [number, number][] = [
        [206, 200],
        [207, 202],
        [209, 204],
        [210, 205],
      ];
      for (const [asked, given] of codes) {
        hand.newSession();
        const opening = await hand.open(asked, { last: nextOfFirst, next: `n-${asked}` });
        expect(opening.codes('Alert')).toEqual(['200']);
        expect(opening.alert()?.code).toBe(given);
      }
    },
  },
  {
    id: 'ALERT-10',
    from: ['P', 'Server Alerted Sync; Alert codes 206-210'],
    text: 'In a session that is open the server tells of news with an Alert 206-210.',
    versions: every,
    role: 'server',
    notHeld: 'What arrives after the Alert of the device waits for its next session.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      await stage.world.deliver(letter(`${stage.name}-early`));
      await stage.world.settle();
      const fourth = await hand.say(sync());
      await stage.world.deliver(letter(`${stage.name}-late`));
      await stage.world.settle();
      const sixth = await hand.say(hand.answers(fourth));
      expect(sixth.all('Alert')).toEqual([]);
      expect([...hand.luids(`${stage.name}-early`), ...hand.luids(`${stage.name}-late`)]).toEqual([]);
    },
  },
  {
    id: 'ALERT-11',
    from: ['P', 'Server Alerted Sync, Package #0 (SCR-DS-SERVER-007)'],
    text: 'The server wakes a device by Package #0: a binary notification in 1.2, a message with Alert 206-210 before.',
    versions: every,
    role: 'server',
    notHeld: 'There is no bearer yet; the endpoint knows no such media type, and a device learns of news when it syncs.',
    check: async (stage) => {
      const hand = new Hand(stage);
      const answer = await hand.post(Buffer.from('0318', 'hex'), hand.url, 'application/vnd.syncml.ds.notification');
      expect(answer.status).toBe(415);
    },
  },
  {
    id: 'ALERT-12',
    from: ['P', 'Server Alerted Sync; Alert code 208'],
    text: 'A client may answer with a refresh from the client, asked for by the server (208).',
    versions: every,
    role: 'server',
    notHeld: 'As 203: refused with 406, since it would empty a mailbox.',
    check: async (stage) => {
      expect((await new Hand(stage).open(208, { next: '1' })).codes('Alert')).toEqual(['406']);
    },
  },
];

const itemOf = (server: string, client: string): string =>
  `<Item><Target><LocURI>${server}</LocURI></Target><Source><LocURI>${client}</LocURI></Source>` +
  "<Meta><Anchor xmlns='syncml:metinf'><Next>1</Next></Anchor></Meta></Item>";

const others: readonly Rule[] = [
  {
    id: 'ALERT-13',
    from: ['R', 'Alert codes: 100 Display'],
    text: 'An Alert 100, which shows something to the user, is answered with 200.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const show = '<Alert><CmdID/><Data>100</Data><Item><Data>Hello</Data></Item></Alert>';
      expect((await new Hand(stage).say(show)).codes('Alert')).toEqual(['200']);
    },
  },
  {
    id: 'ALERT-14',
    from: ['P', 'Busy Signaling, Result Alert from Client'],
    text: 'An Alert 221 gets the results that a busy server owes.',
    versions: every,
    role: 'server',
    notHeld: 'The server never says that it is busy (101), so it owes none: 406.',
    check: async (stage) => {
      expect((await new Hand(stage).say(nextMessage.replace('222', '221'))).codes('Alert')).toEqual(['406']);
    },
  },
  {
    id: 'ALERT-15',
    from: ['R', 'Alert codes'],
    text: 'An Alert of a code that is not known is refused with 406.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      for (const code of [199, 211, 220, 799, 'x'])
        expect((await new Hand(stage).open(Number(code), { next: '1' })).codes('Alert')).toEqual(['406']);
    },
  },
  {
    id: 'ALERT-16',
    from: ['P', 'Sync Initialization, Error Case Behaviors'],
    text: 'An Alert for a datastore that is not there is refused with 404; the others of the message go on.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const answer = await hand.say(`${alert(200, { next: '1' }, { server: './contacts' })}${alert(201, { next: '1' })}`);
      expect(answer.codes('Alert')).toEqual(['404', '200']);
      expect(answer.all('Alert')).toHaveLength(1);
    },
  },
  {
    id: 'ALERT-17',
    from: ['P', 'Sync Initialization'],
    text: 'An Alert without an Item, or without an Anchor, is incomplete (412).',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const bare = '<Alert><CmdID/><Data>200</Data></Alert>';
      const answer = await new Hand(stage).say(`${bare}${alert(200, null)}`);
      expect(answer.codes('Alert')).toEqual(['412', '412']);
    },
  },
  {
    id: 'ALERT-18',
    from: ['P', 'Sync Initialization'],
    text: "The Status of an Alert repeats the device's Next in Item, Data, Anchor.",
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const opening = await new Hand(stage).open(201, { next: '20260517T123456Z' });
      expect(opening.statuses('Alert')[0]?.items).toEqual([{ data: { kind: 'anchor', anchor: { next: '20260517T123456Z' } } }]);
    },
  },
  {
    id: 'ALERT-19',
    from: ['P', 'Sync Initialization Requirements for Server'],
    text: "The server's Alert names the datastores as the device wrote them, the other way round.",
    versions: every,
    role: 'server',
    check: async (stage) => {
      for (const server of ['./mail', 'mail', '/mail', './mail?']) {
        const hand = new Hand(stage, { deviceId: `${stage.name}-${server}` });
        const opening = await hand.say(alert(201, { next: '1' }, { server, client: 'C:\\Data\\Mail' }));
        const [item] = opening.all('Alert')[0]?.items ?? [];
        expect(item?.target?.locUri).toBe('C:\\Data\\Mail');
        expect(item?.source?.locUri).toBe(server);
      }
    },
  },
  {
    id: 'ALERT-20',
    from: ['P', 'Sync Initialization Requirements for Client'],
    text: 'A session may open several datastores; each has an Alert, anchors and a Sync of its own.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const drafts = { server: './mail/home/Drafts', client: './drafts' };
      const opening = await hand.say(`${hand.introduction}${alert(201, { next: '1' })}${alert(201, { next: '2' }, drafts)}`);
      expect(opening.codes('Alert')).toEqual(['200', '200']);
      const anchors = opening.all('Alert').map((each) => each.items[0]?.source?.locUri);
      expect(anchors).toEqual(['./mail', './mail/home/Drafts']);
      const answer = await hand.say(`${sync()}${sync('', drafts)}`);
      expect(answer.codes('Sync')).toEqual(['200', '200']);
      expect(answer.syncs.map((each) => each.source?.locUri)).toEqual(['./mail', './mail/home/Drafts']);
    },
  },
  {
    id: 'ALERT-21',
    from: ['P', 'Sync Initialization; Status code 403'],
    text: 'An Alert for a datastore that comes behind the initialisation is refused with 403.',
    versions: every,
    role: 'server',
    notHeld: 'It opens the datastore again, with anchors of its own: some clients say their Alert once more.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      await hand.say(sync());
      const answer = await hand.say(alert(200, { last: 'run-2', next: '3' }));
      expect(answer.codes('Alert')).toEqual(['200']);
      expect(answer.alert()?.code).toBe(200);
    },
  },
  {
    id: 'ALERT-22',
    from: ['P', 'Sync Initialization, Error Case Behaviors'],
    text: 'A Sync for a datastore that no Alert has opened is refused, with all that is in it.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const answer = await hand.say(sync(put('Add', 'x', email({}, text(stage.name)))));
      expect(answer.codes('Sync')).toEqual(['404']);
      expect(answer.codes('Add')).toEqual(['215']);
    },
  },
  {
    id: 'ALERT-23',
    from: ['R', 'Alert codes: 223 End of data not received'],
    text: 'An Alert 223 for nothing that is on its way is answered with 200.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(`${nextMessage.replace('222', '223')}${sync()}`);
      expect(answer.codes('Alert')).toEqual(['200']);
    },
  },
  {
    id: 'ALERT-24',
    from: ['P', 'One-Way Sync from Client Only'],
    text: 'In a one-way sync from the client the server sends its Sync with nothing in it.',
    versions: every,
    role: 'server',
    notHeld: 'It sends none: phones answer a Sync in this type with Status 500.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened(202);
      expect((await hand.say(sync())).syncs).toEqual([]);
    },
  },
  {
    id: 'ALERT-25',
    from: ['R', 'Alert, Item'],
    text: 'An Alert with several Items opens a datastore for each, with a Status for each.',
    versions: before12,
    role: 'server',
    check: async (stage) => {
      const said = `<Alert><CmdID/><Data>201</Data>${itemOf('./mail', './mail')}${itemOf('./mail/home/Drafts', './drafts')}</Alert>`;
      const opening = await new Hand(stage).say(said);
      expect(opening.codes('Alert')).toEqual(['200', '200']);
      expect(opening.all('Alert')).toHaveLength(2);
    },
  },
];

export const alerts: Group = {
  key: 'ALERT',
  title: 'Alerts and sync types',
  rules: [...types, ...serverAlerted, ...others, ...alertsClient],
};
