// Hierarchical sync: folders and what is in them, parents, moves.
import { parseFolder } from '@packetboat/syncml';
import { expect } from 'vitest';
import { folderOf, letter, pathOf, placeOf, shown } from '../../scenarios/support/clients.ts';
import type { Received } from '../support/carry.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { countOf, draft, mailOf, text } from '../support/mailbox.ts';
import { before12, both, every, only12, since11, type Group, type Rule, type Stage } from '../support/rule.ts';
import { changes, ending, fromServer, opening, statusesFor, withScripted } from '../support/scripted.ts';
import { email, emailType, folder, folderType, move, put, remove, sync } from '../support/words.ts';

function items(reply: Received): readonly { readonly name: string; readonly type: string | undefined; readonly item: Item }[] {
  return reply.changes.flatMap((each) =>
    'items' in each ? each.items.map((item) => ({ name: each.name, type: each.meta?.type, item })) : [],
  );
}
type Item = Extract<Received['changes'][number], { readonly items: readonly unknown[] }>['items'][number];

async function withMail(stage: Stage): Promise<{ readonly hand: Hand; readonly luid: string }> {
  await stage.world.deliver(letter(stage.name));
  const hand = await new Hand(stage).opened();
  return { hand, luid: hand.luid(stage.name) };
}

const sending: readonly Rule[] = [
  {
    id: 'HIER-01',
    from: ['P', 'Hierarchical Synchronization (SCR-DS-SERVER-014)'],
    text: 'Folders and mails are items of one datastore, told apart by their Type; a folder is sent before what is in it.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      const sent = items(await hand.say(sync()));
      const folders = new Set<string | undefined>(['/']);
      for (const { type, item } of sent) {
        expect(folders).toContain(item.sourceParent);
        if (type === folderType) folders.add(item.source?.locUri);
      }
      expect(new Set(sent.map((each) => each.type))).toEqual(new Set([folderType, emailType]));
    },
  },
  {
    id: 'HIER-02',
    from: ['R', 'SourceParent, TargetParent'],
    text: 'A parent that is new in this session is named by its GUID (SourceParent), one that the device has by its LUID (TargetParent).',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: nextOfFirst });
      const first = await hand.say(sync());
      expect(items(first).every(({ item }) => item.sourceParent !== undefined && item.targetParent === undefined)).toBe(true);
      await hand.say(hand.answers(first));
      await stage.world.deliver(letter(stage.name));
      hand.newSession();
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const [add] = items(await hand.say(sync()));
      expect(add?.item.targetParent).toBe(hand.folder('inbox'));
      expect(add?.item.sourceParent).toBeUndefined();
    },
  },
  {
    id: 'HIER-03',
    from: ['P', 'Hierarchical Synchronization'],
    text: 'What is at the top has "/" for its parent.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      expect(hand.held.get(hand.folder('inbox'))?.parent).toBe('/');
    },
  },
  {
    id: 'HIER-04',
    from: ['F', 'role'],
    text: 'Folders have the roles inbox, outbox, sent, drafts and deleted, each once.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const roles = [...hand.held.values()].flatMap(({ type, bytes }) => (type === folderType ? (parseFolder(bytes).role ?? []) : []));
      expect(roles.toSorted()).toEqual(['deleted', 'drafts', 'inbox', 'outbox', 'sent']);
    },
  },
  {
    id: 'HIER-05',
    from: ['P', 'Hierarchical Synchronization'],
    text: 'A device without folders gets the inbox alone, with no word of parents.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage, { devInf: { hierarchical: false } });
      await hand.open(201, { next: '1' });
      const sent = items(await hand.say(sync()));
      expect(sent.length).toBeGreaterThanOrEqual(2);
      for (const { type, item } of sent) {
        expect(type).toBe(emailType);
        expect([item.sourceParent, item.targetParent]).toEqual([undefined, undefined]);
      }
    },
  },
  {
    id: 'HIER-06',
    from: ['R', 'Move (SCR-DS-PCE-S-010)'],
    text: 'A mail that changes its folder at the server is moved by Move: LUID as Target, the folder as parent, no Data.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).inStep();
      const { folder: path, uid } = await placeOf(stage.world, stage.name);
      await stage.world.mailbox().move(path, [uid], await pathOf(stage.world, 'trash'));
      await stage.world.settle();
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const [sent] = items(await hand.say(sync()));
      expect(sent?.name).toBe('Move');
      expect(sent?.type).toBe(emailType);
      expect(sent?.item).toEqual({ target: { locUri: hand.luid(stage.name) }, targetParent: hand.folder('deleted') });
    },
  },
  {
    id: 'HIER-07',
    from: ['R', 'Delete, Add'],
    text: 'Before 1.2 it is deleted and added in the other folder.',
    versions: before12,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).inStep();
      const { folder: path, uid } = await placeOf(stage.world, stage.name);
      await stage.world.mailbox().move(path, [uid], await pathOf(stage.world, 'trash'));
      await stage.world.settle();
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const sent = items(await hand.say(sync()));
      expect(sent.map((each) => each.name)).toEqual(['Delete', 'Add']);
      expect(sent[0]?.item.target?.locUri).toBe(hand.luid(stage.name));
    },
  },
];

