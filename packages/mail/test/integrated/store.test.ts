// The store itself: people, delivery, what is shared and swept, and what it refuses.
import { rm } from 'node:fs/promises';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { IntegratedStore, MailEvent } from '../../src/index.ts';
import { openIntegratedStore } from '../../src/integrated/store.ts';
import { largeMail, plainMail, source } from '../contract/harness.ts';
import { pull, Replica } from '../contract/replica.ts';
import { openTestStore, readAll, temporaryFile } from './support.ts';

const refused = { code: 'ERR_MAIL_REFUSED' };

async function uidsOf(store: IntegratedStore, user: string, folder: string): Promise<string[]> {
  return (await pull(store.mailServer(user), folder)).added.map((mail) => mail.uid);
}

function mustNotBeAsked(): Promise<never> {
  return Promise.reject(new Error('the caller was asked what it knows'));
}

/** What is in the file, asked when it is closed. */
function count(file: string, sql: string): number {
  const database = new Database(file, { readonly: true });
  try {
    return Number(database.prepare(sql).pluck().get());
  } finally {
    database.close();
  }
}

describe('people', () => {
  it('are listed with address, aliases and name, and have a folder for each role but no outbox', async () => {
    await using opened = await openTestStore();
    expect(await opened.store.persons()).toEqual([
      { user: 'alice', address: 'Alice@Example.Test', aliases: ['a.liddell@example.test'], displayName: 'Alice L.' },
      { user: 'bob', address: 'bob@example.test', aliases: [] },
      { user: 'zoe', address: 'zoë@bücher.test', aliases: [] },
    ]);
    const folders = await opened.store.mailServer('bob').folders();
    expect(folders.map((folder) => folder.role)).toEqual(['inbox', 'sent', 'drafts', 'trash', 'archive', 'junk']);
  });

  it('cannot share a user name or an address in any spelling, and need a real one', async () => {
    await using opened = await openTestStore();
    for (const person of [
      { user: 'alice', address: 'other@example.test' },
      { user: 'new', address: 'ALICE@example.test' },
      { user: 'new', address: 'new@example.test', aliases: ['ZOË@xn--bcher-kva.test'] },
      { user: 'new', address: 'no address' },
      { user: 'new', address: 'two words@example.test' },
      { user: '', address: 'new@example.test' },
    ]) {
      await expect(opened.store.addPerson(person)).rejects.toMatchObject({ ...refused, scope: 'account' });
    }
    expect(await opened.store.persons()).toHaveLength(3);
  });

  it('can all be placed anew: addresses change hands, mail stays', async () => {
    await using opened = await openTestStore();
    const { store } = opened;
    await store.deliver({ from: '', to: ['bob@example.test'] }, source(plainMail('kept').bytes));
    await store.placePersons([
      { user: 'bob', address: 'alice@example.test', aliases: ['robert@example.test', 'zoë@bücher.test'], displayName: 'Bob' },
      { user: 'alice', address: 'bob@example.test' },
      { user: 'carol', address: 'carol@example.test' },
    ]);
    expect((await store.persons()).find(({ user }) => user === 'bob')).toEqual({
      user: 'bob',
      address: 'alice@example.test',
      aliases: ['robert@example.test', 'zoë@bücher.test'],
      displayName: 'Bob',
    });
    expect(await store.route('bob@example.test')).toEqual({ kind: 'local', user: 'alice' });
    expect(await store.route('a.liddell@example.test')).toEqual({ kind: 'unknown' });
    expect(await uidsOf(store, 'bob', 'INBOX')).toHaveLength(1);
    expect(await uidsOf(store, 'carol', 'INBOX')).toEqual([]);
  });

  it('are placed all or none', async () => {
    await using opened = await openTestStore();
    const { store } = opened;
    const before = await store.persons();
    for (const persons of [
      [
        { user: 'alice', address: 'new@example.test' },
        { user: 'bob', address: 'New@example.test' },
      ],
      [
        { user: 'alice', address: 'new@example.test' },
        { user: 'alice', address: 'newer@example.test' },
      ],
      [
        { user: 'alice', address: 'new@example.test' },
        { user: '', address: 'nobody@example.test' },
      ],
    ]) {
      await expect(store.placePersons(persons)).rejects.toMatchObject({ ...refused, scope: 'account' });
    }
    expect(await store.persons()).toEqual(before);
  });

  it('are strangers after they were removed, and a namesake starts with nothing', async () => {
    await using opened = await openTestStore();
    const { store } = opened;
    const mail = largeMail(300_000);
    await store.deliver({ from: '', to: ['bob@example.test', 'alice@example.test'] }, source(mail.bytes));
    await store.deliver({ from: '', to: ['bob@example.test'] }, source(largeMail(400_000).bytes));
    const before = await pull(store.mailServer('bob'), 'INBOX');
    await store.removePerson('bob');
    await store.removePerson('nobody');
    const server = store.mailServer('bob');
    await expect(server.open()).rejects.toMatchObject({ code: 'ERR_MAIL_AUTH', scope: 'account' });
    await expect(server.folders()).rejects.toMatchObject({ code: 'ERR_MAIL_AUTH' });
    await expect(pull(server, 'INBOX')).rejects.toMatchObject({ code: 'ERR_MAIL_AUTH' });
    expect(await store.route('bob@example.test')).toEqual({ kind: 'unknown' });
    await store.addPerson({ user: 'bob', address: 'bob@example.test' });
    expect(await pull(server, 'INBOX', before.cursor)).toMatchObject({ reset: true, added: [] });
    expect(Buffer.from((await readAll(store, 'alice'))[0] ?? '', 'latin1')).toEqual(Buffer.from(mail.bytes));
    await (await opened.reopen()).close();
    expect(count(opened.path, 'select count(*) from mail')).toBe(1);
    expect(count(opened.path, 'select count(*) from body')).toBe(1);
    expect(count(opened.path, 'select count(*) from folder')).toBe(18);
  });
});

