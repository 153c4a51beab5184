// What a device can do, and how it is served by it: types, fields, memory, sizes.
import { expect } from 'vitest';
import { letter, placeOf } from '../../scenarios/support/clients.ts';
import type { Received } from '../support/carry.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { text } from '../support/mailbox.ts';
import { both, every, only12, since11, type Group, type Rule, type Stage } from '../support/rule.ts';
import { changes, ending, fromServer, opening, statusesFor, withScripted } from '../support/scripted.ts';
import { alert, email, emailType, folder, folderType, put, sync } from '../support/words.ts';

const rfc822 = 'message/rfc822';

/** What a device in step gets when the flags of its mail have changed at the server. */
async function afterFlags(stage: Stage, fieldLevel: boolean): Promise<Received> {
  await stage.world.deliver(letter(stage.name));
  const hand = await new Hand(stage, { devInf: { fieldLevel } }).inStep();
  const { folder: path, uid } = await placeOf(stage.world, stage.name);
  await stage.world.mailbox().setFlags(path, [uid], { flagged: true });
  await stage.world.settle();
  await hand.open(200, { last: nextOfFirst, next: '2' });
  return hand.say(sync());
}

function dataOf(reply: Received): string {
  const [first] = reply.changes;
  const data = first !== undefined && 'items' in first ? first.items[0]?.data : undefined;
  return data?.kind === 'text' ? data.text : data?.kind === 'bytes' ? new TextDecoder().decode(data.bytes) : '';
}

