// The link: log-in, many calls at once, use without open, use by two.
import { describe, expect, it } from 'vitest';
import { drain, plainMail, source, unique } from './harness.ts';
import type { Harness } from './mail-server.contract.ts';
import { Replica, pull, put } from './replica.ts';

export function linkContract(harness: Harness): void {
  describe('link', () => {
    it('tells a refused log-in as such, not to be tried again', async () => {
      const server = harness().refusedLogin();
      try {
        await expect(server.open()).rejects.toMatchObject({ name: 'MailError', code: 'ERR_MAIL_AUTH', scope: 'account', retryable: false });
        await expect(server.folders()).rejects.toMatchObject({ code: 'ERR_MAIL_AUTH' });
      } finally {
        await server.close();
      }
    });

    it('orders calls that are made at once', async () => {
      const { server } = harness();
      const paths = await Promise.all([1, 2, 3].map((n) => server.childPath(undefined, unique(`Busy${n}`))));
      await Promise.all(paths.map((path) => server.createFolder(path)));
      const work = paths.map(async (path) => {
        const mails = Array.from({ length: 8 }, (_, n) => plainMail(`busy ${n}`));
        const uids = await Promise.all(mails.map((mail) => put(server, path, mail)));
        const [, read] = await Promise.all([
          server.setFlags(path, uids, { read: true }),
          Promise.all(uids.map(async (uid) => (await drain((await server.content(path, uid)) ?? source(new Uint8Array()).open())).bytes)),
          pull(server, path),
          server.folders(),
        ]);
        expect(read).toEqual(mails.map((mail) => mail.bytes));
        await server.remove(path, uids.slice(0, 4));
        const { added } = await pull(server, path);
        expect(added.map((mail) => [mail.uid, mail.flags.read])).toEqual(uids.slice(4).map((uid) => [uid, true]));
      });
      await Promise.all(work);
    });

    it('lets a caller use other calls between pages of changes, and leave them', async () => {
      const { server } = harness();
      const path = await server.childPath(undefined, unique('Left'));
      await server.createFolder(path);
      await put(server, path, plainMail('one'));
      for await (const page of server.changes(path, undefined, async () => [])) {
        for (const mail of page.added) expect(await server.content(path, mail.uid)).toBeDefined();
        break;
      }
      for await (const found of server.headers(path, await server.find(path, '<x@example.test>'))) expect(found).toBeUndefined();
      expect((await pull(server, path)).added).toHaveLength(1);
    });

    it('sees through each of two connections what the other did', async () => {
      const { server, second } = harness();
      const other = await second();
      const path = await server.childPath(undefined, unique('Two'));
      await server.createFolder(path);
      const [ours, theirs] = [new Replica(server, path), new Replica(other, path)];
      const mail = plainMail('shared');
      const uid = await put(server, path, mail);
      await theirs.pull();
      await other.setFlags(path, [uid], { replied: true });
      await ours.pull();
      expect(ours.mails.get(uid)?.flags.replied).toBe(true);
      await server.remove(path, [uid]);
      expect((await theirs.pull()).gone).toEqual([uid]);
      await other.close();
    });
  });
}
