// A server that is started again with another configuration; and who is ready when.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../src/account/log.ts';
import type { Config } from '../src/config/schema.ts';
import { type RunningServer, startServer } from '../src/start.ts';
import { source, testMail } from './account/world.ts';

let data: string;
let running: RunningServer | undefined;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'packetboat-start-'));
});
afterEach(async () => {
  await running?.close();
  await rm(data, { recursive: true });
});

type People = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

/** Starts with people, their accounts, and of each its addresses. */
async function start(people: People): Promise<RunningServer> {
  const config: Config = {
    listen: '127.0.0.1:0',
    data,
    challenge: 'md5',
    log: { level: 'silent' },
    integrated: { maxSize: 1_000_000 },
    people: Object.entries(people).map(([user, accounts]) => ({
      user,
      password: { variable: 'PASSWORD' },
      accounts: Object.entries(accounts).map(([name, [address = '', ...aliases]]) => ({ name, address, aliases })),
    })),
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
