// The operation queue against the integrated store: what devices change happens at the mail server, once, whatever breaks.
import { Flag } from '@packetboat/datasync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FaultyServer, later, linkLost, refusal, withFaults } from '../account/faults.ts';
import { drain, type Home, openHome, pathOf, put, type Rig, soon, type TestMail, testMail } from '../account/world.ts';

let home: Home;
let faulty: FaultyServer;
let rig: Rig;
beforeEach(async () => {
  home = await openHome();
  faulty = withFaults(home.mailStore.mailServer('alice'));
  rig = await home.rig({ server: faulty.server });
  rig.worker.start();
  await rig.worker.refresh();
});
afterEach(() => home.close());

/** Mails in the inbox, known to the worker. */
async function delivered(count: number): Promise<readonly TestMail[]> {
  const mails = Array.from({ length: count }, (_, n) => testMail(`mail ${n}`));
  for (const mail of mails) await home.deliver(mail);
  await rig.worker.refresh();
  return mails;
}

async function flag(mail: TestMail, flags: number): Promise<void> {
  const item = await rig.mail(mail.messageId);
  await rig.commit({
    write: 'flags',
    account: String(rig.account),
    guid: rig.guid(item),
    flags,
    ackBy: await generation(),
    ackFlags: flags,
  });
}

async function generation(): Promise<number> {
  const draft = await rig.draft(await rig.folder('inbox'), testMail('unused'));
  return draft.generations[0] ?? 0;
}

async function move(mail: TestMail, to: string): Promise<void> {
  const item = await rig.mail(mail.messageId);
  const parent = rig.guid(await rig.folder(to));
  await rig.commit({ write: 'move', account: String(rig.account), guid: rig.guid(item), parent, ackBy: await generation() });
}

const record = (key: string) => ({ key, status: '201', text: null, guid: null, queueId: null, batch: 1 });

async function append(folder: string, mail: TestMail): Promise<void> {
  await rig.commit({ write: 'append', mail: await rig.draft(await rig.folder(folder), mail), received: record(mail.messageId) });
}

/** Mails of a folder as another program sees them. */
async function seen(role: string): Promise<readonly { messageId: string | undefined; flags: object; uid: string }[]> {
  const found: { messageId: string | undefined; flags: object; uid: string }[] = [];
  for await (const page of rig.other.changes(await pathOf(rig.other, role), undefined, async () => [])) {
    found.push(...page.added.map(({ messageId, flags, uid }) => ({ messageId, flags, uid })));
  }
  return found;
}

