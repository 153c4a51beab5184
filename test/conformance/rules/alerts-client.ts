// Alerts and sync types, as our client asks for them and takes the server's.
import { expect } from 'vitest';
import { letter } from '../../scenarios/support/clients.ts';
import { only12, since11, type Rule } from '../support/rule.ts';
import { changes, ending, fromServer, opening, statusesFor, withScripted } from '../support/scripted.ts';
import { alert, email, emailType, folder, folderType, sync } from '../support/words.ts';

const inbox = fromServer('Add', 'f1', folder('Inbox', 'inbox'), folderType, { parent: '/' });
const mail = fromServer('Add', 'm1', email({ read: true }, new TextDecoder().decode(letter('one'))), emailType, { parent: 'f1' });

export const alertsClient: readonly Rule[] = [
  {
    id: 'ALERT-40',
    from: ['P', 'Alert codes 200, 201, 202, 204, 205'],
    text: 'The client asks for two-way, slow, one-way from client, one-way from server and refresh from server by their codes.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`${inbox}${mail}`), ending);
        await device.sync();
        const asked: (string | undefined)[] = [];
        let run = 1;
        for (const mode of ['two-way', 'slow', 'send', 'receive', 'refresh'] as const) {
          const from = heard.length;
          script(opening({ last: `server-${run}`, next: `server-${run + 1}` }), changes(), ending);
          if (mode === 'send') script(opening({ last: `server-${run}`, next: `server-${run + 1}` }), (each) => statusesFor(each), ending);
          await device.sync(mode);
          asked.push(heard[from]?.all('Alert')[0]?.data);
          run += 1;
        }
        expect(asked).toEqual(['200', '201', '202', '204', '205']);
      }),
  },
  {
    id: 'ALERT-41',
    from: ['P', 'Slow Sync'],
    text: 'Answered with 508 and Alert 201, the client goes on with a slow sync and sends all that it has.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`${inbox}${mail}`), ending);
        await device.sync();
        const from = heard.length;
        script(opening({ code: 201, next: 'server-2', codes: { Alert: 508 } }), changes(), ending);
        const outcome = await device.sync();
        expect(outcome.type).toBe('slow');
        expect(heard[from + 1]?.changes.map((each) => each.name)).toEqual(['Add', 'Add']);
      }),
  },
  {
    id: 'ALERT-42',
    from: ['P', 'One-Way Sync from Client Only'],
    text: 'A server that turns a one-way sync from the client into one that writes there is not followed.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(`${inbox}${mail}`), ending);
        await device.sync();
        const from = heard.length;
        script(opening({ code: 205, last: 'server-1', next: 'server-2' }));
        const outcome = await device.client.sync({ mode: 'send' });
        expect(outcome.error?.code).toBe('ERR_SESSION_REFUSED');
        expect(heard).toHaveLength(from + 1);
        expect(await device.client.ls({})).toHaveLength(1);
      }),
  },
  {
    id: 'ALERT-43',
    from: ['P', 'Refresh Sync from Server Only (SCR-DS-CLIENT-006)'],
    text: 'In a refresh from the server the client drops what it has and takes what is sent.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, script }) => {
        script(opening(), changes(`${inbox}${mail}`), ending);
        await device.sync();
        const other = fromServer('Add', 'm2', email({}, new TextDecoder().decode(letter('two'))), emailType, { parent: 'f1' });
        script(opening({ next: 'server-2' }), changes(`${inbox}${other}`), ending);
        await device.sync('refresh');
        expect((await device.client.ls({})).map((each) => each.summary.messageId)).toEqual(['<two@sender.test>']);
      }),
  },
  {
    id: 'ALERT-44',
    from: ['P', 'Refresh Sync from Client Only (SCR-DS-CLIENT-004)'],
    text: 'The client can replace what the server has by what it has (203).',
    versions: since11,
    role: 'client',
    notHeld: 'It would empty a mailbox; no mode of the client asks for it, and a server that demands it is refused.',
    check: (stage) =>
      withScripted(stage, async ({ device, script }) => {
        script(opening({ code: 203 }));
        expect((await device.client.sync()).error?.code).toBe('ERR_SESSION_REFUSED');
      }),
  },
  {
    id: 'ALERT-45',
    from: ['P', 'Server Alerted Sync; Alert codes 206-210'],
    text: 'Told by an Alert 206-210 in a session, the client opens the datastore anew.',
    versions: since11,
    role: 'client',
    notHeld: 'The Alert is answered with 200 and nothing follows; the news comes with the next sync.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(
          opening(),
          (each) => `${statusesFor(each)}${sync(inbox)}${alert(206, null)}`,
          (each) => statusesFor(each),
        );
        await device.sync();
        expect(heard[2]?.codes('Alert')).toEqual(['200']);
        expect(heard.slice(2).flatMap((each) => each.all('Alert').map((said) => said.data))).toEqual([]);
      }),
  },
  {
    id: 'ALERT-46',
    from: ['P', 'Server Alerted Sync, Package #0 (SCR-DS-CLIENT-015)'],
    text: 'The client is woken by Package #0.',
    versions: only12,
    role: 'client',
    notHeld: 'There is no event receiver yet: the client syncs when it is told to, and its door has nothing that takes a notification.',
    check: (stage) =>
      withScripted(stage, ({ device }) => {
        expect(Object.keys(device.client).toSorted()).toEqual(
          ['close', 'folders', 'info', 'ls', 'mark', 'move', 'read', 'reply', 'rm', 'send', 'sync'].toSorted(),
        );
        return Promise.resolve();
      }),
  },
  {
    id: 'ALERT-47',
    from: ['P', 'Sync Initialization, Error Case Behaviors'],
    text: 'A datastore that the server does not have (404) ends the sync with an error that names it.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script((each) => statusesFor(each, { Alert: 404 }));
        const outcome = await device.client.sync();
        expect(outcome.error).toMatchObject({ code: 'ERR_SESSION_REFUSED', message: expect.stringContaining('./mail') });
        expect(heard).toHaveLength(1);
      }),
  },
  {
    id: 'ALERT-48',
    from: ['P', 'Sync Initialization'],
    text: "The client answers the server's Alert with a Status that repeats its Next.",
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening({ next: 'server-77' }), changes(), ending);
        await device.sync();
        expect(heard[1]?.statuses('Alert')[0]?.items).toEqual([{ data: { kind: 'anchor', anchor: { next: 'server-77' } } }]);
      }),
  },
];
