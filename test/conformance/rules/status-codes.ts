// Status codes: what each item of the device is answered with, and what each answer of the device does.
import { expect } from 'vitest';
import { letter, placeOf } from '../../scenarios/support/clients.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { countOf, draft, flags, mailOf, text } from '../support/mailbox.ts';
import { every, only12, since11, type Group, type Rule, type Stage } from '../support/rule.ts';
import { email, emailType, put, remove, sync } from '../support/words.ts';
import { statusCodesClient } from './status-codes-client.ts';

/** A device in an open session, that has a mail named as the stage. */
async function withMail(stage: Stage): Promise<{ readonly hand: Hand; readonly luid: string }> {
  await stage.world.deliver(letter(stage.name));
  const hand = await new Hand(stage).opened();
  return { hand, luid: hand.luid(stage.name) };
}

/** A mail of alice's own. */
const own = (name: string, to: string): string =>
  text(name).replace('sender@elsewhere.test', 'alice@example.test').replace('To: alice@example.test', `To: ${to}`);

const said: readonly Rule[] = [
  {
    id: 'STATUS-01',
    from: ['R', 'Status codes: 201 Item added'],
    text: 'An Add that is executed is answered with 201.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      expect((await hand.say(sync(draft(hand, 'a', stage.name)))).codes('Add')).toEqual(['201']);
      expect(await countOf(stage.world, stage.name)).toBe(1);
    },
  },
  {
    id: 'STATUS-02',
    from: ['R', 'Status codes: 200 OK'],
    text: 'A Replace that is executed is answered with 200.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, luid } = await withMail(stage);
      expect((await hand.say(sync(flags(luid, { read: true })))).codes('Replace')).toEqual(['200']);
      expect((await mailOf(stage.world, stage.name)).flags['read']).toBe(true);
    },
  },
  {
    id: 'STATUS-03',
    from: ['R', 'Replace'],
    text: 'A Replace of an item that is not there adds it (201).',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const add = put('Replace', 'new', email({ read: true }, text(stage.name)), emailType, { parent: hand.folder('drafts') });
      expect((await hand.say(sync(add))).codes('Replace')).toEqual(['201']);
      expect(await countOf(stage.world, stage.name)).toBe(1);
    },
  },
  {
    id: 'STATUS-04',
    from: ['R', 'Status codes: 404 Not found'],
    text: 'A Replace of flags alone of an item that is not there is refused with 404.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      expect((await hand.say(sync(flags('nobody', { read: true })))).codes('Replace')).toEqual(['404']);
    },
  },
  {
    id: 'STATUS-05',
    from: ['R', 'Delete; Status codes: 200 OK'],
    text: 'A Delete is answered with 200; the mail lies in the trash then.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, luid } = await withMail(stage);
      expect((await hand.say(sync(remove(luid)))).codes('Delete')).toEqual(['200']);
      expect((await mailOf(stage.world, stage.name)).folder).toBe('Trash');
    },
  },
  {
    id: 'STATUS-06',
    from: ['R', 'Status codes: 211 Item not deleted'],
    text: 'A Delete of what is not there is answered with 211.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      expect((await hand.say(sync(remove('nobody')))).codes('Delete')).toEqual(['211']);
    },
  },
  {
    id: 'STATUS-07',
    from: ['R', 'Delete, Archive; Status codes: 210 Delete without archive'],
    text: 'A Delete with Archive puts the mail into the archive; were there none, it would be deleted with 210.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, luid } = await withMail(stage);
      expect((await hand.say(sync(remove(luid, '<Archive/>')))).codes('Delete')).toEqual(['200']);
      expect((await mailOf(stage.world, stage.name)).folder).toBe('Archive');
    },
  },
  {
    id: 'STATUS-08',
    from: ['R', 'Delete, SftDel'],
    text: 'After a soft Delete the mail stays at the server, and is not sent to that device again.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, luid } = await withMail(stage);
      expect((await hand.say(sync(remove(luid, '<SftDel/>')))).codes('Delete')).toEqual(['200']);
      expect((await mailOf(stage.world, stage.name)).folder).toBe('INBOX');
      hand.newSession();
      await hand.open(200, { last: nextOfFirst, next: '3' });
      expect((await hand.say(sync())).changes).toEqual([]);
    },
  },
  {
    id: 'STATUS-09',
    from: ['R', 'Status codes: 400 Bad request'],
    text: 'An object that cannot be read is refused by itself with 400.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const parent = hand.folder('drafts');
      const bad = put('Add', 'bad', '<Email><read>true', emailType, { parent });
      const answer = await hand.say(sync(`${bad}${draft(hand, 'good', stage.name)}`));
      expect(answer.codes('Add')).toEqual(['400', '201']);
    },
  },
  {
    id: 'STATUS-10',
    from: ['R', 'Status codes: 412 Incomplete command'],
    text: 'An Add with no mail in it is incomplete: 412.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const empty = put('Add', 'x', email({ read: true }), emailType, { parent: hand.folder('drafts') });
      expect((await hand.say(sync(empty))).codes('Add')).toEqual(['412']);
    },
  },
  {
    id: 'STATUS-11',
    from: ['R', 'Status codes: 412 Incomplete command'],
    text: 'An Add whose item has no Source is incomplete: 412.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const nameless = draft(hand, 'x', stage.name).replace('<Source><LocURI>x</LocURI></Source>', '');
      expect((await hand.say(sync(nameless))).codes('Add')).toEqual(['412']);
    },
  },
  {
    id: 'STATUS-12',
    from: ['R', 'Status codes: 414 URI too long'],
    text: 'A LUID that is too long is refused with 414.',
    versions: every,
    role: 'server',
    notHeld: 'It is refused with 400; the Status names the LUID cut to 255 characters.',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(sync(draft(hand, 'x'.repeat(2_000), stage.name)));
      expect(answer.codes('Add')).toEqual(['400']);
      expect(answer.statuses('Add')[0]?.sourceRefs[0]).toHaveLength(255);
    },
  },
  {
    id: 'STATUS-13',
    from: ['R', 'Status codes: 415 Unsupported media type or format'],
    text: 'An object of a type that is not taken is refused with 415.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const card = put('Add', 'x', 'BEGIN:VCARD', 'text/x-vcard', { parent: hand.folder('drafts') });
      expect((await hand.say(sync(card))).codes('Add')).toEqual(['415']);
    },
  },
  {
    id: 'STATUS-14',
    from: ['R', 'Status codes: 413 Request entity too large'],
    text: 'A message that is larger than the server takes is refused with 413.',
    versions: only12,
    role: 'server',
    notHeld: 'It is refused by HTTP with 413 before it is read; a message up to four times our MaxMsgSize is taken.',
    check: async (stage) => {
      const hand = new Hand(stage);
      expect((await hand.post(new Uint8Array(262_145))).status).toBe(413);
    },
  },
  {
    id: 'STATUS-15',
    from: ['R', 'Status codes: 405 Command not allowed'],
    text: 'A change that stands outside of a Sync is refused with 405.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const answer = await hand.say(`${remove('x')}${flags('y', { read: true })}`);
      expect([...answer.codes('Delete'), ...answer.codes('Replace')]).toEqual(['405', '405']);
    },
  },
  {
    id: 'STATUS-16',
    from: ['R', 'Status codes: 201, 202 Accepted for processing, 500 Command failed'],
    text: 'A mail put into the Outbox is answered with 201 when it has been sent, and with 500 and the reason when it is refused.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      const parent = hand.folder('outbox');
      const send = (luid: string, to: string): string =>
        put('Add', luid, email({ read: true }, own(`${stage.name}-${luid}`, to)), emailType, { parent });
      const answer = await hand.say(sync(`${send('ok', 'bob@example.test')}${send('no', 'nobody@example.test')}`));
      expect(answer.codes('Add')).toEqual(['201', '500']);
      expect(answer.statuses('Add')[1]?.items[0]?.data).toMatchObject({ kind: 'text' });
      expect(await countOf(stage.world, `${stage.name}-ok`, 'bob')).toBe(1);
    },
  },
  {
    id: 'STATUS-17',
    from: ['R', 'Status codes: 417 Retry later, 502 Bad gateway, 503 Service unavailable'],
    text: 'A mail that cannot be read from the mail server now is not an error: the rest is sent, and it comes with a later session.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      await stage.world.settle();
      const hand = new Hand(stage);
      await hand.open(201, { next: nextOfFirst });
      const place = await placeOf(stage.world, stage.name);
      await stage.world.mailbox().remove(place.folder, [place.uid]);
      const replies = await hand.exchange();
      expect(replies.at(-1)?.final).toBe(true);
      expect(hand.luids('first')).toHaveLength(1);
      expect(hand.luids(stage.name)).toEqual([]);
    },
  },
];