describe('delivery', () => {
  it('tells of each recipient what became of it and files one copy for each person, bytes shared', async () => {
    await using opened = await openTestStore();
    const mail = plainMail('shared');
    const to = ['bob@example.test', 'nobody@example.test', 'x@elsewhere.test', 'ALICE@example.test', 'a.liddell@example.test'];
    expect(await opened.store.deliver({ from: 'ann@outside.test', to }, source(mail.bytes))).toEqual([
      { address: to[0], outcome: 'delivered', user: 'bob' },
      { address: to[1], outcome: 'refused', text: 'no such mailbox here' },
      { address: to[2], outcome: 'refused', text: 'relaying is not configured' },
      { address: to[3], outcome: 'delivered', user: 'alice' },
      { address: to[4], outcome: 'delivered', user: 'alice' },
    ]);
    await opened.store.mailServer('alice').append('Sent', source(mail.bytes), {}, 0);
    const text = Buffer.from(mail.bytes).toString('latin1');
    for (const [user, folder] of [
      ['alice', 'INBOX'],
      ['bob', 'INBOX'],
      ['alice', 'Sent'],
    ] as const) {
      expect(await readAll(opened.store, user, folder)).toEqual([text]);
    }
    await opened.store.close();
    expect(count(opened.path, 'select count(*) from body')).toBe(1);
    expect(count(opened.path, 'select refs from body')).toBe(3);
    const again = await opened.reopen();
    for (const user of ['alice', 'bob']) await again.mailServer(user).remove('INBOX', await uidsOf(again, user, 'INBOX'));
    expect(await readAll(again, 'bob')).toEqual([]);
    expect(await readAll(again, 'alice', 'Sent')).toEqual([text]);
    await again.close();
    expect(count(opened.path, 'select count(*) from body')).toBe(1);
    expect(count(opened.path, 'select refs from body')).toBe(1);
  });

  it('tells watchers at once, each only of the own mailbox', async () => {
    await using opened = await openTestStore();
    const events: [string, MailEvent][] = [];
    for (const user of ['alice', 'bob']) await opened.store.mailServer(user).watch((event) => events.push([user, event]));
    await opened.store.deliver({ from: '', to: ['bob@example.test'] }, source(plainMail('x').bytes));
    expect(events).toEqual([['bob', { folder: 'INBOX' }]]);
    await opened.store.mailServer('alice').createFolder('New');
    expect(events.slice(1)).toEqual([['alice', {}]]);
  });

  it('goes on when a listener throws', async () => {
    await using opened = await openTestStore();
    await opened.store.mailServer('bob').watch(() => {
      throw new Error('listener');
    });
    expect(await opened.store.deliver({ from: '', to: ['bob@example.test'] }, source(plainMail('x').bytes))).toMatchObject([
      { outcome: 'delivered' },
    ]);
  });

  it('keeps many concurrent deliveries apart, large and small', async () => {
    await using opened = await openTestStore();
    const mails = Array.from({ length: 40 }, (_, n) => (n % 4 === 0 ? largeMail(330_000 + n * 1000) : plainMail(`small ${n}`)));
    const to = ['alice@example.test', 'bob@example.test'];
    await Promise.all(mails.map((mail) => opened.store.deliver({ from: '', to }, source(mail.bytes))));
    const sent = mails.map((mail) => Buffer.from(mail.bytes).toString('latin1')).toSorted();
    for (const user of ['alice', 'bob']) expect((await readAll(opened.store, user)).toSorted()).toEqual(sent);
  });

  it('keeps nothing of a mail that is too large, or of another size than was told, or whose source fails', async () => {
    await using opened = await openTestStore({ limits: { maxMailBytes: 500_000 } });
    const envelope = { from: '', to: ['bob@example.test'] };
    const bytes = largeMail(400_000).bytes;
    await expect(opened.store.deliver(envelope, source(largeMail(600_000).bytes))).rejects.toMatchObject({
      code: 'ERR_MAIL_LIMIT',
      scope: 'message',
    });
    for (const size of [bytes.length - 1, bytes.length + 1]) {
      const wrong = { ...source(bytes), size };
      await expect(opened.store.deliver(envelope, wrong)).rejects.toMatchObject({ code: 'ERR_MAIL_PROTOCOL' });
      await expect(opened.store.mailServer('bob').append('INBOX', wrong, {}, 0)).rejects.toMatchObject({ code: 'ERR_MAIL_PROTOCOL' });
    }
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes;
      throw new Error('the link broke');
    }
    await expect(opened.store.deliverStream(envelope, broken())).rejects.toMatchObject({ cause: { message: 'the link broke' } });
    expect(await readAll(opened.store, 'bob')).toEqual([]);
    await (await opened.reopen()).close();
    expect(count(opened.path, 'select count(*) from chunk')).toBe(0);
    expect(count(opened.path, 'select count(*) from body')).toBe(0);
  });

  it('is not disturbed by the sweeping of other mails, nor is a reader whose mail is removed', async () => {
    await using opened = await openTestStore();
    const [read, sent] = [largeMail(900_000).bytes, largeMail(800_000).bytes];
    const server = opened.store.mailServer('bob');
    const { uid = '' } = await server.append('INBOX', source(read), {}, 0);
    const reader = (await server.content('INBOX', uid))?.[Symbol.asyncIterator]();
    const pieces = [(await reader?.next())?.value];
    async function* slowly(): AsyncGenerator<Uint8Array> {
      yield sent.subarray(0, 500_000);
      await server.remove('INBOX', [uid]);
      expect(await server.content('INBOX', uid)).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 50));
      yield sent.subarray(500_000);
    }
    await opened.store.deliverStream({ from: '', to: ['alice@example.test'] }, slowly());
    for (let next = await reader?.next(); next?.done === false; next = await reader?.next()) pieces.push(next.value);
    expect(Buffer.compare(Buffer.concat(pieces.map((piece) => piece ?? new Uint8Array())), read)).toBe(0);
    expect((await readAll(opened.store, 'alice'))[0] === Buffer.from(sent).toString('latin1')).toBe(true);
    await opened.store.close();
    expect(count(opened.path, 'select count(*) from body')).toBe(1);
  });

  it('does not hold the process up while a large mail comes in', async () => {
    await using opened = await openTestStore();
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const chunk = Buffer.alloc(65_536, 'abcdefg\n');
    const size = 20_000_000 - (20_000_000 % chunk.length);
    async function* open(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < size; at += chunk.length) yield chunk;
    }
    await opened.store.deliver({ from: '', to: ['bob@example.test'] }, { size, open });
    clearInterval(timer);
    // About 5 ms in a quiet machine; 20 MB in one go would be some hundred.
    expect(longest).toBeLessThan(150);
  });
});

