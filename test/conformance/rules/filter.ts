// Filters: which mails a device wants, and how much of each.
import { parseEmail, type EmailObject } from '@packetboat/syncml';
import { expect } from 'vitest';
import { letter, placeOf } from '../../scenarios/support/clients.ts';
import type { Received } from '../support/carry.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { flags, mailOf, text } from '../support/mailbox.ts';
import { before12, both, only12, type Group, type Rule, type Stage } from '../support/rule.ts';
import { changes, ending, opening, withScripted } from '../support/scripted.ts';
import { alert, emailType, escaped, sync } from '../support/words.ts';

const typeIs = (name: string): string => `<Meta><Type xmlns='syncml:metinf'>${name}</Type></Meta>`;

function property(name: string, more = ''): string {
  return `<Property xmlns='syncml:devinf'><PropName>${name}</PropName>${more}</Property>`;
}

const withText = '<PropParam><ParamName>texttype</ParamName></PropParam>';
const withAll = `${withText}<PropParam><ParamName>attachtype</ParamName></PropParam>`;

function field(properties: string): string {
  return `<Field><Item>${typeIs('application/vnd.syncml-devinf+xml')}<Data>${properties}</Data></Item></Field>`;
}

function record(expression: string): string {
  return `<Record><Item>${typeIs('syncml:filtertype-cgi')}<Data>${escaped(expression)}</Data></Item></Record>`;
}

function filter(inside: string, type?: 'INCLUSIVE' | 'EXCLUSIVE'): string {
  return `<Filter>${typeIs(emailType)}${inside}${type === undefined ? '' : `<FilterType>${type}</FilterType>`}</Filter>`;
}

/** A first sync with a filter: the email object of the mail that is named as the stage. */
async function sentWith(stage: Stage, said: string, words?: string): Promise<EmailObject> {
  await stage.world.deliver(letter(stage.name, words));
  const hand = new Hand(stage);
  expect((await hand.open(201, { next: nextOfFirst }, said)).codes('Alert')).toEqual(['200']);
  await hand.exchange();
  const bytes = hand.held.get(hand.luid(stage.name))?.bytes;
  return parseEmail(bytes ?? new Uint8Array());
}

const mailText = (object: EmailObject): string => new TextDecoder().decode(object.emailItem ?? new Uint8Array());
const left = (object: EmailObject): string | undefined => object.ext.find((each) => each.xNam === 'x-funambol-body')?.xVal[0];

/** The mail named as the stage, asked for alone by its LUID after it came as headers. */
async function fetched(
  stage: Stage,
  write: (luid: string) => string,
): Promise<{ readonly hand: Hand; readonly reply: Received; readonly opening: Received }> {
  await stage.world.deliver(letter(stage.name));
  await stage.world.deliver(letter(`${stage.name}-other`));
  const hand = new Hand(stage);
  await hand.open(201, { next: nextOfFirst }, filter(field(property('emailitem'))));
  await hand.exchange();
  hand.newSession();
  const asked = filter(`${field(property('emailitem', withAll))}${write(hand.luid(stage.name))}`, 'INCLUSIVE');
  const answered = await hand.open(200, { last: nextOfFirst, next: 'run-2' }, asked);
  return { hand, opening: answered, reply: await hand.say(sync()) };
}

/** A first sync with a Record that the mail of the stage fits (it is flagged), and another one does not. */
async function filtered(stage: Stage, said: string): Promise<Hand> {
  await stage.world.deliver(letter(stage.name));
  await stage.world.deliver(letter(`${stage.name}-other`));
  const { folder, uid } = await placeOf(stage.world, stage.name);
  await stage.world.mailbox().setFlags(folder, [uid], { flagged: true });
  await stage.world.settle();
  const hand = new Hand(stage);
  expect((await hand.open(201, { next: nextOfFirst }, said)).codes('Alert')).toEqual(['200']);
  await hand.exchange();
  return hand;
}

