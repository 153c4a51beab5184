// The email and folder objects: their elements, what a missing one means, how the mail is wrapped.
import { childElements, decodeXml, textOf } from '@packetboat/wbxml';
import { dataBytes, parseEmail, parseFolder } from '@packetboat/syncml';
import { expect } from 'vitest';
import { letter, placeOf, shown } from '../../scenarios/support/clients.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { countOf, draft, flags, mailOf, text } from '../support/mailbox.ts';
import { both, every, since11, type Group, type Rule, type Stage } from '../support/rule.ts';
import { changes, ending, fromServer, opening, withScripted } from '../support/scripted.ts';
import { email, emailType, escaped, folder, folderType, put, sync } from '../support/words.ts';

/** The objects of a first sync, as the device keeps them. */
async function first(stage: Stage, mail?: Uint8Array): Promise<Hand> {
  if (mail !== undefined) await stage.world.deliver(mail);
  return new Hand(stage).inStep();
}

const bytesOf = (hand: Hand, name: string): Uint8Array => hand.held.get(hand.luid(name))?.bytes ?? new Uint8Array();

/** Sends an email object as a draft and says what it was answered with. */
async function drafted(stage: Stage, object: string): Promise<string | undefined> {
  const hand = await new Hand(stage).opened();
  return (await hand.say(sync(put('Add', 'x', object, emailType, { parent: hand.folder('drafts') })))).codes('Add')[0];
}

/** The mail named as the stage, as another device gets it. */
async function asKept(stage: Stage): Promise<string> {
  const hand = await new Hand(stage, { deviceId: `${stage.name}-reader` }).inStep();
  return new TextDecoder().decode(parseEmail(bytesOf(hand, stage.name)).emailItem);
}

const made: readonly Rule[] = [
  {
    id: 'OBJ-01',
    from: ['E', 'Email DTD'],
    text: 'The elements of an email object stand as the DTD has them: flags, dates, emailitem, Ext.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await first(stage, letter(stage.name));
      const order = ['read', 'forwarded', 'replied', 'received', 'created', 'modified', 'deleted', 'flagged', 'emailitem', 'Ext'];
      const { root } = decodeXml(bytesOf(hand, stage.name));
      const names = childElements(root).map((each) => each.name);
      expect(root.name).toBe('Email');
      expect(names).toEqual(names.toSorted((a, b) => order.indexOf(a) - order.indexOf(b)));
      expect(names.filter((name) => !order.includes(name))).toEqual([]);
      expect(names).toContain('emailitem');
    },
  },
  {
    id: 'OBJ-02',
    from: ['E', 'read, forwarded, replied, deleted, flagged'],
    text: 'Flags are true or false, as they are at the mail server.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const { folder: path, uid } = await placeOf(stage.world, stage.name);
      await stage.world.mailbox().setFlags(path, [uid], { read: true, replied: true, flagged: true });
      await stage.world.settle();
      const hand = await first(stage);
      expect(parseEmail(bytesOf(hand, stage.name))).toMatchObject({
        read: true,
        replied: true,
        flagged: true,
        forwarded: false,
        deleted: false,
      });
    },
  },
  {
    id: 'OBJ-03',
    from: ['E', 'received, created, modified'],
    text: 'Dates are UTC in the short form of ISO 8601.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const object = parseEmail(bytesOf(await first(stage, letter(stage.name)), stage.name));
      expect(object.received).toMatch(/^\d{8}T\d{6}Z$/);
    },
  },
  {
    id: 'OBJ-04',
    from: ['E', 'created'],
    text: 'created and modified are the Date of the mail.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const object = parseEmail(bytesOf(await first(stage, letter(stage.name)), stage.name));
      expect([object.created, object.modified]).toEqual(['20260105T080000Z', '20260105T080000Z']);
    },
  },
  {
    id: 'OBJ-05',
    from: ['E', 'emailitem'],
    text: 'emailitem is the mail byte for byte: CR LF, trailing blanks, `]]>`, other scripts.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const words = 'blanks at the end  \r\n\r\n]]> & <b> &amp; ü 日本 \ttab\r\n.\r\n';
      const hand = await first(stage, letter(stage.name, words));
      expect(new TextDecoder().decode(parseEmail(bytesOf(hand, stage.name)).emailItem)).toBe(text(stage.name, words));
    },
  },
  {
    id: 'OBJ-06',
    from: ['E', 'emailitem, enc'],
    text: 'A mail that XML cannot hold is wrapped whole (enc), and comes byte for byte.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const mail = Buffer.concat([letter(stage.name), Buffer.from([0xff, 0x00, 0x07, 0x0d, 0x0a])]);
      const hand = await first(stage, mail);
      expect(Buffer.from(parseEmail(bytesOf(hand, stage.name)).emailItem ?? [])).toEqual(mail);
      const item = childElements(decodeXml(bytesOf(hand, stage.name)).root).find((each) => each.name === 'emailitem');
      expect(['base64', 'quoted-printable']).toContain(item?.attributes?.['enc']);
    },
  },
  {
    id: 'OBJ-07',
    from: ['F', 'Folder DTD'],
    text: 'A folder object has a name and, where there is one, a role.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await first(stage);
      const { root } = decodeXml(hand.held.get(hand.folder('deleted'))?.bytes ?? new Uint8Array());
      expect(root.name).toBe('Folder');
      expect(childElements(root).map((each) => `${each.name} ${textOf(each)}`)).toEqual(['name Trash', 'role deleted']);
    },
  },
  {
    id: 'OBJ-08',
    from: ['F', 'role'],
    text: 'An ordinary folder has no role.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await first(stage);
      const folders = [...hand.held.values()].flatMap(({ type, bytes }) => (type === folderType ? [parseFolder(bytes)] : []));
      expect(folders.find((each) => each.name === 'Archive')?.role).toBeUndefined();
    },
  },
  {
    id: 'OBJ-09',
    from: ['F', 'created, modified, accessed, attributes'],
    text: 'A folder object tells its dates and attributes.',
    versions: every,
    role: 'server',
    notHeld: 'Mail servers know none of them.',
    check: async (stage) => {
      const hand = await first(stage);
      expect(parseFolder(hand.held.get(hand.folder('inbox'))?.bytes ?? new Uint8Array())).toEqual({
        name: 'INBOX',
        role: 'inbox',
        ext: [],
      });
    },
  },
];

