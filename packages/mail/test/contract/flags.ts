// Flags: each by itself, together, and without touching the others.
import { describe, expect, it } from 'vitest';
import type { MailFlags, MailServer } from '../../src/index.ts';
import { plainMail, unique } from './harness.ts';
import type { Harness } from './mail-server.contract.ts';
import { NO_FLAGS, Replica, pull, put } from './replica.ts';

const NAMES = ['read', 'replied', 'forwarded', 'flagged', 'deleted', 'draft'] as const satisfies readonly (keyof MailFlags)[];

export function flagsContract(harness: Harness): void {
  describe('flags', () => {
    it.each(NAMES)('sets and takes away %s alone', async (name) => {
      const { server } = harness();
      const folder = await makeFolder(server);
      const uid = await put(server, folder, plainMail(name));
      const bystander = await put(server, folder, plainMail('bystander'), { flagged: true });
      const replica = new Replica(server, folder);
      await replica.pull();
      for (const value of [true, false]) {
        expect(await server.setFlags(folder, [uid], { [name]: value })).toEqual([uid]);
        await replica.pull();
        expect(replica.mails.get(uid)?.flags).toEqual({ ...NO_FLAGS, [name]: value });
        expect(replica.mails.get(bystander)?.flags).toEqual({ ...NO_FLAGS, flagged: true });
      }
    });

    it('sets some and takes away others in one call and leaves the rest', async () => {
      const { server } = harness();
      const folder = await makeFolder(server);
      const uids = [await put(server, folder, plainMail('a'), { read: true, draft: true }), await put(server, folder, plainMail('b'))];
      await server.setFlags(folder, uids, { read: false, replied: true, forwarded: true, flagged: true });
      const replica = new Replica(server, folder);
      await replica.pull();
      const set = { ...NO_FLAGS, replied: true, forwarded: true, flagged: true };
      expect(uids.map((uid) => replica.mails.get(uid)?.flags)).toEqual([{ ...set, draft: true }, set]);
      await server.setFlags(folder, uids, { ...NO_FLAGS });
      await replica.pull();
      expect(uids.map((uid) => replica.mails.get(uid)?.flags)).toEqual([NO_FLAGS, NO_FLAGS]);
    });

    it('keeps all flags that an append gives', async () => {
      const { server } = harness();
      const folder = await makeFolder(server);
      const flags: MailFlags = { read: true, replied: true, forwarded: true, flagged: true, deleted: true, draft: true };
      await put(server, folder, plainMail('all'), flags);
      expect((await pull(server, folder)).added[0]?.flags).toEqual(flags);
    });

    it('ignores vanished mails and names those that exist', async () => {
      const { server } = harness();
      const folder = await makeFolder(server);
      const [kept, gone] = [await put(server, folder, plainMail('kept')), await put(server, folder, plainMail('gone'))];
      await server.remove(folder, [gone]);
      expect(await server.setFlags(folder, [kept, gone, '3999999'], { read: true })).toEqual([kept]);
      expect(await server.setFlags(folder, [gone], { read: true })).toEqual([]);
      expect(await server.setFlags(folder, [], { read: true })).toEqual([]);
      expect(await server.setFlags(folder, [kept, gone], {})).toEqual([kept]);
    });

    it('names a mail that already has the flag', async () => {
      const { server } = harness();
      const folder = await makeFolder(server);
      const uid = await put(server, folder, plainMail('read'), { read: true });
      expect(await server.setFlags(folder, [uid], { read: true })).toEqual([uid]);
    });
  });
}

async function makeFolder(server: MailServer): Promise<string> {
  const path = await server.childPath(undefined, unique('Flags'));
  await server.createFolder(path);
  return path;
}
