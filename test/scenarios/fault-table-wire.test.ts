// The rows of the fault table that a working client never shows: messages made by hand, old, doubled, forged or merged.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentTypes, generateEmail } from '@packetboat/syncml';
import { mailboxState, password, startWorld, type World } from '../support/world.ts';
import { letter } from './support/clients.ts';
import { alert, basic, itemStatus, md5, RawDevice, type RawOptions } from './support/raw-device.ts';
import { firstRun, guidOfFolder, ownLuid, plainRun } from './support/raw-run.ts';
import { alertOf, codesFor, equalBytes, itemsOf, statusesOf } from './support/wire.ts';

const kinds: readonly ({ readonly name: string } & RawOptions)[] = [
  { name: 'a plain device in WBXML', profile: false },
  { name: 'a plain device in XML', profile: false, encoding: 'xml' },
  { name: 'a profile device in WBXML', profile: true },
  { name: 'a profile device in XML', profile: true, encoding: 'xml' },
];

let world: World;

beforeEach(async () => {
  world = await startWorld({ bob: true });
  for (const name of ['one', 'two', 'three']) await world.deliver(letter(name));
});
afterEach(() => world.close());

/** Everything that a session could change, as it is in the database. */
function database(): string {
  const tables = ['device', 'session', 'binding', 'generation', 'map_row', 'received', 'item', 'operation', 'submission', 'spool'];
  return JSON.stringify(tables.map((table) => [table, world.rows(`select * from ${table}`)]));
}

function draftTo(address: string, name: string): Uint8Array {
  return new TextEncoder().encode(
    [
      'From: alice@example.test',
      `To: ${address}`,
      `Subject: ${name}`,
      `Message-ID: <${name}@alice.test>`,
      'Date: Mon, 05 Jan 2026 08:00:00 +0000',
      '',
      `This is ${name}.`,
      '',
    ].join('\r\n'),
  );
}

