// Tracking a real Dovecot, with a second IMAP client that does things behind our back.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { Flag } from '@packetboat/datasync';
import { createImapMailServer, createSmtpSubmission, type MailServer } from '@packetboat/mail';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dovecot, startDovecot } from '../../../../test/peers/dovecot.ts';
import { fillDovecot } from '../../../../test/support/fill-dovecot.ts';
import { nastyMails } from '../../../../test/support/nasty-mails.ts';
import { type FaultyServer, refusal, withFaults } from '../account/faults.ts';
import { type Item, makeRig, put, type Rig, soon, source, testMail } from '../account/world.ts';

let dovecot: Dovecot;
let folder: string;
let faulty: FaultyServer;
let rig: Rig;
let people = 0;
const users = Array.from({ length: 30 }, (_, n) => ({ name: `user${n}`, password: 'secret' }));

beforeAll(async () => {
  dovecot = await startDovecot({ users });
});
afterAll(() => dovecot.stop());
// Each test has a mailbox of its own.
beforeEach(async () => {
  people += 1;
  folder = await mkdtemp(join(tmpdir(), 'packetboat-tracking-'));
  faulty = withFaults(imap());
  rig = await makeRig({
    file: join(folder, 'server.sqlite'),
    server: faulty.server,
    submission: createSmtpSubmission({ host: '127.0.0.1', port: 1, security: 'none' }),
    other: imap(),
    address: user().address,
  });
});
afterEach(async () => {
  await rig.close();
  await rm(folder, { recursive: true });
});

function user(): Dovecot['users'][number] {
  const found = dovecot.users[people];
  if (found === undefined) throw new Error('more tests than people');
  return found;
}

function imap(): MailServer {
  const { name, password } = user();
  return createImapMailServer({ host: dovecot.host, port: dovecot.imapPort, security: 'none', user: name, password, pollSeconds: 1 });
}

async function start(): Promise<void> {
  rig.worker.start();
  await rig.settled();
}

async function byId(): Promise<ReadonlyMap<string, Item>> {
  return new Map((await rig.items('mail')).map((item) => [item.message_id ?? '', item]));
}

describe('mails', () => {
  it('keep their GUID when another client moves them, also into a folder that is new to us', async () => {
    const mails = Array.from({ length: 5 }, (_, n) => testMail(`moving ${n}`));
    const uids: string[] = [];
    for (const mail of mails) uids.push(await put(rig.other, 'INBOX', mail, { flagged: true }));
    await start();
    const before = await byId();
    await rig.other.createFolder('Projects');
    await rig.other.move('INBOX', uids.slice(0, 4), 'Projects');
    await rig.settled();
    const projects = await rig.folder('Projects');
    const after = await byId();
    expect(after.size).toBe(5);
    for (const [n, mail] of mails.entries()) {
      expect(after.get(mail.messageId)).toMatchObject({
        id: before.get(mail.messageId)?.id,
        flags: Flag.Flagged,
        parent: n < 4 ? projects.id : before.get(mail.messageId)?.parent,
      });
    }
    const rev = await rig.rev();
    await rig.worker.refresh();
    expect(await rig.rev()).toBe(rev);
  });

  it('keep their GUID when the arrival is seen before the departure', async () => {
    const mail = testMail('order');
    const uid = await put(rig.other, 'INBOX', mail);
    await rig.other.createFolder('Later');
    await start();
    const { id } = await rig.mail(mail.messageId);
    const inbox = (await rig.folder('inbox')).remote_path;
    // The inbox comes first in a pass: keep it from being read until the arrival has been seen.
    let isBlind = true;
    faulty.faults = {
      before: async ({ method, args }) => {
        if (method !== 'changes' || !isBlind) return undefined;
        if (args[0] === 'Later') isBlind = false;
        return args[0] === inbox && isBlind ? refusal('folder') : undefined;
      },
    };
    await rig.other.move('INBOX', [uid], 'Later');
    await rig.settled();
    expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('Later')).id });
  });

  it('that are copied are other mails', async () => {
    const mail = testMail('copied');
    await put(rig.other, 'INBOX', mail);
    await rig.other.createFolder('Copies');
    await start();
    const { id } = await rig.mail(mail.messageId);
    await put(rig.other, 'Copies', mail);
    await rig.settled();
    const copies = (await rig.items('mail')).filter((item) => item.message_id === mail.messageId);
    expect(new Set(copies.map((item) => item.parent))).toEqual(new Set([(await rig.folder('inbox')).id, (await rig.folder('Copies')).id]));
    expect(copies.map((item) => item.id)).toContain(id);
  });

  it('follow the flags that another client sets', async () => {
    const mail = testMail('flags');
    const uid = await put(rig.other, 'INBOX', mail);
    await start();
    await rig.other.setFlags('INBOX', [uid], { read: true, replied: true, forwarded: true });
    await soon(async () => ((await rig.mail(mail.messageId)).flags === (Flag.Read | Flag.Replied | Flag.Forwarded) ? true : undefined));
    await rig.other.setFlags('INBOX', [uid], { read: false, deleted: true });
    await soon(async () => ((await rig.mail(mail.messageId)).flags === (Flag.Replied | Flag.Forwarded | Flag.Deleted) ? true : undefined));
  });

  it('that break careless code are items like any other, and stop nothing', async () => {
    for (const { bytes } of nastyMails.filter((mail) => !mail.containsNul)) await rig.other.append('INBOX', source(bytes), {}, Date.now());
    const last = testMail('after the nasty ones');
    await put(rig.other, 'INBOX', last);
    await start();
    expect((await rig.items('mail')).length).toBe(nastyMails.filter((mail) => !mail.containsNul).length + 1);
    await rig.mail(last.messageId);
  });
});

