// What the integrated store says of folders beyond the contract.
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { plainMail, source } from '../contract/harness.ts';
import { pull } from '../contract/replica.ts';
import { openTestStore } from './support.ts';

const refused = { code: 'ERR_MAIL_REFUSED', scope: 'folder' };

describe('folders of the integrated store', () => {
  it('take the inbox by any spelling and keep it', async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('bob');
    await server.append('inbox', source(plainMail('x').bytes), {}, 0);
    expect((await pull(server, 'InBox')).added).toHaveLength(1);
    await expect(server.createFolder('Inbox')).rejects.toMatchObject(refused);
    await expect(server.renameFolder('INBOX', 'Other')).rejects.toMatchObject(refused);
    expect(await server.childPath('inbox', 'Below')).toBe('INBOX/Below');
  });

  it('may have a slash or a percent sign in their names', async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('bob');
    const path = await server.childPath(undefined, 'either/or 100% %2F');
    await server.createFolder(path);
    const made = (await server.folders()).at(-1);
    expect(made).toEqual({ path, name: 'either/or 100% %2F', selectable: true });
  });

  it('refuse names that no folder may have', async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('bob');
    for (const path of ['', '/', 'a//b', 'a/', 'a\nb', 'a%20b', 'a%', 'x'.repeat(1001), '\ud800']) {
      await expect(server.createFolder(path), JSON.stringify(path)).rejects.toMatchObject(refused);
    }
    await expect(server.childPath(undefined, '')).rejects.toMatchObject(refused);
    expect(await server.folders()).toHaveLength(6);
  });

  it('make the folders above them', async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('bob');
    await server.createFolder('a/b/c');
    await server.renameFolder('a/b', 'd/e');
    expect((await server.folders()).slice(6).map((folder) => folder.path)).toEqual(['a', 'd/e', 'd/e/c', 'd']);
  });

  it('stay when they have a role or folders below them, and do not go below themselves', async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('bob');
    await server.createFolder('a/b');
    await expect(server.removeFolder('Trash')).rejects.toMatchObject(refused);
    await expect(server.removeFolder('a')).rejects.toMatchObject(refused);
    await expect(server.renameFolder('a', 'a/b/c')).rejects.toMatchObject(refused);
    await expect(server.renameFolder('a', 'Sent')).rejects.toMatchObject(refused);
    await server.removeFolder('a/b');
    await server.removeFolder('a');
    expect(await server.folders()).toHaveLength(6);
  });

  it('belong to one person: another does not see them', async () => {
    await using opened = await openTestStore();
    await opened.store.mailServer('alice').createFolder('Private');
    await expect(pull(opened.store.mailServer('bob'), 'Private')).rejects.toMatchObject(refused);
    await opened.store.mailServer('bob').createFolder('Private');
  });

  it('keep uids and cursors of their mails when they are renamed', async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('bob');
    await server.createFolder('Old');
    await server.append('Old', source(plainMail('x').bytes), {}, 0);
    const { cursor } = await pull(server, 'Old');
    await server.renameFolder('Old', 'New');
    expect(await pull(server, 'New', cursor)).toMatchObject({ reset: false, added: [], gone: [] });
  });

  it('give back the space of their mails when they are removed', async () => {
    await using opened = await openTestStore();
    const server = opened.store.mailServer('bob');
    await server.createFolder('Big');
    const mails = Array.from({ length: 30 }, (_, n) => plainMail(`m${n}`));
    for (const mail of mails) await server.append('Big', source(mail.bytes), {}, 0);
    const { added } = await pull(server, 'Big');
    await server.remove(
      'Big',
      added.slice(0, 2).map((mail) => mail.uid),
    );
    await server.removeFolder('Big');
    const again = (await opened.reopen()).mailServer('bob');
    expect(await again.folders()).toHaveLength(6);
    await expect(pull(again, 'Big')).rejects.toMatchObject(refused);
    await opened.store.close();
    await (await opened.reopen()).close();
    const database = new Database(opened.path, { readonly: true });
    for (const table of ['mail', 'body', 'chunk', 'tombstone']) {
      expect(database.prepare(`select count(*) from ${table}`).pluck().get(), table).toBe(0);
    }
    database.close();
  });
});
