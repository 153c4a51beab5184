// WBXML and XML: headers, tokens, pages, strings, namespaces; the same message in all its forms.
import { decodeWbxml, decodeXml, encodeWbxml, encodeXml, equalDocuments } from '@packetboat/wbxml';
import { decodeMessage } from '@packetboat/syncml';
import { expect } from 'vitest';
import { password } from '../../support/world.ts';
import { carry, elementsOf, type Received } from '../support/carry.ts';
import { Hand } from '../support/hand.ts';
import { both, every, only10, only12, since11, type Group, type Rule, type Stage } from '../support/rule.ts';
import { changes, ending, opening, withScripted } from '../support/scripted.ts';
import { alert, sync } from '../support/words.ts';
import { devInfHex, initHex, statusHex, syncHex } from './vectors.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');

/** A first message of the device, in the bytes that `change` makes of it. */
async function sent(stage: Stage, change: (plain: Buffer) => Uint8Array): Promise<Received> {
  const hand = new Hand(stage);
  hand.msgId = 1;
  return hand.post(change(Buffer.from(carry(hand.write(alert(201, { next: '1' })), stage.encoding))));
}

/** The same in XML, changed as text. */
async function written(stage: Stage, change: (xml: string) => string): Promise<Received> {
  return sent(stage, (plain) => Buffer.from(change(plain.toString())));
}

function taken(answer: Received): void {
  expect(answer.codes('SyncHdr')).toEqual(['212']);
  expect(answer.codes('Alert')).toEqual(['200']);
}

const publicIds = {
  '1.0': '-//SYNCML//DTD SyncML 1.0//EN',
  '1.1': '-//SYNCML//DTD SyncML 1.1//EN',
  '1.2': '-//SYNCML//DTD SyncML 1.2//EN',
};
const numericIds = { '1.0': '9f51', '1.1': '9f53', '1.2': 'a401' };

/** The public identifier in words, in the string table; NUL counted or not. */
function inWords(plain: Buffer, stage: Stage, end: string): Uint8Array {
  const words = Buffer.from(`${publicIds[stage.version]}${end}`);
  return Buffer.concat([bytes('0200006a'), Buffer.from([words.length]), words, plain.subarray(5)]);
}

