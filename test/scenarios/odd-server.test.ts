// Our client before servers of other makers, which are small, forgetful or cut things differently. Nothing that a person did is lost,
// nothing comes in half, and what cannot be done is said.
import { describe, expect, it } from 'vitest';
import { createMemoryClientStore, Flag, type ClientStore } from '@packetboat/client';
import { contentTypes, dataBytes, generateEmail, generateFolder, type Encoding, type Message } from '@packetboat/syncml';
import { largeLetter, letter } from './support/clients.ts';
import { alertIn, commandsIn, oddWorld, serverAlert, serverSync, statusFor, type OddReply, type OddWorld } from './support/odd-server.ts';
import type { Unnumbered } from './support/raw-device.ts';

/** A profile server that takes everything; `also` adds to its answers. */
function profileServer(also: (request: Message, n: number) => readonly Unnumbered[] = () => []): (request: Message, n: number) => OddReply {
  let batch = 0;
  return (request, n) => {
    batch += 1;
    const next = alertIn(request)?.items[0]?.meta?.anchor?.next ?? '0';
    return { commands: [serverAlert(200, { last: next, next: `db.0.1.${batch}` }), ...also(request, n)] };
  };
}

const drafts: Unnumbered = {
  name: 'Add',
  meta: { type: contentTypes.folder },
  items: [{ source: { locUri: '4' }, data: { kind: 'bytes', bytes: generateFolder({ name: 'Drafts', role: 'drafts', ext: [] }) } }],
};

function mailItem(guid: string, mail: Uint8Array, more: object = {}): Unnumbered {
  const bytes = generateEmail({ received: '20260105T080000Z', emailItem: mail, ext: [] });
  return {
    name: 'Add',
    meta: { type: contentTypes.email },
    items: [{ source: { locUri: guid }, sourceParent: '4', data: { kind: 'bytes', bytes }, ...more }],
  };
}

/** A store that has synced before, with Drafts and these mails. */
async function inStep(profile: boolean, mails: readonly Uint8Array[] = [], encoding: Encoding = 'wbxml'): Promise<ClientStore> {
  const items = [drafts, ...mails.map((mail, at) => mailItem(String(10 + at), mail))].map((item) => textual(item, encoding));
  const store = createMemoryClientStore();
  const { client } = oddWorld({
    profile,
    encoding,
    store,
    answer: profile
      ? profileServer((_, n) => (n === 2 ? [serverSync(items)] : []))
      : (request, n) => {
          if (n === 1) return { commands: [statusFor(request, alertIn(request) ?? never(), 200), serverAlert(201, { next: 'S1' })] };
          return { commands: n === 2 ? [serverSync(items)] : [] };
        },
  });
  const outcome = await client.sync();
  expect(outcome.error).toBeNull();
  expect(outcome.received.added).toBe(mails.length + 1);
  return store;
}

/** In XML an item is text. */
function textual(command: Unnumbered, encoding: Encoding): Unnumbered {
  if (encoding === 'wbxml' || !('items' in command) || command.name !== 'Add') return command;
  return {
    ...command,
    items: command.items.map((item) => ({ ...item, data: { kind: 'text', text: new TextDecoder().decode(dataBytes(item.data)) } })),
  };
}

function never(): never {
  throw new Error('the client sent no Alert');
}

async function draft(store: ClientStore, mail: Uint8Array): Promise<string> {
  return store.write(mail, '4', Flag.Read, 1_000);
}

/** What came of the object in pieces. */
function uploaded({ requests }: OddWorld, luid: string): Uint8Array {
  const pieces = requests.flatMap((request) =>
    commandsIn(request).flatMap(({ items }) => items.filter((item) => item.source?.locUri === luid)),
  );
  return Buffer.concat(pieces.map((item) => dataBytes(item.data) ?? new Uint8Array()));
}

describe('a server that takes small messages only', () => {
  it.each([
    ['wbxml', true, 1_024],
    ['wbxml', false, 1_024],
    ['xml', true, 1_500],
    ['xml', false, 1_500],
  ] as const)('gets a large mail in many pieces: %s, profile %s, %i bytes', async (encoding, profile, maxMsgSize) => {
    const store = await inStep(profile, [], encoding);
    // A profile client fills its first message before it is told how much the server takes.
    const luid = await draft(store, largeLetter('big', profile ? 80_000 : 12_000));
    const answers = profile ? profileServer() : plainAnswers();
    const world = oddWorld({ profile, encoding, maxMsgSize, store, answer: answers });
    const outcome = await world.client.sync();
    expect(outcome.error).toBeNull();
    expect(new TextDecoder().decode(uploaded(world, luid))).toContain('big 100: the quick brown fox');
    expect(Math.max(...world.sizes.slice(1))).toBeLessThanOrEqual(maxMsgSize);
    expect((await store.stats()).unsentChanges).toBe(0);
  });

  it.each([true, false])('is told at once when nothing fits: profile %s', async (profile) => {
    const store = await inStep(profile, [], 'xml');
    await draft(store, largeLetter('big', 80_000));
    const world = oddWorld({ profile, encoding: 'xml', maxMsgSize: 450, store, answer: profile ? profileServer() : plainAnswers() });
    const outcome = await world.client.sync();
    expect(outcome.error?.message).toContain('too small');
    expect(outcome.roundTrips).toBeLessThan(6);
    expect((await store.stats()).unsentChanges).toBe(1);
  });
});

