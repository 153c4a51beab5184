// What goes wrong while tracking, and how far it reaches.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MailError } from '@packetboat/mail';
import { type FaultyServer, linkLost, refusal, withFaults } from '../account/faults.ts';
import { type Home, openHome, pathOf, put, type Rig, soon, testMail } from '../account/world.ts';

let home: Home;
let faulty: FaultyServer;
let rig: Rig;
beforeEach(async () => {
  home = await openHome();
  faulty = withFaults(home.mailStore.mailServer('alice'));
  rig = await home.rig({ server: faulty.server });
});
afterEach(() => home.close());

describe('damage has a scope', () => {
  it('a folder that cannot be read does not keep the others back, and is read when it can be', async () => {
    const [here, there] = [testMail('here'), testMail('there')];
    await put(rig.other, await pathOf(rig.other, 'inbox'), here);
    await put(rig.other, await pathOf(rig.other, 'sent'), there);
    faulty.faults = { before: ({ method, args }) => (method === 'changes' && args[0] === 'INBOX' ? refusal('folder') : undefined) };
    rig.worker.start();
    await rig.worker.refresh();
    expect((await rig.items('mail')).map((item) => item.message_id)).toEqual([there.messageId]);
    faulty.faults = {};
    await rig.worker.refresh();
    expect((await rig.items('mail')).length).toBe(2);
  });

  it('a mail that is missing is not believed to be gone while a folder cannot be read, and ten seconds later it is', async () => {
    const mail = testMail('where');
    const uid = await put(rig.other, 'INBOX', mail);
    const clock = { offset: 0 };
    const late = await home.rig({ server: faulty.server, now: () => Date.now() + clock.offset });
    late.worker.start();
    await late.settled();
    const { id } = await late.mail(mail.messageId);
    faulty.faults = { before: ({ method, args }) => (method === 'changes' && args[0] === 'Archive' ? refusal('folder') : undefined) };
    await rig.other.remove('INBOX', [uid]);
    await soon(async () => ((await late.item(id)).missing_since === null ? undefined : true));
    await late.worker.refresh();
    await late.worker.refresh();
    expect((await late.item(id)).gone).toBe(0);
    clock.offset = 11_000;
    await late.worker.refresh();
    expect((await late.item(id)).gone).toBe(1);
  });

  it('a mail that is found again in a folder that could not be read keeps its GUID', async () => {
    const mail = testMail('found');
    const uid = await put(rig.other, 'INBOX', mail);
    rig.worker.start();
    await rig.settled();
    const { id } = await rig.mail(mail.messageId);
    faulty.faults = { before: ({ method, args }) => (method === 'changes' && args[0] === 'Archive' ? refusal('folder') : undefined) };
    await rig.other.move('INBOX', [uid], 'Archive');
    await soon(async () => ((await rig.item(id)).missing_since === null ? undefined : true));
    faulty.faults = {};
    await rig.settled();
    expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('archive')).id, missing_since: null });
  });

  it('a mail that is moved on and on behind the back of every pass keeps its GUID', async () => {
    const mail = testMail('restless');
    const uid = await put(rig.other, 'INBOX', mail);
    rig.worker.start();
    await rig.settled();
    const { id } = await rig.mail(mail.messageId);
    // Each folder is left just before it is looked at: Junk in the pass that misses the mail, Archive in the one over all folders.
    const next = new Map([
      ['Junk', 'Archive'],
      ['Archive', 'INBOX'],
    ]);
    faulty.faults = {
      before: async ({ method, args: [folder] }) => {
        const to = next.get(String(folder));
        if (method !== 'changes' || to === undefined) return undefined;
        const there = await rig.other.find(String(folder), mail.messageId);
        if (there.length === 0) return undefined;
        next.delete(String(folder));
        await rig.other.move(String(folder), there, to);
        return undefined;
      },
    };
    await rig.other.move('INBOX', [uid], 'Junk');
    await soon(() => (next.size === 0 ? true : undefined));
    await rig.settled();
    expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('inbox')).id });
  });

  it('an empty list of folders is taken for a fault and changes nothing', async () => {
    await home.deliver(testMail('safe'));
    rig.worker.start();
    await rig.settled();
    const before = await rig.items();
    Object.defineProperty(faulty.server, 'folders', { configurable: true, value: async () => [] });
    await rig.worker.refresh();
    await rig.worker.refresh();
    expect(await rig.items()).toEqual(before);
  });
});

