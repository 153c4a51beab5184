// Commands and their children: Get, Put, Results, Sequence, Atomic, Copy, Exec, Search; several items, Meta, the order of children.
import { expect } from 'vitest';
import { letter, placeOf } from '../../scenarios/support/clients.ts';
import { carry } from '../support/carry.ts';
import { Hand } from '../support/hand.ts';
import { countOf, draft, flags, mailOf, text } from '../support/mailbox.ts';
import { both, every, only12, since11, type Group, type Rule } from '../support/rule.ts';
import { changes, ending, fromServer, opening, withScripted } from '../support/scripted.ts';
import { cdata, email, emailType, folder, folderType, put, remove, status, sync } from '../support/words.ts';

const groups: readonly Rule[] = [
  {
    id: 'CMD-01',
    from: ['R', 'Sequence (SCR-DS-PCE-S-015)'],
    text: 'The commands of a Sequence are executed one after the other, each with a Status.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).opened();
      const luid = hand.luid(stage.name);
      const inside = `${flags(luid, { read: true })}${flags(luid, { flagged: true })}${remove(luid)}`;
      const answer = await hand.say(sync(`<Sequence><CmdID/>${inside}</Sequence>`));
      expect(answer.codes('Replace')).toEqual(['200', '200']);
      expect(answer.codes('Delete')).toEqual(['200']);
      expect(await mailOf(stage.world, stage.name)).toMatchObject({ folder: 'Trash', flags: { read: true, flagged: true } });
    },
  },
  {
    id: 'CMD-02',
    from: ['R', 'Sequence; Status'],
    text: 'The Sequence itself gets a Status too.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(sync(`<Sequence><CmdID/>${remove('nobody')}</Sequence>`));
      expect(answer.codes('Sequence')).toEqual(['200']);
      expect(answer.codes('Delete')).toEqual(['211']);
    },
  },
  {
    id: 'CMD-03',
    from: ['R', 'Atomic (SCR-DS-PCE-S-003)'],
    text: 'The commands of an Atomic are executed all or none.',
    versions: every,
    role: 'server',
    notHeld: 'Refused with 406: a mail server has no transactions. Nothing of it is executed.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(sync(`<Atomic><CmdID/>${draft(hand, 'a', stage.name)}</Atomic>`));
      expect(answer.codes('Atomic')).toEqual(['406']);
      expect(await countOf(stage.world, stage.name)).toBe(0);
    },
  },
  {
    id: 'CMD-04',
    from: ['R', 'Atomic; Status'],
    text: 'The commands of an Atomic that is refused get a Status each (215).',
    versions: every,
    role: 'server',
    notHeld: 'Only the Atomic gets one.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(sync(`<Atomic><CmdID/>${remove('nobody')}</Atomic>`));
      expect(answer.codes('Delete')).toEqual([]);
    },
  },
  {
    id: 'CMD-05',
    from: ['R', 'Copy (SCR-DS-PCE-S-004)'],
    text: 'A Copy that names an item of the device makes a second one of it.',
    versions: every,
    role: 'server',
    notHeld: 'It is taken as an Add, which is what clients that send it mean; without a mail in it, it is refused as an empty Replace.',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).opened();
      const luid = hand.luid(stage.name);
      const item = `<Item><Target><LocURI>copy</LocURI></Target><Source><LocURI>${luid}</LocURI></Source></Item>`;
      const answer = await hand.say(sync(`<Copy><CmdID/><Meta><Type xmlns='syncml:metinf'>${emailType}</Type></Meta>${item}</Copy>`));
      expect(answer.codes('Copy')).toEqual(['400']);
      expect(await countOf(stage.world, stage.name)).toBe(1);
    },
  },
  {
    id: 'CMD-06',
    from: ['R', 'Copy'],
    text: 'A Copy with an object in it is taken as an Add.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const copy = draft(hand, 'c', stage.name).replace('<Add>', '<Copy>').replace('</Add>', '</Copy>');
      expect((await hand.say(sync(copy))).codes('Copy')).toEqual(['201']);
      expect(await countOf(stage.world, stage.name)).toBe(1);
    },
  },
  {
    id: 'CMD-07',
    from: ['R', 'Exec (SCR-DS-PCE-S-006)'],
    text: 'An Exec starts a process at the server.',
    versions: every,
    role: 'server',
    notHeld: 'There is none to start: 406.',
    check: async (stage) => {
      const exec = '<Exec><CmdID/><Item><Target><LocURI>./x</LocURI></Target></Item></Exec>';
      expect((await new Hand(stage).say(exec)).codes('Exec')).toEqual(['406']);
    },
  },
  {
    id: 'CMD-08',
    from: ['R', 'Search (SCR-DS-PCE-S-014)'],
    text: 'A Search is answered with what it finds, or with 421 where its grammar is not known.',
    versions: every,
    role: 'server',
    notHeld: 'Refused with 406.',
    check: async (stage) => {
      const type = "<Meta><Type xmlns='syncml:metinf'>application/x-grammar</Type></Meta>";
      const search = `<Search><CmdID/><Source><LocURI>./mail</LocURI></Source>${type}<Data>x</Data></Search>`;
      expect((await new Hand(stage).say(search)).codes('Search')).toEqual(['406']);
    },
  },
];

