// A plain device took what the server sent, and the message with its Statuses and its Map was lost; it has no way to say so but
// to send those mails as its own. They are the mails that were sent, and nothing is doubled on either side.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentTypes, generateEmail, generateFolder, type FolderObject, type Message } from '@packetboat/syncml';
import { mailboxState, startWorld, type World } from '../support/world.ts';
import { idOf, letter, placeOf } from './support/clients.ts';
import { alert, RawDevice, type Unnumbered } from './support/raw-device.ts';
import { firstRun, guidOfFolder, luidOf, plainRun } from './support/raw-run.ts';
import { codesFor, itemsOf } from './support/wire.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld();
  await world.deliver(letter('one'));
});
afterEach(() => world.close());

/** The mails at the mail server, by folder, with their flags. */
async function settledMails(): Promise<ReadonlyMap<string, readonly string[]>> {
  await world.settle();
  return mailboxState(world.mailbox());
}

const mailAdds = (replies: readonly Message[]): readonly string[] =>
  replies.flatMap(itemsOf).flatMap((item) => (item.command === 'Add' && item.hasMail ? [item.id] : []));

const deleteAt = (replies: readonly Message[]): readonly string[] =>
  replies.flatMap(itemsOf).flatMap((item) => (item.command === 'Delete' ? [item.id] : []));

function folderAdd(device: RawDevice, luid: string, folder: Pick<FolderObject, 'name' | 'role'>): Unnumbered {
  const data = device.data(generateFolder({ ...folder, ext: [] }));
  return { name: 'Add', meta: { type: contentTypes.folder }, items: [{ source: { locUri: luid }, sourceParent: '/', data }] };
}

describe.each([
  { name: 'SyncML 1.1 in XML', version: '1.1', encoding: 'xml' },
  { name: 'DS 1.2 in WBXML', version: '1.2', encoding: 'wbxml' },
] as const)('$name', ({ version, encoding }) => {
  interface Cut {
    readonly device: RawDevice;
    readonly inbox: string;
    readonly drafts: string;
  }

  /** A device in step that is sent one mail more, and never says what became of it. */
  async function cutBehindTheAdds(): Promise<Cut> {
    const device = new RawDevice(world, { profile: false, version, encoding });
    const { last, replies } = await firstRun(device);
    await world.deliver(letter('two'));
    device.newSession();
    await device.send({ commands: [device.put(), alert(200, { last, next: 'second' })] });
    const reply = await device.send({ commands: [device.sync([])] });
    expect(mailAdds([reply])).toHaveLength(1);
    return { device, inbox: luidOf(guidOfFolder(replies, 'inbox')), drafts: luidOf(guidOfFolder(replies, 'drafts')) };
  }

  it('sends them in its next session: they are tied to what was sent', async () => {
    const { device, inbox } = await cutBehindTheAdds();
    const replies = await plainRun(device, { last: 'first', next: 'third', changes: [device.add('own-2', inbox, letter('two'))] });
    expect(replies.flatMap((reply) => codesFor(reply, 'Add'))).toEqual(['200']);
    expect(mailAdds(replies)).toEqual([]);
    expect(deleteAt(replies)).toEqual([]);
    // The device said that it has read it: that is a change of its own.
    expect((await settledMails()).get('inbox')).toEqual([`${idOf('one')} `, `${idOf('two')} read`]);
    // From now on the mail is known by the LUID of the device.
    const { folder, uid } = await placeOf(world, 'two');
    await world.mailbox().remove(folder, [uid]);
    await world.settle();
    const after = await plainRun(device, { last: 'third', next: 'fourth' });
    expect(deleteAt(after)).toEqual(['own-2']);
  });

  it('sends some of them in a message of its own, and the rest of what is its own comes in', async () => {
    const { device, inbox } = await cutBehindTheAdds();
    const changes = [
      device.add('own-2', inbox, letter('two')),
      device.add('own-3', inbox, letter('two')),
      device.add('own-4', inbox, letter('new')),
    ];
    const replies = await plainRun(device, { last: 'first', next: 'third', changes });
    expect(replies.flatMap((reply) => codesFor(reply, 'Add'))).toEqual(['200', '201', '201']);
    expect(mailAdds(replies)).toEqual([]);
    const ids = (await settledMails()).get('inbox')?.map((mail) => mail.split(' ')[0]);
    // The person has made a copy on the device: one of the two is what was sent, the other is new.
    expect(ids).toEqual([idOf('new'), idOf('one'), idOf('two'), idOf('two')]);
  });

  it('has moved it before: it lies in that folder on both sides, once', async () => {
    const { device, drafts } = await cutBehindTheAdds();
    const replies = await plainRun(device, { last: 'first', next: 'third', changes: [device.add('own-2', drafts, letter('two'))] });
    expect(mailAdds(replies)).toEqual([]);
    expect(await settledMails()).toEqual(
      new Map([
        ['inbox', [`${idOf('one')} `]],
        ['drafts', [`${idOf('two')} read`]],
      ]),
    );
  });

  it('sends a mail that has been deleted at the server since: it is deleted on the device', async () => {
    const { device, inbox } = await cutBehindTheAdds();
    const { folder, uid } = await placeOf(world, 'two');
    await world.mailbox().remove(folder, [uid]);
    await world.settle();
    const replies = await plainRun(device, { last: 'first', next: 'third', changes: [device.add('own-2', inbox, letter('two'))] });
    expect(deleteAt(replies)).toEqual(['own-2']);
    expect((await settledMails()).get('inbox')).toEqual([`${idOf('one')} `]);
  });

  it('sends it in chunks: it is tied with the last one', async () => {
    const { device, inbox } = await cutBehindTheAdds();
    const object = generateEmail({ read: true, emailItem: letter('two'), ext: [] });
    const half = Math.floor(object.length / 2);
    const chunk = (bytes: Uint8Array, last: boolean): Unnumbered => ({
      name: 'Add',
      meta: { type: contentTypes.email },
      items: [
        {
          source: { locUri: 'own-2' },
          sourceParent: inbox,
          ...(last ? { moreData: false } : { moreData: true, meta: { size: object.length } }),
          data: device.data(bytes),
        },
      ],
    });
    const changes = [chunk(object.subarray(0, half), false), chunk(object.subarray(half), true)];
    const replies = await plainRun(device, { last: 'first', next: 'third', changes });
    expect(mailAdds(replies)).toEqual([]);
    expect((await settledMails()).get('inbox')).toEqual([`${idOf('one')} `, `${idOf('two')} read`]);
  });

  it('sends them in a slow sync, moved before: nothing is doubled', async () => {
    const { device, inbox, drafts } = await cutBehindTheAdds();
    const changes = [
      folderAdd(device, inbox, { name: 'INBOX', role: 'inbox' }),
      folderAdd(device, drafts, { name: 'Drafts', role: 'drafts' }),
      device.add('own-1', inbox, letter('one')),
      device.add('own-2', drafts, letter('two')),
    ];
    const replies = await plainRun(device, { type: 201, next: 'third', changes });
    // Back to where it is at the server: without Move it leaves one folder and comes into the other.
    const [added, deleted] = version === '1.1' ? [1, ['own-2']] : [0, []];
    expect(mailAdds(replies)).toHaveLength(added);
    expect(deleteAt(replies)).toEqual(deleted);
    const all = [...(await settledMails()).values()].flat().map((mail) => mail.split(' ')[0]);
    expect(all.toSorted()).toEqual([idOf('one'), idOf('two')]);
  });
});