describe('folders', () => {
  it('come, go and are renamed; a renamed one and its mails stay the items they were', async () => {
    await rig.other.createFolder('Work');
    const mails = [testMail('one'), testMail('two')];
    for (const mail of mails) await put(rig.other, 'Work', mail);
    await start();
    const [work, before] = [await rig.folder('Work'), await byId()];
    await rig.other.renameFolder('Work', 'Labour');
    await soon(async () => (await rig.items('folder')).find((item) => item.name === 'Labour'));
    await rig.settled();
    expect(await rig.folder('Labour')).toMatchObject({ id: work.id, remote_path: 'Labour' });
    const after = await byId();
    for (const mail of mails) expect(after.get(mail.messageId)?.id).toBe(before.get(mail.messageId)?.id);
    await put(rig.other, 'Labour', testMail('three'));
    await rig.settled();
    expect((await rig.items('mail')).length).toBe(3);
    await rig.other.removeFolder('Labour');
    await soon(async () => ((await rig.items('folder')).some((item) => item.name === 'Labour') ? undefined : true));
    await rig.settled();
    expect(await rig.items('mail')).toEqual([]);
  });

  it('that are made anew under the old name are another folder with other mails', async () => {
    await rig.other.createFolder('Again');
    const [old, fresh] = [testMail('old'), testMail('fresh')];
    await put(rig.other, 'Again', old);
    await start();
    await rig.other.removeFolder('Again');
    // Dovecot says that the folder exists while somebody is looking into what was removed.
    await soon(() =>
      rig.other.createFolder('Again').then(
        () => true,
        () => undefined,
      ),
    );
    await put(rig.other, 'Again', fresh);
    await rig.settled();
    expect((await rig.items('mail')).map((item) => item.message_id)).toEqual([fresh.messageId]);
  });
});

/** Makes Dovecot give a folder a new UIDVALIDITY and all its mails new uids, as after a restored mailbox. */
function loseUids(path: string): void {
  const list = join(path, 'dovecot-uidlist');
  const validity = Number(/ V(\d+)/.exec(readFileSync(list, 'utf8'))?.[1] ?? 0);
  for (const name of readdirSync(path)) if (name.startsWith('dovecot.index') || name.startsWith('dovecot-uid')) rmSync(join(path, name));
  const file = `3 V${validity + 1000} N900 G${'0'.repeat(31)}1\n`;
  writeFileSync(list, file);
}