const fields: readonly Rule[] = [
  {
    id: 'FILTER-01',
    from: ['P', 'Filtering: Field (SCR-DS-SERVER-013)'],
    text: 'A Field with emailitem and no parameter asks for the headers alone; what is left out is told.',
    versions: only12,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const object = await sentWith(stage, filter(field(property('emailitem'))));
      expect(mailText(object)).toContain(`Message-ID: <${stage.name}@sender.test>`);
      expect(mailText(object)).not.toContain('The text of');
      expect(Number(left(object))).toBeGreaterThan(0);
    },
  },
  {
    id: 'FILTER-02',
    from: ['P', 'Filtering: Field'],
    text: 'A Field with texttype and attachtype, or no Field, asks for whole mails.',
    versions: only12,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      for (const said of [filter(field(property('emailitem', withAll))), '']) {
        const object = await sentWith({ ...stage, name: `${stage.name}-${said.length}` }, said);
        expect(mailText(object)).toBe(text(`${stage.name}-${said.length}`));
        expect(left(object)).toBeUndefined();
      }
    },
  },
  {
    id: 'FILTER-03',
    from: ['P', 'Filtering: Field, PropParam texttype'],
    text: 'A Field with texttype alone asks for the text of a mail without its attachments.',
    versions: only12,
    role: 'server',
    notHeld: 'Any parameter asks for the whole mail.',
    check: async (stage) => {
      const parts =
        '--b\r\nContent-Type: text/plain\r\n\r\nwords\r\n--b\r\nContent-Type: application/pdf; name=plan.pdf\r\n' +
        'Content-Disposition: attachment; filename=plan.pdf\r\n\r\npages\r\n--b--\r\n';
      const mail = text(stage.name, parts).replace('text/plain; charset=utf-8', 'multipart/mixed; boundary=b');
      await stage.world.deliver(mail);
      const hand = new Hand(stage);
      await hand.open(201, { next: nextOfFirst }, filter(field(property('emailitem', withText))));
      await hand.exchange();
      expect(mailText(parseEmail(hand.held.get(hand.luid(stage.name))?.bytes ?? new Uint8Array()))).toContain('pages');
    },
  },
  {
    id: 'FILTER-04',
    from: ['P', 'Filtering: Field, MaxSize'],
    text: 'A MaxSize bounds what is sent of a mail; the rest is told.',
    versions: only12,
    role: 'server',
    notHeld: 'MaxSize is not looked at: the mail comes whole.',
    check: async (stage) => {
      const said = filter(field(property('emailitem', `<MaxSize>600</MaxSize>${withText}`)));
      const object = await sentWith(stage, said, 'text '.repeat(500));
      expect(mailText(object).length).toBeGreaterThan(2_000);
    },
  },
  {
    id: 'FILTER-05',
    from: ['P', 'Filtering: Field'],
    text: 'A Field with flags and no emailitem asks for the flags alone.',
    versions: only12,
    role: 'server',
    notHeld:
      'A mail that is new to the device comes without its content and with no word of what is left out; flags that changed come as they would anyway.',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = new Hand(stage);
      const answer = await hand.open(201, { next: nextOfFirst }, filter(field(property('read'))));
      expect(answer.codes('Alert')).toEqual(['200']);
      const [reply] = await hand.exchange();
      const adds = (reply?.changes ?? []).filter((each) => each.meta?.type === emailType);
      expect(adds.length).toBeGreaterThan(0);
    },
  },
  {
    id: 'FILTER-06',
    from: ['P', 'Filtering: Field'],
    text: 'In a sync of flags alone the flags of the device are taken as in any other.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).inStep();
      await hand.open(200, { last: nextOfFirst, next: '2' }, filter(field(property('read'))));
      expect((await hand.say(sync(flags(hand.luid(stage.name), { read: true })))).codes('Replace')).toEqual(['200']);
      expect((await mailOf(stage.world, stage.name)).flags['read']).toBe(true);
    },
  },
  {
    id: 'FILTER-07',
    from: ['P', 'Filtering: Field'],
    text: 'A changed Field makes itself felt with the next session, without a slow sync.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = new Hand(stage);
      await hand.open(201, { next: nextOfFirst }, filter(field(property('emailitem'))));
      await hand.exchange();
      hand.newSession();
      await stage.world.deliver(letter(`${stage.name}-later`));
      const answer = await hand.open(200, { last: nextOfFirst, next: '2' }, filter(field(property('emailitem', withAll))));
      expect(answer.codes('Alert')).toEqual(['200']);
      await hand.exchange();
      expect(mailText(parseEmail(hand.held.get(hand.luid(`${stage.name}-later`))?.bytes ?? new Uint8Array()))).toContain('The text of');
    },
  },
];