describe('what vanished', () => {
  it('is told by comparing uids when it was too long ago to be remembered', async () => {
    let now = 1_000_000;
    await using opened = await openTestStore({ now: () => now, limits: { tombstoneAge: 1000 } });
    const server = opened.store.mailServer('bob');
    for (let n = 0; n < 6; n++) await server.append('Archive', source(plainMail(`m${n}`).bytes), {}, n);
    const replica = new Replica(server, 'Archive');
    await replica.pull();
    const known = await uidsOf(opened.store, 'bob', 'Archive');
    const [, second = '', third = '', , fifth = ''] = known;
    await server.remove('Archive', [second, fifth]);
    now += 2000;
    await server.remove('Archive', [third]);
    const again = (await opened.reopen()).mailServer('bob');
    let asked = 0;
    const gone: string[] = [];
    for await (const page of again.changes('Archive', replica.cursor, async () => {
      asked++;
      return known;
    })) {
      expect(page.reset).toBeUndefined();
      gone.push(...page.gone);
    }
    expect(asked).toBe(1);
    expect(gone.toSorted()).toEqual([second, third, fifth]);
  });

  it('is told without asking what the caller knows while it is remembered', async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('bob');
    const { uid = '' } = await server.append('Archive', source(plainMail('m').bytes), {}, 0);
    const { cursor } = await pull(server, 'Archive');
    await server.remove('Archive', [uid]);
    for await (const page of server.changes('Archive', cursor, mustNotBeAsked)) expect(page.gone).toEqual([uid]);
  });

  it('never gives its uid or emailId to another mail, also when the store was opened anew', async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('bob');
    await server.append('Archive', source(plainMail('a').bytes), {}, 0);
    const [first] = (await pull(server, 'Archive')).added;
    await server.remove('Archive', [first?.uid ?? '']);
    const again = (await opened.reopen()).mailServer('bob');
    expect((await again.append('Archive', source(plainMail('b').bytes), {}, 0)).uid).not.toBe(first?.uid);
    const [second] = (await pull(again, 'Archive')).added;
    expect(Number(second?.emailId)).toBeGreaterThan(Number(first?.emailId));
  });
});

