// Anchors: what is remembered, when it is kept, and what follows when it does not fit.
import { expect } from 'vitest';
import { letter } from '../../scenarios/support/clients.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { every, only12, since11, type Group, type Rule } from '../support/rule.ts';
import { changes, ending, fromServer, opening, statusesFor, withScripted } from '../support/scripted.ts';
import { alert, folder, folderType, put, status, sync } from '../support/words.ts';

const server: readonly Rule[] = [
  {
    id: 'ANCHOR-01',
    from: ['P', 'Usage of Sync Anchors'],
    text: 'A Last that equals the Next of the last run is taken: the sync goes on as it was asked for.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const answer = await hand.open(200, { last: nextOfFirst, next: '2' });
      expect(answer.codes('Alert')).toEqual(['200']);
      expect(answer.alert()?.code).toBe(200);
    },
  },
  {
    id: 'ANCHOR-02',
    from: ['P', 'Usage of Sync Anchors; Slow Sync'],
    text: 'Any other Last is answered with 508 and Alert 201.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const answer = await hand.open(200, { last: 'run-0', next: '2' });
      expect(answer.codes('Alert')).toEqual(['508']);
      expect(answer.alert()?.code).toBe(201);
    },
  },
  {
    id: 'ANCHOR-03',
    from: ['P', 'Usage of Sync Anchors'],
    text: 'A first sync, which has no Last, is a slow one whatever was asked for.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const answer = await new Hand(stage).open(200, { next: '1' });
      expect(answer.codes('Alert')).toEqual(['508']);
      expect(answer.alert()).toMatchObject({ code: 201, last: undefined });
    },
  },
  {
    id: 'ANCHOR-04',
    from: ['P', 'Usage of Sync Anchors'],
    text: "Anchors are compared letter by letter: '07' is not '7'.",
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      for (const last of [nextOfFirst.toUpperCase(), `0${nextOfFirst}`, `${nextOfFirst}0`]) {
        hand.newSession();
        expect((await hand.open(200, { last, next: '2' })).codes('Alert')).toEqual(['508']);
      }
    },
  },
  {
    id: 'ANCHOR-05',
    from: ['P', 'Sync Initialization Requirements for Server'],
    text: "The server's Alert has its own anchors: its Last is the Next of the run before.",
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const answer = await hand.open(200, { last: nextOfFirst, next: '2' });
      expect(hand.serverNext).not.toBe('');
      expect(answer.alert()?.last).toBe(hand.serverNext);
      expect(answer.alert()?.next).not.toBe(hand.serverNext);
    },
  },
  {
    id: 'ANCHOR-06',
    from: ['P', 'Usage of Sync Anchors'],
    text: 'Anchors are kept when the run is complete only: cut before, the next session begins at the old ones and nothing is lost.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await stage.world.deliver(letter(stage.name));
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const sent = (await hand.say(sync())).changes;
      hand.newSession();
      const again = await hand.open(200, { last: nextOfFirst, next: '3' });
      expect(again.codes('Alert')).toEqual(['200']);
      expect(again.alert()?.last).toBe(hand.serverNext);
      const [before, after] = [sent[0], (await hand.say(sync())).changes[0]];
      expect(before?.name).toBe('Add');
      expect(after).toMatchObject({ name: 'Add' });
      expect(guid(after)).toBe(guid(before));
    },
  },
  {
    id: 'ANCHOR-07',
    from: ['P', 'Usage of Sync Anchors'],
    text: 'A device whose last answer from the server was lost may go on from either of its anchors.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await hand.open(200, { last: nextOfFirst, next: 'run-2' });
      await hand.exchange();
      hand.newSession();
      expect((await hand.open(200, { last: nextOfFirst, next: 'run-3' })).codes('Alert')).toEqual(['200']);
    },
  },
  {
    id: 'ANCHOR-08',
    from: ['P', 'One-Way Sync from Server Only, error cases'],
    text: 'A one-way sync from the server whose anchors do not fit becomes a refresh from the server (205).',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const answer = await hand.open(204, { last: 'x', next: '2' });
      expect(answer.codes('Alert')).toEqual(['508']);
      expect(answer.alert()?.code).toBe(205);
    },
  },
  {
    id: 'ANCHOR-09',
    from: ['P', 'One-Way Sync from Client Only, error cases'],
    text: 'A one-way sync from the client whose anchors do not fit becomes a refresh from the client (203).',
    versions: every,
    role: 'server',
    notHeld: 'It becomes a slow sync (201): a refresh from the client would empty the mailbox.',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const answer = await hand.open(202, { last: 'x', next: '2' });
      expect(answer.codes('Alert')).toEqual(['508']);
      expect(answer.alert()?.code).toBe(201);
    },
  },
  {
    id: 'ANCHOR-10',
    from: ['P', 'Usage of Sync Anchors'],
    text: "A device that answers the server's Alert with 508 and sends everything gets a slow sync: nothing is doubled.",
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const inbox = hand.folder('inbox');
      const alerted = await hand.open(200, { last: nextOfFirst, next: '2' });
      const { msgId } = alerted.header;
      const [own] = alerted.all('Alert');
      const all = [...hand.held.values()].map(({ luid, type, parent, bytes }) =>
        put('Replace', luid, new TextDecoder().decode(bytes), type, { parent: parent ?? inbox }),
      );
      const refusal = `${status(msgId, '0', 'SyncHdr', 200)}${status(msgId, own?.cmdId ?? '', 'Alert', 508)}`;
      const answer = await hand.say(`${refusal}${sync(all.join(''))}`);
      expect(answer.changes).toEqual([]);
    },
  },
  {
    id: 'ANCHOR-11',
    from: ['P', 'Change log information, Multiple Devices'],
    text: 'Each device has anchors of its own.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      await new Hand(stage).inStep();
      const other = new Hand(stage, { deviceId: `${stage.name}-other` });
      expect((await other.open(200, { last: nextOfFirst, next: '2' })).codes('Alert')).toEqual(['508']);
    },
  },
  {
    id: 'ANCHOR-12',
    from: ['P', 'Sync Anchors for Databases'],
    text: 'Each pair of datastores has anchors of its own.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const answer = await hand.say(alert(200, { last: nextOfFirst, next: '2' }, { client: './other' }));
      expect(answer.codes('Alert')).toEqual(['508']);
    },
  },
  {
    id: 'ANCHOR-13',
    from: ['P', 'Usage of Sync Anchors'],
    text: 'An anchor may be any text: a time, a number, words in another script.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: 'Größe 5 日本 &lt;x&gt;' });
      await hand.exchange();
      hand.newSession();
      expect((await hand.open(200, { last: 'Größe 5 日本 &lt;x&gt;', next: '2' })).codes('Alert')).toEqual(['200']);
    },
  },
  {
    id: 'ANCHOR-14',
    from: ['P', 'Slow Sync'],
    text: 'Cut in a slow sync, a device keeps the anchors and the map of before until a slow sync is complete.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await hand.open(201, { next: '2' });
      await hand.say(sync('', {}, ''), { final: false });
      hand.newSession();
      const answer = await hand.open(200, { last: nextOfFirst, next: '3' });
      expect(answer.codes('Alert')).toEqual(['200']);
      expect((await hand.say(sync())).changes).toEqual([]);
    },
  },
];