const wbxml: readonly Rule[] = [
  {
    id: 'REPR-01',
    from: ['W', 'Document header'],
    text: 'Our WBXML is version 1.2, with the public identifier of its SyncML version as a number, UTF-8 and no string table.',
    versions: since11,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      const answer = await new Hand(stage).open(201, { next: '1' });
      expect(Buffer.from(answer.bytes.subarray(0, 5)).toString('hex')).toBe(`02${numericIds[stage.version]}6a00`);
    },
  },
  {
    id: 'REPR-02',
    from: ['W', 'Document header'],
    text: 'In 1.0 the public identifier is in words, in the string table, as the stacks of then know it.',
    versions: only10,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      const answer = await new Hand(stage).open(201, { next: '1' });
      const head = Buffer.from(answer.bytes.subarray(0, 40)).toString('latin1');
      expect(head.startsWith('\u0002\u0000\u0000j')).toBe(true);
      expect(head).toContain(publicIds['1.0']);
    },
  },
  {
    id: 'REPR-03',
    from: ['W', 'Document header'],
    text: 'A public identifier is read in words, with and without a NUL, and as a number.',
    versions: every,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      const names = ['', '\0'];
      for (const [at, end] of names.entries())
        taken(await sent({ ...stage, name: `${stage.name}${at}` }, (plain) => inWords(plain, stage, end)));
      taken(await sent(stage, (plain) => Buffer.concat([bytes(`02${numericIds[stage.version]}6a00`), plain.subarray(5)])));
    },
  },
  {
    id: 'REPR-04',
    from: ['W', 'Document header: unknown public identifier'],
    text: 'With the public identifier 1 (unknown) the first tag tells what it is.',
    versions: every,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      taken(await sent(stage, (plain) => Buffer.concat([bytes('02016a00'), plain.subarray(5)])));
    },
  },
  {
    id: 'REPR-05',
    from: ['W', 'Document header: version'],
    text: 'WBXML 1.1, 1.2 and 1.3 are read; another version is refused.',
    versions: only12,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      for (const version of ['01', '02', '03'])
        taken(await sent({ ...stage, name: stage.name + version }, (plain) => Buffer.concat([bytes(version), plain.subarray(1)])));
      expect((await sent(stage, (plain) => Buffer.concat([bytes('13'), plain.subarray(1)]))).status).toBe(400);
    },
  },
  {
    id: 'REPR-06',
    from: ['W', 'String table, STR_T'],
    text: 'Text may stand in the string table (STR_T), in several pieces, and as OPAQUE.',
    versions: every,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      const inline = Buffer.concat([bytes('03'), Buffer.from('./mail\0')]);
      const forms = [
        bytes('8300'),
        Buffer.concat([bytes('03'), Buffer.from('./ma\0'), bytes('03'), Buffer.from('il\0')]),
        Buffer.concat([bytes('c306'), Buffer.from('./mail')]),
      ];
      for (const [at, form] of forms.entries())
        taken(
          await sent({ ...stage, name: `${stage.name}${at}` }, (plain) => {
            const body = Buffer.from(plain.subarray(5));
            const place = body.indexOf(inline);
            const table = Buffer.from('./mail\0');
            const head = Buffer.concat([plain.subarray(0, 4), Buffer.from([table.length]), table]);
            return Buffer.concat([head, body.subarray(0, place), form, body.subarray(place + inline.length)]);
          }),
        );
    },
  },
  {
    id: 'REPR-07',
    from: ['W', 'Attributes, LITERAL'],
    text: 'A namespace that a phone writes as a literal attribute of SyncML is passed over.',
    versions: only12,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      const literal = Buffer.concat([bytes('ed040003'), Buffer.from('SYNCML:SYNCML1.2\0'), bytes('01')]);
      taken(await sent(stage, (plain) => Buffer.concat([plain.subarray(0, 5), literal, plain.subarray(6)])));
    },
  },
  {
    id: 'REPR-08',
    from: ['W', 'Content of elements'],
    text: 'An element without content may have an END or none (Final: 52 01 or 12).',
    versions: every,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      taken(
        await sent(stage, (plain) => {
          expect(plain.subarray(-3).toString('hex')).toBe('120101');
          return Buffer.concat([plain.subarray(0, -3), bytes('52010101')]);
        }),
      );
    },
  },
  {
    id: 'REPR-09',
    from: ['W', 'Tokens'],
    text: 'A token that the code page does not have is refused cleanly.',
    versions: every,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      expect((await sent(stage, (plain) => Buffer.concat([plain.subarray(0, -3), bytes('3f120101')]))).status).toBe(400);
    },
  },
  {
    id: 'REPR-10',
    from: ['W', 'Document'],
    text: 'A document that is cut anywhere is refused.',
    versions: only12,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      for (const part of [0, 1, 4, 60, 200]) expect((await sent(stage, (plain) => plain.subarray(0, part))).status).toBe(400);
      expect((await sent(stage, (plain) => plain.subarray(0, -1))).status).toBe(400);
    },
  },
  {
    id: 'REPR-11',
    from: ['W', 'Code pages: SWITCH_PAGE'],
    text: 'The page stays until the next SWITCH_PAGE, through ENDs too; ours are as late as can be.',
    versions: only12,
    role: 'server',
    encodings: ['wbxml'],
    check: () => {
      for (const hex of [statusHex, initHex, syncHex]) {
        const document = decodeWbxml(bytes(hex));
        expect(Buffer.from(encodeWbxml(document)).toString('hex')).toBe(hex);
        expect(equalDocuments(decodeXml(encodeXml(document)), { type: document.type, root: decodeXml(encodeXml(document)).root })).toBe(
          true,
        );
      }
    },
  },
  {
    id: 'REPR-12',
    from: ['R', 'Code pages of SyncML, MetInf and DevInf'],
    text: 'The tokens of SyncML, MetInf and DevInf are those of their tables (messages made by another encoder).',
    versions: only12,
    role: 'server',
    encodings: ['wbxml'],
    check: () => {
      expect(decodeMessage(bytes(statusHex), 'wbxml').commands[0]).toMatchObject({ name: 'Status', cmd: 'SyncHdr', data: '212' });
      const init = decodeMessage(bytes(initHex), 'wbxml');
      expect(init.header).toMatchObject({ source: { locUri: 'IMEI:493005100592800', locName: 'Bruce2' }, meta: { maxMsgSize: 16_384 } });
      expect(init.commands[0]).toMatchObject({ name: 'Alert', data: '200', items: [{ meta: { anchor: { last: '234', next: '276' } } }] });
      const [told] = decodeMessage(bytes(syncHex), 'wbxml').commands;
      expect(told).toMatchObject({
        name: 'Sync',
        numberOfChanges: 1,
        commands: [{ name: 'Add', items: [{ source: { locUri: '7' }, sourceParent: 'I' }] }],
      });
      expect(decodeWbxml(bytes(devInfHex)).type).toBe('DevInf 1.2');
    },
  },
  {
    id: 'REPR-13',
    from: ['R', 'Data'],
    text: 'In WBXML objects travel as OPAQUE.',
    versions: every,
    role: 'server',
    encodings: ['wbxml'],
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      const adds = (await hand.say(sync())).changes.flatMap((each) => ('items' in each ? each.items : []));
      expect(adds.length).toBeGreaterThan(2);
      for (const { data } of adds) expect(data?.kind).toBe('bytes');
    },
  },
];