/** A plain server that takes everything and has nothing. */
function plainAnswers(): (request: Message, n: number) => OddReply {
  return (request) => {
    const alert = alertIn(request);
    if (alert !== undefined)
      return { commands: [statusFor(request, alert, 200), serverAlert(Number(alert.data), { last: 'S1', next: 'S2' })] };
    const statuses = commandsIn(request).map((command) => statusFor(request, command, command.items[0]?.moreData === true ? 213 : 201));
    return { commands: [...statuses], final: request.final };
  };
}

describe('a large mail that is refused', () => {
  it.each([true, false])('at its first piece is not sent to its end, and is shown with the reason: profile %s', async (profile) => {
    const store = await inStep(profile);
    const luid = await draft(store, largeLetter('big', 200_000));
    const refuse = (request: Message): readonly Unnumbered[] =>
      commandsIn(request).map((command) => statusFor(request, command, 416, luid));
    const plain = plainAnswers();
    const answer = profile
      ? profileServer(refuse)
      : (request: Message, n: number): OddReply =>
          alertIn(request) === undefined ? { commands: refuse(request), final: request.final } : plain(request, n);
    const world = oddWorld({ profile, store, answer });
    const outcome = await world.client.sync();
    expect(outcome.refused).toEqual([{ luid, status: '416', text: null }]);
    expect(uploaded(world, luid).length).toBeLessThan(70_000);
    expect(await store.get(luid)).toMatchObject({ sendError: 'status 416', unsent: 'new' });
    expect(await store.answers.changes({ after: 0, limit: 9, maxContent: 0 })).toEqual([]);
  });
});

const piece = (bytes: Uint8Array, more: object): Unnumbered => ({
  name: 'Add',
  meta: { type: contentTypes.rfc822 },
  items: [{ source: { locUri: '20' }, sourceParent: '4', data: { kind: 'bytes', bytes }, ...more }],
});

describe('an object that comes in pieces', () => {
  const [first, second] = [letter('whole').subarray(0, 100), letter('whole').subarray(100)];

  it.each([
    ['without its size', { moreData: true }, ['411', '411']],
    ['of a size beyond all bounds', { moreData: true, meta: { size: 1_000_000_000 } }, ['416', '416']],
    ['of more bytes than it was to have', { moreData: true, meta: { size: 50 } }, ['424', '424']],
  ])('%s is refused to its end, and nothing of it is stored', async (_, more, codes) => {
    const store = await inStep(false);
    const sent = serverSync([piece(first, more), piece(second, {})]);
    const plain = plainAnswers();
    const world = oddWorld({ profile: false, store, answer: (request, n) => (n === 2 ? { commands: [sent] } : plain(request, n)) });
    expect((await world.client.sync()).error).toBeNull();
    const statuses = world.requests.flatMap((request) => request.commands.filter((command) => command.name === 'Status'));
    expect(statuses.filter((status) => status.cmd === 'Add').map((status) => status.data)).toEqual(codes);
    expect(await world.client.ls()).toEqual([]);
  });

  it('and is cut off leaves nothing behind when the next session begins', async () => {
    const store = await inStep(false);
    const sent: OddReply = {
      commands: [serverSync([piece(first, { moreData: true, meta: { size: first.length + second.length } })])],
      final: false,
    };
    const plain = plainAnswers();
    const cut = oddWorld({ profile: false, store, answer: (request, n) => (n === 2 ? sent : n === 1 ? plain(request, n) : null) });
    expect((await cut.client.sync()).outcome).toBe('failed');
    expect(await store.answers.gathered({ object: '20' })).toEqual(first);
    await oddWorld({ profile: false, store, answer: plain }).client.sync();
    expect(await store.answers.gathered({ object: '20' })).toEqual(new Uint8Array());
  });
});

const base64 = (bytes: Uint8Array): Uint8Array => new TextEncoder().encode(Buffer.from(bytes).toString('base64'));
const codedItem = (bytes: Uint8Array, more: object = {}): Unnumbered => ({
  name: 'Add',
  meta: { type: contentTypes.rfc822, format: 'b64' },
  items: [{ source: { locUri: '20' }, sourceParent: '4', data: { kind: 'text', text: new TextDecoder().decode(bytes) }, ...more }],
});

