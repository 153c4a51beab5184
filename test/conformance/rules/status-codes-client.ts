// Status codes, as our client answers the server's items and takes the server's answers.
import { expect } from 'vitest';
import { folderOf, letter, mark, shown } from '../../scenarios/support/clients.ts';
import type { Rule, Stage } from '../support/rule.ts';
import { only12, since11 } from '../support/rule.ts';
import { changes, ending, fromServer, opening, statusesFor, withScripted, type Scripted } from '../support/scripted.ts';
import { email, emailType, folder, folderType, sync } from '../support/words.ts';

const inbox = fromServer('Add', 'f1', folder('Inbox', 'inbox'), folderType, { parent: '/' });
const drafts = fromServer('Add', 'f2', folder('Drafts', 'drafts'), folderType, { parent: '/' });
const mail = fromServer('Add', 'm1', email({ read: false }, new TextDecoder().decode(letter('one'))), emailType, { parent: 'f1' });

/** A client that has a mail; then the server sends `commands`: the codes they are answered with. */
async function codesOf(stage: Stage, commands: string): Promise<readonly string[]> {
  let codes: readonly string[] = [];
  await withScripted(stage, async (scripted) => {
    await inStep(scripted);
    const from = scripted.heard.length;
    scripted.script(opening({ last: 'server-1', next: 'server-2' }), changes(commands), ending);
    await scripted.device.sync();
    codes = (scripted.heard[from + 2]?.all('Status') ?? [])
      .filter((each) => !['SyncHdr', 'Sync'].includes(each.cmd))
      .map((each) => each.data);
  });
  return codes;
}

async function inStep({ script, device }: Scripted): Promise<void> {
  script(opening(), changes(`${inbox}${drafts}${mail}`), ending);
  await device.sync();
}

/** A change of the user's that the server answers with `code`: whether it is said again in the next sync. */
async function saidAgain(stage: Stage, code: number): Promise<{ readonly again: boolean; readonly refused: number }> {
  let again = false;
  let refused = 0;
  await withScripted(stage, async (scripted) => {
    await inStep(scripted);
    await mark(scripted.device, 'one');
    scripted.script(opening({ last: 'server-1', next: 'server-2' }), (each) => `${statusesFor(each, { Replace: code })}${sync()}`, ending);
    refused = (await scripted.device.sync()).refused.length;
    const from = scripted.heard.length;
    scripted.script(opening({ last: 'server-2', next: 'server-3' }), changes(), ending);
    await scripted.device.sync();
    again = scripted.heard[from + 1]?.changes.length === 1;
  });
  return { again, refused };
}

const target = (luid: string): string => `<Target><LocURI>${luid}</LocURI></Target>`;
const remove = (luid: string): string => `<Delete><CmdID/><Item>${target(luid)}</Item></Delete>`;
const move = (luid: string, parent: string): string => `<Move><CmdID/><Item>${target(luid)}${parent}</Item></Move>`;
const into = (id: string): string => `<TargetParent><LocURI>${id}</LocURI></TargetParent>`;