const read: readonly Rule[] = [
  {
    id: 'OBJ-10',
    from: ['E', 'Email'],
    text: 'In a Replace a flag that is missing stays as it is.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).opened();
      const luid = hand.luid(stage.name);
      await hand.say(sync(`${flags(luid, { flagged: true })}${flags(luid, { read: true })}`));
      expect((await mailOf(stage.world, stage.name)).flags).toMatchObject({ read: true, flagged: true, replied: false });
    },
  },
  {
    id: 'OBJ-11',
    from: ['E', 'Email'],
    text: 'In an Add a flag that is missing is false.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      expect(await drafted(stage, email({ flagged: true }, text(stage.name)))).toBe('201');
      expect((await mailOf(stage.world, stage.name)).flags).toMatchObject({ read: false, flagged: true, deleted: false });
    },
  },
  {
    id: 'OBJ-12',
    from: ['E', 'read'],
    text: 'Flags go both ways: what the device takes back (false) is taken back at the server.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).opened();
      const luid = hand.luid(stage.name);
      await hand.say(sync(flags(luid, { read: true, flagged: true })), { final: false });
      await hand.say(sync(flags(luid, { read: false })));
      expect((await mailOf(stage.world, stage.name)).flags).toMatchObject({ read: false, flagged: true });
    },
  },
  {
    id: 'OBJ-13',
    from: ['E', 'emailitem, enc'],
    text: 'emailitem is read in base64 and in quoted-printable, whatever the case of the attribute.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const mail = text(stage.name, 'Grüße = viele');
      const quoted = Array.from(Buffer.from(mail), (byte) =>
        byte > 126 || byte === 0x3d ? `=${byte.toString(16).toUpperCase().padStart(2, '0')}` : String.fromCodePoint(byte),
      ).join('');
      const forms = [
        `<emailitem enc="base64">${Buffer.from(mail).toString('base64')}</emailitem>`,
        `<emailitem ENC="Quoted-Printable">${escaped(quoted).replaceAll('\r', '&#13;')}</emailitem>`,
      ];
      for (const [at, item] of forms.entries()) {
        const own = item.includes('base64') ? item : item.replace(`&lt;${stage.name}@`, `&lt;${stage.name}@`);
        expect(await drafted({ ...stage, name: `${stage.name}-${at}` }, `<Email><read>true</read>${own}</Email>`)).toBe('201');
      }
      expect(await countOf(stage.world, stage.name)).toBe(2);
    },
  },
  {
    id: 'OBJ-14',
    from: ['E', 'emailitem'],
    text: 'emailitem is read in CDATA, in CDATA that is escaped inside (`]]&gt;`), and as escaped text.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const mail = escaped(text(stage.name)).replaceAll('\r', '&#13;');
      const raw = text(stage.name).replaceAll('\r', '');
      const items = [mail, `<![CDATA[${raw}]]>`];
      for (const [at, item] of items.entries())
        expect(await drafted({ ...stage, name: `${stage.name}-${at}` }, `<Email><emailitem>${item}</emailitem></Email>`)).toBe('201');
      expect(await countOf(stage.world, stage.name)).toBe(2);
    },
  },
  {
    id: 'OBJ-15',
    from: ['E', 'Email'],
    text: 'Elements that are not known, and any order, do not matter.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const mail = escaped(text(stage.name)).replaceAll('\r', '&#13;');
      const object = `<Email><colour>red</colour><emailitem>${mail}</emailitem><flagged>true</flagged><read>true</read></Email>`;
      expect(await drafted(stage, object)).toBe('201');
      expect((await mailOf(stage.world, stage.name)).flags).toMatchObject({ read: true, flagged: true });
    },
  },
  {
    id: 'OBJ-16',
    from: ['E', 'Email'],
    text: 'A mail that the device wrote is kept as it wrote it.',
    versions: every,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      expect((await hand.say(sync(draft(hand, 'x', stage.name)))).codes('Add')).toEqual(['201']);
      await stage.world.settle();
      expect(await asKept(stage)).toBe(text(stage.name));
    },
  },
  {
    id: 'OBJ-17',
    from: ['E', 'Email: entities'],
    text: 'An object with a document type of its own, or entities, is refused.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      expect(await drafted(stage, '<!DOCTYPE a [<!ENTITY b "c">]><Email><emailitem>&b;</emailitem></Email>')).toBe('400');
    },
  },
  {
    id: 'OBJ-18',
    from: ['E', 'Ext'],
    text: 'A mail of which the device got a part says how large it is and how much is left (Ext x-funambol-size, x-funambol-body).',
    versions: ['1.2'],
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = new Hand(stage);
      const property = "<Property xmlns='syncml:devinf'><PropName>emailitem</PropName></Property>";
      const meta = "<Meta><Type xmlns='syncml:metinf'>application/vnd.syncml-devinf+xml</Type></Meta>";
      await hand.open(201, { next: nextOfFirst }, `<Filter><Field><Item>${meta}<Data>${property}</Data></Item></Field></Filter>`);
      await hand.exchange();
      const { ext } = parseEmail(bytesOf(hand, stage.name));
      const value = (name: string): number => Number(ext.find((each) => each.xNam === name)?.xVal[0]);
      expect(value('x-funambol-size')).toBe(letter(stage.name).length);
      expect(value('x-funambol-body')).toBeGreaterThan(0);
    },
  },
];

