// Commands that make no sense inside messages that do: each is refused by itself with the code that tells why, and no mail is touched.
import { describe, expect, it } from 'vitest';
import { contentTypes, generateEmail, generateFlagBatch, type Command } from '@packetboat/syncml';
import { letter } from './support/clients.ts';
import { alert, RawDevice, type Unnumbered } from './support/raw-device.ts';
import { answersTo, firstRun, guidOfFolder, luidOf } from './support/raw-run.ts';
import { unharmedWorld } from './support/unharmed.ts';
import { codesFor, itemsOf, statusesOf } from './support/wire.ts';

const { world } = unharmedWorld();
let devices = 0;

function device(): RawDevice {
  devices += 1;
  return new RawDevice(world(), { profile: false, deviceId: `bad-${devices}` });
}

/** A device in the middle of a session: its Alert has been answered. */
async function opened(): Promise<{ raw: RawDevice; drafts: string }> {
  const raw = device();
  const { last, replies } = await firstRun(raw);
  raw.newSession();
  await raw.send({ commands: [alert(200, { last, next: '2' })] });
  return { raw, drafts: luidOf(guidOfFolder(replies, 'drafts')) };
}

/** A change of flags. */
function flags(raw: RawDevice, luid: string): Unnumbered {
  return {
    name: 'Replace',
    meta: { type: contentTypes.email },
    items: [{ source: { locUri: luid }, data: raw.data(generateEmail({ read: true, ext: [] })) }],
  };
}

/** The short form of profile clients. */
function batch(raw: RawDevice): Unnumbered {
  const data = raw.data(generateFlagBatch([{ luid: '1', flags: { read: true } }]));
  return { name: 'Replace', meta: { type: contentTypes.flags }, items: [{ data }] };
}

/** A piece of a large object. */
function chunk(raw: RawDevice, luid: string, parent: string, bytes: Uint8Array, more: { size?: number; end?: true }): Unnumbered {
  return {
    name: 'Add',
    meta: { type: contentTypes.email },
    items: [
      {
        source: { locUri: luid },
        sourceParent: parent,
        ...(more.size === undefined ? {} : { meta: { size: more.size } }),
        data: raw.data(bytes),
        ...(more.end === true ? {} : { moreData: true }),
      },
    ],
  };
}

describe('an Alert', () => {
  it.each([
    ['without an anchor', { name: 'Alert', data: '200', items: [{ target: { locUri: './mail' }, source: { locUri: './mail' } }] }, '412'],
    ['of an unknown code', { name: 'Alert', data: '799', items: [] }, '406'],
    ['without a code', { name: 'Alert', items: [] }, '406'],
    ['for an unknown datastore', alert(200, { next: '1' }, './calendar'), '404'],
    ['for the datastore of somebody else', alert(200, { next: '1' }, './mail/work'), '404'],
    ['for what no address can be', alert(200, { next: '1' }, './mail/%zz'), '404'],
    ['that would empty the mailbox', alert(203, { next: '1' }), '406'],
  ] satisfies readonly (readonly [string, Unnumbered, string])[])('%s is refused', async (_, command, code) => {
    const raw = device();
    raw.newSession();
    const reply = await raw.send({ commands: [raw.put(), command] });
    expect(codesFor(reply, 'SyncHdr')).toEqual(['212']);
    expect(codesFor(reply, 'Alert')).toEqual([code]);
  });
});

describe('two Alerts for one datastore in a message', () => {
  it.each([
    [201, 201],
    [205, 200],
  ])('%i and %i: the first counts, and the second is told', async (first, second) => {
    const raw = device();
    raw.newSession();
    const reply = await raw.send({ commands: [raw.put(), alert(first, { next: '1' }), alert(second, { next: '2' })] });
    expect(codesFor(reply, 'Alert')).toEqual(['200', '405']);
    expect(reply.commands.filter((command) => command.name === 'Alert' && command.data === String(first))).toHaveLength(1);
  });
});

describe('an Alert that begins a slow sync anew', () => {
  it('is answered beside the Statuses for what the one before has sent', async () => {
    const raw = device();
    raw.newSession();
    await raw.send({ commands: [raw.put(), alert(201, { next: '1' })] });
    const sent = await raw.send({ commands: [raw.sync([])] });
    expect(itemsOf(sent).length).toBeGreaterThan(0);
    const reply = await raw.send({ commands: [...answersTo(sent), alert(201, { next: '2' })] });
    expect(codesFor(reply, 'Alert')).toEqual(['200']);
    const again = await raw.send({ commands: [raw.sync([])] });
    expect(itemsOf(again).map((item) => item.id)).toEqual(itemsOf(sent).map((item) => item.id));
  });
});

