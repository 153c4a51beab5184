// The submission queue: each mail in the Outbox is sent once, or its writer is told why not. Real submission; only its answers get lost.
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ByteSource, type Envelope, MailError, type Submission, type SubmitResult } from '@packetboat/mail';
import { type FaultyServer, later, withFaults } from '../account/faults.ts';
import { drain, type Home, openHome, pathOf, put, type Rig, soon, type TestMail, testMail } from '../account/world.ts';

/** The integrated submission, whose answers can be replaced after (or instead of) sending. */
class Lossy implements Submission {
  readonly #real: Submission;
  filesSentCopy = false;
  remembersKeys: boolean;
  /** `send`: whether the mail really goes. */
  lose: ((nth: number) => { readonly send: boolean; readonly result: SubmitResult | Error } | undefined) | undefined;
  keys: (string | undefined)[] = [];

  constructor(real: Submission, remembersKeys = real.remembersKeys === true) {
    this.#real = real;
    this.remembersKeys = remembersKeys;
  }

  async submit(envelope: Envelope, mail: ByteSource, key?: string): Promise<SubmitResult> {
    const lost = this.lose?.(this.keys.length);
    this.keys.push(key);
    if (lost === undefined || lost.send) {
      const result = await this.#real.submit(envelope, mail, this.remembersKeys ? key : undefined);
      if (lost === undefined) return result;
    }
    if (lost.result instanceof Error) throw lost.result;
    return lost.result;
  }

  close(): Promise<void> {
    return this.#real.close();
  }
}

const unknown: SubmitResult = { outcome: 'unknown', text: 'the link broke' };
const busy: SubmitResult = { outcome: 'refused', permanent: false, text: '451 busy' };

let home: Home;
let clock: { offset: number };
beforeEach(async () => {
  home = await openHome();
  clock = { offset: 0 };
});
afterEach(() => home.close());

async function start(submission: Submission = home.mailStore.submission('alice'), faulty?: FaultyServer): Promise<Rig> {
  const rig = await home.rig({
    submission,
    now: () => Date.now() + clock.offset,
    ...(faulty === undefined ? {} : { server: faulty.server }),
  });
  rig.worker.start();
  await rig.worker.refresh();
  return rig;
}

/** An outgoing mail from alice to bob. */
function letter(subject: string): TestMail {
  const mail = testMail(subject);
  const text = new TextDecoder('latin1')
    .decode(mail.bytes)
    .replace(/^Received:.*\r\n/, '')
    .replace(/From: .*/, 'From: alice@example.test')
    .replace(/To: .*/, 'To: bob@example.test');
  return { messageId: mail.messageId, bytes: Uint8Array.from(text, (c) => c.charCodeAt(0)) };
}

/** What a session commits for an Add into the Outbox. Gives the queue id. */
async function send(rig: Rig, mail: TestMail, to = ['bob@example.test']): Promise<string> {
  const queueId = `q${mail.messageId}`;
  const draft = await rig.draft(await rig.folder('outbox'), mail);
  // As in a session, the submission is asked for; nothing runs before.
  const { storeAnswers } = await import('../../src/store/answers.ts');
  await storeAnswers(rig.store).commit({
    writes: [
      {
        write: 'send',
        mail: draft,
        queueId,
        envelope: { from: 'alice@example.test', to },
        messageId: mail.messageId,
        received: { key: queueId, status: '202', text: null, guid: null, queueId, batch: 1 },
      },
    ],
    accountRevs: {},
  });
  return queueId;
}

async function inboxOf(user: string): Promise<readonly string[]> {
  const server = home.mailStore.mailServer(user);
  const found: string[] = [];
  for await (const page of server.changes(await pathOf(server, 'inbox'), undefined, async () => [])) {
    for (const mail of page.added) found.push(mail.messageId ?? '');
  }
  await server.close();
  return found;
}

async function sentMails(rig: Rig): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const page of rig.other.changes(await pathOf(rig.other, 'sent'), undefined, async () => [])) {
    for (const mail of page.added) found.push(mail.messageId ?? '');
  }
  return found;
}

async function rowOf(rig: Rig, queueId: string) {
  return rig.store.db.selectFrom('submission').selectAll().where('queue_id', '=', queueId).executeTakeFirstOrThrow();
}

