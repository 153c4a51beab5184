// Conflicts: both sides have changed the same item since they last spoke.
import { expect } from 'vitest';
import { letter, pathOf, placeOf } from '../../scenarios/support/clients.ts';
import { Hand, nextOfFirst } from '../support/hand.ts';
import { countOf, draft, flags, mailOf, text } from '../support/mailbox.ts';
import { every, only12, since11, type Group, type Rule, type Stage } from '../support/rule.ts';
import { changes, ending, fromServer, opening, withScripted } from '../support/scripted.ts';
import { email, emailType, folder, folderType, move, put, remove, sync } from '../support/words.ts';

/** A device in step with a mail named as the stage; `meanwhile` happens at the mail server; then its session is open. */
async function meanwhile(
  stage: Stage,
  change: (path: string, uid: string, box: ReturnType<Stage['world']['mailbox']>) => Promise<unknown>,
): Promise<{ readonly hand: Hand; readonly luid: string }> {
  await stage.world.deliver(letter(stage.name));
  const hand = await new Hand(stage).inStep();
  const { folder: path, uid } = await placeOf(stage.world, stage.name);
  await change(path, uid, stage.world.mailbox());
  await stage.world.settle();
  await hand.open(200, { last: nextOfFirst, next: '2' });
  return { hand, luid: hand.luid(stage.name) };
}