describe('the file', () => {
  it('keeps cursors valid across closing and opening', async () => {
    await using opened = await openTestStore();
    await opened.store.deliver({ from: '', to: ['bob@example.test'] }, source(plainMail('a').bytes));
    const { cursor } = await pull(opened.store.mailServer('bob'), 'INBOX');
    const again = (await opened.reopen()).mailServer('bob');
    expect(await pull(again, 'INBOX', cursor)).toMatchObject({ reset: false, added: [], changed: [], gone: [], cursor });
  });

  it('resets a cursor that is ahead of it, as after a restored backup', async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('bob');
    const { cursor } = await pull(server, 'INBOX');
    const ahead = cursor.replace(/\d+$/, '99');
    expect(ahead).not.toBe(cursor);
    expect(await pull(server, 'INBOX', ahead)).toMatchObject({ reset: true, cursor });
  });

  it('is open in one process at a time and cannot be opened where it cannot be', async () => {
    const { folder, path } = await temporaryFile();
    const store = await openIntegratedStore({ file: path, now: Date.now });
    await expect(openIntegratedStore({ file: path, now: Date.now })).rejects.toMatchObject({
      code: 'ERR_MAIL_CONNECTION',
      cause: { code: 'SQLITE_BUSY' },
    });
    await store.close();
    await store.close();
    await expect(store.persons()).rejects.toMatchObject({ code: 'ERR_MAIL_CONNECTION', retryable: true });
    await (await openIntegratedStore({ file: path, now: Date.now })).close();
    await expect(openIntegratedStore({ file: `${folder}/missing/mail.sqlite`, now: Date.now })).rejects.toMatchObject({
      code: 'ERR_MAIL_CONNECTION',
    });
    await rm(folder, { recursive: true });
  });
});