const heard: readonly Rule[] = [
  {
    id: 'STATUS-18',
    from: ['R', 'Status codes: 420 Device full'],
    text: 'To a device that is full (420) nothing more is sent in this session; it comes later.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = new Hand(stage);
      await hand.open(201, { next: nextOfFirst });
      const reply = await hand.say(sync());
      await hand.say(hand.answers(reply, (item, command) => (command === 'Add' && isMail(item) ? 420 : undefined)));
      hand.newSession();
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const names = (await hand.exchange()).flatMap((each) => each.changes.map((change) => change.name));
      expect(names).toContain('Add');
      expect(hand.luids(stage.name)).toHaveLength(1);
    },
  },
  {
    id: 'STATUS-19',
    from: ['R', 'Status codes: 5xx'],
    text: 'An item that failed at the device (500, 510) is sent again in the next session.',
    versions: every,
    role: 'server',
    check: (stage) => resent(stage, [500, 510, 417], true),
  },
  {
    id: 'STATUS-20',
    from: ['R', 'Status codes: 4xx'],
    text: 'An item that the device refuses for what it is (406, 413, 415, 416) is not sent again.',
    versions: every,
    role: 'server',
    check: (stage) => resent(stage, [406, 413, 415, 416], false),
  },
  {
    id: 'STATUS-21',
    from: ['R', 'Status codes: 418 Already exists'],
    text: 'A device that has the item already (418) and maps it has it.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).inStep();
      await stage.world.deliver(letter(stage.name));
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const reply = await hand.say(sync());
      const said418 = hand.answers(reply).replaceAll('<Cmd>Add</Cmd><Data>201<', '<Cmd>Add</Cmd><Data>418<');
      await hand.say(said418);
      hand.newSession();
      await hand.open(200, { last: '2', next: '3' });
      expect((await hand.say(sync())).changes).toEqual([]);
    },
  },
  {
    id: 'STATUS-22',
    from: ['R', 'Status codes: 404 Not found'],
    text: 'An item that the device has lost (404 to a Replace) is added to it again.',
    versions: every,
    role: 'server',
    check: (stage) => changedAndAnswered(stage, 404, ['Add']),
  },
  {
    id: 'STATUS-23',
    from: ['R', 'Status codes: 201; Replace'],
    text: 'A device that makes a lost item anew (201 to a Replace) and maps it has it.',
    versions: every,
    role: 'server',
    check: (stage) => changedAndAnswered(stage, 201, []),
  },
  {
    id: 'STATUS-24',
    from: ['R', 'Status codes: 211 Item not deleted, 210'],
    text: 'A Delete that the device answers with 200, 210, 211 or 404 is done.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const codes = [200, 210, 211, 404];
      for (const code of codes) await stage.world.deliver(letter(`${stage.name}-${code}`));
      const hand = await new Hand(stage).inStep();
      for (const code of codes) {
        const { folder, uid } = await placeOf(stage.world, `${stage.name}-${code}`);
        await stage.world.mailbox().remove(folder, [uid]);
      }
      await stage.world.settle();
      await hand.open(200, { last: nextOfFirst, next: '2' });
      const reply = await hand.say(sync());
      expect(reply.changes.map((each) => each.name)).toEqual(['Delete', 'Delete', 'Delete', 'Delete']);
      const queue = [...codes];
      await hand.say(hand.answers(reply, () => queue.shift()));
      hand.newSession();
      await hand.open(200, { last: '2', next: '3' });
      expect((await hand.say(sync())).changes).toEqual([]);
    },
  },
  {
    id: 'STATUS-25',
    from: ['R', 'Status codes'],
    text: 'A code that is not known counts by its first digit.',
    versions: since11,
    role: 'server',
    check: async (stage) => {
      await changedAndAnswered(stage, 299, []);
    },
  },
];