const taking: readonly Rule[] = [
  {
    id: 'HIER-08',
    from: ['R', 'SourceParent'],
    text: 'An Add names its folder by the LUID of the device (SourceParent).',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      expect((await hand.say(sync(draft(hand, 'd', stage.name)))).codes('Add')).toEqual(['201']);
      expect((await mailOf(stage.world, stage.name)).folder).toBe('Drafts');
    },
  },
  {
    id: 'HIER-09',
    from: ['P', 'Hierarchical Synchronization'],
    text: 'A missing parent, "/" and ROOT are the top: a mail there goes to the inbox.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const parents = [undefined, '/', 'ROOT'];
      const adds = parents.map((parent, at) =>
        put('Add', `m${at}`, email({ read: true }, text(`${stage.name}-${at}`)), emailType, { parent }),
      );
      expect((await hand.say(sync(adds.join('')))).codes('Add')).toEqual(['201', '201', '201']);
      for (const at of [0, 1, 2]) expect((await mailOf(stage.world, `${stage.name}-${at}`)).folder).toBe('INBOX');
    },
  },
  {
    id: 'HIER-10',
    from: ['R', 'SourceParent; Status codes'],
    text: 'An Add into a folder that the device does not have is refused.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const add = put('Add', 'x', email({}, text(stage.name)), emailType, { parent: 'no such folder' });
      expect((await hand.say(sync(add))).codes('Add')).toEqual(['404']);
      expect(await countOf(stage.world, stage.name)).toBe(0);
    },
  },
  {
    id: 'HIER-11',
    from: ['R', 'Move (SCR-DS-PCE-S-010)'],
    text: 'A Move of the device (LUID as Source, the folder as SourceParent) moves the mail.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const { hand, luid } = await withMail(stage);
      expect((await hand.say(sync(move(luid, hand.folder('deleted'))))).codes('Move')).toEqual(['200']);
      expect((await mailOf(stage.world, stage.name)).folder).toBe('Trash');
    },
  },
  {
    id: 'HIER-12',
    from: ['R', 'Move; Status codes: 404, 412, 428'],
    text: 'A Move without a folder is incomplete (412), of an unknown item refused with 404, into an unknown folder with 428.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const { hand, luid } = await withMail(stage);
      const said = `${move(luid, null)}${move('nobody', hand.folder('sent'))}${move(luid, 'nowhere')}`;
      expect((await hand.say(sync(said))).codes('Move')).toEqual(['412', '404', '428']);
    },
  },
  {
    id: 'HIER-13',
    from: ['R', 'Replace, SourceParent'],
    text: 'A Replace that names another folder moves the mail, for devices without Move.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, luid } = await withMail(stage);
      const replace = put('Replace', luid, email({ read: true }), emailType, { parent: hand.folder('deleted') });
      expect((await hand.say(sync(replace))).codes('Replace')).toEqual(['200']);
      expect(await mailOf(stage.world, stage.name)).toMatchObject({ folder: 'Trash', flags: { read: true } });
    },
  },
  {
    id: 'HIER-14',
    from: ['F', 'Folder'],
    text: 'A folder that the device adds is made at the server.',
    versions: every,
    role: 'server',
    notHeld: 'Folders are made at the mail server alone: refused with 406.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const add = put('Add', 'new folder', folder(`F ${stage.name}`), folderType, { parent: '/' });
      expect((await hand.say(sync(add))).codes('Add')).toEqual(['406']);
    },
  },
  {
    id: 'HIER-15',
    from: ['P', 'Hierarchical Synchronization'],
    text: 'A folder that the device adds under a name that is there is that folder.',
    versions: every,
    role: 'server',
    notHeld: 'In a slow sync it is; elsewhere it is refused with 406, like every folder.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      expect((await hand.say(sync(put('Add', 'again', folder('Drafts'), folderType, { parent: '/' })))).codes('Add')).toEqual(['406']);
      hand.newSession();
      await hand.open(201, { next: '3' });
      const slow = await hand.say(sync(put('Add', 'again', folder('Drafts'), folderType, { parent: '/' })));
      expect(slow.codes('Add')).toEqual(['200']);
    },
  },
  {
    id: 'HIER-16',
    from: ['R', 'Replace; Move of a folder'],
    text: 'A folder that the device renames or moves is renamed or moved at the server.',
    versions: only12,
    role: 'server',
    notHeld: 'Folders are kept at the mail server alone: refused with 406.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const drafts = hand.folder('drafts');
      const answer = await hand.say(
        sync(`${put('Replace', drafts, folder('Sketches'), folderType)}${move(drafts, hand.folder('sent'), folderType)}`),
      );
      expect([...answer.codes('Replace'), ...answer.codes('Move')]).toEqual(['406', '406']);
    },
  },
  {
    id: 'HIER-17',
    from: ['R', 'Delete; Status codes: 427 Item not empty'],
    text: 'A Delete of a folder that is not empty is refused with 427; of an empty one it is executed.',
    versions: every,
    role: 'server',
    notHeld: 'Any Delete of a folder is refused with 406, so that no device can take away mails that it does not show.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      expect((await hand.say(sync(remove(hand.folder('inbox'))))).codes('Delete')).toEqual(['406']);
    },
  },
  {
    id: 'HIER-18',
    from: ['E', 'Outbox'],
    text: 'A mail that is put into the Outbox is sent, and lies in Sent then, under the same LUID.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const reply = await hand.say(sync(outgoing(hand, stage.name)));
      expect(reply.codes('Add')).toEqual(['201']);
      expect(items(reply).map(({ name, item }) => `${name} ${item.target?.locUri} ${item.targetParent}`)).toEqual([
        `Move out ${hand.folder('sent')}`,
      ]);
      expect(await countOf(stage.world, stage.name, 'bob')).toBe(1);
      expect((await mailOf(stage.world, stage.name)).folder).toBe('Sent');
    },
  },
  {
    id: 'HIER-19',
    from: ['E', 'Outbox'],
    text: 'The same mail is never sent twice, however often its Add is repeated.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      await hand.say(sync(outgoing(hand, stage.name)));
      for (let session = 0; session < 2; session += 1) {
        hand.newSession();
        await hand.open(200, { last: nextOfFirst, next: `again-${session}` });
        expect((await hand.say(sync(outgoing(hand, stage.name)))).codes('Add')).toEqual(['201']);
      }
      expect(await countOf(stage.world, stage.name, 'bob')).toBe(1);
    },
  },
];

