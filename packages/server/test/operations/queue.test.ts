// The operation queue against the integrated store: status changes and the queue itself, whatever breaks.
import { Flag } from '@packetboat/datasync';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FaultyServer, later, linkLost, refusal } from '../account/faults.ts';
import { type Rig, pathOf, put, soon, testMail } from '../account/world.ts';
import { type Desk, useDesk } from './desk.ts';

const open = useDesk();
let desk: Desk;
let faulty: FaultyServer;
let rig: Rig;
beforeEach(() => {
  desk = open();
  ({ faulty, rig } = desk);
});

describe('a status change', () => {
  it('is told to the mail server, and its echo makes no revision', async () => {
    const mail = await desk.one();
    await desk.flag(mail, Flag.Read | Flag.Flagged);
    const rev = await rig.rev();
    await rig.settled();
    expect(await desk.seen('inbox')).toMatchObject([{ flags: { read: true, flagged: true, replied: false } }]);
    await rig.worker.refresh();
    expect(await rig.rev()).toBe(rev);
  });

  it('is told for many mails at once', async () => {
    const mails = await desk.delivered(30);
    faulty.faults = { before: ({ method }) => (method === 'setFlags' ? linkLost() : undefined) };
    for (const mail of mails) await desk.flag(mail, Flag.Read);
    await rig.worker.idle();
    faulty.faults = {};
    const before = faulty.count('setFlags');
    await rig.settled();
    expect((await desk.seen('inbox')).every(({ flags }) => 'read' in flags && flags.read === true)).toBe(true);
    expect(faulty.count('setFlags') - before).toBeLessThan(5);
  });

  it('costs a few commits for two hundred mails, not one for each', async () => {
    await desk.delivered(1_000);
    const ackBy = await desk.generation();
    const account = String(rig.account);
    const items = await rig.items('mail');
    const commits = async (): Promise<number> => Number(await rig.store.meta.get('commits'));
    const before = await commits();
    await rig.commit(
      ...items.map((item, n) => {
        const flags = n % 2 === 0 ? Flag.Read : Flag.Flagged;
        return { write: 'flags' as const, account, guid: rig.guid(item), flags, ackBy, ackFlags: flags };
      }),
    );
    await rig.worker.idle();
    expect(await rig.operations()).toEqual([]);
    expect(items.length).toBe(1_000);
    expect(faulty.count('setFlags')).toBeLessThanOrEqual(8);
    // Those of the passes included that see the echo.
    expect((await commits()) - before).toBeLessThan(40);
  }, 60_000);

  it('wins over what the mail server reports of the same field until it has been told', async () => {
    const mail = await desk.one();
    faulty.faults = { before: ({ method }) => (method === 'setFlags' ? later() : undefined) };
    await desk.flag(mail, Flag.Read);
    const { remote_uid: uid } = await rig.mail(mail.messageId);
    await rig.other.setFlags(await pathOf(rig.other, 'inbox'), [uid ?? ''], { flagged: true, read: false });
    await soon(async () => ((await rig.mail(mail.messageId)).flags === (Flag.Read | Flag.Flagged) ? true : undefined));
    faulty.faults = {};
    await rig.settled();
    expect(await desk.seen('inbox')).toMatchObject([{ flags: { read: true, flagged: true } }]);
    expect((await rig.mail(mail.messageId)).flags).toBe(Flag.Read | Flag.Flagged);
  });

  it('of a mail that another program has just moved follows it there', async () => {
    const mail = await desk.one();
    const { remote_uid: uid } = await rig.mail(mail.messageId);
    const [inbox, archive] = [await pathOf(rig.other, 'inbox'), await pathOf(rig.other, 'archive')];
    faulty.faults = {
      before: async ({ method, nth }) => {
        if (method !== 'setFlags' || nth > 0) return undefined;
        await rig.other.move(inbox, [uid ?? ''], archive);
        await rig.worker.refresh();
        return undefined;
      },
    };
    await desk.flag(mail, Flag.Flagged);
    await rig.settled();
    expect(await desk.seen('archive')).toMatchObject([{ flags: { flagged: true } }]);
    expect((await rig.mail(mail.messageId)).flags).toBe(Flag.Flagged);
  });

  it('is undone, with a revision, when the mail server refuses it for good', async () => {
    const mail = await desk.one();
    faulty.faults = { before: ({ method }) => (method === 'setFlags' ? refusal() : undefined) };
    await desk.flag(mail, Flag.Read);
    const rev = await rig.rev();
    await soon(async () => ((await rig.operations()).length === 0 ? true : undefined));
    expect((await rig.mail(mail.messageId)).flags).toBe(0);
    expect(await rig.rev()).toBe(rev + 1);
  });

  it('that is refused for one of many mails is undone for that one alone', async () => {
    const mails = await desk.delivered(3);
    const bad = (await rig.mail(mails[1]?.messageId ?? '')).remote_uid;
    let isHeld = true;
    faulty.faults = {
      before: ({ method, args }) => {
        if (method !== 'setFlags') return undefined;
        if (isHeld) return linkLost();
        return (args[1] as string[]).includes(bad ?? '') ? refusal() : undefined;
      },
    };
    for (const mail of mails) await desk.flag(mail, Flag.Read);
    isHeld = false;
    await rig.settled();
    expect((await desk.seen('inbox')).map(({ flags }) => 'read' in flags && flags.read)).toEqual([true, false, true]);
    expect((await rig.items('mail')).map((item) => item.flags)).toEqual([Flag.Read, 0, Flag.Read]);
  });

  it('does not flicker when a page was read before it and is written after it', async () => {
    const mail = await desk.one();
    const path = await pathOf(rig.other, 'inbox');
    const { remote_uid: uid, id } = await rig.mail(mail.messageId);
    await rig.store.db.updateTable('item').set({ remote_cursor: null }).where('remote_path', '=', path).execute();
    // The listing is held behind its first page, which tells of an unread mail, until the operation is done.
    const stale = held(faulty, path);
    const pass = rig.worker.refresh();
    await stale.read;
    await desk.flag(mail, Flag.Read);
    const rev = await rig.rev();
    await rig.worker.idle();
    stale.release();
    await pass;
    await rig.worker.refresh();
    expect(await rig.item(id)).toMatchObject({ flags: Flag.Read, remote_uid: uid });
    expect(await rig.rev()).toBe(rev);
  });
});