describe('a folder that is missing from the list once', () => {
  it('loses no mail and keeps its GUID and theirs', async () => {
    const [stays, goes] = [testMail('stays'), testMail('goes')];
    await rig.other.createFolder('Flaky');
    await put(rig.other, 'Flaky', stays);
    const uid = await put(rig.other, 'Flaky', goes);
    rig.worker.start();
    await rig.settled();
    const [folder, before, gone] = [await rig.folder('Flaky'), await rig.mail(stays.messageId), await rig.mail(goes.messageId)];
    const real = faulty.server.folders.bind(faulty.server);
    let isHidden = true;
    Object.defineProperty(faulty.server, 'folders', {
      configurable: true,
      value: async () => {
        const all = await real();
        const shown = isHidden ? all.filter((each) => each.path !== 'Flaky') : all;
        if (isHidden) await rig.other.remove('Flaky', [uid]);
        isHidden = false;
        return shown;
      },
    });
    await rig.worker.refresh();
    await rig.settled();
    expect(await rig.folder('Flaky')).toMatchObject({ id: folder.id, missing_since: null });
    expect(await rig.mail(stays.messageId)).toMatchObject({ id: before.id, missing_since: null });
    expect((await rig.item(gone.id)).gone).toBe(1);
  });

  it('and whose mails were taken for gone has them again, as other items', async () => {
    const mail = testMail('back');
    await put(rig.other, 'INBOX', mail);
    rig.worker.start();
    await rig.settled();
    const { id } = await rig.mail(mail.messageId);
    await rig.store.db.updateTable('item').set({ gone: 1, gone_at: 1, rev: 1_000 }).where('id', '=', id).execute();
    await rig.store.db.updateTable('account').set({ rev: 1_000 }).execute();
    await rig.store.db.updateTable('item').set({ remote_cursor: null }).where('remote_path', '=', 'INBOX').execute();
    await rig.settled();
    expect((await rig.mail(mail.messageId)).id).toBeGreaterThan(id);
    expect((await rig.item(id)).gone).toBe(1);
  });
});

describe('a listing', () => {
  it('that breaks off goes on without doubling what it had written, since its cursor stands with its last page', async () => {
    for (let n = 0; n < 600; n += 1) await home.deliver(testMail(`many ${n}`, 'x\r\n'));
    faulty.faults = {
      after: ({ method, args, nth }) => (method === 'changes' && args[0] === 'INBOX' && nth < 3 ? refusal('folder') : undefined),
    };
    rig.worker.start();
    await rig.worker.refresh();
    expect((await rig.items('mail')).length).toBe(500);
    expect((await rig.folder('inbox')).remote_cursor).toBeNull();
    const ids = (await rig.items('mail')).map((item) => item.id);
    faulty.faults = {};
    await rig.settled();
    const mails = await rig.items('mail');
    expect(mails.length).toBe(600);
    expect(mails.slice(0, 500).map((item) => item.id)).toEqual(ids);
    expect((await rig.folder('inbox')).remote_cursor).not.toBeNull();
  });
});

/** Lets listings of the inbox break off after their first page. */
function breakOff(): void {
  const before = faulty.count('changes');
  faulty.faults = {
    after: ({ method, args, nth }) => (method === 'changes' && args[0] === 'INBOX' && nth < before + 8 ? refusal('folder') : undefined),
  };
}

async function deliver(): Promise<readonly string[]> {
  const mails = Array.from({ length: 600 }, (_, n) => testMail(`many ${n}`, 'x\r\n'));
  for (const mail of mails) await home.deliver(mail);
  return mails.map((mail) => mail.messageId);
}

async function leaves(messageId: string): Promise<void> {
  faulty.faults = {};
  await rig.other.move('INBOX', await rig.other.find('INBOX', messageId), 'Archive');
  await rig.settled();
  expect(await rig.mail(messageId)).toMatchObject({ parent: (await rig.folder('archive')).id });
  expect((await rig.items('mail')).length).toBe(600);
}