describe.each(kinds)('$name', (kind) => {
  it('gets the stored reply until its next message; after that the old message changes nothing', async () => {
    const device = new RawDevice(world, kind);
    device.msgId = 1;
    const first = device.bytes({ commands: [device.put(), alert(201, { next: 'a' })] });
    const answer = await device.post(first);
    await world.restart();
    const again = await device.post(first);
    expect(equalBytes(again.body, answer.body)).toBe(true);
    expect(again.contentType).toBe(answer.contentType);
    device.url = answer.message.header.respUri ?? device.url;
    await device.send({ commands: [device.sync([])] });
    await world.settle();
    const before = database();
    const stale = await device.post(first, world.server.url);
    expect(stale.status).toBe(409);
    expect(database()).toBe(before);
  });

  it('is executed once when many copies of a message arrive at the same time, and all get the same answer', async () => {
    const device = new RawDevice(world, kind);
    const { last, replies } = await firstRun(device);
    const outbox = ownLuid(device, guidOfFolder(replies, 'outbox'));
    device.newSession();
    device.msgId = 1;
    const commands = [device.sync([device.add('~1', outbox, draftTo('bob@example.test', 'once'))])];
    const body = device.bytes({ commands: [alert(200, { last, next: device.profile ? '1' : 'second' }), ...commands] });
    const answers = await Promise.all(Array.from({ length: 5 }, () => device.post(body)));
    for (const each of answers) expect(equalBytes(each.body, answers[0]?.body)).toBe(true);
    await world.settle();
    expect([...(await mailboxState(world.mailbox('bob'))).values()]).toEqual([['<once@alice.test> ']]);
  });

  it('is a restarted device when it uses a SessionID and MsgID again for another message', async () => {
    const device = new RawDevice(world, kind);
    device.msgId = 1;
    const first = await device.post(device.bytes({ commands: [device.put(), alert(201, { next: '1' })] }));
    const get = { name: 'Get' as const, items: [{ target: { locUri: './devinf12' } }] };
    const second = await device.post(device.bytes({ commands: [device.put(), get, alert(201, { next: '2' })] }));
    expect(equalBytes(second.body, first.body)).toBe(false);
    expect(second.message.header.msgId).toBe('1');
    expect(second.message.header.respUri).not.toBe(first.message.header.respUri);
    expect(second.message.commands.some((command) => command.name === 'Results')).toBe(true);
    // And it goes on in the new session.
    device.url = second.message.header.respUri ?? device.url;
    const reply = await device.send({ commands: [device.sync([])] });
    expect(itemsOf(reply).filter((item) => item.hasMail)).toHaveLength(3);
  });

  it('takes an MD5 digest for one message and its repeats, and tells who has lost the answer the nonce after', async () => {
    const device = new RawDevice(world, kind);
    device.newSession();
    const challenge = await device.send({ commands: [alert(200, { next: 'x' })], cred: 'none' });
    expect(codesFor(challenge, 'SyncHdr')).toEqual(['407']);
    const nonceOf = (reply: typeof challenge): Uint8Array =>
      statusesOf(reply).find((status) => status.cmd === 'SyncHdr')?.chal?.meta.nextNonce ?? new Uint8Array();
    const logIn = async (nonce: Uint8Array): Promise<typeof challenge> => {
      device.newSession();
      return device.send({ commands: [device.put()], cred: md5('alice', password, nonce) });
    };
    // Over the nonce of a challenge, then over one that an answer has handed on.
    for (let nonce = nonceOf(challenge), time = 0; time < 2; time += 1) {
      device.newSession();
      device.msgId = 1;
      const body = device.bytes({ commands: [device.put()], cred: md5('alice', password, nonce) });
      const accepted = await device.post(body);
      expect(codesFor(accepted.message, 'SyncHdr')).toEqual(['212']);
      expect(equalBytes((await device.post(body)).body, accepted.body)).toBe(true);
      // The answer was lost and the device is another life: it has the nonce before still. So has who has listened.
      const again = await logIn(nonce);
      expect(codesFor(again, 'SyncHdr')).toEqual(['401']);
      expect(again.header.respUri).toBeUndefined();
      expect(nonceOf(again)).toEqual(nonceOf(accepted.message));
      nonce = nonceOf(again);
    }
    const last = await logIn(nonceOf(challenge));
    expect(codesFor(last, 'SyncHdr')).toEqual(['401']);
    expect(codesFor(await logIn(nonceOf(last)), 'SyncHdr')).toEqual(['212']);
    expect(codesFor(await logIn(nonceOf(last)), 'SyncHdr')).toEqual(['401']);
  });

  it('changes neither device record nor nonce while it is not authenticated', async () => {
    const device = new RawDevice(world, kind);
    const { last } = await firstRun(device);
    device.newSession();
    const nonce = statusesOf(
      await device.send({ commands: [alert(200, { last, next: 'x' })], cred: md5('alice', 'wrong', new Uint8Array()) }),
    )[0];
    await world.settle();
    const before = database();
    const wrong = [
      basic('alice', 'wrong'),
      basic('nobody', password),
      md5('alice', 'wrong', nonce?.chal?.meta.nextNonce ?? new Uint8Array()),
      md5('alice', password, new Uint8Array([1, 2, 3])),
      'none' as const,
    ];
    for (const cred of wrong) {
      device.newSession();
      const changes = device.sync([{ name: 'Delete', items: [{ source: { locUri: ownLuid(device, '7') } }] }]);
      const reply = await device.send({ commands: [device.put(), alert(200, { last, next: '9' }), changes], cred });
      expect(codesFor(reply, 'SyncHdr')).toEqual([cred === 'none' ? '407' : '401']);
      expect(codesFor(reply, 'Sync')).toEqual([cred === 'none' ? '407' : '401']);
      expect(reply.header.respUri).toBeUndefined();
    }
    await world.settle();
    expect(database()).toBe(before);
    device.newSession();
    const right = md5('alice', password, nonce?.chal?.meta.nextNonce ?? new Uint8Array());
    expect(codesFor(await device.send({ commands: [device.put()], cred: right }), 'SyncHdr')).toEqual(['212']);
  });

  it('has its Sync refused with the code of the Alert in the same message, and nothing of it executed, the Outbox included', async () => {
    const device = new RawDevice(world, kind);
    const { replies } = await firstRun(device);
    const outbox = ownLuid(device, guidOfFolder(replies, 'outbox'));
    const mail = replies.flatMap(itemsOf).find((item) => item.hasMail);
    const luid = ownLuid(device, mail?.id ?? '');
    await world.settle();
    const before = [await mailboxState(world.mailbox()), await mailboxState(world.mailbox('bob'))];
    device.newSession();
    const flags = generateEmail({ flagged: true, ext: [] });
    const reply = await device.send({
      commands: [
        alert(200, { last: 'unknown', next: '5' }),
        device.sync([
          device.add('~1', outbox, draftTo('bob@example.test', 'never')),
          { name: 'Replace', meta: { type: contentTypes.email }, items: [{ source: { locUri: luid }, data: device.data(flags) }] },
          { name: 'Delete', items: [{ source: { locUri: luid } }] },
        ]),
      ],
    });
    expect(codesFor(reply, 'Alert')).toEqual(['508']);
    expect(codesFor(reply, 'Sync')).toEqual(['508']);
    expect([...codesFor(reply, 'Add'), ...codesFor(reply, 'Replace'), ...codesFor(reply, 'Delete')]).toEqual(['215', '215', '215']);
    expect(alertOf(reply)?.code).toBe('201');
    expect(itemsOf(reply)).toEqual([]);
    await world.settle();
    expect([await mailboxState(world.mailbox()), await mailboxState(world.mailbox('bob'))]).toEqual(before);
  });

  it.each([
    ['an unknown datastore', 200, './mail/nowhere', '404'],
    ['a refresh from the device', 203, './mail', '406'],
  ])('has its Sync refused with the code of the Alert for %s', async (_, code, datastore, status) => {
    const device = new RawDevice(world, kind);
    const { replies } = await firstRun(device);
    const luid = ownLuid(device, replies.flatMap(itemsOf).find((item) => item.hasMail)?.id ?? '');
    device.newSession();
    const changes = device.sync([{ name: 'Delete', items: [{ source: { locUri: luid } }] }], datastore);
    const reply = await device.send({ commands: [alert(code, { next: '5' }, datastore), changes] });
    expect(codesFor(reply, 'Alert')).toEqual([status]);
    expect(codesFor(reply, 'Sync')).toEqual([status]);
    expect(codesFor(reply, 'Delete')).toEqual(['215']);
    await world.settle();
    expect((await mailboxState(world.mailbox())).get('inbox')).toHaveLength(3);
  });
});