describe('base64 as the Format of an item', () => {
  it.each([
    ['at once', [codedItem(base64(letter('coded')))]],
    [
      'in pieces',
      [
        codedItem(base64(letter('coded')).subarray(0, 101), { moreData: true, meta: { size: base64(letter('coded')).length } }),
        codedItem(base64(letter('coded')).subarray(101)),
      ],
    ],
  ])('is undone: %s', async (_, items) => {
    const store = await inStep(false, [], 'xml');
    const plain = plainAnswers();
    const world = oddWorld({
      profile: false,
      encoding: 'xml',
      store,
      answer: (request, n) => (n === 2 ? { commands: [serverSync(items)] } : plain(request, n)),
    });
    await world.client.sync();
    expect((await store.get('20'))?.content).toEqual(letter('coded'));
  });

  it('that is none is refused', async () => {
    const store = await inStep(false, [], 'xml');
    const sent = serverSync([codedItem(new TextEncoder().encode('From: no@base.64'))]);
    const plain = plainAnswers();
    const world = oddWorld({
      profile: false,
      encoding: 'xml',
      store,
      answer: (request, n) => (n === 2 ? { commands: [sent] } : plain(request, n)),
    });
    await world.client.sync();
    expect(await store.get('20')).toBeNull();
    expect(world.requests.flatMap((request) => request.commands).find((c) => c.name === 'Status' && c.cmd === 'Add')).toMatchObject({
      data: '400',
    });
  });
});

const below = (guid: string, parent: string): Unnumbered => ({
  name: 'Add',
  meta: { type: contentTypes.folder },
  items: [{ source: { locUri: guid }, sourceParent: parent, data: { kind: 'bytes', bytes: generateFolder({ name: 'Below', ext: [] }) } }],
});

it('a folder that a profile server moves, naming no other, goes to the top', async () => {
  const store = await inStep(true);
  const move: Unnumbered = { name: 'Move', meta: { type: contentTypes.folder }, items: [{ target: { locUri: '20' } }] };
  const answer = profileServer((_, n) => [serverSync([n === 1 ? below('20', '4') : move])]);
  const { client } = oddWorld({ profile: true, store, answer });
  await client.sync();
  expect((await client.folders()).map((each) => [each.name, each.parent])).toContainEqual(['Below', '4']);
  const outcome = await client.sync();
  expect(outcome.received.moved).toBe(1);
  expect((await client.folders()).map((each) => [each.name, each.parent])).toContainEqual(['Below', null]);
});

describe('a plain server', () => {
  it('that gives its Statuses only beside its own changes is believed', async () => {
    const store = await inStep(false, [letter('one')]);
    await store.mark('10', Flag.Flagged, Flag.Flagged);
    const luid = await draft(store, letter('note'));
    const plain = plainAnswers();
    let sent: Message | undefined;
    const world = oddWorld({
      profile: false,
      store,
      answer: (request, n) => {
        if (n === 1) return plain(request, n);
        if (n === 2) sent = request;
        if (n > 2 && sent !== undefined) {
          const of = sent;
          sent = undefined;
          return { commands: commandsIn(of).map((command) => statusFor(of, command, command.name === 'Add' ? 500 : 200)) };
        }
        return { commands: [], final: false };
      },
    });
    const outcome = await world.client.sync();
    expect(outcome.error).toBeNull();
    expect(outcome.refused.map((refused) => refused.status)).toEqual(['500']);
    expect(await store.get('10')).toMatchObject({ flags: Flag.Flagged, unsent: 'no' });
    expect((await store.get(luid))?.sendError).toBe('status 500');
  });

  it('that leaves its Last out is synced with as usual', async () => {
    const store = await inStep(false, [letter('one')]);
    const world = oddWorld({
      profile: false,
      store,
      answer: (request) => {
        const alert = alertIn(request);
        return { commands: alert === undefined ? [] : [statusFor(request, alert, 200), serverAlert(200, { next: 'S2' })], final: true };
      },
    });
    expect((await world.client.sync()).type).toBe('two-way');
    expect(world.requests.flatMap((request) => alertIn(request)?.data ?? [])).toEqual(['200']);
  });

  it('hears what could not be stored before the anchors move on', async () => {
    const store = await inStep(false);
    const sent = serverSync([
      { name: 'Add', meta: { type: 'text/x-unknown' }, items: [{ source: { locUri: '20' }, data: { kind: 'text', text: 'x' } }] },
    ]);
    const plain = plainAnswers();
    const before = await store.answers.anchors({ datastore: './mail' });
    const cut = oddWorld({
      profile: false,
      store,
      answer: (request, n) => (n === 1 ? plain(request, n) : n === 2 ? { commands: [sent] } : null),
    });
    expect((await cut.client.sync()).outcome).toBe('failed');
    expect(await store.answers.anchors({ datastore: './mail' })).toEqual(before);
    const again = oddWorld({ profile: false, store, answer: (request, n) => (n === 2 ? { commands: [sent] } : plain(request, n)) });
    expect((await again.client.sync()).outcome).toBe('done');
    expect((await store.answers.anchors({ datastore: './mail' })).server).toBe('S2');
  });
});