const server: readonly Rule[] = [
  {
    id: 'CAP-01',
    from: ['D', 'Rx-Pref, Rx'],
    text: 'A device that takes plain messages (message/rfc822) alone gets mails as such, byte for byte.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = new Hand(stage, { devInf: { types: [rfc822], hierarchical: false } });
      await hand.open(201, { next: '1' });
      const reply = await hand.say(sync());
      expect(new Set(reply.changes.map((each) => each.meta?.type))).toEqual(new Set([rfc822]));
      hand.answers(reply);
      const mails = [...hand.held.values()].map(({ bytes }) => new TextDecoder().decode(bytes));
      expect(mails).toContain(text('first'));
    },
  },
  {
    id: 'CAP-02',
    from: ['D', 'Tx-Pref, Tx'],
    text: 'A device may send plain messages too.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage, { devInf: { types: [rfc822], hierarchical: false } });
      await hand.open(201, { next: '1' });
      expect((await hand.say(sync(put('Add', 'x', text(stage.name), rfc822)))).codes('Add')).toEqual(['201']);
    },
  },
  {
    id: 'CAP-03',
    from: ['D', 'Rx-Pref'],
    text: 'A device that takes both gets email objects, which can say more.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage, { devInf: { types: [rfc822, emailType], hierarchical: false } });
      await hand.open(201, { next: '1' });
      expect(new Set((await hand.say(sync())).changes.map((each) => each.meta?.type))).toEqual(new Set([emailType]));
    },
  },
  {
    id: 'CAP-04',
    from: ['D', 'CTCap, FieldLevel'],
    text: 'A device with FieldLevel gets changed flags alone, with FieldLevel in the Meta; the mail stays.',
    versions: only12,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const reply = await afterFlags(stage, true);
      expect(reply.changes[0]).toMatchObject({ name: 'Replace', meta: { type: emailType, fieldLevel: true } });
      expect(dataOf(reply)).toContain('<flagged>true</flagged>');
      expect(dataOf(reply)).not.toContain('<emailitem');
    },
  },
  {
    id: 'CAP-05',
    from: ['D', 'CTCap, FieldLevel'],
    text: 'A device without FieldLevel gets the whole object again, so that a Replace never empties a mail.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const reply = await afterFlags(stage, false);
      expect(reply.changes[0]).toMatchObject({ name: 'Replace' });
      expect(dataOf(reply)).toContain('<flagged>true</flagged>');
      expect(dataOf(reply)).toContain('The text of');
    },
  },
  {
    id: 'CAP-06',
    from: ['P', 'Device Memory Management; MetaInfo, Mem'],
    text: 'No more is sent than the device has room for (FreeMem, FreeID in the Meta of its Sync).',
    versions: every,
    role: 'server',
    notHeld: 'Mem is read and not looked at; a device that is full says so with 420.',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      const mem = "<Meta><Mem xmlns='syncml:metinf'><FreeMem>100</FreeMem><FreeID>1</FreeID></Mem></Meta>";
      expect((await hand.say(sync('', {}, mem))).changes.length).toBeGreaterThan(2);
    },
  },
  {
    id: 'CAP-07',
    from: ['D', 'DSMem, MaxMem, MaxID'],
    text: 'No more is sent than the datastore of the device can ever hold (DSMem).',
    versions: every,
    role: 'server',
    notHeld: 'DSMem is not looked at: phones send it empty or wrong.',
    check: async (stage) => {
      const hand = new Hand(stage, { devInf: { inStore: '<DSMem><MaxMem>100</MaxMem><MaxID>1</MaxID></DSMem>' } });
      await hand.open(201, { next: '1' });
      expect((await hand.say(sync())).changes.length).toBeGreaterThan(2);
    },
  },
  {
    id: 'CAP-08',
    from: ['D', 'Property, MaxSize'],
    text: 'No mail is larger than the MaxSize that the device gives for emailitem.',
    versions: only12,
    role: 'server',
    notHeld: 'MaxSize of a CTCap is not looked at: phones give values that they do not mean.',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name, 'text '.repeat(400)));
      const hand = new Hand(stage);
      const small = hand.introduction.replace('<PropName>emailitem</PropName>', '<PropName>emailitem</PropName><MaxSize>200</MaxSize>');
      await hand.say(`${small}${alert(201, { next: '1' })}`);
      await hand.exchange();
      expect(hand.held.get(hand.luid(stage.name))?.bytes.length).toBeGreaterThan(2_000);
    },
  },
  {
    id: 'CAP-09',
    from: ['D', 'SyncCap'],
    text: 'A device is asked for no sync type that is not in its SyncCap.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const few = hand.introduction.replace(/<SyncType>[4-7]<\/SyncType>/g, '');
      const answer = await hand.say(`${few}${alert(200, { last: 'x', next: '1' })}`);
      expect(answer.alert()?.code).toBe(201);
    },
  },
  {
    id: 'CAP-10',
    from: ['P', 'Exchange of Device Capabilities'],
    text: 'Until a device has said what it is, it is served as the least of devices: the inbox, whole mails, no chunks, no counts.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage, { devInf: null });
      await hand.open(201, { next: '1' });
      const reply = await hand.say(sync());
      expect(new Set(reply.changes.map((each) => each.meta?.type))).toEqual(new Set([emailType]));
      expect(reply.syncs[0]?.numberOfChanges).toBeUndefined();
    },
  },
  {
    id: 'CAP-11',
    from: ['D', 'CTCap'],
    text: 'A device without any CTCap is served as well.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const bare = hand.introduction.replace(/<CTCap>.*?<\/CTCap>/g, '');
      expect((await hand.say(`${bare}${alert(201, { next: '1' })}`)).codes('Put')).toEqual(['200']);
      expect((await hand.say(sync())).changes.some((each) => each.meta?.type === folderType)).toBe(true);
    },
  },
  {
    id: 'CAP-12',
    from: ['D', 'SourceRef'],
    text: 'A datastore that the device alerts under another name than it has in its DevInf is found by its types.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.say(`${hand.introduction}${alert(201, { next: '1' }, { client: 'C:\\Mail' })}`);
      const reply = await hand.say(sync('', { client: 'C:\\Mail' }));
      expect(reply.changes.some((each) => each.meta?.type === folderType)).toBe(true);
    },
  },
  {
    id: 'CAP-13',
    from: ['M', 'Format'],
    text: 'What is sent is plain text or bytes: nothing to an email object has a Format that phones refuse (b64, bin).',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      for (const each of (await hand.say(sync())).changes) {
        expect(each.meta?.format).toBeUndefined();
        if ('items' in each) for (const item of each.items) expect(item.meta?.format).toBeUndefined();
      }
    },
  },
  {
    id: 'CAP-14',
    from: ['M', 'Type'],
    text: 'Every Add and Replace has its Type.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      for (const each of (await hand.say(sync())).changes) expect([emailType, folderType]).toContain(each.meta?.type);
    },
  },
  {
    id: 'CAP-15',
    from: ['P', 'Exchange of Device Capabilities'],
    text: 'Devices are told apart by rules on their maker and model, for what they do otherwise than they say.',
    versions: only12,
    role: 'server',
    notHeld: 'There is one such rule alone (resume, by OEM); all devices are taken at their word.',
    check: async (stage) => {
      const plain = await afterFlags(stage, false);
      const hand = new Hand(stage, { deviceId: `${stage.name}-nokia` });
      const nokia = hand.introduction.replace('<Man>Hand</Man><Mod>made</Mod>', '<Man>NOKIA</Man><Mod>9210</Mod>');
      await hand.say(`${nokia}${alert(201, { next: '1' })}`);
      expect(plain.changes[0]?.name).toBe('Replace');
      expect((await hand.say(sync())).changes.length).toBeGreaterThan(2);
    },
  },
];

