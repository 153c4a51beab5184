// A server that is started again with another configuration; and who is ready when.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../src/account/log.ts';
import type { Config } from '../src/config/schema.ts';
import { type RunningServer, startServer } from '../src/start.ts';
import { soon, source, testMail } from './account/world.ts';

const headers = { 'content-type': 'application/vnd.syncml+xml' };
const credentials = Buffer.from('alice:pw').toString('base64');
/** Logs alice in and begins a sync of her mail. */
const firstMessage =
  '<SyncML><SyncHdr><VerDTD>1.2</VerDTD><VerProto>SyncML/1.2</VerProto><SessionID>1</SessionID><MsgID>1</MsgID><Target><LocURI>x</LocURI></Target>' +
  `<Source><LocURI>d</LocURI></Source><Cred><Meta><Format xmlns="syncml:metinf">b64</Format><Type xmlns="syncml:metinf">syncml:auth-basic</Type></Meta><Data>${credentials}</Data></Cred></SyncHdr>` +
  '<SyncBody><Alert><CmdID>1</CmdID><Data>201</Data><Item><Target><LocURI>./mail</LocURI></Target><Source><LocURI>./mail</LocURI></Source><Meta><Anchor xmlns="syncml:metinf"><Next>1</Next></Anchor></Meta></Item></Alert><Final/></SyncBody></SyncML>';

let data: string;
let running: RunningServer | undefined;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'packetboat-start-'));
});
afterEach(async () => {
  await running?.close();
  await rm(data, { recursive: true });
});

type Settings = Config['people'][number]['accounts'];
type People = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Starts with people, their accounts, and of each its addresses. */
function start(people: People): Promise<RunningServer> {
  const settings = Object.entries(people).map(([user, accounts]): [string, Settings] => [
    user,
    Object.entries(accounts).map(([name, [address = '', ...aliases]]) => ({ name, address, aliases })),
  ]);
  return startWith(Object.fromEntries(settings));
}

async function startWith(people: Readonly<Record<string, Settings>>): Promise<RunningServer> {
  const config: Config = {
    listen: '127.0.0.1:0',
    data,
    challenge: 'md5',
    log: { level: 'silent' },
    integrated: { maxSize: 1_000_000 },
    people: Object.entries(people).map(([user, accounts]) => ({ user, password: { variable: 'PASSWORD' }, accounts })),
  };
  running = await startServer({ config, base: data, env: { PASSWORD: 'pw' }, log: silentLog });
  return running;
}

async function mailsOf(server: RunningServer, person: string, account: string): Promise<number> {
  const found = server.accounts.find(person, account)?.config.source;
  if (found?.kind !== 'integrated' || server.integrated === undefined) throw new Error('the account is kept here');
  let mails = 0;
  for await (const page of server.integrated.mailServer(found.user).changes('INBOX', undefined, async () => [])) mails += page.added.length;
  return mails;
}

const deliver = async (server: RunningServer, to: string): Promise<unknown> =>
  server.integrated?.deliver({ from: 'ann@example.test', to: [to] }, source(testMail('to whom').bytes));

describe('people whose mail is kept here', () => {
  it('get the addresses that the configuration gives them now, and keep their mail', async () => {
    const first = await start({ alice: { home: ['alice@example.test', 'sales@example.test'] }, bob: { home: ['bob@example.test'] } });
    await deliver(first, 'sales@example.test');
    await first.close();
    const second = await start({ alice: { home: ['alice@new.test'] }, bob: { home: ['bob@example.test', 'sales@example.test'] } });
    await deliver(second, 'sales@example.test');
    await deliver(second, 'alice@new.test');
    expect(await second.integrated?.route('alice@example.test')).toEqual({ kind: 'unknown' });
    expect([await mailsOf(second, 'alice', 'home'), await mailsOf(second, 'bob', 'home')]).toEqual([2, 1]);
  });

  it('may be called as another one and their account would be', async () => {
    const server = await start({
      alice: { home: ['alice@example.test'], work: ['alice@work.test'] },
      'alice+work': { home: ['plus@example.test'] },
    });
    await deliver(server, 'alice@work.test');
    expect([await mailsOf(server, 'alice', 'work'), await mailsOf(server, 'alice+work', 'home')]).toEqual([1, 0]);
  });
});

describe('a server that is closing', () => {
  it('says that it is not ready, takes no more messages and finishes what it is answering', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket.on('error', () => undefined))).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const link = { host: '127.0.0.1', port: (silent.address() as AddressInfo).port, security: 'none' } as const;
    const server = await startWith({ alice: [{ name: 'home', address: 'alice@example.test', aliases: [], imap: link, smtp: link }] });
    const post = (): Promise<Response> => fetch(server.url, { method: 'POST', headers, body: firstMessage });
    const ready = async (): Promise<number> => (await fetch(new URL('/readyz', server.url))).status;
    const answering = post();
    await soon(() => (sockets.size > 0 ? true : undefined));
    expect(await ready()).toBe(200);
    const closed = server.close();
    expect([await ready(), (await post()).status]).toEqual([503, 503]);
    for (const socket of sockets) socket.destroy();
    silent.close();
    expect(await (await answering).text()).toContain('The mailbox is being read for the first time');
    await closed;
    await expect(ready()).rejects.toThrow(TypeError);
  });
});
