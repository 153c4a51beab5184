// Device information: what the server tells of itself, and what it takes.
import { childElements, decodeWbxml, type Element } from '@packetboat/wbxml';
import { parseDevInf, type DevInf } from '@packetboat/syncml';
import { expect } from 'vitest';
import { carry, elementsOf, type Received } from '../support/carry.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { before12, both, every, only10, only11, only12, since11, type Group, type Rule, type Stage } from '../support/rule.ts';
import { alert, devInf, escaped, folderType, getDevInf, putDevInf, sync } from '../support/words.ts';
import { deviceInformationClient } from './devinf-client.ts';

/** The server's DevInf as it is answered to a Get, and the element. */
async function told(stage: Stage, commands = ''): Promise<{ readonly devInf: DevInf; readonly root: Element; readonly answer: Received }> {
  const answer = await new Hand(stage).say(`${commands}${getDevInf(stage.version)}`);
  const [data] = elementsOf(answer.body.find((each) => each.name === 'Results') ?? answer.document.root, 'Data');
  const [content] = data?.content ?? [];
  const root = content instanceof Uint8Array ? decodeWbxml(content).root : (content as Element);
  return { devInf: parseDevInf(root), root, answer };
}

const own: readonly Rule[] = [
  {
    id: 'DEVINF-01',
    from: ['P', 'Exchange of Device Capabilities'],
    text: 'A Get of the DevInf is answered with Results that refer to it, with the Type on the command and ./devinf1x as Source.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const { answer } = await told(stage);
      const [results] = answer.all('Results');
      expect(results).toMatchObject({ msgRef: '1', cmdRef: '1', meta: { type: `application/vnd.syncml-devinf+${stage.encoding}` } });
      expect(results?.items[0]?.source?.locUri).toBe(`./devinf${stage.version.replace('.', '')}`);
      expect(answer.codes('Get')).toEqual(['200']);
    },
  },
  {
    id: 'DEVINF-02',
    from: ['D', 'VerDTD'],
    text: 'The VerDTD of the DevInf is that of the session.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      expect((await told(stage)).devInf.version).toBe(stage.version);
    },
  },
  {
    id: 'DEVINF-03',
    from: ['D', 'Man, Mod, FwV, SwV, HwV, DevID, DevTyp'],
    text: 'Man, Mod, FwV, SwV, HwV and DevID are there and not empty; DevTyp is server.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { devInf: said } = await told(stage);
      for (const value of [said.man, said.mod, said.fwV, said.swV, said.hwV, said.devId]) expect(value).toMatch(/\S/);
      expect(said.devTyp).toBe('server');
    },
  },
  {
    id: 'DEVINF-04',
    from: ['D', 'DevInf DTD'],
    text: 'The children of DevInf and DataStore stand as the DTD has them.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { root } = await told(stage);
      const order = ['VerDTD', 'Man', 'Mod', 'OEM', 'FwV', 'SwV', 'HwV', 'DevID', 'DevTyp', 'UTC', 'SupportLargeObjs'];
      expectOrder(root, [...order, 'SupportNumberOfChanges', 'DataStore', 'CTCap', 'Ext']);
      const inStore = ['SourceRef', 'DisplayName', 'MaxGUIDSize', 'Rx-Pref', 'Rx', 'Tx-Pref', 'Tx', 'CTCap', 'DSMem'];
      for (const store of childElements(root).filter((each) => each.name === 'DataStore'))
        expectOrder(store, [...inStore, 'SupportHierarchicalSync', 'SyncCap', 'Filter-Rx', 'FilterCap']);
    },
  },
  {
    id: 'DEVINF-05',
    from: ['D', 'SourceRef'],
    text: 'Each datastore that the message alerts is in the DevInf, under the name that the device wrote.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      for (const server of ['./mail', 'mail', '/mail/home', './mail?x'])
        expect((await told(stage, alert(201, { next: '1' }, { server }))).devInf.dataStores.map((each) => each.sourceRef)).toEqual([
          server,
        ]);
    },
  },
  {
    id: 'DEVINF-06',
    from: ['D', 'Rx-Pref, Tx-Pref, Rx, Tx'],
    text: 'Rx-Pref and Tx-Pref name the email object with its version; folders and plain messages are in Rx and Tx.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const [store] = (await told(stage)).devInf.dataStores;
      const email = { ctType: 'application/vnd.omads-email+xml', verCt: '1.2' };
      expect([store?.rxPref, store?.txPref]).toEqual([email, email]);
      for (const list of [store?.rx, store?.tx]) expect(list?.map((each) => each.ctType)).toEqual([folderType, 'message/rfc822']);
    },
  },
  {
    id: 'DEVINF-07',
    from: ['D', 'SyncCap, SyncType'],
    text: 'SyncCap has two-way and slow, and numbers of the specification only.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const syncCap = (await told(stage)).devInf.dataStores[0]?.syncCap ?? [];
      expect(syncCap).toEqual(expect.arrayContaining([1, 2]));
      for (const type of syncCap) expect([1, 2, 3, 4, 5, 6, 7]).toContain(type);
    },
  },
  {
    id: 'DEVINF-08',
    from: ['D', 'SyncCap, SyncType'],
    text: 'SyncCap has no type that the server refuses.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      expect((await told(stage)).devInf.dataStores[0]?.syncCap).not.toContain(4);
    },
  },
  {
    id: 'DEVINF-09',
    from: ['D', 'SyncCap: 7 Server Alerted Sync'],
    text: 'SyncCap has Server Alerted Sync (7) only if the server can wake a device.',
    versions: every,
    role: 'server',
    notHeld: 'It is announced already, though there is no bearer for Package #0 yet.',
    check: async (stage) => {
      expect((await told(stage)).devInf.dataStores[0]?.syncCap).toContain(7);
    },
  },
  {
    id: 'DEVINF-10',
    from: ['D', 'MaxGUIDSize'],
    text: 'A server has no MaxGUIDSize.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      expect(elementsOf((await told(stage)).root, 'MaxGUIDSize')).toEqual([]);
    },
  },
  {
    id: 'DEVINF-11',
    from: ['D', 'UTC, SupportLargeObjs, SupportNumberOfChanges'],
    text: 'Since 1.1 the server says that it takes UTC, large objects and NumberOfChanges.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      expect((await told(stage)).devInf).toMatchObject({ utc: true, supportLargeObjs: true, supportNumberOfChanges: true });
    },
  },
  {
    id: 'DEVINF-12',
    from: ['D', 'UTC, SupportLargeObjs, SupportNumberOfChanges'],
    text: 'DevInf 1.0 has none of these three.',
    versions: only10,
    role: 'server',
    check: async (stage) => {
      const { root } = await told(stage);
      for (const name of ['UTC', 'SupportLargeObjs', 'SupportNumberOfChanges']) expect(elementsOf(root, name)).toEqual([]);
    },
  },
  {
    id: 'DEVINF-13',
    from: ['D', 'CTCap, Property, PropParam'],
    text: 'In 1.2 a CTCap for each type is inside the DataStore, with Property and PropParam.',
    versions: only12,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const { root } = await told(stage);
      expect(childElements(root).some((each) => each.name === 'CTCap')).toBe(false);
      const caps = elementsOf(root, 'CTCap');
      expect(caps.map((each) => elementsOf(each, 'CTType')[0]?.content[0])).toEqual(['application/vnd.omads-email+xml', folderType]);
      expect(caps[0] === undefined ? [] : elementsOf(caps[0], 'PropParam')).toHaveLength(2);
    },
  },
  {
    id: 'DEVINF-14',
    from: ['D', 'CTCap'],
    text: 'Before 1.2 CTCap is beside the DataStores, and flat.',
    versions: before12,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const { root } = await told(stage);
      const cap = childElements(root).find((each) => each.name === 'CTCap');
      const names = new Set(childElements(cap ?? root).map((each) => each.name));
      expect(names).toEqual(new Set(['CTType', 'PropName', 'ParamName']));
      expect(elementsOf(root, 'Property')).toEqual([]);
    },
  },
  {
    id: 'DEVINF-15',
    from: ['D', 'SupportHierarchicalSync'],
    text: 'SupportHierarchicalSync is said in 1.2, which has it, and only there.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      expect(elementsOf((await told(stage)).root, 'SupportHierarchicalSync')).toHaveLength(stage.version === '1.2' ? 1 : 0);
    },
  },
  {
    id: 'DEVINF-16',
    from: ['D', 'Filter-Rx, FilterCap'],
    text: 'The filter grammar that the server takes is in Filter-Rx, its keywords and properties in FilterCap.',
    versions: only12,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const [store] = (await told(stage)).devInf.dataStores;
      expect(store?.filterRx).toEqual([{ ctType: 'syncml:filtertype-cgi', verCt: '1.0' }]);
      expect(store?.filterCaps[0]?.ctType).toBe('application/vnd.omads-email+xml');
      expect(store?.filterCaps[0]?.filterKeywords).toEqual(expect.arrayContaining(['SINCE', 'BEFORE']));
      expect(store?.filterCaps[0]?.propNames).toEqual(expect.arrayContaining(['received', 'modified', 'read']));
    },
  },
  {
    id: 'DEVINF-17',
    from: ['D', 'CTCap, FieldLevel'],
    text: 'FieldLevel says that a Replace may hold some properties alone.',
    versions: only12,
    role: 'server',
    notHeld: 'It is taken (flags alone), and not announced: one widespread client refuses the whole message where a CTCap has it.',
    check: async (stage) => {
      expect(elementsOf((await told(stage)).root, 'FieldLevel')).toEqual([]);
    },
  },
  {
    id: 'DEVINF-18',
    from: ['D', 'Ext'],
    text: 'What is our own is said in Ext alone.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      expect((await told(stage)).devInf.ext).toEqual([{ xNam: 'x-packetboat-1', xVal: [] }]);
    },
  },
  {
    id: 'DEVINF-19',
    from: ['D', 'DevInf in WBXML'],
    text: 'In WBXML the DevInf is an OPAQUE document with a header of its own; in XML it is an element of its own namespace.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const { answer } = await told(stage);
      if (stage.encoding === 'xml') expect(answer.text).toMatch(/<DevInf xmlns=["']syncml:devinf["']>/);
      else {
        const [data] = elementsOf(answer.body.find((each) => each.name === 'Results') ?? answer.document.root, 'Data');
        const [content] = data?.content ?? [];
        expect(content instanceof Uint8Array ? decodeWbxml(content).type : '').toBe(`DevInf ${stage.version}`);
      }
    },
  },
];