export const statusCodesClient: readonly Rule[] = [
  {
    id: 'STATUS-40',
    from: ['R', 'Status codes: 201, 418'],
    text: 'The client answers a new item with 201, and one that it has with 418.',
    versions: since11,
    role: 'client',
    check: async (stage) => {
      const other = mail.replaceAll('m1', 'm2').replaceAll('one@', 'two@');
      expect(await codesOf(stage, `${other}${mail}`)).toEqual(['201', '418']);
    },
  },
  {
    id: 'STATUS-41',
    from: ['R', 'Delete; Status codes: 200, 211'],
    text: 'The client answers a Delete with 200, and one of what it does not have with 211.',
    versions: since11,
    role: 'client',
    check: async (stage) => {
      expect(await codesOf(stage, `${remove('m1')}${remove('m9')}`)).toEqual(['200', '211']);
    },
  },
  {
    id: 'STATUS-42',
    from: ['R', 'Replace; Status codes: 200, 201, 404'],
    text: 'The client answers a Replace with 200, with 201 where it makes the item anew, and with 404 where there is nothing to make it of.',
    versions: since11,
    role: 'client',
    check: async (stage) => {
      const object = email({ read: true }, new TextDecoder().decode(letter('three')));
      const known = fromServer('Replace', 'm1', email({ read: true }), emailType);
      const lost = fromServer('Replace', 'm3', object, emailType, { parent: 'f1' });
      const flags = fromServer('Replace', 'm4', email({ read: true }), emailType);
      expect(await codesOf(stage, `${known}${lost}${flags}`)).toEqual(['200', '201', '404']);
    },
  },
  {
    id: 'STATUS-43',
    from: ['R', 'Status codes: 400, 415'],
    text: 'The client refuses an object that it cannot read (400) and a type that it does not take (415), each by itself.',
    versions: since11,
    role: 'client',
    check: async (stage) => {
      const bad = fromServer('Add', 'b', '<Email><read>true', emailType);
      const card = fromServer('Add', 'c', 'BEGIN:VCARD', 'text/x-vcard');
      expect(await codesOf(stage, `${bad}${card}${mail.replaceAll('m1', 'm2')}`)).toEqual(['400', '415', '201']);
    },
  },
  {
    id: 'STATUS-44',
    from: ['R', 'Status codes: 412 Incomplete command'],
    text: 'The client refuses an item without an id with 412.',
    versions: since11,
    role: 'client',
    check: async (stage) => {
      expect(await codesOf(stage, mail.replace('<Source><LocURI>m1</LocURI></Source>', ''))).toEqual(['412']);
    },
  },
  {
    id: 'STATUS-45',
    from: ['R', 'Move; Status codes: 404, 412, 428'],
    text: 'The client answers a Move with 200, 404 for an item, 428 for a folder that it does not have, and 412 without a folder.',
    versions: only12,
    role: 'client',
    check: async (stage) => {
      const said = `${move('m1', into('f2'))}${move('m9', into('f2'))}${move('m1', into('f9'))}${move('m1', '')}`;
      expect(await codesOf(stage, said)).toEqual(['200', '404', '428', '412']);
    },
  },
  {
    id: 'STATUS-46',
    from: ['R', 'Status codes: 420 Device full'],
    text: 'A client that has no room left says so with 420.',
    versions: only12,
    role: 'client',
    notHeld: 'The client has no bound of its own; when its disk is full the sync ends, and nothing of that message is kept.',
    check: (stage) =>
      withScripted(stage, async (scripted) => {
        const { device, heard, script } = scripted;
        const { answers } = device.store;
        const { commit } = answers;
        let full = false;
        Object.assign(answers, {
          commit: (ask: Parameters<typeof commit>[0]) => (full ? Promise.reject(new Error('no space left')) : commit(ask)),
        });
        script(opening(), (each) => {
          full = true;
          return changes(inbox)(each);
        });
        await expect(device.client.sync()).rejects.toThrow('no space left');
        expect(heard.flatMap((each) => each.codes('Add'))).toEqual([]);
      }),
  },
  {
    id: 'STATUS-47',
    from: ['R', 'Status codes: 2xx'],
    text: 'A change that the server has executed (2xx, conflicts resolved among them) is not sent again.',
    versions: since11,
    role: 'client',
    check: async (stage) => {
      for (const code of [200, 207, 208, 209]) expect(await saidAgain(stage, code)).toEqual({ again: false, refused: 0 });
    },
  },
  {
    id: 'STATUS-48',
    from: ['R', 'Status codes: 4xx'],
    text: 'A change that the server refuses is told to the user and not sent again.',
    versions: since11,
    role: 'client',
    check: async (stage) => {
      for (const code of [403, 415, 425]) expect(await saidAgain(stage, code)).toEqual({ again: false, refused: 1 });
    },
  },
  {
    id: 'STATUS-49',
    from: ['R', 'Status codes: 417 Retry later, 5xx'],
    text: 'A change that the server cannot execute now (417, 503) is sent again in the next sync.',
    versions: since11,
    role: 'client',
    notHeld: 'It is told to the user as refused, like any other failure, and not sent again.',
    check: async (stage) => {
      for (const code of [417, 503]) expect(await saidAgain(stage, code)).toEqual({ again: false, refused: 1 });
    },
  },
  {
    id: 'STATUS-50',
    from: ['R', 'Status codes: 418 Already exists'],
    text: 'An Add that the server answers with 418 is done.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async (scripted) => {
        await inStep(scripted);
        const { device, heard, script } = scripted;
        await device.store.write(letter('mine'), await folderOf(device, 'drafts'), 0, Date.now());
        script(
          opening({ last: 'server-1', next: 'server-2' }),
          (each) => `${statusesFor(each).replace('<Cmd>Add</Cmd><Data>201<', '<Cmd>Add</Cmd><Data>418<')}${sync()}`,
          ending,
        );
        expect((await device.sync()).refused).toEqual([]);
        const from = heard.length;
        script(opening({ last: 'server-2', next: 'server-3' }), changes(), ending);
        await device.sync();
        expect(heard[from + 1]?.changes).toEqual([]);
        expect((await shown(device, 'mine')).luid).not.toBe('');
      }),
  },
];
