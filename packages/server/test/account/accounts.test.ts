// Accounts of several kinds side by side: a Dovecot, the integrated store, and one whose mail server is not there.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openIntegratedStore } from '@packetboat/mail';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Dovecot, startDovecot } from '../../../../test/peers/dovecot.ts';
import { type AccountConfig, type Accounts, startAccounts } from '../../src/account/accounts.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { soon, source, testMail } from './world.ts';

let folder: string;
let dovecot: Dovecot;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packetboat-accounts-'));
  dovecot = await startDovecot();
});
afterEach(async () => {
  await dovecot.stop();
  await rm(folder, { recursive: true });
});

function imap(person: string, name: string, port: number, password: string): AccountConfig {
  const address = `${person}@example.test`;
  const smtp = { host: '127.0.0.1', port: 1, security: 'none' } as const;
  const server = { host: '127.0.0.1', port, security: 'none', user: person, password } as const;
  return { person, name, address, identities: [address], source: { kind: 'imap', imap: server, smtp } };
}

async function mailsOf(store: Store, guid: string): Promise<readonly (string | null)[]> {
  const rows = await store.db
    .selectFrom('item')
    .select('message_id')
    .where('account', '=', Number(guid))
    .where('kind', '=', 'mail')
    .execute();
  return rows.map((row) => row.message_id);
}

it('follows good accounts beside bad ones, finds them by person and name, and goes on after a restart', async () => {
  const store = await openStore({ file: join(folder, 'server.sqlite'), now: Date.now });
  const integrated = await openIntegratedStore({ file: join(folder, 'mail.sqlite'), now: Date.now });
  await integrated.addPerson({ user: 'dora', address: 'dora@example.test' });
  const configs: AccountConfig[] = [
    imap('alice', 'home', dovecot.imapPort, 'alicepw'),
    imap('alice', 'away', 1, 'alicepw'),
    imap('bob', 'home', dovecot.imapPort, 'wrong'),
    {
      person: 'dora',
      name: 'home',
      address: 'dora@example.test',
      identities: ['dora@example.test'],
      source: { kind: 'integrated', user: 'dora' },
    },
  ];
  const start = (): Promise<Accounts> => startAccounts({ store, accounts: configs, integrated, now: Date.now, random: Math.random });
  let accounts = await start();
  const [toAlice, toDora] = [testMail('to alice'), testMail('to dora')];
  await dovecot.deliver('alice@example.test', toAlice.bytes);
  await integrated.deliver({ from: 'ann@example.test', to: ['dora@example.test'] }, source(toDora.bytes));
  const [alice, dora] = [accounts.find('alice', 'home'), accounts.find('dora')];
  if (alice === undefined || dora === undefined) throw new Error('accounts are missing');
  await soon(async () => ((await mailsOf(store, alice.guid)).includes(toAlice.messageId) ? true : undefined));
  await soon(async () => ((await mailsOf(store, dora.guid)).includes(toDora.messageId) ? true : undefined));
  await soon(() => (accounts.states().get('alice/away')?.tracking === 'down' ? true : undefined));
  await soon(() => (accounts.states().get('bob/home')?.tracking === 'refused' ? true : undefined));
  await soon(() => (accounts.states().get('alice/home')?.tracking === 'up' ? true : undefined));

  expect(accounts.find('alice')?.config.name).toBe('home');
  expect(accounts.find('alice', 'nothing')).toBeUndefined();
  expect(accounts.find('eve', 'home')).toBeUndefined();
  expect(accounts.byGuid(dora.guid)).toBe(dora);
  const guids = accounts.list().map((account) => account.guid);
  expect(new Set(guids).size).toBe(4);

  await accounts.close();
  accounts = await start();
  expect(accounts.list().map((account) => account.guid)).toEqual(guids);
  const rows = await store.db.selectFrom('item').select('id').where('role', '=', 'outbox').execute();
  expect(rows).toHaveLength(4);
  await accounts.close();
  await integrated.close();
  await store.close();
});

it('refuses a configuration that names an account twice, or a store that is not there', async () => {
  const store = await openStore({ file: join(folder, 'server.sqlite'), now: Date.now });
  const twice = imap('alice', 'home', dovecot.imapPort, 'alicepw');
  await expect(startAccounts({ store, accounts: [twice, twice], now: Date.now, random: Math.random })).rejects.toThrow('home');
  const local: AccountConfig = { ...twice, source: { kind: 'integrated', user: 'alice' } };
  await expect(startAccounts({ store, accounts: [local], now: Date.now, random: Math.random })).rejects.toThrow('integrated');
  await store.close();
});
