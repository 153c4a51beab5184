// Moves, removals and new mails of devices at the mail server: once, and found again, whatever breaks.
import { Flag } from '@packetboat/datasync';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FaultyServer, later, linkLost, refusal } from '../account/faults.ts';
import { type Home, type Rig, drain, pathOf, put, soon, testMail } from '../account/world.ts';
import { type Desk, useDesk } from './desk.ts';

const open = useDesk();
let desk: Desk;
let faulty: FaultyServer;
let rig: Rig;
let home: Home;
beforeEach(() => {
  desk = open();
  ({ faulty, rig, home } = desk);
});

describe('a move', () => {
  it('keeps the GUID, takes the place that the mail server gives, and its echo makes no revision', async () => {
    const mail = await desk.one();
    const before = await rig.mail(mail.messageId);
    await desk.move(mail, 'archive');
    const rev = await rig.rev();
    await rig.settled();
    const after = await rig.mail(mail.messageId);
    expect(after).toMatchObject({ id: before.id, parent: (await rig.folder('archive')).id, missing_since: null });
    expect((await desk.seen('archive')).map(({ uid }) => uid)).toEqual([after.remote_uid]);
    await rig.worker.refresh();
    expect(await rig.rev()).toBe(rev);
  });

  it('that happened before the link broke is not lost and not doubled', async () => {
    const mail = await desk.one();
    const { id } = await rig.mail(mail.messageId);
    faulty.faults = { after: ({ method, nth }) => (method === 'move' && nth === 0 ? linkLost() : undefined) };
    await desk.move(mail, 'archive');
    await rig.settled();
    expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('archive')).id, missing_since: null });
    expect(await desk.seen('archive')).toHaveLength(1);
    expect(await desk.seen('inbox')).toHaveLength(0);
  });

  it('of a mail that has vanished is dropped, and tracking tells', async () => {
    const mail = await desk.one();
    const { id, remote_uid: uid } = await rig.mail(mail.messageId);
    faulty.faults = {
      before: async ({ method }) => {
        if (method === 'move') await rig.other.remove(await pathOf(rig.other, 'inbox'), [uid ?? '']);
        return undefined;
      },
    };
    await desk.move(mail, 'archive');
    await rig.settled();
    expect((await rig.item(id)).gone).toBe(1);
  });

  it('of a mail that another program has just moved elsewhere takes it from there', async () => {
    const mail = await desk.one();
    const { id, remote_uid: uid } = await rig.mail(mail.messageId);
    const [inbox, junk] = [await pathOf(rig.other, 'inbox'), await pathOf(rig.other, 'junk')];
    faulty.faults = {
      before: async ({ method, nth }) => {
        if (method !== 'move' || nth > 0) return undefined;
        await rig.other.move(inbox, [uid ?? ''], junk);
        await rig.worker.refresh();
        return undefined;
      },
    };
    await desk.move(mail, 'archive');
    await rig.settled();
    expect(await desk.seen('archive')).toHaveLength(1);
    expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('archive')).id, missing_since: null });
  });

  it('that another program has overtaken shows the mail where that has put it', async () => {
    const mail = await desk.one();
    const { id } = await rig.mail(mail.messageId);
    const [archive, junk] = [await pathOf(rig.other, 'archive'), await pathOf(rig.other, 'junk')];
    faulty.faults = {
      after: async ({ method, nth }) => {
        if (method !== 'move' || nth > 0) return undefined;
        await rig.other.move(archive, await rig.other.find(archive, mail.messageId), junk);
        await rig.worker.refresh();
        return undefined;
      },
    };
    await desk.move(mail, 'archive');
    await rig.settled();
    expect(await desk.seen('junk')).toHaveLength(1);
    expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('junk')).id, missing_since: null });
  });

  it('goes back, with a revision, when the mail server refuses it for good', async () => {
    const mail = await desk.one();
    faulty.faults = { before: ({ method }) => (method === 'move' ? refusal('folder') : undefined) };
    await desk.move(mail, 'archive');
    const rev = await rig.rev();
    await soon(async () => ((await rig.operations()).length === 0 ? true : undefined));
    expect(await rig.mail(mail.messageId)).toMatchObject({ parent: (await rig.folder('inbox')).id });
    expect(await rig.rev()).toBe(rev + 1);
  });

  it('of which the mail server does not say where the mail went is found by a pass, and what waits for it goes on', async () => {
    const mail = await desk.one();
    const { id } = await rig.mail(mail.messageId);
    const real = faulty.server.move.bind(faulty.server);
    Object.defineProperty(faulty.server, 'move', {
      configurable: true,
      value: async (...args: Parameters<typeof real>) => new Map([...(await real(...args)).keys()].map((uid) => [uid, {}])),
    });
    await desk.move(mail, 'archive');
    await desk.flag(mail, Flag.Flagged);
    await rig.settled();
    expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('archive')).id, flags: Flag.Flagged });
    expect(await desk.seen('archive')).toMatchObject([{ flags: { flagged: true }, uid: (await rig.item(id)).remote_uid }]);
  });

  it.each(['moves', 'removes'])(
    'to a folder from which another program %s the mail before that folder was listed is followed',
    async (what) => {
      const mail = await desk.one();
      const { id } = await rig.mail(mail.messageId);
      faulty.faults = { before: ({ method, args }) => (method === 'changes' && args[0] === 'Archive' ? later() : undefined) };
      await desk.move(mail, 'archive');
      await soon(async () => ((await rig.operations()).length === 0 ? true : undefined));
      const { remote_uid: uid } = await rig.item(id);
      if (what === 'moves') await rig.other.move('Archive', [uid ?? ''], 'Junk');
      else await rig.other.remove('Archive', [uid ?? '']);
      faulty.faults = {};
      await rig.settled();
      if (what === 'moves') expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('junk')).id });
      else expect(await rig.item(id)).toMatchObject({ gone: 1 });
      expect(await rig.items('mail')).toHaveLength(what === 'moves' ? 1 : 0);
    },
  );

  it('of a mail that another program has moved elsewhere meanwhile still ends where the device wants it', async () => {
    const mail = await desk.one();
    const { id, remote_uid: uid } = await rig.mail(mail.messageId);
    faulty.faults = { before: ({ method }) => (method === 'move' ? later() : undefined) };
    await desk.move(mail, 'archive');
    await rig.other.move(await pathOf(rig.other, 'inbox'), [uid ?? ''], await pathOf(rig.other, 'junk'));
    await soon(async () => ((await rig.item(id)).remote_uid === uid ? undefined : true));
    faulty.faults = {};
    await rig.settled();
    expect(await desk.seen('archive')).toHaveLength(1);
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
    await desk.remove(item);
    await rig.settled();
    expect(await desk.seen('trash')).toHaveLength(0);
    expect((await rig.item(item.id)).gone).toBe(1);
    expect(await rig.items('mail')).toHaveLength(0);
  });

  it('that is refused brings the mail back as another item', async () => {
    const mail = testMail('stays');
    await put(rig.other, await pathOf(rig.other, 'trash'), mail);
    await rig.worker.refresh();
    const item = await rig.mail(mail.messageId);
    faulty.faults = { before: ({ method }) => (method === 'remove' ? refusal() : undefined) };
    await desk.remove(item);
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
    await desk.append('drafts', mail);
    const rev = await rig.rev();
    await rig.settled();
    const item = await rig.mail(mail.messageId);
    expect(item).toMatchObject({ spool: null, parent: (await rig.folder('drafts')).id });
    expect(await rig.spools()).toEqual([]);
    expect(await drain(await rig.other.content(await pathOf(rig.other, 'drafts'), item.remote_uid ?? ''))).toEqual(mail.bytes);
    expect(await desk.seen('drafts')).toMatchObject([{ flags: { draft: true } }]);
    expect(await rig.rev()).toBe(rev);
  });

  it('is stored once when the link breaks between storing and binding', async () => {
    const mail = testMail('once');
    faulty.faults = { after: ({ method, nth }) => (method === 'append' && nth === 0 ? linkLost() : undefined) };
    await desk.append('drafts', mail);
    await rig.settled();
    expect(await desk.seen('drafts')).toHaveLength(1);
    expect(await rig.items('mail')).toHaveLength(1);
    expect(await rig.mail(mail.messageId)).toMatchObject({ spool: null });
  });

  it.each(['with', 'without'])('is stored once when another program moves it on before it was seen, %s a Message-ID', async (how) => {
    const made = testMail('restless');
    const text = Buffer.from(made.bytes).toString('latin1');
    const mail = how === 'with' ? made : { ...made, bytes: Buffer.from(text.replace(/Message-ID: .*\r\n/, ''), 'latin1') };
    const [drafts, archive] = [await pathOf(rig.other, 'drafts'), await pathOf(rig.other, 'archive')];
    faulty.faults = {
      after: async ({ method, nth }) => {
        if (method !== 'append' || nth > 0) return undefined;
        const [uid = ''] = (await desk.seen('drafts')).map((seen) => seen.uid);
        await rig.other.move(drafts, [uid], archive);
        return linkLost();
      },
    };
    await desk.append('drafts', mail);
    const { id } = (await rig.items('mail'))[0] ?? { id: 0 };
    await rig.settled();
    expect(await desk.seen('drafts')).toHaveLength(0);
    expect(await desk.seen('archive')).toHaveLength(1);
    expect(await rig.items('mail')).toMatchObject([{ id, parent: (await rig.folder('archive')).id, spool: null }]);
    expect(await rig.spools()).toEqual([]);
  });

  it('of which the mail server has another copy elsewhere is a mail of its own', async () => {
    const mail = await desk.one();
    faulty.faults = { after: ({ method, nth }) => (method === 'append' && nth === 0 ? linkLost() : undefined) };
    await desk.append('drafts', mail);
    await rig.other.move(
      'INBOX',
      (await desk.seen('inbox')).map((seen) => seen.uid),
      await pathOf(rig.other, 'archive'),
    );
    await rig.settled();
    expect((await rig.items('mail')).length).toBe(2);
    expect([await desk.seen('drafts'), await desk.seen('archive')].map((seen) => seen.length)).toEqual([1, 1]);
  });

  it('without a Message-ID is stored once all the same', async () => {
    const bytes = new TextEncoder().encode('From: a@example.test\r\nSubject: nameless\r\n\r\nbody\r\n');
    faulty.faults = { after: ({ method, nth }) => (method === 'append' && nth === 0 ? linkLost() : undefined) };
    await desk.append('drafts', { messageId: 'nameless', bytes });
    await rig.settled();
    expect(await desk.seen('drafts')).toHaveLength(1);
    expect(await rig.items('mail')).toMatchObject([{ spool: null, message_id: null }]);
  });

  it('is stored once when the process ends between storing and binding', async () => {
    const mail = testMail('restart');
    const never = Promise.withResolvers<never>();
    faulty.faults = { after: ({ method }) => (method === 'append' ? never.promise : undefined) };
    await desk.append('drafts', mail);
    await soon(async () => ((await desk.seen('drafts')).length > 0 ? true : undefined));
    expect(
      (await rig.store.db.selectFrom('item').select('spool').where('message_id', '=', mail.messageId).executeTakeFirst())?.spool,
    ).not.toBeNull();
    // A second server over the same file: the first one is as good as dead.
    const next = await home.rig();
    next.worker.start();
    await next.settled();
    expect(await desk.seen('drafts')).toHaveLength(1);
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
    await desk.append('drafts', mail);
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
    await desk.append('drafts', mail);
    await soon(async () => ((await rig.operations()).length === 0 ? true : undefined));
    const item = await rig.mail(mail.messageId);
    expect(item.send_error).toContain('the server said no');
    expect(await rig.spools()).toEqual([item.spool]);
  });

  it('and is marked before it is stored gets its mark too', async () => {
    const mail = testMail('marked');
    faulty.faults = { before: ({ method, nth }) => (method === 'append' && nth === 0 ? later() : undefined) };
    await desk.append('drafts', mail);
    await rig.worker.idle();
    await desk.flag(mail, Flag.Flagged);
    await rig.settled();
    expect(await desk.seen('drafts')).toMatchObject([{ flags: { flagged: true } }]);
  });

  it('and is deleted while it is being stored does not come back', async () => {
    const mail = testMail('deleted');
    faulty.faults = { after: ({ method, nth }) => (method === 'append' && nth === 0 ? linkLost() : undefined) };
    await desk.append('trash', mail);
    await soon(async () => ((await desk.seen('trash')).length > 0 ? true : undefined));
    const item = await rig.mail(mail.messageId);
    await desk.remove(item);
    await rig.settled();
    expect(await desk.seen('trash')).toHaveLength(0);
    expect(await rig.items('mail')).toHaveLength(0);
  });
});
