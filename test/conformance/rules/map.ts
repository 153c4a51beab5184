// The map of GUIDs and LUIDs: how it is told, when it may come, and what it does.
import { expect } from 'vitest';
import { letter, placeOf } from '../../scenarios/support/clients.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { draft } from '../support/mailbox.ts';
import { every, since11, type Group, type Rule, type Stage } from '../support/rule.ts';
import { changes, ending, fromServer, opening, statusesFor, withScripted } from '../support/scripted.ts';
import { alert, email, emailType, folder, folderType, map, status, sync } from '../support/words.ts';

/** A device to which one new mail has been sent: its answer is open. */
async function sent(stage: Stage): Promise<{ readonly hand: Hand; readonly guid: string; readonly statuses: string }> {
  const hand = await new Hand(stage).inStep();
  await stage.world.deliver(letter(stage.name));
  await hand.open(200, { last: nextOfFirst, next: 'run-2' });
  const reply = await hand.say(sync());
  const [add] = reply.changes;
  const guid = add !== undefined && 'items' in add ? (add.items[0]?.source?.locUri ?? '') : '';
  const { msgId } = reply.header;
  const statuses =
    status(msgId, '0', 'SyncHdr', 200) +
    status(msgId, reply.syncs[0]?.cmdId ?? '', 'Sync', 200) +
    status(msgId, add?.cmdId ?? '', 'Add', 201);
  return { hand, guid, statuses };
}

/** What the next session says of the mail after its flags have changed at the server. */
async function changedNext(hand: Hand, stage: Stage, last: string): Promise<readonly string[]> {
  const { folder: path, uid } = await placeOf(stage.world, stage.name);
  await stage.world.mailbox().setFlags(path, [uid], { flagged: true });
  await stage.world.settle();
  hand.newSession();
  await hand.open(200, { last, next: 'run-9' });
  return (await hand.say(sync())).changes.map((each) =>
    'items' in each ? `${each.name} ${each.items[0]?.target?.locUri ?? 'new'}` : each.name,
  );
}