function guid(command: { readonly name: string } | undefined): string | undefined {
  return command !== undefined && 'items' in command
    ? (command as { items: readonly { source?: { locUri: string } }[] }).items[0]?.source?.locUri
    : undefined;
}

const inbox = fromServer('Add', 'f1', folder('Inbox', 'inbox'), folderType, { parent: '/' });

const client: readonly Rule[] = [
  {
    id: 'ANCHOR-40',
    from: ['P', 'Usage of Sync Anchors'],
    text: 'The first Alert of the client asks for a slow sync and has no Last; later ones have the Next of the run before as Last.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        await device.sync();
        const first = heard[0]?.alert();
        expect(first).toMatchObject({ code: 201, last: undefined });
        const from = heard.length;
        script(opening({ last: 'server-1', next: 'server-2' }), changes(), ending);
        await device.sync();
        const second = heard[from]?.alert();
        expect(second).toMatchObject({ code: 200, last: first?.next });
        expect(second?.next).not.toBe(first?.next);
      }),
  },
  {
    id: 'ANCHOR-41',
    from: ['P', 'Usage of Sync Anchors'],
    text: "The client compares the server's Last with what it stored; where it differs, it asks for a slow sync.",
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        await device.sync();
        const from = heard.length;
        script(opening({ last: 'another', next: 'server-2' }), opening({ next: 'server-3' }), changes(), ending);
        const outcome = await device.sync();
        expect(outcome.type).toBe('slow');
        expect(heard[from + 1]?.alert()?.code).toBe(201);
      }),
  },
  {
    id: 'ANCHOR-42',
    from: ['P', 'Usage of Sync Anchors'],
    text: 'A sync that failed leaves the anchors as they were.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        await device.sync();
        const first = heard[0]?.alert()?.next;
        script(opening({ last: 'server-1', next: 'server-2' }), (each) => ({ commands: statusesFor(each, { SyncHdr: 500 }) }));
        expect((await device.client.sync()).outcome).toBe('failed');
        const from = heard.length;
        script(opening({ last: 'server-1', next: 'server-3' }), changes(), ending);
        await device.sync();
        expect(heard[from]?.alert()).toMatchObject({ code: 200, last: first });
      }),
  },
  {
    id: 'ANCHOR-43',
    from: ['P', 'Usage of Sync Anchors'],
    text: "Where the server's Last does not fit, the client answers its Alert with 508.",
    versions: only12,
    role: 'client',
    notHeld: 'It begins a new session with Alert 201 instead, which says the same and which every server takes.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        await device.sync();
        const from = heard.length;
        script(opening({ last: 'another', next: 'server-2' }), opening({ next: 'server-3' }), changes(), ending);
        await device.sync();
        expect(heard[from + 1]?.codes('Alert')).toEqual([]);
        expect(heard[from + 1]?.header.sessionId).not.toBe(heard[from]?.header.sessionId);
      }),
  },
];

export const anchors: Group = { key: 'ANCHOR', title: 'Anchors', rules: [...server, ...client] };