describe('a status change', () => {
  it('is told to the mail server, and its echo makes no revision', async () => {
    const [mail] = await delivered(1);
    if (mail === undefined) return;
    await flag(mail, Flag.Read | Flag.Flagged);
    const rev = await rig.rev();
    await rig.settled();
    expect(await seen('inbox')).toMatchObject([{ flags: { read: true, flagged: true, replied: false } }]);
    await rig.worker.refresh();
    expect(await rig.rev()).toBe(rev);
  });

  it('is told for many mails at once', async () => {
    const mails = await delivered(30);
    faulty.faults = { before: ({ method }) => (method === 'setFlags' ? linkLost() : undefined) };
    for (const mail of mails) await flag(mail, Flag.Read);
    await rig.worker.idle();
    faulty.faults = {};
    const before = faulty.count('setFlags');
    await rig.settled();
    expect((await seen('inbox')).every(({ flags }) => 'read' in flags && flags.read === true)).toBe(true);
    expect(faulty.count('setFlags') - before).toBeLessThan(5);
  });

  it('wins over what the mail server reports of the same field until it has been told', async () => {
    const [mail] = await delivered(1);
    if (mail === undefined) return;
    faulty.faults = { before: ({ method }) => (method === 'setFlags' ? later() : undefined) };
    await flag(mail, Flag.Read);
    const { remote_uid: uid } = await rig.mail(mail.messageId);
    await rig.other.setFlags(await pathOf(rig.other, 'inbox'), [uid ?? ''], { flagged: true, read: false });
    await soon(async () => ((await rig.mail(mail.messageId)).flags === (Flag.Read | Flag.Flagged) ? true : undefined));
    faulty.faults = {};
    await rig.settled();
    expect(await seen('inbox')).toMatchObject([{ flags: { read: true, flagged: true } }]);
    expect((await rig.mail(mail.messageId)).flags).toBe(Flag.Read | Flag.Flagged);
  });

  it('is undone, with a revision, when the mail server refuses it for good', async () => {
    const [mail] = await delivered(1);
    if (mail === undefined) return;
    faulty.faults = { before: ({ method }) => (method === 'setFlags' ? refusal() : undefined) };
    await flag(mail, Flag.Read);
    const rev = await rig.rev();
    await soon(async () => ((await rig.operations()).length === 0 ? true : undefined));
    expect((await rig.mail(mail.messageId)).flags).toBe(0);
    expect(await rig.rev()).toBe(rev + 1);
  });

  it('that is refused for one of many mails is undone for that one alone', async () => {
    const mails = await delivered(3);
    const bad = (await rig.mail(mails[1]?.messageId ?? '')).remote_uid;
    let isHeld = true;
    faulty.faults = {
      before: ({ method, args }) => {
        if (method !== 'setFlags') return undefined;
        if (isHeld) return linkLost();
        return (args[1] as string[]).includes(bad ?? '') ? refusal() : undefined;
      },
    };
    for (const mail of mails) await flag(mail, Flag.Read);
    isHeld = false;
    await rig.settled();
    expect((await seen('inbox')).map(({ flags }) => 'read' in flags && flags.read)).toEqual([true, false, true]);
    expect((await rig.items('mail')).map((item) => item.flags)).toEqual([Flag.Read, 0, Flag.Read]);
  });

  it('does not flicker when a page was read before it and is written after it', async () => {
    const [mail] = await delivered(1);
    if (mail === undefined) return;
    const path = await pathOf(rig.other, 'inbox');
    const { remote_uid: uid, id } = await rig.mail(mail.messageId);
    await rig.store.db.updateTable('item').set({ remote_cursor: null }).where('remote_path', '=', path).execute();
    // The listing is held behind its first page, which tells of an unread mail, until the operation is done.
    const stale = held(faulty, path);
    const pass = rig.worker.refresh();
    await stale.read;
    await flag(mail, Flag.Read);
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

describe('a move', () => {
  it('keeps the GUID, takes the place that the mail server gives, and its echo makes no revision', async () => {
    const [mail] = await delivered(1);
    if (mail === undefined) return;
    const before = await rig.mail(mail.messageId);
    await move(mail, 'archive');
    const rev = await rig.rev();
    await rig.settled();
    const after = await rig.mail(mail.messageId);
    expect(after).toMatchObject({ id: before.id, parent: (await rig.folder('archive')).id, missing_since: null });
    expect((await seen('archive')).map(({ uid }) => uid)).toEqual([after.remote_uid]);
    await rig.worker.refresh();
    expect(await rig.rev()).toBe(rev);
  });

  it('that happened before the link broke is not lost and not doubled', async () => {
    const [mail] = await delivered(1);
    if (mail === undefined) return;
    const { id } = await rig.mail(mail.messageId);
    faulty.faults = { after: ({ method, nth }) => (method === 'move' && nth === 0 ? linkLost() : undefined) };
    await move(mail, 'archive');
    await rig.settled();
    expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('archive')).id, missing_since: null });
    expect(await seen('archive')).toHaveLength(1);
    expect(await seen('inbox')).toHaveLength(0);
  });

  it('of a mail that has vanished is dropped, and tracking tells', async () => {
    const [mail] = await delivered(1);
    if (mail === undefined) return;
    const { id, remote_uid: uid } = await rig.mail(mail.messageId);
    faulty.faults = {
      before: async ({ method }) => {
        if (method === 'move') await rig.other.remove(await pathOf(rig.other, 'inbox'), [uid ?? '']);
        return undefined;
      },
    };
    await move(mail, 'archive');
    await rig.settled();
    expect((await rig.item(id)).gone).toBe(1);
  });

  it('goes back, with a revision, when the mail server refuses it for good', async () => {
    const [mail] = await delivered(1);
    if (mail === undefined) return;
    faulty.faults = { before: ({ method }) => (method === 'move' ? refusal('folder') : undefined) };
    await move(mail, 'archive');
    const rev = await rig.rev();
    await soon(async () => ((await rig.operations()).length === 0 ? true : undefined));
    expect(await rig.mail(mail.messageId)).toMatchObject({ parent: (await rig.folder('inbox')).id });
    expect(await rig.rev()).toBe(rev + 1);
  });

  it('of which the mail server does not say where the mail went is found by a pass, and what waits for it goes on', async () => {
    const [mail] = await delivered(1);
    if (mail === undefined) return;
    const { id } = await rig.mail(mail.messageId);
    const real = faulty.server.move.bind(faulty.server);
    Object.defineProperty(faulty.server, 'move', {
      configurable: true,
      value: async (...args: Parameters<typeof real>) => new Map([...(await real(...args)).keys()].map((uid) => [uid, {}])),
    });
    await move(mail, 'archive');
    await flag(mail, Flag.Flagged);
    await rig.settled();
    expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('archive')).id, flags: Flag.Flagged });
    expect(await seen('archive')).toMatchObject([{ flags: { flagged: true }, uid: (await rig.item(id)).remote_uid }]);
  });

  it('of a mail that another program has moved elsewhere meanwhile still ends where the device wants it', async () => {
    const [mail] = await delivered(1);
    if (mail === undefined) return;
    const { id, remote_uid: uid } = await rig.mail(mail.messageId);
    faulty.faults = { before: ({ method }) => (method === 'move' ? later() : undefined) };
    await move(mail, 'archive');
    await rig.other.move(await pathOf(rig.other, 'inbox'), [uid ?? ''], await pathOf(rig.other, 'junk'));
    await soon(async () => ((await rig.item(id)).remote_uid === uid ? undefined : true));
    faulty.faults = {};
    await rig.settled();
    expect(await seen('archive')).toHaveLength(1);
    expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('archive')).id });
  });
});