const records: readonly Rule[] = [
  {
    id: 'FILTER-08',
    from: ['P', 'Filtering: Record, INCLUSIVE'],
    text: 'An INCLUSIVE Record with a LUID brings that one item, whole, as a Replace, and nothing else.',
    versions: only12,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const { hand, reply } = await fetched(stage, (luid) => record(`&LUID;&EQ;${luid}`));
      expect(reply.changes.map((each) => each.name)).toEqual(['Replace']);
      hand.answers(reply);
      expect(mailText(parseEmail(hand.held.get(hand.luid(stage.name))?.bytes ?? new Uint8Array()))).toBe(text(stage.name));
    },
  },
  {
    id: 'FILTER-09',
    from: ['P', 'Filtering: Record'],
    text: 'The same is read as Funambol writes it: children in another order, no Meta, `&LUID&iEQ;`.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const { hand, reply } = await fetched(stage, (luid) => record(`&LUID&iEQ;${luid}`));
      expect(reply.changes.map((each) => each.name)).toEqual(['Replace']);
      hand.newSession();
      const luid = hand.luid(`${stage.name}-other`);
      const turned = `<Filter>${record(`&LUID&iEQ;${luid}`)}${field(property('emailitem', withAll))}<FilterType>INCLUSIVE</FilterType></Filter>`;
      const answer = await hand.open(200, { last: nextOfFirst, next: '3' }, turned);
      expect(answer.codes('Alert')).toEqual(['200']);
      expect((await hand.say(sync())).changes.map((each) => ('items' in each ? each.items[0]?.target?.locUri : ''))).toEqual([luid]);
    },
  },
  {
    id: 'FILTER-10',
    from: ['P', 'Filtering: Record, INCLUSIVE'],
    text: 'A sync of one item leaves the others, and what is new, for the next sync.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const { hand, reply } = await fetched(stage, (luid) => record(`&LUID;&EQ;${luid}`));
      await hand.say(hand.answers(reply));
      await stage.world.deliver(letter(`${stage.name}-new`));
      hand.newSession();
      await hand.open(200, { last: 'run-2', next: 'run-3' }, filter(field(property('emailitem'))));
      await hand.exchange();
      expect(hand.luids(`${stage.name}-new`)).toHaveLength(1);
    },
  },
  {
    id: 'FILTER-11',
    from: ['P', 'Filtering: Record, EXCLUSIVE'],
    text: 'A Record bounds the mails that the device has (`flagged&EQ;true`, `modified&GE;20260501T000000Z`).',
    versions: only12,
    role: 'server',
    encodings: both,
    check: async (stage) => {
      const hand = await filtered(stage, filter(record('flagged&EQ;true'), 'EXCLUSIVE'));
      expect(hand.luids(stage.name)).toHaveLength(1);
      expect(hand.luids(`${stage.name}-other`)).toEqual([]);
      expect(hand.folder('inbox')).not.toBe('');
      const old = new Hand(stage, { deviceId: `${stage.name}-old` });
      await old.open(201, { next: '1' }, filter(record('modified&GE;20990101T000000Z'), 'EXCLUSIVE'));
      await old.exchange();
      expect(old.luids(stage.name)).toEqual([]);
    },
  },
  {
    id: 'FILTER-12',
    from: ['P', 'Filtering: FilterType'],
    text: 'With EXCLUSIVE, and without a FilterType, items that fit no more leave the device, softly; the server keeps them.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const said = filter(record('flagged&EQ;true'));
      const hand = await filtered(stage, said);
      const { folder, uid } = await placeOf(stage.world, stage.name);
      await stage.world.mailbox().setFlags(folder, [uid], { flagged: false });
      await stage.world.settle();
      hand.newSession();
      await hand.open(200, { last: nextOfFirst, next: '2' }, said);
      const [change] = (await hand.say(sync())).changes;
      expect(change).toMatchObject({ name: 'Delete', sftDel: true, items: [{ target: { locUri: hand.luid(stage.name) } }] });
      expect((await mailOf(stage.world, stage.name)).folder).toBe('INBOX');
    },
  },
  {
    id: 'FILTER-13',
    from: ['P', 'Filtering: filter grammar syncml:filtertype-cgi'],
    text: 'A Record has &AND;, &OR;, brackets, and the comparisons of what FilterCap names; an `i` before a comparison ignores case.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const all = [
        '(read&EQ;false)&AND;(flagged&EQ;true)',
        'size&LT;100000&OR;received&GT;20200101T000000Z',
        'READ&iNE;TRUE',
        'read&EQ;false&amp;size&LE;99999|size&GE;5',
      ];
      for (const expression of all) {
        hand.newSession();
        const answer = await hand.open(201, { next: '1' }, filter(record(expression), 'INCLUSIVE'));
        expect(`${expression} ${answer.codes('Alert').join('')}`).toMatch(/ (?:200|508)$/);
      }
    },
  },
  {
    id: 'FILTER-14',
    from: ['R', 'Status codes: 421 Unknown search grammar, 422 Bad CGI script'],
    text: 'A Record that is not of the grammar is refused with 422, one of another grammar with 421.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const wrong = await hand.open(201, { next: '1' }, filter(record('((read&EQ;'), 'INCLUSIVE'));
      expect(wrong.codes('Alert')).toEqual(['422']);
      const other = record('read&EQ;true').replace('syncml:filtertype-cgi', 'application/x-grammar');
      hand.newSession();
      expect((await hand.open(201, { next: '1' }, filter(other, 'INCLUSIVE'))).codes('Alert')).toEqual(['421']);
    },
  },
  {
    id: 'FILTER-15',
    from: ['P', 'Filtering: FilterKeyword'],
    text: 'Keywords BEFORE and SINCE bound mails by their date.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const expressions = ['SINCE&EQ;20200101T000000Z', 'BEFORE&EQ;20200101T000000Z'];
      const counts: number[] = [];
      for (const [at, expression] of expressions.entries()) {
        const hand = new Hand(stage, { deviceId: `${stage.name}-${at}` });
        await hand.open(201, { next: '1' }, filter(record(expression)));
        await hand.exchange();
        counts.push(hand.luids(stage.name).length);
      }
      expect(counts).toEqual([1, 0]);
    },
  },
  {
    id: 'FILTER-16',
    from: ['P', 'Filtering: words of the mail'],
    text: 'A Record may ask for words of a mail: `Subject&CON;plan`, `From&EQ;…`.',
    versions: only12,
    role: 'server',
    notHeld:
      'Refused with 422: the server knows of a mail its date, size and status, and does not open it for a filter. FilterCap says so.',
    check: async (stage) => {
      const answer = await new Hand(stage).open(201, { next: '1' }, filter(record('Subject&CON;plan'), 'INCLUSIVE'));
      expect(answer.codes('Alert')).toEqual(['422']);
    },
  },
  {
    id: 'FILTER-17',
    from: ['P', 'Addressing of databases: search grammar in the URI'],
    text: 'Before 1.2 the same expression may follow the datastore: ./mail?modified&GE;…',
    versions: before12,
    role: 'server',
    check: async (stage) => {
      const hand = new Hand(stage);
      const server = './mail?modified&amp;GE;20990101T000000Z';
      const answer = await hand.say(`${hand.introduction}${alert(201, { next: nextOfFirst }, { server })}`);
      expect(answer.codes('Alert')).toEqual(['200']);
      const reply = await hand.say(sync('', { server }));
      expect(reply.syncs).toHaveLength(1);
      expect(reply.changes.filter((each) => each.meta?.type === emailType)).toEqual([]);
    },
  },
  {
    id: 'FILTER-18',
    from: ['P', 'Filtering; Get with a Filter'],
    text: 'A Get or a Sync may carry a Filter in its Target.',
    versions: only12,
    role: 'server',
    notHeld: 'A Filter counts in an Alert alone; a Get of mails is refused with 404.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const target = `<Target><LocURI>./mail</LocURI>${filter(record('&LUID;&EQ;1'), 'INCLUSIVE')}</Target>`;
      expect((await hand.say(`<Get><CmdID/><Item>${target}</Item></Get>`)).codes('Get')).toEqual(['404']);
    },
  },
];