const xml: readonly Rule[] = [
  {
    id: 'REPR-14',
    from: ['R', 'XML namespaces'],
    text: 'Our XML names the namespace of its version at SyncML, and syncml:metinf at each child of Meta.',
    versions: every,
    role: 'server',
    encodings: ['xml'],
    check: async (stage) => {
      const { text } = await new Hand(stage).open(201, { next: '1' });
      expect(text).toMatch(new RegExp(`<SyncML xmlns=["']SYNCML:SYNCML${stage.version.replace('.', '\\.')}["']>`));
      for (const [, name] of text.matchAll(/<Meta><(\w+)/g))
        expect(text).toMatch(new RegExp(`<${name ?? ''} xmlns=["']syncml:metinf["']>`));
      expect(text).not.toContain('MetInf>');
    },
  },
  {
    id: 'REPR-15',
    from: ['R', 'XML namespaces'],
    text: 'Namespaces are compared without case; prefixes, a document type and a missing namespace do not matter.',
    versions: every,
    role: 'server',
    encodings: ['xml'],
    check: async (stage) => {
      const forms: ((text: string) => string)[] = [
        (text) => text.replace(/SYNCML:SYNCML/, 'syncml:syncml'),
        (text) => text.replace(/ xmlns='SYNCML[^']*'/, ''),
        (text) => text.replaceAll(" xmlns='syncml:metinf'", ''),
        (text) => `<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE SyncML PUBLIC "${publicIds[stage.version]}" "http://x/y.dtd">${text}`,
        (text) => text.replace(/<(\/?)(SyncML|SyncHdr|SyncBody)/g, '<$1s:$2').replace('xmlns=', 'xmlns:s='),
      ];
      for (const [at, form] of forms.entries()) {
        const answer = await written({ ...stage, name: `${stage.name}${at}` }, form);
        expect(`${at} ${answer.status}`).toBe(`${at} 200`);
        taken(answer);
      }
    },
  },
  {
    id: 'REPR-16',
    from: ['R', 'MetInf'],
    text: 'A MetInf element around the children of Meta is taken.',
    versions: every,
    role: 'server',
    encodings: ['xml'],
    check: async (stage) => {
      taken(
        await written(stage, (text) =>
          text.replaceAll('<Meta>', "<Meta><MetInf xmlns='syncml:metinf'>").replaceAll('</Meta>', '</MetInf></Meta>'),
        ),
      );
    },
  },
  {
    id: 'REPR-17',
    from: ['R', 'XML'],
    text: 'CDATA, entities and character references are the same text; blanks around elements do not matter.',
    versions: every,
    role: 'server',
    encodings: ['xml'],
    check: async (stage) => {
      const name = stage.name.replace('-', '&#45;');
      const answer = await written(stage, (text) =>
        text
          .replace('<Data>201</Data>', '<Data><![CDATA[201]]></Data>')
          .replace(`<LocURI>${stage.name}<`, `<LocURI>${name}<`)
          .replaceAll('><', '>\r\n  <'),
      );
      taken(answer);
      expect(answer.header.target.locUri).toBe(stage.name);
    },
  },
  {
    id: 'REPR-18',
    from: ['R', 'XML'],
    text: 'What is not well-formed XML is refused, and so are entities of its own.',
    versions: only12,
    role: 'server',
    encodings: ['xml'],
    check: async (stage) => {
      expect((await written(stage, (text) => text.replace('</SyncBody>', ''))).status).toBe(400);
      expect((await written(stage, (text) => `<!DOCTYPE a [<!ENTITY b "c">]>${text.replace(stage.name, '&b;')}`)).status).toBe(400);
    },
  },
  {
    id: 'REPR-19',
    from: ['R', 'XML'],
    text: 'A carriage return is written as a character reference, which no XML parser turns into a line feed.',
    versions: every,
    role: 'server',
    encodings: ['xml'],
    notHeld: 'A mail goes in CDATA, where it stands as it is: the widespread stacks keep it, and some take no other form.',
    check: async (stage) => {
      const hand = new Hand(stage);
      await hand.open(201, { next: '1' });
      const { text } = await hand.say(sync());
      expect(text).toContain('\r\n');
      expect(text).not.toContain('&#13;');
    },
  },
  {
    id: 'REPR-20',
    from: ['R', 'XML, WBXML'],
    text: 'The header of an answer has no CDATA: some clients read none there.',
    versions: every,
    role: 'server',
    encodings: ['xml'],
    check: async (stage) => {
      const { text } = await new Hand(stage).say(alert(201, { next: '1' }), { target: 'http://x.example.test/?a=1&amp;b=2' });
      expect(text.slice(0, text.indexOf('</SyncHdr>'))).not.toContain('CDATA');
      expect(text).toContain('a=1&amp;b=2');
    },
  },
  {
    id: 'REPR-21',
    from: ['R', 'XML, WBXML'],
    text: 'Both encodings say the same.',
    versions: every,
    role: 'server',
    encodings: ['xml'],
    check: async (stage) => {
      const answers = await Promise.all(
        both.map(async (encoding) => {
          const hand = new Hand({ ...stage, encoding, name: `${stage.name}-same` });
          return (await hand.say(alert(799, { next: '1' }), { sessionId: encoding })).all('Status');
        }),
      );
      expect(answers[0]).toEqual(answers[1]);
    },
  },
];

