// Suspend and resume: Alerts 224 and 225, and sessions that are cut.
import { expect } from 'vitest';
import { folderOf, letter } from '../../scenarios/support/clients.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { countOf, draft, text } from '../support/mailbox.ts';
import { before12, every, only12, since11, type Group, type Rule } from '../support/rule.ts';
import { changes, ending, fromServer, opening, statusesFor, withScripted } from '../support/scripted.ts';
import { email, emailType, folder, folderType, nextMessage, put, sync } from '../support/words.ts';

const suspend = nextMessage.replace('222', '224');

const server: readonly Rule[] = [
  {
    id: 'RESUME-01',
    from: ['P', 'Suspend and Resume (SCR-DS-SERVER-012)'],
    text: 'A suspend (224) is answered with 200, at any time.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      expect((await hand.say(suspend)).codes('Alert')).toEqual(['200']);
    },
  },
  {
    id: 'RESUME-02',
    from: ['P', 'Suspend and Resume'],
    text: 'After a suspend the server sends no more in that session.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(suspend);
      expect(answer.syncs).toEqual([]);
    },
  },
  {
    id: 'RESUME-03',
    from: ['P', 'Suspend and Resume; Status codes: 514'],
    text: 'Commands that stand beside a suspend and are not executed are answered with 514.',
    versions: only12,
    role: 'server',
    notHeld: 'They are executed: what the device has said is better kept than said again.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(`${sync(draft(hand, 'd', stage.name))}${suspend}`);
      expect(answer.codes('Add')).toEqual(['201']);
      expect(answer.codes('Alert')).toEqual(['200']);
    },
  },
  {
    id: 'RESUME-04',
    from: ['P', 'Suspend and Resume'],
    text: 'Before 1.2 there is no suspend: 224 is refused with 406.',
    versions: before12,
    role: 'server',
    notHeld: 'It is answered with 200, since nothing follows from it.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      expect((await hand.say(suspend)).codes('Alert')).toEqual(['200']);
    },
  },
  {
    id: 'RESUME-05',
    from: ['P', 'Suspend and Resume'],
    text: 'Before 1.2 there is no resume: 225 is refused with 406.',
    versions: before12,
    role: 'server',
    check: async (stage) => {
      expect((await new Hand(stage).open(225, { last: nextOfFirst, next: '2' })).codes('Alert')).toEqual(['406']);
    },
  },
  {
    id: 'RESUME-06',
    from: ['P', 'Suspend and Resume'],
    text: 'A resume (225) goes on where the session was cut, with the sync type of then.',
    versions: only12,
    role: 'server',
    notHeld: 'It is answered with 508 and a slow sync, in which nothing that is there is sent again.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      await hand.say(suspend);
      hand.newSession();
      const answer = await hand.open(225, { last: nextOfFirst, next: '3' });
      expect(answer.codes('Alert')).toEqual(['508']);
      expect(answer.alert()?.code).toBe(201);
    },
  },
  {
    id: 'RESUME-07',
    from: ['P', 'Suspend and Resume; Status codes: 509'],
    text: 'A client that takes a normal sync in place of a resume (it says so with its OEM) is answered with 509 and a two-way sync.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage, { devInf: { more: '<OEM>Synthesis AG</OEM>' } }).opened();
      await hand.say(suspend);
      hand.newSession();
      const answer = await hand.open(225, { last: nextOfFirst, next: '3' });
      expect(answer.codes('Alert')).toEqual(['509']);
      expect(answer.alert()?.code).toBe(200);
    },
  },
  {
    id: 'RESUME-08',
    from: ['P', 'Suspend and Resume'],
    text: 'A resume without a Last counts as one whose anchors fit.',
    versions: only12,
    role: 'server',
    notHeld: 'It is answered with 508 and a slow sync, like every resume.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      await hand.say(suspend);
      hand.newSession();
      expect((await hand.open(225, { next: '3' })).codes('Alert')).toEqual(['508']);
    },
  },
  {
    id: 'RESUME-09',
    from: ['P', 'Suspend and Resume; Large Object Handling'],
    text: 'An object that was cut in the middle goes on behind the last chunk that was answered.',
    versions: only12,
    role: 'server',
    notHeld: 'It begins again: a chunk that follows nothing is refused.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const parent = hand.folder('drafts');
      const object = email({ read: true }, text(stage.name, 'text '.repeat(300)));
      const meta = `<Size xmlns='syncml:metinf'>${Buffer.byteLength(object)}</Size>`;
      const first = put('Add', 'x', object.slice(0, 600), emailType, { parent, meta, more: true });
      expect((await hand.say(sync(first), { final: false })).codes('Add')).toEqual(['213']);
      await hand.say(suspend);
      hand.newSession();
      await hand.open(200, { last: nextOfFirst, next: '3' });
      const rest = put('Add', 'x', object.slice(600), emailType, { parent });
      expect((await hand.say(sync(rest))).codes('Add')).toEqual(['400']);
      expect(await countOf(stage.world, stage.name)).toBe(0);
    },
  },
  {
    id: 'RESUME-10',
    from: ['P', 'Suspend and Resume'],
    text: 'A session that is suspended or cut does not move the anchors.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      await hand.say(suspend);
      hand.newSession();
      const answer = await hand.open(200, { last: nextOfFirst, next: '3' });
      expect(answer.codes('Alert')).toEqual(['200']);
      expect(answer.alert()?.last).toBe(hand.serverNext);
    },
  },
  {
    id: 'RESUME-11',
    from: ['P', 'Suspend and Resume'],
    text: 'What the device said in a session that was cut is not executed again when it comes again: it gets the same Status.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const add = draft(hand, 'd', stage.name);
      expect((await hand.say(sync(add), { final: false })).codes('Add')).toEqual(['201']);
      hand.newSession();
      await hand.open(200, { last: nextOfFirst, next: '3' });
      expect((await hand.say(sync(add))).codes('Add')).toEqual(['201']);
      expect(await countOf(stage.world, stage.name)).toBe(1);
    },
  },
  {
    id: 'RESUME-12',
    from: ['P', 'Suspend and Resume'],
    text: 'Items whose Status had come are not sent again after a cut; those without are.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await stage.world.deliver(letter(`${stage.name}-a`, 'text '.repeat(150)));
      await stage.world.deliver(letter(`${stage.name}-b`, 'text '.repeat(150)));
      hand.take(2_800);
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const first = await hand.say(sync());
      expect(first.final).toBe(false);
      await hand.say(`${hand.answers(first)}${nextMessage}`);
      hand.take();
      hand.newSession();
      await hand.open(200, { last: nextOfFirst, next: '3' });
      const again = (await hand.say(sync())).changes;
      expect(first.changes).toHaveLength(1);
      expect(again).toHaveLength(1);
      expect(hand.luids(`${stage.name}-a`).length + hand.luids(`${stage.name}-b`).length).toBe(1);
    },
  },
  {
    id: 'RESUME-13',
    from: ['P', 'Suspend and Resume'],
    text: 'A device that resumes and does not send its empty Sync is gone on with after some rounds.',
    versions: only12,
    role: 'server',
    notHeld: 'The server waits for the Sync, and answers Alert 222 with 200 alone.',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      for (let round = 0; round < 4; round += 1) {
        const answer = await hand.say(nextMessage);
        expect(answer.codes('Alert')).toEqual(['200']);
        expect(answer.syncs).toEqual([]);
      }
    },
  },
];

