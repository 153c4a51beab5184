// Folders: names, roles, and making, renaming and removing them.
import { describe, expect, it } from 'vitest';
import { plainMail, unique } from './harness.ts';
import type { Harness } from './mail-server.contract.ts';
import { pull, put } from './replica.ts';

export function foldersContract(harness: Harness): void {
  describe('folders', () => {
    it('lists an inbox and the folders for sent mail, drafts and trash by their roles', async () => {
      const folders = await harness().server.folders();
      expect(folders.filter((folder) => folder.role === 'inbox')).toHaveLength(1);
      const roles = folders.map((folder) => folder.role);
      for (const role of ['sent', 'drafts', 'trash']) expect(roles.filter((other) => other === role)).toHaveLength(1);
      expect(new Set(folders.map((folder) => folder.path)).size).toBe(folders.length);
    });

    it('names only parents that it lists', async () => {
      const { server } = harness();
      const top = await server.childPath(undefined, unique('Parents'));
      await server.createFolder(top);
      const child = await server.childPath(top, 'Child');
      await server.createFolder(child);
      const folders = await server.folders();
      const paths = new Set(folders.map((folder) => folder.path));
      for (const folder of folders) if (folder.parent !== undefined) expect(paths).toContain(folder.parent);
      expect(folders.find((folder) => folder.path === child)).toMatchObject({ name: 'Child', parent: top, selectable: true });
      expect(folders.find((folder) => folder.path === top)?.parent).toBeUndefined();
    });

    it.each(['Entwürfe & Größe', '日本語 ✉ 😀', 'quote " back \\ slash', 'Œuvre +tag, {3} (x) %', ' two  spaces'])(
      'makes, renames and removes a folder named %j',
      async (text) => {
        const { server } = harness();
        const name = `${text} ${unique('n')}`;
        const path = await server.childPath(undefined, name);
        await server.createFolder(path);
        expect((await server.folders()).find((folder) => folder.path === path)?.name).toBe(name);
        const mail = plainMail('in a folder with a difficult name');
        const uid = await put(server, path, mail);

        const renamed = await server.childPath(undefined, `${name} ü`);
        await server.renameFolder(path, renamed);
        const names = (await server.folders()).map((folder) => folder.name);
        expect(names).toContain(`${name} ü`);
        expect(names).not.toContain(name);
        expect((await pull(server, renamed)).added.map((each) => each.messageId)).toEqual([mail.messageId]);
        expect(uid).not.toBe('');

        await server.removeFolder(renamed);
        expect((await server.folders()).map((folder) => folder.path)).not.toContain(renamed);
      },
    );

    it('keeps a mail that is marked as deleted when its folder is renamed', async () => {
      const { server } = harness();
      const path = await server.childPath(undefined, unique('Marked'));
      await server.createFolder(path);
      await put(server, path, plainMail('marked'), { deleted: true });
      await pull(server, path);
      await server.renameFolder(path, `${path} renamed`);
      expect((await pull(server, `${path} renamed`)).added).toHaveLength(1);
    });

    it('renames the folders below along with their parent', async () => {
      const { server } = harness();
      const top = await server.childPath(undefined, unique('Old'));
      await server.createFolder(top);
      await server.createFolder(await server.childPath(top, 'Below'));
      const to = await server.childPath(undefined, unique('New'));
      await server.renameFolder(top, to);
      const below = (await server.folders()).find((folder) => folder.parent === to);
      expect(below?.name).toBe('Below');
    });

    it('refuses to make a folder that exists, and to rename or remove one that does not', async () => {
      const { server } = harness();
      const path = await server.childPath(undefined, unique('Twice'));
      const missing = await server.childPath(undefined, unique('Missing'));
      await server.createFolder(path);
      const refused = { code: 'ERR_MAIL_REFUSED', scope: 'folder' };
      await expect(server.createFolder(path)).rejects.toMatchObject(refused);
      await expect(server.renameFolder(missing, `${missing}2`)).rejects.toMatchObject(refused);
      await expect(server.removeFolder(missing)).rejects.toMatchObject(refused);
      await expect(pull(server, missing)).rejects.toMatchObject(refused);
    });
  });
}