describe('a mail in the Outbox', () => {
  it('is sent, moves to Sent under its GUID, and is filed there once', async () => {
    const rig = await start();
    const mail = letter('hello');
    const queueId = await send(rig, mail);
    const { id, rev } = await rig.mail(mail.messageId);
    expect(await rig.worker.submit([queueId])).toEqual([{ queueId, outcome: 'sent' }]);
    expect(await inboxOf('bob')).toEqual([mail.messageId]);
    const moved = await rig.mail(mail.messageId);
    expect(moved).toMatchObject({ id, parent: (await rig.folder('sent')).id, send_error: null });
    expect(moved.rev).toBeGreaterThan(rev);
    await rig.settled();
    expect(await sentMails(rig)).toEqual([mail.messageId]);
    const filed = await rig.mail(mail.messageId);
    expect(filed).toMatchObject({ id, spool: null, rev: moved.rev });
    expect(await rig.spools()).toEqual([]);
    expect(await drain(await rig.other.content(await pathOf(rig.other, 'sent'), filed.remote_uid ?? ''))).toEqual(mail.bytes);
  });

  it('that is refused stays in the Outbox and says why', async () => {
    const rig = await start();
    const mail = letter('nobody');
    const queueId = await send(rig, mail, ['nobody@example.test']);
    const { rev } = await rig.mail(mail.messageId);
    const [outcome] = await rig.worker.submit([queueId]);
    expect(outcome).toMatchObject({ queueId, outcome: 'refused', text: expect.stringContaining('no such mailbox') as string });
    const item = await rig.mail(mail.messageId);
    expect(item).toMatchObject({
      parent: (await rig.folder('outbox')).id,
      send_error: expect.stringContaining('no such mailbox') as string,
    });
    expect(item.rev).toBeGreaterThan(rev);
  });

  it('of which some recipients were refused is sent, and says which', async () => {
    const rig = await start();
    const mail = letter('half');
    const queueId = await send(rig, mail, ['bob@example.test', 'nobody@example.test']);
    expect(await rig.worker.submit([queueId])).toEqual([{ queueId, outcome: 'sent' }]);
    expect((await rig.mail(mail.messageId)).send_error).toContain('nobody@example.test');
  });

  it('waits when the server is busy, and goes when it is not', async () => {
    const lossy = new Lossy(home.mailStore.submission('alice'));
    lossy.lose = (nth) => (nth === 0 ? { send: false, result: busy } : undefined);
    const rig = await start(lossy);
    const mail = letter('patience');
    const queueId = await send(rig, mail);
    expect(await rig.worker.submit([queueId])).toEqual([{ queueId, outcome: 'open' }]);
    expect(await rowOf(rig, queueId)).toMatchObject({ state: 'waiting', text: '451 busy', attempts: 1 });
    clock.offset += 60_000;
    rig.worker.wake();
    await soon(async () => ((await rowOf(rig, queueId)).state === 'sent' ? true : undefined));
    expect(await inboxOf('bob')).toEqual([mail.messageId]);
  });

  it('is given back after two days of trying', async () => {
    const lossy = new Lossy(home.mailStore.submission('alice'));
    lossy.lose = () => ({ send: false, result: new MailError('ERR_MAIL_AUTH', 'log-in refused', { scope: 'account', retryable: false }) });
    const rig = await start(lossy);
    const mail = letter('never');
    const queueId = await send(rig, mail);
    expect(await rig.worker.submit([queueId])).toEqual([{ queueId, outcome: 'open' }]);
    clock.offset += 49 * 3_600_000;
    expect(await rig.worker.submit([queueId])).toMatchObject([{ outcome: 'refused' }]);
    expect((await rig.mail(mail.messageId)).send_error).toContain('log-in refused');
  });

  it('is not sent any more when it was taken out of the Outbox, and is filed where it is then', async () => {
    const lossy = new Lossy(home.mailStore.submission('alice'));
    lossy.lose = () => ({ send: false, result: busy });
    const rig = await start(lossy);
    const mail = letter('taken back');
    const queueId = await send(rig, mail);
    await rig.worker.submit([queueId]);
    lossy.lose = undefined;
    const item = await rig.mail(mail.messageId);
    const drafts = await rig.folder('drafts');
    const { generations } = await rig.draft(drafts, mail);
    await rig.commit({
      write: 'move',
      account: String(rig.account),
      guid: rig.guid(item),
      parent: rig.guid(drafts),
      ackBy: generations[0] ?? 0,
    });
    clock.offset += 60_000;
    await rig.worker.submit([queueId]);
    await rig.settled();
    expect(await rowOf(rig, queueId)).toMatchObject({ state: 'refused' });
    expect(await inboxOf('bob')).toEqual([]);
    expect(await rig.mail(mail.messageId)).toMatchObject({ id: item.id, parent: drafts.id, spool: null });
  });

  it('that a session cannot wait for is told as open, and goes on', async () => {
    const free = Promise.withResolvers<void>();
    const real = home.mailStore.submission('alice');
    const slow: Submission = {
      filesSentCopy: false,
      submit: async (...args) => {
        await free.promise;
        return real.submit(...args);
      },
      close: () => real.close(),
    };
    const rig = await start(slow);
    const mail = letter('slow');
    const queueId = await send(rig, mail);
    const began = Date.now();
    expect(await rig.worker.submit([queueId])).toEqual([{ queueId, outcome: 'open' }]);
    expect(Date.now() - began).toBeLessThan(3_000);
    free.resolve();
    await soon(async () => ((await rowOf(rig, queueId)).state === 'sent' ? true : undefined));
  });
});