const server: readonly Rule[] = [
  {
    id: 'MAP-01',
    from: ['P', 'ID Mapping of Data Items'],
    text: 'A new item is sent with its GUID as Source, and no Target.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await stage.world.deliver(letter(stage.name));
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const [add] = (await hand.say(sync())).changes;
      expect(add).toMatchObject({ name: 'Add', items: [{ source: { locUri: expect.stringMatching(/^\d+$/) } }] });
      expect(add !== undefined && 'items' in add ? add.items[0]?.target : 'none').toBeUndefined();
    },
  },
  {
    id: 'MAP-02',
    from: ['P', 'ID Mapping of Data Items; Map Acknowledge'],
    text: 'A Map is answered with 200; from then on the server names the item by its LUID as Target.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, guid, statuses } = await sent(stage);
      expect((await hand.say(`${statuses}${map([[guid, 'mine']])}`)).codes('Map')).toEqual(['200']);
      expect(await changedNext(hand, stage, 'run-2')).toEqual(['Replace mine']);
    },
  },
  {
    id: 'MAP-03',
    from: ['R', 'Map, MapItem'],
    text: 'One Map with many items and many Maps with one each are the same.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      for (const many of [true, false]) {
        const hand = new Hand(stage, { deviceId: `${stage.name}-${many}` });
        await hand.open(201, { next: nextOfFirst });
        const reply = await hand.say(sync());
        const said = hand.answers(reply);
        const split = said.replace(
          /<MapItem>.*?<\/MapItem>(?=<MapItem>)/g,
          (item) => `${item}</Map>${said.match(/<Map>.*?(?=<MapItem>)/)?.[0] ?? ''}`,
        );
        const answer = await hand.say(many ? said : split);
        expect(new Set(answer.codes('Map'))).toEqual(new Set(['200']));
        hand.newSession();
        await hand.open(200, { last: nextOfFirst, next: '2' });
        expect((await hand.say(sync())).changes).toEqual([]);
      }
    },
  },
  {
    id: 'MAP-04',
    from: ['P', 'Map Acknowledge; Status codes: 404'],
    text: 'A Map of a GUID that was never sent is refused with 404 by itself; the others are taken.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, guid, statuses } = await sent(stage);
      const answer = await hand.say(
        `${statuses}${map([
          ['99999', 'x'],
          [guid, 'mine'],
        ])}`,
      );
      expect(answer.codes('Map')).toEqual(['200', '404']);
      expect(answer.statuses('Map')[1]).toMatchObject({ targetRefs: ['99999'], sourceRefs: ['x'] });
      expect(await changedNext(hand, stage, 'run-2')).toEqual(['Replace mine']);
    },
  },
  {
    id: 'MAP-05',
    from: ['P', 'ID Mapping of Data Items'],
    text: 'A Map that comes twice does no harm, in the same session and in the next.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, guid, statuses } = await sent(stage);
      await hand.say(`${statuses}${map([[guid, 'mine']])}`);
      expect((await hand.say(map([[guid, 'mine']]))).codes('Map')).toEqual(['200']);
      hand.newSession();
      await hand.open(200, { last: 'run-2', next: 'run-3' });
      expect((await hand.say(`${map([[guid, 'mine']])}${sync()}`)).codes('Map')).toEqual(['200']);
      expect(await changedNext(hand, stage, 'run-2')).toEqual(['Replace mine']);
    },
  },
  {
    id: 'MAP-06',
    from: ['P', 'Caching of Map operations'],
    text: 'A Map that was lost may come before the Sync of the next session: the item is not sent again.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, guid } = await sent(stage);
      hand.newSession();
      await hand.open(200, { last: nextOfFirst, next: 'run-3' });
      const answer = await hand.say(`${map([[guid, 'mine']])}${sync()}`);
      expect(answer.codes('Map')).toEqual(['200']);
      expect(answer.changes).toEqual([]);
    },
  },
  {
    id: 'MAP-07',
    from: ['P', 'Caching of Map operations'],
    text: 'An item whose Map never came is sent again under the same GUID.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, guid } = await sent(stage);
      hand.newSession();
      await hand.open(200, { last: nextOfFirst, next: 'run-3' });
      const again = (await hand.say(sync())).changes.map((each) =>
        'items' in each ? `${each.name} ${each.items[0]?.source?.locUri}` : '',
      );
      expect(again).toEqual([`Add ${guid}`]);
    },
  },
  {
    id: 'MAP-08',
    from: ['P', 'ID Mapping of Data Items'],
    text: 'A Map behind the end of the map phase is taken.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, guid, statuses } = await sent(stage);
      await hand.say(statuses);
      expect((await hand.say(map([[guid, 'late']]))).codes('Map')).toEqual(['200']);
      expect(await changedNext(hand, stage, 'run-2')).toEqual(['Replace late']);
    },
  },
  {
    id: 'MAP-09',
    from: ['P', 'ID Mapping of Data Items'],
    text: 'A Map with another LUID for an item that is mapped moves the item to it.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, guid, statuses } = await sent(stage);
      await hand.say(`${statuses}${map([[guid, 'first']])}`);
      expect((await hand.say(map([[guid, 'second']]))).codes('Map')).toEqual(['200']);
      expect(await changedNext(hand, stage, 'run-2')).toEqual(['Replace second']);
    },
  },
  {
    id: 'MAP-10',
    from: ['R', 'Map, Target'],
    text: 'A Map for a datastore that is not open is refused with 404.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      expect((await hand.say(map([['1', 'x']], { server: './contacts' }))).codes('Map')).toEqual(['404']);
    },
  },
  {
    id: 'MAP-11',
    from: ['P', 'ID Mapping of Data Items'],
    text: 'The device names its own items by LUID; the server needs no Map for them and names them so too.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const reply = await hand.say(sync(draft(hand, 'my own', stage.name)));
      expect(reply.changes).toEqual([]);
      await hand.say(hand.answers(reply));
      expect(await changedNext(hand, stage, 'run-2')).toEqual(['Replace my own']);
    },
  },
  {
    id: 'MAP-12',
    from: ['D', 'MaxGUIDSize'],
    text: 'No GUID is longer than the MaxGUIDSize of the device.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.say(`${hand.introduction.replace('<MaxGUIDSize>64', '<MaxGUIDSize>4')}${alert(201, { next: '1' })}`);
      for (const command of (await hand.say(sync())).changes)
        for (const item of 'items' in command ? command.items : []) expect(item.source?.locUri.length).toBeLessThanOrEqual(4);
    },
  },
  {
    id: 'MAP-13',
    from: ['D', 'MaxGUIDSize'],
    text: 'Where GUIDs are longer than that, temporary ones are sent.',
    versions: every,
    role: 'server',
    notHeld: 'GUIDs are counted from 1, so they pass four characters only with the ten thousandth mail; MaxGUIDSize is not looked at.',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.say(`${hand.introduction.replace('<MaxGUIDSize>64', '<MaxGUIDSize>0')}${alert(201, { next: '1' })}`);
      const guids = (await hand.say(sync())).changes.flatMap((each) =>
        'items' in each ? each.items.map((item) => item.source?.locUri) : [],
      );
      expect(guids.length).toBeGreaterThan(2);
      for (const guid of guids) expect(guid).toMatch(/^\d+$/);
    },
  },
  {
    id: 'MAP-14',
    from: ['P', 'ID Mapping of Data Items'],
    text: 'A LUID is opaque: any text that a LocURI can hold.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, guid, statuses } = await sent(stage);
      const luid = './Mail/1048/Größe &amp; more/%20';
      await hand.say(`${statuses}${map([[guid, luid]])}`);
      expect(await changedNext(hand, stage, 'run-2')).toEqual([`Replace ${luid.replace('&amp;', '&')}`]);
    },
  },
];