describe('a Sync', () => {
  it('with a Sequence and with commands that have no place in it has each answered', async () => {
    const { raw } = await opened();
    const gone: Command = { name: 'Delete', cmdId: '201', items: [{ source: { locUri: 'nobody' } }] };
    const reply = await raw.send({
      commands: [
        raw.sync([
          { name: 'Sequence', commands: [gone] },
          { name: 'Get', items: [] },
          { name: 'Alert', data: '222', items: [] },
        ]),
      ],
    });
    expect(['Sequence', 'Delete', 'Get', 'Alert'].map((name) => codesFor(reply, name))).toEqual([['200'], ['211'], ['405'], ['405']]);
  });

  it('with a batch of flags from a plain device has it refused, in a slow sync too', async () => {
    const { raw } = await opened();
    expect(codesFor(await raw.send({ commands: [raw.sync([batch(raw)])] }), 'Replace')).toEqual(['415']);
    const slow = device();
    slow.newSession();
    await slow.send({ commands: [slow.put(), alert(201, { next: '1' })] });
    expect(codesFor(await slow.send({ commands: [slow.sync([batch(slow)])] }), 'Replace')).toEqual(['415']);
  });

  it('with an empty mail has it refused', async () => {
    const { raw, drafts } = await opened();
    const add: Unnumbered = {
      name: 'Add',
      meta: { type: contentTypes.rfc822 },
      items: [{ source: { locUri: 'empty' }, sourceParent: drafts, data: { kind: 'text', text: '' } }],
    };
    expect(codesFor(await raw.send({ commands: [raw.sync([add])] }), 'Add')).toEqual(['412']);
  });

  it('for a datastore that was not alerted is refused with all that is in it', async () => {
    const raw = device();
    raw.newSession();
    const reply = await raw.send({ commands: [raw.put(), raw.sync([flags(raw, '1')])] });
    expect(codesFor(reply, 'Sync')).toEqual(['404']);
    expect(codesFor(reply, 'Replace')).toEqual(['215']);
  });

  it('with LUIDs that nobody knows has each refused by itself', async () => {
    const { raw } = await opened();
    const reply = await raw.send({
      commands: [
        raw.sync([
          flags(raw, 'nobody'),
          { name: 'Delete', items: [{ source: { locUri: 'nobody' } }] },
          { name: 'Move', items: [{ source: { locUri: 'nobody' }, sourceParent: 'nowhere' }] },
          raw.add('new', 'nowhere', letter('new')),
        ]),
      ],
    });
    expect(codesFor(reply, 'Sync')).toEqual(['200']);
    expect(['Replace', 'Delete', 'Move', 'Add'].map((name) => codesFor(reply, name))).toEqual([['404'], ['211'], ['404'], ['404']]);
  });

  it('with what is no object has it refused by itself', async () => {
    const { raw, drafts } = await opened();
    const add = (luid: string, type: string, text: string): Unnumbered => ({
      name: 'Add',
      meta: { type },
      items: [{ source: { locUri: luid }, sourceParent: drafts, data: raw.data(new TextEncoder().encode(text)) }],
    });
    const reply = await raw.send({
      commands: [
        raw.sync([
          add('a', contentTypes.email, '<Email><read>true'),
          add('b', contentTypes.email, '<!DOCTYPE a [<!ENTITY b "c">]><Email>&b;</Email>'),
          add('c', 'text/x-vcard', 'BEGIN:VCARD'),
          add('d', contentTypes.email, '<Email><read>true</read></Email>'),
        ]),
      ],
    });
    expect(codesFor(reply, 'Add')).toEqual(['400', '400', '415', '412']);
  });

  describe('with a large object', () => {
    const object = generateEmail({ read: true, emailItem: letter('large', 'text '.repeat(500)), ext: [] });
    const half = object.subarray(0, 1_000);
    const rest = object.subarray(1_000);

    it.each([
      ['of more bytes than were announced', object.length - 1],
      ['of fewer bytes than were announced', object.length + 1],
    ])('%s has it refused', async (_, size) => {
      const { raw, drafts } = await opened();
      const first = await raw.send({ commands: [raw.sync([chunk(raw, 'x', drafts, half, { size })])], final: false });
      expect(codesFor(first, 'Add')).toEqual(['213']);
      const last = await raw.send({ commands: [raw.sync([chunk(raw, 'x', drafts, rest, { end: true })])] });
      expect(codesFor(last, 'Add')).toEqual(['424']);
      expect(world().rows("select 1 from spool where id not like 'item:%'")).toEqual([]);
    });

    it('of no announced size has it refused', async () => {
      const { raw, drafts } = await opened();
      const reply = await raw.send({ commands: [raw.sync([chunk(raw, 'x', drafts, half, {})])], final: false });
      expect(codesFor(reply, 'Add')).toEqual(['411']);
    });

    it.each([33_554_433, 2 ** 31, Number.MAX_SAFE_INTEGER])('of %i bytes has it refused', async (size) => {
      const { raw, drafts } = await opened();
      const reply = await raw.send({ commands: [raw.sync([chunk(raw, 'x', drafts, half, { size })])], final: false });
      expect(codesFor(reply, 'Add')).toEqual(['416']);
    });

    it('that another one interrupts is told of it by Alert 223', async () => {
      const { raw, drafts } = await opened();
      await raw.send({ commands: [raw.sync([chunk(raw, 'x', drafts, half, { size: object.length })])], final: false });
      const reply = await raw.send({ commands: [raw.sync([flags(raw, 'nobody')])], final: false });
      const told = await raw.send({ commands: [raw.sync([chunk(raw, 'y', drafts, half, { size: object.length })])], final: false });
      const alerts = [reply, told].flatMap((message) => message.commands.flatMap((command) => (command.name === 'Alert' ? [command] : [])));
      expect(alerts.filter((each) => each.data === '223').map((each) => each.items[0]?.source?.locUri)).toEqual(['x']);
      expect(
        statusesOf(told)
          .filter((status) => status.cmd === 'Add')
          .map((status) => status.data),
      ).toEqual(['213']);
      expect(itemsOf(told)).toEqual([]);
    });
  });
});
