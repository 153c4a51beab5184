// Large objects, as our client takes them and sends them.
import { dataBytes } from '@packetboat/syncml';
import { expect } from 'vitest';
import { folderOf, letter } from '../../scenarios/support/clients.ts';
import { text } from '../support/mailbox.ts';
import { both, since11, type Rule } from '../support/rule.ts';
import { changes, ending, fromServer, opening, statusesFor, withScripted } from '../support/scripted.ts';
import { email, emailType, folder, folderType, nextMessage, sync } from '../support/words.ts';

const inbox = fromServer('Add', 'f1', folder('Inbox', 'inbox'), folderType, { parent: '/' });
const whole = email({ read: true }, text('one', 'text '.repeat(300)));
const part = (from: number, to: number | undefined, size?: number): string =>
  fromServer('Add', 'm1', whole.slice(from, to), emailType, {
    parent: 'f1',
    ...(size === undefined ? {} : { meta: `<Size xmlns='syncml:metinf'>${size}</Size>` }),
    ...(to === undefined ? {} : { moreData: true }),
  });

export const largeObjectsClient: readonly Rule[] = [
  {
    id: 'LARGE-40',
    from: ['P', 'Large Object Handling (SCR-DS-CLIENT-010)'],
    text: 'The client answers each chunk with 213, asks for the rest, and stores the object with the last one.',
    versions: since11,
    role: 'client',
    encodings: both,
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        const size = Buffer.byteLength(whole);
        script(
          opening(),
          changes(`${inbox}${part(0, 500, size)}`, { final: false }),
          changes(part(500, 900), { final: false }),
          changes(part(900, undefined)),
          ending,
        );
        await device.sync();
        expect(heard.slice(2, 5).map((each) => each.codes('Add').at(-1))).toEqual(['213', '213', '201']);
        expect(heard[2]?.all('Alert').map((each) => each.data)).toEqual(['222']);
        expect(await device.client.ls({})).toHaveLength(1);
      }),
  },
  {
    id: 'LARGE-41',
    from: ['R', 'Status codes: 411, 416, 424'],
    text: 'The client refuses a first chunk without Size (411), an object too large (416) and one of another size (424).',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(
          opening(),
          changes(`${inbox}${part(0, 500)}`, { final: false }),
          changes(part(0, 500, 99_000_000).replaceAll('m1', 'm2'), { final: false }),
          changes(part(0, 500, 900).replaceAll('m1', 'm3'), { final: false }),
          changes(part(500, undefined).replaceAll('m1', 'm3')),
          ending,
        );
        await device.sync();
        expect(heard.slice(2, 6).map((each) => each.codes('Add').at(-1))).toEqual(['411', '416', '213', '424']);
        expect(await device.client.ls({})).toEqual([]);
      }),
  },
  {
    id: 'LARGE-42',
    from: ['P', 'Large Object Handling; Alert code 223'],
    text: 'When another item begins before the end of an object, the client says so with Alert 223.',
    versions: since11,
    role: 'client',
    notHeld: 'It drops what it had of the object and says nothing.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        const other = fromServer('Add', 'm2', email({}, text('two')), emailType, { parent: 'f1' });
        script(opening(), changes(`${inbox}${part(0, 500, Buffer.byteLength(whole))}`, { final: false }), changes(other), ending);
        await device.sync();
        expect(heard[3]?.all('Alert').map((each) => each.data)).toEqual([]);
        expect(await device.client.ls({})).toHaveLength(1);
      }),
  },
  {
    id: 'LARGE-43',
    from: ['P', 'Large Object Handling (SCR-DS-CLIENT-009, LO-S-004 to LO-S-007)'],
    text: 'The client sends a large object in chunks: Size in the first, MoreData in all but the last, each the last command of its message.',
    versions: since11,
    role: 'client',
    encodings: both,
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        const meta =
          "<Meta><MaxMsgSize xmlns='syncml:metinf'>3000</MaxMsgSize><MaxObjSize xmlns='syncml:metinf'>900000</MaxObjSize></Meta>";
        script((each) => ({ commands: opening()(each), header: meta }), changes(inbox.replaceAll('inbox', 'drafts')), ending);
        await device.sync();
        await device.store.write(letter('long', 'text '.repeat(2_000)), await folderOf(device, 'drafts'), 0, Date.now());
        const from = heard.length;
        script(
          (each) => ({ commands: opening({ last: 'server-1', next: 'server-2' })(each), header: meta }),
          (each) =>
            each.final
              ? `${statusesFor(each)}${sync()}`
              : { commands: statusesFor(each).replace('<Cmd>Add</Cmd><Data>201<', '<Cmd>Add</Cmd><Data>213<') + nextMessage, final: false },
        );
        await device.client.sync();
        const sent = heard.slice(from).filter((each) => each.changes.length > 0);
        const parts = sent.flatMap((each) => each.changes.flatMap((change) => (change.name === 'Add' ? change.items : [])));
        expect(parts.length).toBeGreaterThan(2);
        const bytes = Buffer.concat(parts.map((each) => dataBytes(each.data) ?? new Uint8Array()));
        expect(parts.map((each) => each.meta?.size)).toEqual(parts.map((_, at) => (at === 0 ? bytes.length : undefined)));
        expect(parts.map((each) => each.moreData === true)).toEqual(parts.map((_, at) => at < parts.length - 1));
        for (const each of sent) expect(each.message.commands.at(-1)?.name).toBe('Sync');
      }),
  },
];