const taken: readonly Rule[] = [
  {
    id: 'DEVINF-20',
    from: ['P', 'Exchange of Device Capabilities'],
    text: 'A server that does not know the device asks for its DevInf (Get), and not again when it has it.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const stranger = new Hand(stage, { devInf: null });
      const [get] = (await stranger.open(201, { next: '1' })).all('Get');
      expect(get?.items[0]?.target?.locUri).toBe(`./devinf${stage.version.replace('.', '')}`);
      const known = new Hand(stage, { deviceId: `${stage.name}-known` });
      expect((await known.open(201, { next: '1' })).all('Get')).toEqual([]);
      known.newSession();
      expect((await known.say(alert(201, { next: '2' }))).all('Get')).toEqual([]);
    },
  },
  {
    id: 'DEVINF-21',
    from: ['P', 'Exchange of Device Capabilities'],
    text: 'What a device has Put is remembered for its later sessions.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await hand.say(alert(205, { next: '2' }));
      const answer = await hand.say(sync());
      expect(answer.changes.some((each) => each.meta?.type === folderType)).toBe(true);
    },
  },
  {
    id: 'DEVINF-22',
    from: ['P', 'Exchange of Device Capabilities'],
    text: 'A Put counts for the Alerts of its message, wherever it stands.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.say(`${alert(201, { next: '1' })}${hand.introduction}`);
      expect((await hand.say(sync())).changes.some((each) => each.meta?.type === folderType)).toBe(true);
    },
  },
  {
    id: 'DEVINF-23',
    from: ['P', 'Exchange of Device Capabilities'],
    text: 'A device that has changed says so by a new Put, and is sent what it takes now.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      const flat = putDevInf({ version: stage.version, deviceId: hand.deviceId, hierarchical: false });
      const answer = await hand.say(`${flat}${alert(205, { last: nextOfFirst, next: '2' })}`);
      expect(answer.codes('Put')).toEqual(['200']);
      expect((await hand.say(sync())).changes.every((each) => each.meta?.type !== folderType)).toBe(true);
    },
  },
  {
    id: 'DEVINF-24',
    from: ['D', 'DevInf DTD'],
    text: 'DevInf is read in any order, with elements that are not known, with empty ones and with SyncTypes of others.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const odd = hand.introduction
        .replace(/(<DevID>.*<\/DevID>)(<DevTyp>.*?<\/DevTyp>)/, '$2$1')
        .replace('<Mod>', '<Colour>red</Colour><FwV></FwV><Mod>')
        .replace('<SyncCap>', '<DSMem></DSMem><SyncCap><SyncType>390001</SyncType>');
      expect((await hand.say(`${odd}${alert(201, { next: '1' })}`)).codes('Put')).toEqual(['200']);
      expect((await hand.say(sync())).changes.some((each) => each.meta?.type === folderType)).toBe(true);
    },
  },
  {
    id: 'DEVINF-25',
    from: ['D', 'DevInf in WBXML'],
    text: 'A DevInf that comes as XML text, escaped, is read in either encoding.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = new Hand(stage);
      hand.msgId = 1;
      const document = devInf({ version: stage.version, deviceId: hand.deviceId });
      const said = hand.introduction.replace(/<DevInf.*<\/DevInf>/, escaped(document).replaceAll('$', '$$$$'));
      await hand.post(carry(hand.write(`${said}${alert(201, { next: '1' })}`), stage.encoding));
      hand.newSession();
      expect((await hand.say(alert(201, { next: '2' }))).all('Get')).toEqual([]);
    },
  },
  {
    id: 'DEVINF-26',
    from: ['D', 'DevInf'],
    text: 'A DevInf that cannot be read costs its Put alone.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const broken = hand.introduction.replace(/<DevInf.*<\/DevInf>/, 'nonsense');
      const answer = await hand.say(`${broken}${alert(201, { next: '1' })}`);
      expect(answer.codes('Put')).not.toEqual(['200']);
      expect(answer.codes('Alert')).toEqual(['200']);
    },
  },
  {
    id: 'DEVINF-27',
    from: ['D', 'VerDTD; Status codes: 505'],
    text: 'A Get of the DevInf of another version is refused, or answered in that version.',
    versions: only11,
    role: 'server',
    notHeld: 'It is answered with the DevInf of the session, under its name.',
    check: async (stage) => {
      const answer = await new Hand(stage).say(getDevInf('1.2'));
      expect(answer.codes('Get')).toEqual(['200']);
      expect(answer.all('Results')[0]?.items[0]?.source?.locUri).toBe('./devinf11');
    },
  },
];

function expectOrder(parent: Element, order: readonly string[]): void {
  const names = childElements(parent).map((each) => each.name);
  expect(names.filter((name) => !order.includes(name))).toEqual([]);
  expect(names).toEqual(names.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
}

export const deviceInformation: Group = {
  key: 'DEVINF',
  title: 'Device information',
  rules: [...own, ...taken, ...deviceInformationClient],
};