describe('a removal', () => {
  it('removes the mail for good, and its item stays a tombstone', async () => {
    const trash = await pathOf(rig.other, 'trash');
    const mail = testMail('trash');
    await put(rig.other, trash, mail);
    await rig.worker.refresh();
    const item = await rig.mail(mail.messageId);
    await rig.commit({ write: 'delete', account: String(rig.account), guid: rig.guid(item), archive: false, ackBy: await generation() });
    await rig.settled();
    expect(await seen('trash')).toHaveLength(0);
    expect((await rig.item(item.id)).gone).toBe(1);
    expect(await rig.items('mail')).toHaveLength(0);
  });

  it('that is refused brings the mail back as another item', async () => {
    const mail = testMail('stays');
    await put(rig.other, await pathOf(rig.other, 'trash'), mail);
    await rig.worker.refresh();
    const item = await rig.mail(mail.messageId);
    faulty.faults = { before: ({ method }) => (method === 'remove' ? refusal() : undefined) };
    await rig.commit({ write: 'delete', account: String(rig.account), guid: rig.guid(item), archive: false, ackBy: await generation() });
    await soon(async () => ((await rig.operations()).length === 0 ? true : undefined));
    const back = await rig.mail(mail.messageId);
    expect(back.id).toBeGreaterThan(item.id);
    expect(back).toMatchObject({ parent: item.parent, remote_uid: item.remote_uid, gone: 0 });
    await rig.settled();
    expect(await rig.items('mail')).toHaveLength(1);
  });
});