describe('a queue whose first look at the database fails', () => {
  it('looks again when it is asked', async () => {
    const rig = await home.rig();
    await sql`alter table submission rename to away`.execute(rig.store.db);
    rig.worker.start();
    await rig.worker.refresh();
    await rig.worker.idle();
    await sql`alter table away rename to submission`.execute(rig.store.db);
    const queueId = await send(rig, letter('after all'));
    expect(await rig.worker.submit([queueId])).toEqual([{ queueId, outcome: 'sent' }]);
  });
});

describe('a submission of which nobody knows', () => {
  it('is made again under its key, and sent once, where the server remembers keys', async () => {
    const lossy = new Lossy(home.mailStore.submission('alice'));
    lossy.lose = (nth) => (nth < 3 ? { send: true, result: unknown } : undefined);
    const rig = await start(lossy);
    const mail = letter('keyed');
    const queueId = await send(rig, mail);
    for (let n = 0; n < 4; n += 1) {
      await rig.worker.submit([queueId]);
      clock.offset += 3_600_000;
    }
    expect((await rowOf(rig, queueId)).state).toBe('sent');
    expect(new Set(lossy.keys)).toEqual(new Set([queueId]));
    expect(await inboxOf('bob')).toEqual([mail.messageId]);
  });

  it('is made once more elsewhere, and after that its writer is told', async () => {
    const lossy = new Lossy(home.mailStore.submission('alice'), false);
    lossy.lose = () => ({ send: false, result: unknown });
    const rig = await start(lossy);
    const mail = letter('twice at most');
    const queueId = await send(rig, mail);
    for (let n = 0; n < 4; n += 1) {
      await rig.worker.submit([queueId]);
      clock.offset += 3_600_000;
    }
    expect(lossy.keys).toHaveLength(2);
    expect(await rowOf(rig, queueId)).toMatchObject({ state: 'refused' });
    expect((await rig.mail(mail.messageId)).send_error).toContain('not known');
  });

  it('is found in the folder for sent mail where the server files the copies, and is not made again', async () => {
    const lossy = new Lossy(home.mailStore.submission('alice'), false);
    lossy.filesSentCopy = true;
    lossy.lose = (nth) => (nth === 0 ? { send: true, result: unknown } : undefined);
    const rig = await start(lossy);
    const mail = letter('filed');
    const queueId = await send(rig, mail);
    const { id } = await rig.mail(mail.messageId);
    await rig.worker.submit([queueId]);
    await put(rig.other, await pathOf(rig.other, 'sent'), mail, { read: true });
    clock.offset += 3_600_000;
    expect(await rig.worker.submit([queueId])).toEqual([{ queueId, outcome: 'sent' }]);
    expect(lossy.keys).toHaveLength(1);
    await rig.settled();
    await soon(async () => ((await rig.items('mail')).length === 1 && (await rig.mail(mail.messageId)).spool === null ? true : undefined));
    expect(await sentMails(rig)).toEqual([mail.messageId]);
    expect(await rig.mail(mail.messageId)).toMatchObject({ id, parent: (await rig.folder('sent')).id });
  });

  it('whose copy a pass sees before its outcome is known has no second item', async () => {
    const lossy = new Lossy(home.mailStore.submission('alice'), false);
    lossy.filesSentCopy = true;
    lossy.lose = (nth) => (nth === 0 ? { send: true, result: unknown } : undefined);
    const rig = await start(lossy);
    const mail = letter('seen early');
    const queueId = await send(rig, mail);
    const { id } = await rig.mail(mail.messageId);
    await rig.worker.submit([queueId]);
    const uid = await put(rig.other, await pathOf(rig.other, 'sent'), mail, { read: true });
    await rig.worker.refresh();
    clock.offset += 3_600_000;
    expect(await rig.worker.submit([queueId])).toEqual([{ queueId, outcome: 'sent' }]);
    await rig.settled();
    expect(await rig.items('mail')).toMatchObject([{ id, parent: (await rig.folder('sent')).id, remote_uid: uid, spool: null }]);
    expect(await rig.spools()).toEqual([]);
  });

  it('is not made again while the folder for sent mail cannot be looked at', async () => {
    const lossy = new Lossy(home.mailStore.submission('alice'), false);
    lossy.filesSentCopy = true;
    lossy.lose = () => ({ send: true, result: unknown });
    const faulty = withFaults(home.mailStore.mailServer('alice'));
    const rig = await start(lossy, faulty);
    const queueId = await send(rig, letter('blind'));
    await rig.worker.submit([queueId]);
    faulty.faults = { before: ({ method }) => (method === 'find' ? later() : undefined) };
    clock.offset += 3_600_000;
    expect(await rig.worker.submit([queueId])).toEqual([{ queueId, outcome: 'open' }]);
    expect(lossy.keys).toHaveLength(1);
    expect(await rowOf(rig, queueId)).toMatchObject({ state: 'uncertain', unknowns: 1 });
  });

  it('is what a restart makes of one that was under way', async () => {
    const never = new Promise<SubmitResult>(() => undefined);
    const real = home.mailStore.submission('alice');
    const first = await home.rig({
      submission: {
        filesSentCopy: false,
        remembersKeys: true,
        submit: async (...args) => {
          await real.submit(...args);
          return never;
        },
        close: () => real.close(),
      },
    });
    first.worker.start();
    await first.worker.refresh();
    const mail = letter('restart');
    const queueId = await send(first, mail);
    void first.worker.submit([queueId]);
    await soon(async () => ((await inboxOf('bob')).length > 0 ? true : undefined));
    expect(await rowOf(first, queueId)).toMatchObject({ state: 'sending' });
    // A second server over the same file: the first one is as good as dead.
    const next = await start();
    await soon(async () => ((await rowOf(next, queueId)).state === 'sent' ? true : undefined));
    await next.settled();
    expect(await inboxOf('bob')).toEqual([mail.messageId]);
    expect(await sentMails(next)).toEqual([mail.messageId]);
    home.abandon(first);
  });
});

describe('prepareSend', () => {
  it('lets only identities of the account send, and gives a Message-ID to keep', async () => {
    const rig = await start();
    expect(rig.worker.prepareSend(new TextEncoder().encode('From: eve@example.test\r\nTo: bob@example.test\r\n\r\nhi\r\n'))).toMatchObject({
      ok: false,
    });
    const prepared = rig.worker.prepareSend(
      new TextEncoder().encode('From: alice@example.test\r\nTo: bob@example.test\r\nBcc: x@example.test\r\n\r\nhi\r\n'),
    );
    expect(prepared).toMatchObject({ ok: true, envelope: { from: 'alice@example.test', to: ['bob@example.test', 'x@example.test'] } });
    if (!prepared.ok) return;
    const text = new TextDecoder().decode(prepared.mail);
    expect(text).toContain(`Message-ID: ${prepared.messageId}`);
    expect(text).not.toContain('Bcc');
  });
});
