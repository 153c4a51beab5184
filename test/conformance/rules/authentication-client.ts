// Authentication, as our client answers challenges.
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import { password } from '../../support/world.ts';
import { only12, since11, type Rule } from '../support/rule.ts';
import { changes, ending, opening, withScripted, type Answer, type Heard } from '../support/scripted.ts';
import { status } from '../support/words.ts';

const nonce = Buffer.from('Nonce');

function challenge(code: number, type: string | null, next?: Uint8Array): Answer {
  return (heard) => ({ commands: chalFor(heard, code, type, next), final: false });
}

function chalFor(heard: Heard, code: number, type: string | null, next?: Uint8Array): string {
  const nextNonce = next === undefined ? '' : `<NextNonce xmlns='syncml:metinf'>${Buffer.from(next).toString('base64')}</NextNonce>`;
  const meta = `<Meta><Format xmlns='syncml:metinf'>b64</Format><Type xmlns='syncml:metinf'>${type ?? ''}</Type>${nextNonce}</Meta>`;
  return status(heard.header.msgId, '0', 'SyncHdr', code, type === null ? '' : `<Chal>${meta}</Chal>`);
}

function digest(user: string, secret: string, with_: Uint8Array): string {
  const inner = createHash('md5').update(`${user}:${secret}`).digest('base64');
  return createHash('md5').update(`${inner}:`).update(with_).digest('base64');
}

function credOf(heard: Heard | undefined): { type: string | undefined; data: string } {
  const cred = heard?.header.cred;
  return { type: cred?.meta?.type, data: cred?.data.kind === 'text' ? cred.data.text : '' };
}

/** The same with 200 for the header: accepted for this message alone. */
const each200 =
  (answer: Answer): Answer =>
  (each, count) => {
    const said = answer(each, count);
    const commands = typeof said === 'string' ? said : said.commands;
    return commands.replace('<Data>212</Data>', '<Data>200</Data>');
  };

export const authenticationClient: readonly Rule[] = [
  {
    id: 'AUTH-40',
    from: ['P', 'Authentication examples'],
    text: 'Challenged for MD5, the client says its message again in the same session, with the next MsgID and the digest over the nonce.',
    versions: since11,
    role: 'client',
    encodings: ['wbxml', 'xml'],
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(challenge(407, 'syncml:auth-md5', nonce), opening(), changes(), ending);
        await device.sync();
        const [first, second] = heard;
        expect(second?.header.sessionId).toBe(first?.header.sessionId);
        expect([first?.header.msgId, second?.header.msgId]).toEqual(['1', '2']);
        expect(second?.message.commands).toEqual(first?.message.commands);
        expect(second?.header.source.locName).toBe('alice');
        expect(credOf(second)).toEqual({ type: 'syncml:auth-md5', data: digest('alice', password, nonce) });
      }),
  },
  {
    id: 'AUTH-41',
    from: ['P', 'Authentication, Server Challenge'],
    text: 'Refused a second time, the client gives up: an account is not locked by it.',
    versions: only12,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(challenge(401, 'syncml:auth-md5', nonce));
        expect((await device.client.sync()).error?.code).toBe('ERR_SESSION_AUTH');
        expect(heard).toHaveLength(2);
      }),
  },
  {
    id: 'AUTH-42',
    from: ['R', 'Chal; MetaInfo, NextNonce'],
    text: 'The nonce that comes with 212 is used in the first message of the next session.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(
        stage,
        async ({ device, heard, script }) => {
          const later = Buffer.from('for next time');
          script(
            challenge(407, 'syncml:auth-md5', nonce),
            (each) => `${chalFor(each, 212, 'syncml:auth-md5', later)}${opening()(each).replace(/<Status>.*?<\/Status>/, '')}`,
            changes(),
            ending,
          );
          await device.sync();
          script(opening({ last: 'server-1' }), changes(), ending);
          const from = heard.length;
          await device.sync();
          expect(credOf(heard[from])).toEqual({ type: 'syncml:auth-md5', data: digest('alice', password, later) });
        },
        { auth: 'md5' },
      ),
  },
  {
    id: 'AUTH-43',
    from: ['P', 'Authentication'],
    text: 'Accepted for the session (212), the client sends no Cred again; for one message (200), it sends one in each.',
    versions: since11,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(opening(), changes(), ending);
        await device.sync();
        expect(heard.map((each) => each.header.cred !== undefined)).toEqual(heard.map((_, at) => at === 0));
        const from = heard.length;
        script(each200(opening({ last: 'server-1' })), each200(changes()), each200(ending));
        await device.sync();
        expect(heard.slice(from).every((each) => each.header.cred !== undefined)).toBe(true);
      }),
  },
  {
    id: 'AUTH-44',
    from: ['P', 'Authentication, Server Challenge'],
    text: 'A 401 without a Chal is taken for a challenge for Basic.',
    versions: only12,
    role: 'client',
    check: (stage) =>
      withScripted(
        stage,
        async ({ device, heard, script }) => {
          script(challenge(401, null), opening(), changes(), ending);
          await device.sync();
          expect(credOf(heard[0]).type).toBe('syncml:auth-md5');
          expect(credOf(heard[1])).toEqual({
            type: 'syncml:auth-basic',
            data: Buffer.from(`alice:${password}`).toString('base64'),
          });
        },
        { auth: 'md5' },
      ),
  },
  {
    id: 'AUTH-45',
    from: ['R', 'Chal'],
    text: 'Asked for a log-in that it does not have, the client gives up and sends nothing more.',
    versions: only12,
    role: 'client',
    check: (stage) =>
      withScripted(stage, async ({ device, heard, script }) => {
        script(challenge(401, 'syncml:auth-rot13'));
        expect((await device.client.sync()).error?.code).toBe('ERR_SESSION_AUTH');
        expect(heard).toHaveLength(1);
      }),
  },
  {
    id: 'AUTH-46',
    from: ['P', 'Authentication of the server by the client'],
    text: 'A client that knows a log-in of the server challenges it, and takes nothing of a server that does not know it.',
    versions: only12,
    role: 'client',
    check: (stage) =>
      withScripted(
        stage,
        async ({ device, heard, script }) => {
          script(opening(), changes(), ending);
          expect((await device.client.sync()).error?.code).toBe('ERR_SESSION_AUTH');
          const word = heard[1]?.statuses('SyncHdr')[0];
          expect(word?.data).toBe('407');
          expect(word?.chal?.meta.type).toBe('syncml:auth-md5');
        },
        {},
        { serverLogin: { name: 'Bruce2', password: 'OhBehave' } },
      ),
  },
];