const inbox = fromServer('Add', 'f1', folder('Inbox', 'inbox'), folderType, { parent: '/' });

const client: readonly Rule[] = [
  {
    id: 'OBJ-40',
    from: ['E', 'Email'],
    text: 'The client says a change of flags by an email object that holds the changed flags alone.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`${inbox}${fromServer('Add', 'm1', email({ read: false }, text('one')), emailType)}`), ending);
        await device.sync();
        const [mail] = await device.client.ls({});
        await device.client.mark(mail?.luid ?? '', 1, 1);
        const from = heard.length;
        script(opening({ last: 'server-1', next: 'server-2' }), changes(), ending);
        await device.sync();
        const [change] = heard[from + 1]?.changes ?? [];
        const data = change !== undefined && 'items' in change ? dataBytes(change.items[0]?.data) : undefined;
        expect(new TextDecoder().decode(data)).toBe('<Email><read>true</read></Email>');
      }),
  },
  {
    id: 'OBJ-41',
    from: ['E', 'Email'],
    text: 'Flags that come alone change the flags; the mail stays, and flags that are missing too.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, script }) => {
        script(opening(), changes(`${inbox}${fromServer('Add', 'm1', email({ read: true }, text('one')), emailType)}`), ending);
        await device.sync();
        const [mail] = await device.client.ls({});
        const flagged = fromServer('Replace', mail?.luid ?? '', email({ flagged: true }), emailType);
        script(opening({ last: 'server-1', next: 'server-2' }), changes(flagged), ending);
        await device.sync();
        const after = await device.client.read(mail?.luid ?? '');
        expect(after.whole).toBe(true);
        expect((await shown(device, 'one')).flags).toBe((mail?.flags ?? 0) | after.flags);
        expect(after.flags).not.toBe(mail?.flags);
      }),
  },
  {
    id: 'OBJ-42',
    from: ['E', 'emailitem, enc'],
    text: 'The client reads emailitem in base64, in quoted-printable, in CDATA and as text.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, script }) => {
        const names = ['a', 'b', 'c'];
        const items = [
          `<emailitem enc="base64">${Buffer.from(text('a')).toString('base64')}</emailitem>`,
          `<emailitem ENC="quoted-printable">${escaped(text('b').replaceAll('=', '=3D')).replaceAll('\r', '&#13;')}</emailitem>`,
          `<emailitem>${escaped(text('c')).replaceAll('\r', '&#13;')}</emailitem>`,
        ];
        const adds = items.map((item, at) => fromServer('Add', names[at] ?? '', `<Email>${item}</Email>`, emailType, { parent: 'f1' }));
        script(opening(), changes(`${inbox}${adds.join('')}`), ending);
        await device.sync();
        for (const name of names) expect((await shown(device, name)).summary.subject).toBe(`About ${name}`);
      }),
  },
];

export const objects: Group = { key: 'OBJ', title: 'Email and folder objects', rules: [...made, ...read, ...client] };