const inbox = fromServer('Add', 'f1', folder('Inbox', 'inbox'), folderType, { parent: '/' });

const client: readonly Rule[] = [
  {
    id: 'CAP-40',
    from: ['P', 'Exchange of Device Capabilities'],
    text: 'What a server announces of its own (Ext) is used only where both have it: any other server gets plain OMA DS.',
    versions: only12,
    role: 'client',
    check: (stage) =>
      withScripted(
        stage,
        async ({ device, heard, script }) => {
          script((each) => (each.final ? `${statusesFor(each)}${sync()}` : statusesFor(each)), opening(), changes(inbox), ending);
          await device.client.sync();
          script(opening(), changes(inbox), ending);
          const from = heard.length;
          await device.client.sync();
          const [first] = heard.slice(from);
          expect(first?.syncs).toEqual([]);
          expect(heard.slice(from).some((each) => each.text.includes('x-packetboat-flags'))).toBe(false);
        },
        { profile: true },
      ),
  },
  {
    id: 'CAP-41',
    from: ['P', 'Device Memory Management; MetaInfo, Mem'],
    text: 'The client says in its Sync how much room it has.',
    versions: since11,
    role: 'client',
    notHeld: 'It has no bound of its own to tell.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        await device.sync();
        expect(heard.some((each) => each.syncs.some((said) => said.meta?.mem !== undefined))).toBe(false);
      }),
  },
  {
    id: 'CAP-42',
    from: ['R', 'NumberOfChanges'],
    text: 'The client says how many changes it sends.',
    versions: since11,
    role: 'client',
    notHeld: 'It says no number, which is optional.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        await device.sync();
        expect(heard[1]?.syncs.map((each) => each.numberOfChanges)).toEqual([undefined]);
      }),
  },
  {
    id: 'CAP-43',
    from: ['D', 'CTCap'],
    text: 'The client takes mails as email objects and as plain messages.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        const object = fromServer('Add', 'm1', email({}, text('one')), emailType, { parent: 'f1' });
        const plain = fromServer('Add', 'm2', text('two'), rfc822, { parent: 'f1' });
        script(opening(), changes(`${inbox}${object}${plain}`), ending);
        await device.sync();
        expect(heard[2]?.codes('Add')).toEqual(['201', '201', '201']);
        expect(await device.client.ls({})).toHaveLength(2);
      }),
  },
];

export const capability: Group = { key: 'CAP', title: 'What a device can do', rules: [...server, ...client] };