describe.each(kinds.filter((kind) => !kind.profile))('$name', (kind) => {
  it('needs no slow sync when the last message of the server was lost and it still has the anchor before', async () => {
    const device = new RawDevice(world, kind);
    await firstRun(device);
    await world.deliver(letter('four'));
    const second = await plainRun(device, { last: 'first', next: 'second' });
    expect(second.flatMap(itemsOf).map((item) => item.command)).toEqual(['Add']);
    // It never got the answer to its Statuses, so it takes the run for unfinished.
    const third = await plainRun(device, { last: 'first', next: 'third' });
    expect(codesFor(third[0] ?? never(), 'Alert')).toEqual(['200']);
    expect(alertOf(third[0] ?? never())?.code).toBe('200');
    expect(third.flatMap(itemsOf)).toEqual([]);
    const fourth = await plainRun(device, { last: 'third', next: 'fourth' });
    expect(alertOf(fourth[0] ?? never())?.code).toBe('200');
  });

  it('keeps nothing of an anchor two generations old', async () => {
    const device = new RawDevice(world, kind);
    await firstRun(device);
    await plainRun(device, { last: 'first', next: 'second' });
    await plainRun(device, { last: 'second', next: 'third' });
    const [reply] = await plainRun(device, { last: 'first', next: 'fourth' });
    expect(codesFor(reply ?? never(), 'Alert')).toEqual(['508']);
    expect(alertOf(reply ?? never())?.code).toBe('201');
  });
});

describe.each(kinds.filter((kind) => kind.profile))('$name', (kind) => {
  it('names an item that it could not store: that one is held, and the rest of the batch goes again', async () => {
    const device = new RawDevice(world, kind);
    const { last } = await firstRun(device);
    for (const name of ['four', 'five', 'six']) await world.deliver(letter(name));
    device.newSession();
    const batch = await device.send({ commands: [alert(200, { last, next: '0' }), device.sync([])] });
    const guids = itemsOf(batch).map((item) => item.id);
    expect(guids).toHaveLength(3);
    const [full = ''] = guids;
    const again = await device.send({ commands: [itemStatus(batch, 'Add', 420, full), alert(200, { last, next: '0' }), device.sync([])] });
    expect(
      itemsOf(again)
        .map((item) => item.id)
        .toSorted(),
    ).toEqual(guids.filter((guid) => guid !== full).toSorted());
    const anchor = alertOf(again)?.next ?? '';
    // In its next session there may be room.
    device.newSession();
    const later = await device.send({ commands: [alert(200, { last: anchor, next: '0' }), device.sync([])] });
    expect(itemsOf(later).map((item) => item.id)).toEqual([full]);
  });

  it('lists what it has in several messages before it is sent anything', async () => {
    const device = new RawDevice(world, kind);
    const { last, replies } = await firstRun(device);
    const guids = replies.flatMap(itemsOf).map((item) => item.id);
    await world.deliver(letter('four'));
    device.newSession();
    const page = (ids: readonly string[]) => {
      const text = new TextEncoder().encode(
        `-rawfd ${ids.map((id, at) => (at === 0 ? id : String(Number(id) - Number(ids[at - 1])))).join(' ')}\n`,
      );
      return device.sync([{ name: 'Replace', meta: { type: contentTypes.flags }, items: [{ data: device.data(text) }] }]);
    };
    const sorted = guids.toSorted((a, b) => Number(a) - Number(b));
    const first = await device.send({ commands: [alert(201, { last, next: '0' }), page(sorted.slice(0, 4))], final: false });
    expect(itemsOf(first)).toEqual([]);
    const second = await device.send({
      commands: [alert(200, { last: alertOf(first)?.next ?? '', next: '0' }), page(sorted.slice(4))],
    });
    const sent = itemsOf(second);
    expect(sent.map((item) => item.command)).toEqual(['Add']);
    expect(sent[0]?.hasMail).toBe(true);
    expect(guids).not.toContain(sent[0]?.id);
  });
});

function never(): never {
  throw new Error('the server did not answer');
}