const client: readonly Rule[] = [
  {
    id: 'REPR-40',
    from: ['W', 'Document header'],
    text: 'The WBXML of the client is version 1.2, with the public identifier as a number, UTF-8 and no string table.',
    versions: since11,
    role: 'client',
    encodings: ['wbxml'],
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(), ending);
        await device.sync();
        for (const each of heard) expect(Buffer.from(each.bytes.subarray(0, 5)).toString('hex')).toBe(`02${numericIds[stage.version]}6a00`);
      }),
  },
  {
    id: 'REPR-41',
    from: ['R', 'VerDTD'],
    text: 'The client speaks SyncML 1.0.',
    versions: only10,
    role: 'client',
    encodings: ['wbxml'],
    notHeld: 'It speaks 1.2 and 1.1; no server is known that speaks 1.0 alone.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening());
        await device.client.sync();
        expect(heard[0]?.header.version).toBe('1.2');
      }),
  },
  {
    id: 'REPR-42',
    from: ['R', 'Cred'],
    text: 'No password stands in a message but in its Cred.',
    versions: since11,
    role: 'client',
    encodings: both,
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(), ending);
        await device.sync();
        for (const each of heard) expect(each.text).not.toContain(password);
        expect(heard[0] === undefined ? [] : elementsOf(heard[0].document.root, 'Cred')).toHaveLength(1);
      }),
  },
];

export const representation: Group = { key: 'REPR', title: 'WBXML and XML', rules: [...wbxml, ...xml, ...client] };