const asked: readonly Rule[] = [
  {
    id: 'CMD-09',
    from: ['R', 'Get; Status codes: 404'],
    text: 'A Get of what is not there is refused with 404.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const get = '<Get><CmdID/><Item><Target><LocURI>./weather</LocURI></Target></Item></Get>';
      const answer = await new Hand(stage).say(get);
      expect(answer.codes('Get')).toEqual(['404']);
      expect(answer.all('Results')).toEqual([]);
    },
  },
  {
    id: 'CMD-10',
    from: ['R', 'Put; Status codes'],
    text: 'A Put of what the server has no use for is refused.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const item = '<Item><Source><LocURI>./weather</LocURI></Source><Data>rain</Data></Item>';
      expect((await new Hand(stage).say(`<Put><CmdID/>${item}</Put>`)).codes('Put')).toEqual(['404']);
    },
  },
  {
    id: 'CMD-11',
    from: ['R', 'Get, Put: Lang'],
    text: 'A Lang in a Get does not matter to device information.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const uri = `./devinf${stage.version.replace('.', '')}`;
      const get = `<Get><CmdID/><Lang>fi</Lang><Item><Target><LocURI>${uri}</LocURI></Target></Item></Get>`;
      expect((await new Hand(stage).say(get)).all('Results')).toHaveLength(1);
    },
  },
  {
    id: 'CMD-12',
    from: ['R', 'Results; Status'],
    text: "Results for the server's Get are taken; they need no Status.",
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage, { devInf: {} });
      const first = await hand.say('');
      const [get] = first.all('Get');
      expect(get).toBeDefined();
      const put_ = hand.introduction;
      const results = put_
        .replace('<Put><CmdID/>', `<Results><CmdID/><MsgRef>1</MsgRef><CmdRef>${get?.cmdId ?? ''}</CmdRef>`)
        .replace('</Put>', '</Results>');
      const answer = await hand.say(results);
      expect(answer.codes('Results').filter((code) => code !== '200')).toEqual([]);
      expect(answer.all('Get')).toEqual([]);
    },
  },
];

const named = (luid: string): string => `<Item><Source><LocURI>${luid}</LocURI></Source></Item>`;
const typeIs = (name: string): string => `<Meta><Type xmlns='syncml:metinf'>${name}</Type></Meta>`;

const children: readonly Rule[] = [
  {
    id: 'CMD-13',
    from: ['R', 'Item; Status'],
    text: 'A command with several items is executed for each, and each code is told.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(sync(`<Delete><CmdID/>${named(hand.luid(stage.name))}${named('nobody')}</Delete>`));
      expect(answer.statuses('Delete').map((each) => `${each.sourceRefs[0]} ${each.data}`)).toEqual([
        `${hand.luid(stage.name)} 200`,
        'nobody 211',
      ]);
    },
  },
  {
    id: 'CMD-14',
    from: ['R', 'Meta'],
    text: 'Meta of the command is for all its items; Meta of an item goes before.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const parent = `<SourceParent><LocURI>${hand.folder('drafts')}</LocURI></SourceParent>`;
      const item = (luid: string, meta: string): string =>
        `<Item><Source><LocURI>${luid}</LocURI></Source>${parent}${meta}<Data>${cdata(email({}, text(`${stage.name}-${luid}`)))}</Data></Item>`;
      const answer = await hand.say(sync(`<Add><CmdID/>${typeIs(emailType)}${item('a', '')}${item('b', typeIs('text/x-vcard'))}</Add>`));
      expect(answer.codes('Add')).toEqual(['201', '415']);
    },
  },
  {
    id: 'CMD-15',
    from: ['M', 'Type'],
    text: 'Parameters and case of a Meta Type do not matter.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const add = put('Add', 'x', email({}, text(stage.name)), 'Application/vnd.OMADS-email+xml; charset=utf-8', {
        parent: hand.folder('drafts'),
      });
      expect((await hand.say(sync(add))).codes('Add')).toEqual(['201']);
    },
  },
  {
    id: 'CMD-16',
    from: ['R', 'DTD'],
    text: 'The children of every element are read in any order.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = new Hand(stage);
      hand.msgId = 1;
      const alert =
        "<Alert><Item><Meta><Anchor xmlns='syncml:metinf'><Next>1</Next></Anchor></Meta><Source><LocURI>./mail</LocURI></Source>" +
        '<Target><LocURI>./mail</LocURI></Target></Item><Data>201</Data><CmdID/></Alert>';
      const [, head = '', body = ''] = /(<SyncHdr>.*<\/SyncHdr>)(<SyncBody>.*<\/SyncBody>)/.exec(hand.write(alert)) ?? [];
      const elements = head.slice(9, -10).match(/<(\w+)>.*?<\/\1>(?=<|$)/g) ?? [];
      const turned = `<SyncML xmlns='SYNCML:SYNCML${stage.version}'>${body}<SyncHdr>${elements.toReversed().join('')}</SyncHdr></SyncML>`;
      const answer = await hand.post(carry(turned, stage.encoding));
      expect(answer.codes('SyncHdr')).toEqual(['212']);
      expect(answer.codes('Alert')).toEqual(['200']);
    },
  },
  {
    id: 'CMD-17',
    from: ['R', 'DTD'],
    text: 'Elements that are not known are passed over.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const alert = new Hand(stage).introduction;
      const answer = await new Hand(stage).say(
        `<Vendor><CmdID/><Data>x</Data></Vendor>${alert.replace('<Meta>', '<Colour>red</Colour><Meta>')}`,
      );
      expect(answer.codes('Put')).toEqual(['200']);
    },
  },
  {
    id: 'CMD-18',
    from: ['R', 'SyncBody'],
    text: 'A Sync that is sent more than once for a datastore is one and the same.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(`${sync(remove('a'))}${sync(remove('b'))}`);
      expect(answer.codes('Sync')).toEqual(['200', '200']);
      expect(answer.codes('Delete')).toEqual(['211', '211']);
      expect(answer.syncs).toHaveLength(1);
    },
  },
  {
    id: 'CMD-19',
    from: ['R', 'Move (SCR-DS-PCE-S-010)'],
    text: 'SyncML before 1.2 has no Move: none is sent to such a device.',
    versions: ['1.0', '1.1'],
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).inStep();
      const { folder: path, uid } = await placeOf(stage.world, stage.name);
      await stage.world.mailbox().move(path, [uid], 'Archive');
      await stage.world.settle();
      await hand.open(200, { last: 'run-1', next: '2' });
      expect((await hand.say(sync())).changes.map((each) => each.name).toSorted()).toEqual(['Add', 'Delete']);
    },
  },
  {
    id: 'CMD-20',
    from: ['R', 'Status'],
    text: 'A Status for what the server never sent changes nothing.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(`${status('99', '7', 'Add', 500)}${status('1', '99', 'Replace', 404)}${sync()}`);
      expect(answer.codes('Sync')).toEqual(['200']);
      expect(answer.changes).toEqual([]);
    },
  },
];