const inbox = fromServer('Add', 'f1', folder('Drafts', 'drafts'), folderType, { parent: '/' });

const client: readonly Rule[] = [
  {
    id: 'RESUME-40',
    from: ['P', 'Suspend and Resume (SCR-DS-CLIENT-012)'],
    text: 'A user can suspend a sync: the client says so with Alert 224.',
    versions: only12,
    role: 'client',
    notHeld: 'A sync cannot be suspended; one that is cut has kept what was exchanged.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        const stop = { signal: AbortSignal.abort(), onProgress: () => device.client.close() };
        await device.client.sync({ mode: 'two-way' }, stop);
        expect(heard.length).toBeGreaterThan(0);
        expect(heard.flatMap((each) => each.all('Alert').map((said) => said.data))).not.toContain('224');
      }),
  },
  {
    id: 'RESUME-41',
    from: ['P', 'Suspend and Resume'],
    text: 'After a cut the client asks to go on with Alert 225.',
    versions: only12,
    role: 'client',
    notHeld: 'It begins a normal sync with its old anchors, which every server takes.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        await device.sync();
        script(opening({ last: 'server-1', next: 'server-2' }), () => ({ commands: '', httpStatus: 400 }));
        expect((await device.client.sync()).outcome).toBe('failed');
        const from = heard.length;
        script(opening({ last: 'server-1', next: 'server-3' }), changes(), ending);
        await device.sync();
        expect(heard[from]?.alert()?.code).toBe(200);
      }),
  },
  {
    id: 'RESUME-42',
    from: ['P', 'Suspend and Resume'],
    text: 'What the server had answered before the cut is not sent again; the rest is.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        await device.sync();
        const drafts = await folderOf(device, 'drafts');
        for (const name of ['a', 'b', 'c']) await device.store.write(letter(name, 'text '.repeat(300)), drafts, 0, Date.now());
        const meta = "<Meta><MaxMsgSize xmlns='syncml:metinf'>4000</MaxMsgSize><MaxObjSize xmlns='syncml:metinf'>99999</MaxObjSize></Meta>";
        script(
          (each) => ({ commands: opening({ last: 'server-1', next: 'server-2' })(each), header: meta }),
          (each) => ({ commands: `${statusesFor(each)}${nextMessage}`, final: false }),
          () => ({ commands: '', httpStatus: 400 }),
        );
        expect((await device.client.sync()).outcome).toBe('failed');
        const cut = heard.filter((each) => each.changes.length > 0);
        const from = heard.length;
        script(opening({ last: 'server-1', next: 'server-3' }), (each) => `${statusesFor(each)}${sync()}`, ending);
        await device.sync();
        const sources = (list: typeof heard): readonly (string | undefined)[] =>
          list.flatMap((each) =>
            each.changes.flatMap((change) => ('items' in change ? change.items.map((item) => item.source?.locUri) : [])),
          );
        expect(sources(cut)).toHaveLength(2);
        expect(sources(heard.slice(from))).toHaveLength(2);
        expect(sources(heard.slice(from))).toContain(sources(cut)[1]);
        expect(sources(heard.slice(from))).not.toContain(sources(cut)[0]);
      }),
  },
];

export const resume: Group = { key: 'RESUME', title: 'Suspend and resume', rules: [...server, ...client] };