function outgoing(hand: Hand, name: string): string {
  const mail = text(name).replace('sender@elsewhere.test', 'alice@example.test').replace('To: alice@example.test', 'To: bob@example.test');
  return put('Add', 'out', email({ read: true }, mail), emailType, { parent: hand.folder('outbox') });
}

const inbox = fromServer('Add', 'f1', folder('Inbox', 'inbox'), folderType, { parent: '/' });
const work = fromServer('Add', 'f2', folder('Work'), folderType, { parent: 'f1' });
const mail = fromServer('Add', 'm1', email({}, text('one')), emailType, { parent: 'f2' });

const before: readonly Rule[] = [
  {
    id: 'HIER-20',
    from: ['R', 'SourceParent, TargetParent'],
    text: 'SyncML before 1.2 has neither SourceParent nor TargetParent: none is sent.',
    versions: before12,
    role: 'server',
    notHeld: 'A device that announces the folder object gets SourceParent, always the GUID; without it nothing could be put anywhere.',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await stage.world.deliver(letter(stage.name));
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const [add] = items(await hand.say(sync()));
      expect(`L${add?.item.sourceParent ?? ''}`).toBe(hand.folder('inbox'));
      expect(add?.item.targetParent).toBeUndefined();
    },
  },
];

const client: readonly Rule[] = [
  {
    id: 'HIER-40',
    from: ['P', 'Hierarchical Synchronization (SCR-DS-CLIENT-014)'],
    text: 'The client puts what it is sent into the folder that is named, by GUID (SourceParent) or LUID (TargetParent).',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`${inbox}${work}${mail}`), ending);
        await device.sync();
        const folders = await device.client.folders();
        const [first] = await device.client.ls({});
        expect(folders.find((each) => each.luid === first?.folder)?.name).toBe('Work');
        const luid = heard[2]?.all('Map')[0]?.mapItems[0]?.source.locUri ?? '';
        const second = mail
          .replaceAll('m1', 'm2')
          .replaceAll('one@', 'two@')
          .replace('<SourceParent><LocURI>f2</LocURI></SourceParent>', `<TargetParent><LocURI>${luid}</LocURI></TargetParent>`);
        script(opening({ last: 'server-1', next: 'server-2' }), changes(second), ending);
        await device.sync();
        expect(folders.find(({ luid: each }) => each === luid)?.name).toBe('Inbox');
        expect((await shown(device, 'two')).folder).toBe(luid);
      }),
  },
  {
    id: 'HIER-41',
    from: ['R', 'Move'],
    text: 'The client says a move by Move with SourceParent in 1.2, and by Replace with SourceParent before.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`${inbox}${work}${mail}`), ending);
        await device.sync();
        const to = await folderOf(device, 'inbox');
        const { luid } = await shown(device, 'one');
        await device.client.move(luid, to);
        const from = heard.length;
        script(opening({ last: 'server-1', next: 'server-2' }), (each) => `${statusesFor(each)}${sync()}`, ending);
        await device.sync();
        const [change] = heard[from + 1]?.changes ?? [];
        expect(change).toMatchObject({
          name: stage.version === '1.2' ? 'Move' : 'Replace',
          items: [{ source: { locUri: luid }, sourceParent: to }],
        });
      }),
  },
  {
    id: 'HIER-42',
    from: ['F', 'Folder'],
    text: 'The user can make folders on the client, which the server is told of.',
    versions: since11,
    role: 'client',
    notHeld: 'Folders are made at the mail server; the client has no way to make one.',
    check: (stage) =>
      withScripted(stage, ({ device }) => {
        expect(Object.keys(device.client).filter((name) => /folder/i.test(name))).toEqual(['folders']);
        return Promise.resolve();
      }),
  },
];

export const hierarchy: Group = {
  key: 'HIER',
  title: 'Hierarchy: folders, parents, moves, the Outbox',
  rules: [...sending, ...taking, ...before, ...client],
};