const client: readonly Rule[] = [
  {
    id: 'FILTER-40',
    from: ['P', 'Filtering: Field (SCR-DS-CLIENT-013)'],
    text: 'The client asks for headers alone by a Field with emailitem and no parameter, for whole mails by one with both.',
    versions: only12,
    role: 'client',
    check: async (stage) => {
      for (const mails of ['headers', 'full'] as const)
        await withScripted(
          { ...stage, name: `${stage.name}-${mails}` },
          async ({ device, heard, script }) => {
            script(opening(), changes(), ending);
            await device.sync();
            const filterOf = heard[0]?.all('Alert')[0]?.items[0]?.target?.filter;
            const parameters = filterOf?.field?.[0]?.propParam?.map((each) => each.paramName) ?? [];
            expect(filterOf?.field?.[0]?.propName).toBe('emailitem');
            expect(parameters).toEqual(mails === 'full' ? ['texttype', 'attachtype'] : []);
          },
          { mails },
        );
    },
  },
  {
    id: 'FILTER-41',
    from: ['R', 'Filter'],
    text: 'SyncML before 1.2 has no Filter: the client sends none.',
    versions: ['1.1'],
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(), ending);
        await device.sync();
        expect(heard[0]?.all('Alert')[0]?.items[0]?.target?.filter).toBeUndefined();
      }),
  },
];

export const filters: Group = { key: 'FILTER', title: 'Filters', rules: [...fields, ...records, ...client] };