describe('a mail that leaves before a listing that broke off is repeated', () => {
  it('is known to have left, in the first listing', async () => {
    breakOff();
    const [first = ''] = await deliver();
    rig.worker.start();
    await rig.worker.refresh();
    const { id } = await rig.mail(first);
    await leaves(first);
    expect((await rig.mail(first)).id).toBe(id);
  });

  it('and in a later one', async () => {
    rig.worker.start();
    await rig.settled();
    faulty.faults = { before: ({ method }) => (method === 'changes' ? refusal('folder') : undefined) };
    const [first = ''] = await deliver();
    breakOff();
    await rig.worker.refresh();
    await leaves(first);
  });
});

describe('a mail server that is down', () => {
  it('is tried again with patience, and what happened meanwhile is told then', async () => {
    faulty.faults = { before: () => linkLost() };
    rig.worker.start();
    await soon(() => (rig.worker.state().tracking === 'down' ? true : undefined));
    const mail = testMail('meanwhile');
    await home.deliver(mail);
    faulty.faults = {};
    await soon(async () => (await rig.items('mail')).find((item) => item.message_id === mail.messageId));
    await soon(() => (rig.worker.state().tracking === 'up' ? true : undefined));
    await soon(() => (rig.worker.state().watching ? true : undefined));
  });

  it('does not hold up who waits for a pass', async () => {
    faulty.faults = { before: () => linkLost() };
    rig.worker.start();
    const began = Date.now();
    await rig.worker.refresh();
    expect(Date.now() - began).toBeLessThan(3_000);
  });

  it('that does not answer holds up nobody for longer than they want to wait', async () => {
    const never = new Promise<undefined>(() => undefined);
    let isStuck = true;
    faulty.faults = { before: ({ method }) => (method === 'folders' && isStuck ? never : undefined) };
    rig.worker.start();
    const began = Date.now();
    await rig.worker.refresh(300);
    expect(Date.now() - began).toBeLessThan(2_000);
    isStuck = false;
    home.abandon(rig);
  });

  it('and that refuses the log-in is not asked again and again', async () => {
    faulty.faults = { before: () => new MailError('ERR_MAIL_AUTH', 'wrong password', { scope: 'account', retryable: false }) };
    rig.worker.start();
    await soon(() => (rig.worker.state().tracking === 'refused' ? true : undefined));
    const calls = faulty.count('folders');
    await rig.worker.refresh();
    await rig.worker.refresh();
    expect(faulty.count('folders')).toBe(calls);
  });
});

describe('passes', () => {
  it('are shared by those who ask for one at the same time', async () => {
    rig.worker.start();
    await rig.settled();
    const before = faulty.count('folders');
    await Promise.all(Array.from({ length: 20 }, () => rig.worker.refresh()));
    expect(faulty.count('folders') - before).toBeLessThanOrEqual(2);
  });

  it('that are asked for while another is failing begin after it', async () => {
    rig.worker.start();
    await rig.settled();
    const [begun, fail] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const nth = faulty.count('folders');
    faulty.faults = {
      before: async (call) => {
        if (call.method !== 'folders' || call.nth > nth) return undefined;
        begun.resolve();
        await fail.promise;
        return linkLost();
      },
    };
    const failing = rig.worker.refresh();
    await begun.promise;
    const mail = testMail('meanwhile');
    await put(rig.other, 'INBOX', mail);
    const asked = rig.worker.refresh();
    fail.resolve();
    await Promise.all([failing, asked]);
    expect((await rig.items('mail')).map((item) => item.message_id)).toEqual([mail.messageId]);
  });

  it('follow a hint within 50 ms', async () => {
    rig.worker.start();
    await rig.settled();
    const times: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      const told = Promise.withResolvers<void>();
      const stop = rig.worker.onChange(() => told.resolve());
      const began = performance.now();
      await home.deliver(testMail(`timed ${n}`));
      await told.promise;
      times.push(performance.now() - began);
      stop();
    }
    expect(times.toSorted((a, b) => a - b)[5]).toBeLessThan(100);
  });
});