function isMail(item: { readonly data?: unknown }): boolean {
  return JSON.stringify(item.data ?? '').includes('emailitem') || !JSON.stringify(item.data ?? '').includes('older');
}

/** New mails that the device answers with these codes: whether they come again. */
async function resent(stage: Stage, codes: readonly number[], again: boolean): Promise<void> {
  const hand = await new Hand(stage).inStep();
  for (const code of codes) await stage.world.deliver(letter(`${stage.name}-${code}`));
  await hand.open(200, { last: nextOfFirst, next: '2' });
  const reply = await hand.say(sync());
  expect(reply.changes).toHaveLength(codes.length);
  const queue = [...codes];
  await hand.say(hand.answers(reply, () => queue.shift()));
  hand.newSession();
  await hand.open(200, { last: '2', next: '3' });
  expect((await hand.say(sync())).changes.map((each) => each.name)).toEqual(again ? codes.map(() => 'Add') : []);
}

/** A mail whose flags changed at the server, the Replace of which the device answers so: what comes in the next session. */
async function changedAndAnswered(stage: Stage, code: number, next: readonly string[]): Promise<void> {
  await stage.world.deliver(letter(stage.name));
  const hand = await new Hand(stage).inStep();
  const { folder, uid } = await placeOf(stage.world, stage.name);
  await stage.world.mailbox().setFlags(folder, [uid], { flagged: true });
  await stage.world.settle();
  await hand.open(200, { last: nextOfFirst, next: '2' });
  const reply = await hand.say(sync());
  expect(reply.changes.map((each) => each.name)).toEqual(['Replace']);
  await hand.say(hand.answers(reply, () => code));
  hand.newSession();
  await hand.open(200, { last: '2', next: '3' });
  expect((await hand.say(sync())).changes.map((each) => each.name)).toEqual(next);
}

export const statusCodes: Group = { key: 'STATUS', title: 'Status codes', rules: [...said, ...heard, ...statusCodesClient] };