const inbox = fromServer('Add', 'f1', folder('Inbox', 'inbox'), folderType, { parent: '/' });
const mail = fromServer('Add', 'm1', email({}, new TextDecoder().decode(letter('one'))), emailType, { parent: 'f1' });

const client: readonly Rule[] = [
  {
    id: 'MAP-40',
    from: ['P', 'ID Mapping of Data Items'],
    text: 'The client tells by Map which LUID each new item has, datastores named as it knows them.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`${inbox}${mail}`), ending);
        await device.sync();
        const [said] = heard[2]?.all('Map') ?? [];
        expect(said).toMatchObject({ target: { locUri: './mail' }, source: { locUri: './mail' } });
        expect(said?.mapItems.map((each) => each.target.locUri)).toEqual(['f1', 'm1']);
        const [shown] = await device.client.ls({});
        expect(said?.mapItems[1]?.source.locUri).toBe(shown?.luid);
      }),
  },
  {
    id: 'MAP-41',
    from: ['P', 'Caching of Map operations'],
    text: 'A Map that did not reach the server is sent in the next session, before the Sync.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`${inbox}${mail}`), () => ({ commands: '', httpStatus: 400 }));
        expect((await device.client.sync()).outcome).toBe('failed');
        const from = heard.length;
        script(opening({ last: 'server-1', next: 'server-2' }), changes(), ending);
        await device.client.sync();
        const third = heard.slice(from).find((each) => each.syncs.length > 0);
        const names = third?.message.commands.map((each) => each.name) ?? [];
        expect(names).toContain('Map');
        expect(names.indexOf('Map')).toBeLessThan(names.indexOf('Sync'));
      }),
  },
  {
    id: 'MAP-42',
    from: ['P', 'ID Mapping of Data Items'],
    text: 'An item that comes again under a GUID that the client has mapped is the same item.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`${inbox}${mail}`), ending);
        await device.sync();
        const from = heard.length;
        script(opening({ last: 'server-1', next: 'server-2' }), changes(mail), ending);
        await device.sync();
        expect(heard[from + 2]?.codes('Add')).toEqual(['418']);
        expect(await device.client.ls({})).toHaveLength(1);
      }),
  },
  {
    id: 'MAP-43',
    from: ['P', 'ID Mapping of Data Items'],
    text: 'The client names items by their LUID alone.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`${inbox}${mail}`), ending);
        await device.sync();
        const [shown] = await device.client.ls({});
        await device.client.mark(shown?.luid ?? '', 1, 1);
        const from = heard.length;
        script(opening({ last: 'server-1', next: 'server-2' }), (each) => `${statusesFor(each)}${sync()}`, ending);
        await device.sync();
        const [change] = heard[from + 1]?.changes ?? [];
        expect(change).toMatchObject({ name: 'Replace', items: [{ source: { locUri: shown?.luid } }] });
      }),
  },
];

export const mapping: Group = { key: 'MAP', title: 'Map', rules: [...server, ...client] };