const server: readonly Rule[] = [
  {
    id: 'CONF-01',
    from: ['P', 'Conflict Resolution'],
    text: 'Flags that both sides changed are merged one by one, and both sides have the same in the end.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, luid } = await meanwhile(stage, (path, uid, box) => box.setFlags(path, [uid], { flagged: true }));
      const reply = await hand.say(sync(flags(luid, { read: true })));
      expect(reply.changes.map((each) => each.name)).toEqual(['Replace']);
      hand.answers(reply);
      const held = new TextDecoder().decode(hand.held.get(luid)?.bytes);
      expect(held).toContain('<read>true</read>');
      expect(held).toContain('<flagged>true</flagged>');
      expect((await mailOf(stage.world, stage.name)).flags).toMatchObject({ read: true, flagged: true });
    },
  },
  {
    id: 'CONF-02',
    from: ['R', 'Status codes: 207 Conflict resolved with merge'],
    text: 'A conflict that is resolved by merging is told with 207.',
    versions: every,
    role: 'server',
    notHeld: 'It is told with 200; the Replace that follows says what came of it.',
    check: async (stage) => {
      const { hand, luid } = await meanwhile(stage, (path, uid, box) => box.setFlags(path, [uid], { flagged: true }));
      expect((await hand.say(sync(flags(luid, { read: true })))).codes('Replace')).toEqual(['200']);
    },
  },
  {
    id: 'CONF-03',
    from: ['P', 'Conflict Resolution; Status codes: 419, 404'],
    text: 'A change of what was deleted at the server is refused, and the device gets the Delete.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, luid } = await meanwhile(stage, (path, uid, box) => box.remove(path, [uid]));
      const reply = await hand.say(sync(flags(luid, { read: true })));
      expect(reply.codes('Replace')).toEqual(['404']);
      expect(reply.changes.map((each) => ('items' in each ? `${each.name} ${each.items[0]?.target?.locUri}` : ''))).toEqual([
        `Delete ${luid}`,
      ]);
    },
  },
  {
    id: 'CONF-04',
    from: ['R', 'Status codes: 419 Conflict resolved with server data'],
    text: 'That the server has won is told with 419.',
    versions: every,
    role: 'server',
    notHeld: 'Told with the code of what happened: 404 where the item is gone, 200 where flags were merged.',
    check: async (stage) => {
      const { hand, luid } = await meanwhile(stage, (path, uid, box) => box.remove(path, [uid]));
      expect((await hand.say(sync(flags(luid, { read: true })))).codes('Replace')).not.toContain('419');
    },
  },
  {
    id: 'CONF-05',
    from: ['P', 'Conflict Resolution'],
    text: 'A Delete of the device goes before flags that changed at the server.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, luid } = await meanwhile(stage, (path, uid, box) => box.setFlags(path, [uid], { flagged: true }));
      const reply = await hand.say(sync(remove(luid)));
      expect(reply.codes('Delete')).toEqual(['200']);
      expect((await mailOf(stage.world, stage.name)).folder).toBe('Trash');
    },
  },
  {
    id: 'CONF-06',
    from: ['P', 'Conflict Resolution'],
    text: 'Deleted on both sides is deleted.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const { hand, luid } = await meanwhile(stage, (path, uid, box) => box.remove(path, [uid]));
      const reply = await hand.say(sync(remove(luid)));
      expect(['200', '211']).toContain(reply.codes('Delete')[0]);
      expect(reply.changes).toEqual([]);
      expect(await countOf(stage.world, stage.name)).toBe(0);
    },
  },
  {
    id: 'CONF-07',
    from: ['P', 'Conflict Resolution'],
    text: 'Moved on both sides, the mail lies where the device put it, on both.',
    versions: only12,
    role: 'server',
    check: async (stage) => {
      const archive = await pathOf(stage.world, 'sent');
      const { hand, luid } = await meanwhile(stage, (path, uid, box) => box.move(path, [uid], archive));
      const replies = [await hand.say(sync(move(luid, hand.folder('deleted'))))];
      for (const reply of replies) hand.answers(reply);
      expect(replies[0]?.codes('Move')).toEqual(['200']);
      expect((await mailOf(stage.world, stage.name)).folder).toBe('Trash');
      expect(hand.held.get(luid)?.parent).not.toBe(hand.folder('sent'));
    },
  },
  {
    id: 'CONF-08',
    from: ['P', 'Conflict Resolution'],
    text: 'A body that the device sends for a mail that was received never overwrites the mail; its flags count.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).opened();
      const luid = hand.luid(stage.name);
      const other = email({ read: true }, text(stage.name, 'something else'));
      expect((await hand.say(sync(put('Replace', luid, other)))).codes('Replace')).toEqual(['200']);
      expect((await mailOf(stage.world, stage.name)).flags['read']).toBe(true);
      const fresh = await new Hand(stage, { deviceId: `${stage.name}-2` }).inStep();
      expect(new TextDecoder().decode(fresh.held.get(fresh.luid(stage.name))?.bytes)).not.toContain('something else');
    },
  },
  {
    id: 'CONF-09',
    from: ['P', 'Slow Sync; Conflict Resolution'],
    text: 'In a slow sync what both sides have is matched by what it is, and not doubled.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      await stage.world.deliver(letter(stage.name));
      const hand = await new Hand(stage).inStep();
      const inbox = hand.folder('inbox');
      const folders = [...hand.held.values()].filter((each) => each.type === folderType);
      await hand.open(201, { next: '2' });
      const known = folders.map(({ luid, bytes }) => put('Replace', luid, new TextDecoder().decode(bytes), folderType, { parent: '/' }));
      const same = put('Add', 'another luid', email({ read: false }, text(stage.name)), emailType, { parent: inbox });
      await hand.say(sync(`${known.join('')}${same}`));
      expect(await countOf(stage.world, stage.name)).toBe(1);
    },
  },
  {
    id: 'CONF-10',
    from: ['P', 'Conflict Resolution'],
    text: 'A draft is written further: its later text takes the place of the earlier one, on all devices.',
    versions: every,
    role: 'server',
    check: async (stage) => {
      const hand = await new Hand(stage).opened();
      await hand.say(sync(draft(hand, 'd', stage.name)), { final: false });
      const again = put('Replace', 'd', email({ read: true }, text(stage.name, 'a later text')));
      expect((await hand.say(sync(again))).codes('Replace')).toEqual(['200']);
      await stage.world.settle();
      const fresh = await new Hand(stage, { deviceId: `${stage.name}-2` }).inStep();
      expect(new TextDecoder().decode(fresh.held.get(fresh.luid(stage.name))?.bytes)).toContain('a later text');
    },
  },
  {
    id: 'CONF-11',
    from: ['R', 'Status codes: 209 Conflict resolved with duplicate'],
    text: 'Where two devices have written the same draft further, both texts are kept (209).',
    versions: every,
    role: 'server',
    notHeld: 'The text that comes last takes the place of the other, and is told with 200.',
    check: async (stage) => {
      const one = await new Hand(stage).opened();
      const reply = await one.say(sync(draft(one, 'd', stage.name)));
      await one.say(one.answers(reply));
      await stage.world.settle();
      const two = await new Hand(stage, { deviceId: `${stage.name}-2` }).inStep();
      one.newSession();
      await one.open(200, { last: 'run-2', next: 'run-3' });
      await one.say(sync(put('Replace', 'd', email({ read: true }, text(stage.name, 'of one')))));
      await two.open(200, { last: nextOfFirst, next: '2' });
      const said = put('Replace', two.luid(stage.name), email({ read: true }, text(stage.name, 'of two')));
      expect((await two.say(sync(said))).codes('Replace')).toEqual(['200']);
      expect(await countOf(stage.world, stage.name)).toBe(1);
    },
  },
];

const inbox = fromServer('Add', 'f1', folder('Inbox', 'inbox'), folderType, { parent: '/' });
const mail = fromServer('Add', 'm1', email({ read: false }, text('one')), emailType, { parent: 'f1' });

const client: readonly Rule[] = [
  {
    id: 'CONF-40',
    from: ['P', 'Conflict Resolution'],
    text: 'The server decides: the client sends its change, and takes what the server sends for the same item.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`${inbox}${mail}`), ending);
        await device.sync();
        const [shown] = await device.client.ls({});
        await device.client.mark(shown?.luid ?? '', 1, 1);
        const theirs = fromServer('Replace', shown?.luid ?? '', email({ read: false, flagged: true }), emailType);
        const from = heard.length;
        script(opening({ last: 'server-1', next: 'server-2' }), changes(theirs), ending);
        await device.sync();
        expect(heard[from + 1]?.changes).toHaveLength(1);
        const [after] = await device.client.ls({});
        expect((after?.flags ?? 0) & 1).toBe(0);
      }),
  },
];

export const conflicts: Group = { key: 'CONF', title: 'Conflicts', rules: [...server, ...client] };