/** Holds the next listing of a folder between the mail server's answer and the reader. */
function held(server: FaultyServer, path: string): { readonly read: Promise<void>; readonly release: () => void } {
  const read = Promise.withResolvers<void>();
  const free = Promise.withResolvers<void>();
  const real = server.server.changes.bind(server.server);
  let isFirst = true;
  Object.defineProperty(server.server, 'changes', {
    configurable: true,
    value: async function* (folder: string, cursor: string | undefined, known: () => Promise<readonly string[]>) {
      const pages = [];
      for await (const page of real(folder, cursor, known)) pages.push(page);
      if (folder === path && isFirst) {
        isFirst = false;
        read.resolve();
        await free.promise;
      }
      yield* pages;
    },
  });
  return { read: read.promise, release: free.resolve };
}

describe('the queue', () => {
  it('keeps what it could not do and does it when the mail server is back', async () => {
    const mail = await desk.one();
    faulty.faults = { before: () => linkLost() };
    await desk.flag(mail, Flag.Read);
    await desk.move(mail, 'archive');
    await rig.worker.idle();
    expect(await rig.operations()).toHaveLength(2);
    faulty.faults = {};
    await rig.settled();
    expect(await desk.seen('archive')).toMatchObject([{ flags: { read: true } }]);
  });

  it('does not let one mail that fails keep the others back', async () => {
    const mails = await desk.delivered(3);
    const bad = (await rig.mail(mails[0]?.messageId ?? '')).remote_uid;
    faulty.faults = {
      before: ({ method, args }) => (method === 'move' && (args[1] as string[]).includes(bad ?? '') ? later() : undefined),
    };
    for (const mail of mails) await desk.move(mail, 'archive');
    await soon(async () => ((await desk.seen('archive')).length === 2 ? true : undefined));
    expect(await rig.operations()).toHaveLength(1);
    expect((await rig.operations())[0]?.last_error).toContain('not now');
  });

  it('makes a folder, and files into it what was put there before it existed', async () => {
    const mail = testMail('filed');
    const id = await rig.store.transaction(async (tx) => {
      const { addItem } = await import('../../src/store/revision.ts');
      const folder = await addItem(tx, rig.account, { kind: 'folder', parent: null, name: 'Projects' });
      const now = Date.now();
      await tx
        .insertInto('operation')
        .values({ account: rig.account, item: folder.id, kind: 'create-folder', args: '{}', next_at: now, created: now })
        .execute();
      return folder.id;
    });
    await desk.append('Projects', mail);
    await rig.settled();
    expect((await rig.other.folders()).map((folder) => folder.name)).toContain('Projects');
    expect(await rig.mail(mail.messageId)).toMatchObject({ parent: id, spool: null });
    expect(await rig.items('folder').then((folders) => folders.filter((folder) => folder.name === 'Projects'))).toHaveLength(1);
  });

  it('moves a folder below another, and its mails stay what they were', async () => {
    for (const name of ['Outer', 'Inner']) await rig.other.createFolder(name);
    const mail = testMail('inside');
    await put(rig.other, 'Inner', mail);
    await rig.settled();
    const [inner, outer, before] = [await rig.folder('Inner'), await rig.folder('Outer'), await rig.mail(mail.messageId)];
    await rig.commit({
      write: 'move',
      account: String(rig.account),
      guid: rig.guid(inner),
      parent: rig.guid(outer),
      ackBy: await desk.generation(),
    });
    await rig.settled();
    expect((await rig.other.folders()).map((folder) => folder.path)).toContain('Outer/Inner');
    expect(await rig.folder('Inner')).toMatchObject({ id: inner.id, parent: outer.id, remote_path: 'Outer/Inner' });
    expect(await rig.mail(mail.messageId)).toMatchObject({ id: before.id, parent: inner.id });
  });

  it('removes an empty folder, which does not come back', async () => {
    await rig.other.createFolder('Old');
    await soon(async () => (await rig.items('folder')).find((folder) => folder.name === 'Old'));
    const folder = await rig.folder('Old');
    await desk.remove(folder);
    await rig.settled();
    expect((await rig.other.folders()).map((each) => each.name)).not.toContain('Old');
    expect((await rig.items('folder')).map((each) => each.name)).not.toContain('Old');
  });
});
