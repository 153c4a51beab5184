// Messages and their headers, as our client writes them and takes them.
import { textOf } from '@packetboat/wbxml';
import { expect } from 'vitest';
import { letter } from '../../scenarios/support/clients.ts';
import { elementsOf } from '../support/carry.ts';
import { only12, since11, type Rule } from '../support/rule.ts';
import { changes, ending, fromServer, opening, statusesFor, withScripted } from '../support/scripted.ts';
import { email, emailType, folder, folderType, nextMessage, sync } from '../support/words.ts';

const inbox = fromServer('Add', 'f1', folder('Inbox', 'inbox'), folderType, { parent: '/' });

export const messagesClient: readonly Rule[] = [
  {
    id: 'MSG-40',
    from: ['R', 'MsgID, SessionID'],
    text: 'MsgID begins with 1 in a session and grows by one; each session has a SessionID of its own.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        await device.sync();
        const first = heard.length;
        script(opening({ last: 'server-1', next: 'server-2' }), changes(), ending);
        await device.sync();
        const sessions = [heard.slice(0, first), heard.slice(first)];
        for (const session of sessions) {
          expect(session.map((each) => each.header.msgId)).toEqual(session.map((_, at) => String(at + 1)));
          expect(new Set(session.map((each) => each.header.sessionId)).size).toBe(1);
        }
        expect(new Set(heard.map((each) => each.header.sessionId)).size).toBe(2);
      }),
  },
  {
    id: 'MSG-41',
    from: ['R', 'RespURI'],
    text: 'The client goes on at the RespURI of the server, and begins its next session at the address that it was given.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script, url }) => {
        const header = `<RespURI>${url}?session=7</RespURI>`;
        script((each) => ({ commands: opening()(each), header }), changes(), ending);
        await device.sync();
        script(opening({ last: 'server-1' }), changes(), ending);
        await device.sync();
        const paths = heard.map((each) => each.path);
        expect(paths[0]).toBe('/sync');
        expect(paths[1]).toBe('/sync?session=7');
        expect(paths[heard.findIndex((each) => each.header.msgId === '1' && each !== heard[0])]).toBe('/sync');
      }),
  },
  {
    id: 'MSG-42',
    from: ['R', 'Status'],
    text: 'The client answers the header and every command of the server with a Status, and a Status with none.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        await device.sync();
        const [, third, fifth] = heard;
        expect(third?.all('Status').map((each) => each.cmd)).toEqual(['SyncHdr', 'Alert']);
        expect(fifth?.all('Status').map((each) => `${each.msgRef} ${each.cmd} ${each.data}`)).toEqual([
          '2 SyncHdr 200',
          '2 Sync 200',
          '2 Add 201',
        ]);
      }),
  },
  {
    id: 'MSG-43',
    from: ['P', 'Two-way Sync, Client Modifications to Server'],
    text: 'Package #3 has a Sync even when the client has nothing to send.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(), ending);
        await device.sync();
        expect(heard[1]?.syncs.map((each) => each.commands)).toEqual([[]]);
        expect(heard[1]?.final).toBe(true);
      }),
  },
  {
    id: 'MSG-44',
    from: ['P', 'Multiple Messages in Package'],
    text: 'The client asks with Alert 222 for the rest of a package that has no Final.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        const mail = fromServer('Add', 'm1', email({ read: true }, new TextDecoder().decode(letter('one'))), emailType, { parent: 'f1' });
        script(opening(), changes(inbox, { final: false }), changes(mail), ending);
        const outcome = await device.sync();
        expect(outcome.received.added).toBe(2);
        expect(heard[2]?.all('Alert').map((each) => each.data)).toEqual(['222']);
        expect(heard[2]?.codes('Add')).toEqual(['201']);
      }),
  },
  {
    id: 'MSG-45',
    from: ['P', 'Multiple Messages in Package'],
    text: 'The client gives up a server whose package never ends.',
    versions: only12,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), (each) => ({ commands: statusesFor(each), final: false }));
        expect((await device.client.sync()).error?.code).toBe('ERR_SESSION_PROTOCOL');
        expect(heard.length).toBeLessThan(50);
      }),
  },
  {
    id: 'MSG-46',
    from: ['M', 'MaxMsgSize'],
    text: 'No message of the client is larger than the MaxMsgSize of the server.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        const header =
          "<Meta><MaxMsgSize xmlns='syncml:metinf'>3000</MaxMsgSize><MaxObjSize xmlns='syncml:metinf'>900000</MaxObjSize></Meta>";
        script((each) => ({ commands: opening()(each), header }), changes(inbox), ending);
        await device.sync();
        const [place] = await device.client.folders();
        await device.store.write(letter('long', 'text '.repeat(3_000)), place?.luid ?? '', 0, Date.now());
        const from = heard.length;
        script(
          (each) => ({ commands: opening({ last: 'server-1', next: 'server-2' })(each), header }),
          (each) => (each.final ? `${statusesFor(each)}${sync()}` : { commands: `${chunked(each)}${nextMessage}`, final: false }),
        );
        await device.client.sync();
        const later = heard.slice(from + 1);
        expect(later.length).toBeGreaterThan(4);
        for (const each of later) expect(each.bytes.length).toBeLessThanOrEqual(3_000);
      }),
  },
  {
    id: 'MSG-47',
    from: ['R', 'SessionID'],
    text: 'The client takes no answer that belongs to another session.',
    versions: only12,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, script }) => {
        script((each) => ({ commands: statusesFor(each), sessionId: '99' }));
        expect((await device.client.sync()).error?.code).toBe('ERR_SESSION_PROTOCOL');
      }),
  },
  {
    id: 'MSG-48',
    from: ['P', 'Busy Signaling, Result Alert from Client'],
    text: 'A client that is told that the server is busy (101) asks for the result with Alert 221.',
    versions: only12,
    role: 'client',
    notHeld: 'The sync ends with an error and is tried again as a whole; nothing is lost by it.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script((each) => ({ commands: statusesFor(each, { SyncHdr: 101 }), final: false }));
        expect((await device.client.sync()).outcome).toBe('failed');
        expect(heard).toHaveLength(1);
      }),
  },
  {
    id: 'MSG-49',
    from: ['R', 'VerDTD, VerProto'],
    text: 'A client whose version is refused (505, 513) tries the one below.',
    versions: only12,
    role: 'client',
    notHeld: 'The version is a setting; the sync ends with an error that names the status.',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script((each) => ({ commands: statusesFor(each, { SyncHdr: 513 }), final: false }));
        const outcome = await device.client.sync();
        expect(outcome.error).toMatchObject({ code: 'ERR_SESSION_REFUSED', message: expect.stringContaining('513') });
        expect(heard).toHaveLength(1);
      }),
  },
  {
    id: 'MSG-50',
    from: ['R', 'CmdID'],
    text: 'No two commands of a message of the client have the same CmdID, and none has 0.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(inbox), ending);
        await device.sync();
        for (const each of heard) {
          const ids = elementsOf(each.document.root, 'CmdID').map((id) => textOf(id));
          expect(new Set(ids).size).toBe(ids.length);
          expect(ids).not.toContain('0');
        }
      }),
  },
  {
    id: 'MSG-51',
    from: ['H', 'Content-Type, Content-Length'],
    text: 'The client posts with the media type of its encoding and a Content-Length.',
    versions: since11,
    role: 'client',
    encodings: ['wbxml', 'xml'],
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(), ending);
        await device.sync();
        for (const each of heard) {
          expect(each.sent['content-type']).toBe(`application/vnd.syncml+${stage.encoding}`);
          expect(each.sent['content-length']).toBe(String(each.bytes.length));
        }
      }),
  },
];

/** Statuses for chunks: 213 for an item that goes on. */
function chunked(heard: Parameters<typeof statusesFor>[0]): string {
  return statusesFor(heard).replaceAll('<Cmd>Add</Cmd><Data>201<', '<Cmd>Add</Cmd><Data>213<');
}