const inbox = fromServer('Add', 'f1', folder('Inbox', 'inbox'), folderType, { parent: '/' });
const mail = fromServer('Add', 'm1', email({}, text('one')), emailType, { parent: 'f1' });

const client: readonly Rule[] = [
  {
    id: 'CMD-40',
    from: ['R', 'Sequence, Atomic'],
    text: 'The client executes what is in a Sequence or an Atomic.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`<Sequence><CmdID/>${inbox}</Sequence><Atomic><CmdID/>${mail}</Atomic>`), ending);
        await device.sync();
        expect(heard[2]?.codes('Add')).toEqual(['201', '201']);
        expect(await device.client.ls({})).toHaveLength(1);
      }),
  },
  {
    id: 'CMD-41',
    from: ['R', 'Atomic; Status codes: 507, 216'],
    text: 'Where a command of an Atomic fails, the client takes back the others.',
    versions: only12,
    role: 'client',
    notHeld: 'It executes what it can, and tells of each by itself.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        const bad = fromServer('Add', 'b', '<Email><read>true', emailType);
        script(opening(), changes(`${inbox}<Atomic><CmdID/>${mail}${bad}</Atomic>`), ending);
        await device.sync();
        expect(heard[2]?.codes('Add')).toEqual(['201', '201', '400']);
        expect(heard[2]?.codes('Atomic')).toEqual([]);
      }),
  },
  {
    id: 'CMD-42',
    from: ['R', 'Exec, Search; Status'],
    text: 'The client answers a command that it does not execute (Exec, Search) with 406.',
    versions: only12,
    role: 'client',
    notHeld: 'It passes it over without a Status.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        const exec = '<Exec><CmdID/><Item><Target><LocURI>./x</LocURI></Target></Item></Exec>';
        script(opening(), (each) => `${changes(inbox)(each).commands}${exec}`, ending);
        await device.sync();
        expect(heard[2]?.codes('Add')).toEqual(['201']);
        expect(heard[2]?.codes('Exec')).toEqual([]);
      }),
  },
  {
    id: 'CMD-43',
    from: ['R', 'Item; Status'],
    text: 'A command with several items is executed for each, and each code is told.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        const second = mail
          .replace(/^.*?<Item>/, '<Item>')
          .replace('</Add>', '')
          .replaceAll('m1', 'm2')
          .replaceAll('one@', 'two@');
        script(opening(), changes(`${inbox}${mail.replace('</Add>', `${second}</Add>`)}`), ending);
        await device.sync();
        expect(heard[2]?.statuses('Add').map((each) => `${each.sourceRefs[0]} ${each.data}`)).toEqual(['f1 201', 'm1 201', 'm2 201']);
      }),
  },
];

export const commands: Group = { key: 'CMD', title: 'Commands and their children', rules: [...groups, ...asked, ...children, ...client] };