describe('a folder with a new UIDVALIDITY', () => {
  it('keeps the GUIDs of its mails, doubles nothing, and makes no revision', async () => {
    const twin = testMail('twin');
    const mails = [testMail('a'), testMail('b'), twin, twin];
    for (const mail of mails) await put(rig.other, 'INBOX', mail);
    await rig.other.append(
      'INBOX',
      source(new TextEncoder().encode('From: x@example.test\r\nSubject: no id\r\n\r\nx\r\n')),
      {},
      Date.now(),
    );
    await start();
    const before = await rig.items('mail');
    const rev = await rig.rev();
    loseUids(dovecot.maildir(user().name));
    await soon(async () => {
      await rig.worker.refresh();
      return (await rig.items('mail')).every((item) => !before.some((old) => old.remote_uid === item.remote_uid)) ? true : undefined;
    });
    await rig.settled();
    const after = await rig.items('mail');
    expect(after.map((item) => item.id)).toEqual(before.map((item) => item.id));
    expect(new Set(after.map((item) => item.remote_uid)).size).toBe(5);
    expect(await rig.rev()).toBe(rev);
  });

  it('believes a mail that did not come back to be gone, and takes in a new one', async () => {
    const [stays, goes, comes] = [testMail('stays'), testMail('goes'), testMail('comes')];
    await put(rig.other, 'INBOX', stays);
    const uid = await put(rig.other, 'INBOX', goes);
    await start();
    const before = await byId();
    // Nobody may hear of this before the uids are lost.
    faulty.faults = { before: ({ method }) => (method === 'changes' ? refusal('folder') : undefined) };
    await rig.other.remove('INBOX', [uid]);
    await put(rig.other, 'INBOX', comes);
    loseUids(dovecot.maildir(user().name));
    faulty.faults = {};
    await soon(async () => {
      await rig.worker.refresh();
      return (await byId()).has(comes.messageId) ? true : undefined;
    });
    await rig.settled();
    const after = await byId();
    expect(new Set(after.keys())).toEqual(new Set([stays.messageId, comes.messageId]));
    expect(after.get(stays.messageId)?.id).toBe(before.get(stays.messageId)?.id);
    expect((await rig.item(before.get(goes.messageId)?.id ?? 0)).gone).toBe(1);
  });

  it('keeps its old rows when the listing breaks off, and is bound by the next pass', async () => {
    const mails = Array.from({ length: 3 }, (_, n) => testMail(`half ${n}`));
    for (const mail of mails) await put(rig.other, 'INBOX', mail);
    await start();
    const before = await rig.items('mail');
    loseUids(dovecot.maildir(user().name));
    let hits = 0;
    faulty.faults = {
      after: ({ method, args }) => {
        if (method !== 'changes' || args[0] !== 'INBOX') return undefined;
        hits += 1;
        return refusal('folder');
      },
    };
    await rig.worker.refresh();
    await soon(() => (hits > 0 ? true : undefined));
    expect(await rig.items('mail')).toEqual(before);
    faulty.faults = {};
    await rig.worker.refresh();
    await rig.settled();
    expect((await rig.items('mail')).map((item) => item.id)).toEqual(before.map((item) => item.id));
  });
});

describe('a first listing', () => {
  it('of 10,000 mails is flat in memory, and its mails can be used while it goes on', { timeout: 90_000 }, async () => {
    await fillDovecot({ dovecot, user: user().name, count: 10_000, meanBytes: 600 });
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let most = 0;
    const sampler = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
    rig.worker.start();
    const first = await soon(async () => ((await rig.items('mail')).length > 0 ? await rig.rev() : undefined), 30_000);
    await soon(() => (rig.worker.state().lastPass === undefined ? undefined : true), 60_000);
    clearInterval(sampler);
    const { n } = await rig.store.db
      .selectFrom('item')
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .where('kind', '=', 'mail')
      .executeTakeFirstOrThrow();
    expect(n).toBe(10_000);
    expect(await rig.rev()).toBeGreaterThan(first);
    expect((most - before) / 2 ** 20).toBeLessThan(100);
  });
});