describe('a mail that a device adds', () => {
  it('is stored at the mail server byte for byte, and the spool is dropped then', async () => {
    const mail = testMail('draft', `${'x'.repeat(70)}\r\n`.repeat(2000));
    await append('drafts', mail);
    const rev = await rig.rev();
    await rig.settled();
    const item = await rig.mail(mail.messageId);
    expect(item).toMatchObject({ spool: null, parent: (await rig.folder('drafts')).id });
    expect(await rig.spools()).toEqual([]);
    expect(await drain(await rig.other.content(await pathOf(rig.other, 'drafts'), item.remote_uid ?? ''))).toEqual(mail.bytes);
    expect(await seen('drafts')).toMatchObject([{ flags: { draft: true } }]);
    expect(await rig.rev()).toBe(rev);
  });

  it('is stored once when the link breaks between storing and binding', async () => {
    const mail = testMail('once');
    faulty.faults = { after: ({ method, nth }) => (method === 'append' && nth === 0 ? linkLost() : undefined) };
    await append('drafts', mail);
    await rig.settled();
    expect(await seen('drafts')).toHaveLength(1);
    expect(await rig.items('mail')).toHaveLength(1);
    expect(await rig.mail(mail.messageId)).toMatchObject({ spool: null });
  });

  it('without a Message-ID is stored once all the same', async () => {
    const bytes = new TextEncoder().encode('From: a@example.test\r\nSubject: nameless\r\n\r\nbody\r\n');
    faulty.faults = { after: ({ method, nth }) => (method === 'append' && nth === 0 ? linkLost() : undefined) };
    await append('drafts', { messageId: 'nameless', bytes });
    await rig.settled();
    expect(await seen('drafts')).toHaveLength(1);
    expect(await rig.items('mail')).toMatchObject([{ spool: null, message_id: null }]);
  });

  it('is stored once when the process ends between storing and binding', async () => {
    const mail = testMail('restart');
    const never = Promise.withResolvers<never>();
    faulty.faults = { after: ({ method }) => (method === 'append' ? never.promise : undefined) };
    await append('drafts', mail);
    await soon(async () => ((await seen('drafts')).length > 0 ? true : undefined));
    expect(
      (await rig.store.db.selectFrom('item').select('spool').where('message_id', '=', mail.messageId).executeTakeFirst())?.spool,
    ).not.toBeNull();
    // A second server over the same file: the first one is as good as dead.
    const next = await home.rig();
    next.worker.start();
    await next.settled();
    expect(await seen('drafts')).toHaveLength(1);
    expect(await next.mail(mail.messageId)).toMatchObject({ spool: null });
    never.reject(linkLost());
  });

  it('is bound by its Message-ID when the mail server does not say where it is, and keeps its content until then', async () => {
    const mail = testMail('no uid');
    let isHidden = true;
    faulty.faults = { before: ({ method }) => (method === 'changes' && isHidden ? later() : undefined) };
    const real = faulty.server.append.bind(faulty.server);
    Object.defineProperty(faulty.server, 'append', {
      configurable: true,
      value: async (...args: Parameters<typeof real>) => {
        await real(...args);
        return {};
      },
    });
    await append('drafts', mail);
    await soon(async () => ((await rig.operations()).length === 0 ? true : undefined));
    expect(await rig.mail(mail.messageId)).toMatchObject({ remote_uid: null });
    expect(await rig.spools()).toHaveLength(1);
    isHidden = false;
    await rig.settled();
    await soon(async () => ((await rig.mail(mail.messageId)).remote_uid === null ? undefined : true));
    expect(await rig.spools()).toEqual([]);
    expect(await rig.items('mail')).toHaveLength(1);
  });

  it('stays here with the reason when the mail server refuses it for good', async () => {
    const mail = testMail('too large');
    faulty.faults = { before: ({ method }) => (method === 'append' ? refusal() : undefined) };
    await append('drafts', mail);
    await soon(async () => ((await rig.operations()).length === 0 ? true : undefined));
    const item = await rig.mail(mail.messageId);
    expect(item.send_error).toContain('the server said no');
    expect(await rig.spools()).toEqual([item.spool]);
  });

  it('and is marked before it is stored gets its mark too', async () => {
    const mail = testMail('marked');
    faulty.faults = { before: ({ method, nth }) => (method === 'append' && nth === 0 ? later() : undefined) };
    await append('drafts', mail);
    await rig.worker.idle();
    await flag(mail, Flag.Flagged);
    await rig.settled();
    expect(await seen('drafts')).toMatchObject([{ flags: { flagged: true } }]);
  });

  it('and is deleted while it is being stored does not come back', async () => {
    const mail = testMail('deleted');
    faulty.faults = { after: ({ method, nth }) => (method === 'append' && nth === 0 ? linkLost() : undefined) };
    await append('trash', mail);
    await soon(async () => ((await seen('trash')).length > 0 ? true : undefined));
    const item = await rig.mail(mail.messageId);
    await rig.commit({ write: 'delete', account: String(rig.account), guid: rig.guid(item), archive: false, ackBy: await generation() });
    await rig.settled();
    expect(await seen('trash')).toHaveLength(0);
    expect(await rig.items('mail')).toHaveLength(0);
  });
});

describe('the queue', () => {
  it('keeps what it could not do and does it when the mail server is back', async () => {
    const [mail] = await delivered(1);
    if (mail === undefined) return;
    faulty.faults = { before: () => linkLost() };
    await flag(mail, Flag.Read);
    await move(mail, 'archive');
    await rig.worker.idle();
    expect(await rig.operations()).toHaveLength(2);
    faulty.faults = {};
    await rig.settled();
    expect(await seen('archive')).toMatchObject([{ flags: { read: true } }]);
  });

  it('does not let one mail that fails keep the others back', async () => {
    const mails = await delivered(3);
    const bad = (await rig.mail(mails[0]?.messageId ?? '')).remote_uid;
    faulty.faults = {
      before: ({ method, args }) => (method === 'move' && (args[1] as string[]).includes(bad ?? '') ? later() : undefined),
    };
    for (const mail of mails) await move(mail, 'archive');
    await soon(async () => ((await seen('archive')).length === 2 ? true : undefined));
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
    await append('Projects', mail);
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
      ackBy: await generation(),
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
    await rig.commit({ write: 'delete', account: String(rig.account), guid: rig.guid(folder), archive: false, ackBy: await generation() });
    await rig.settled();
    expect((await rig.other.folders()).map((each) => each.name)).not.toContain('Old');
    expect((await rig.items('folder')).map((each) => each.name)).not.toContain('Old');
  });
});
