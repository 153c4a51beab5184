// SIGKILL at any point: what devices queued is carried out exactly once, with the integrated store on both ends.
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Flag } from '@packetboat/datasync';
import { openIntegratedStore } from '@packetboat/mail';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeRig, pathOf, type Rig, source, type TestMail, testMail } from '../account/world.ts';

const KILLS = 8;
const child = new URL('./kill-child.ts', import.meta.url).pathname;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packetboat-kill-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Runs the server; kills it `killAfter` ms after it began to work. True if it had finished before. */
function run(killAfter: number | undefined): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const server = spawn(process.execPath, ['--conditions=packetboat-source', child, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, faults] = ['', ''];
  server.stderr.on('data', (data: Buffer) => (faults += data.toString()));
  server.stdout.on('data', (data: Buffer) => {
    output += data.toString();
    if (output === 'up\n' && killAfter !== undefined) setTimeout(() => server.kill('SIGKILL'), killAfter);
  });
  server.on('error', reject);
  server.on('close', (code, signal) => {
    if (code !== 0 && signal !== 'SIGKILL') reject(new Error(`the server ended with ${code}: ${faults}`));
    else resolve(output.endsWith('done\n'));
  });
  return promise;
}

async function open(): Promise<{
  readonly rig: Rig;
  readonly count: (user: string, role: string) => Promise<readonly string[]>;
  readonly close: () => Promise<void>;
}> {
  const mailStore = await openIntegratedStore({ file: join(folder, 'mail.sqlite'), now: Date.now });
  if ((await mailStore.persons()).length === 0) {
    for (const user of ['alice', 'bob']) await mailStore.addPerson({ user, address: `${user}@example.test` });
    for (let n = 0; n < 20; n += 1) {
      await mailStore.deliver({ from: 'ann@example.test', to: ['alice@example.test'] }, source(testMail(`in ${n}`).bytes));
    }
  }
  const rig = await makeRig({
    file: join(folder, 'server.sqlite'),
    server: mailStore.mailServer('alice'),
    submission: mailStore.submission('alice'),
    other: mailStore.mailServer('alice'),
  });
  return {
    rig,
    count: async (user, role) => {
      const server = mailStore.mailServer(user);
      const found: string[] = [];
      for await (const page of server.changes(await pathOf(server, role), undefined, async () => [])) {
        for (const mail of page.added) found.push(mail.messageId ?? '');
      }
      return found.toSorted((a, b) => a.localeCompare(b));
    },
    close: async () => {
      await rig.close();
      await mailStore.close();
    },
  };
}

function letters(count: number): readonly TestMail[] {
  return Array.from({ length: count }, (_, n) => {
    const mail = testMail(`out ${n}`);
    const text = new TextDecoder().decode(mail.bytes).replace(/From: .*/, 'From: alice@example.test');
    return { ...mail, bytes: new TextEncoder().encode(text) };
  });
}

const ids = (mails: readonly TestMail[]): readonly string[] => mails.map((mail) => mail.messageId).toSorted((a, b) => a.localeCompare(b));

it('sends, files, moves and marks everything exactly once under SIGKILL', { timeout: 120_000 }, async () => {
  const [out, drafts] = [letters(15), letters(15)];
  const first = await open();
  first.rig.worker.start();
  await first.rig.worker.refresh();
  await first.rig.worker.close();
  await queueAll(first.rig, out, drafts);
  const guids = new Map((await first.rig.items('mail')).map((item) => [item.message_id, item.id]));
  await first.close();

  const delays: number[] = [];
  for (let n = 0; n < KILLS; n += 1) {
    delays.push(Math.floor(Math.random() * 300));
    if (await run(delays.at(-1))) break;
  }
  expect(await run(undefined)).toBe(true);

  const last = await open();
  const told = `killed after ${delays.join(', ')} ms`;
  expect(await last.count('bob', 'inbox'), told).toEqual(ids(out));
  expect(await last.count('alice', 'sent'), told).toEqual(ids(out));
  expect(await last.count('alice', 'drafts'), told).toEqual(ids(drafts));
  expect((await last.count('alice', 'archive')).length, told).toBe(10);
  expect((await last.count('alice', 'inbox')).length, told).toBe(10);
  const items = await last.rig.items('mail');
  expect(items.length, told).toBe(50);
  for (const item of items) {
    expect(item, told).toMatchObject({ id: guids.get(item.message_id), spool: null, send_error: null, missing_since: null });
    expect(item.remote_uid, told).not.toBeNull();
  }
  expect(await last.rig.spools(), told).toEqual([]);
  const archive = await last.rig.folder('archive');
  expect(
    items.filter((item) => item.parent === archive.id).every((item) => item.flags === Flag.Read),
    told,
  ).toBe(true);
  await last.close();
});

const record = (key: string, queueId: string | null) => ({ key, status: '202', text: null, guid: null, queueId, batch: 1 });

/** What a session of a device would commit; the worker is closed, so that nothing is done yet. */
async function queueAll(rig: Rig, out: readonly TestMail[], drafts: readonly TestMail[]): Promise<void> {
  const account = String(rig.account);
  const received = await rig.items('mail');
  const archive = rig.guid(await rig.folder('archive'));
  for (const mail of out) {
    const queueId = `q${mail.messageId}`;
    await rig.commit({
      write: 'send',
      mail: await rig.draft(await rig.folder('outbox'), mail),
      queueId,
      envelope: { from: 'alice@example.test', to: ['bob@example.test'] },
      messageId: mail.messageId,
      received: record(queueId, queueId),
    });
  }
  for (const mail of drafts) {
    await rig.commit({ write: 'append', mail: await rig.draft(await rig.folder('drafts'), mail), received: record(mail.messageId, null) });
  }
  const draft = await rig.draft(await rig.folder('inbox'), testMail('unused'));
  const ackBy = draft.generations[0] ?? 0;
  for (const item of received.slice(0, 10)) {
    await rig.commit(
      { write: 'flags', account, guid: rig.guid(item), flags: Flag.Read, ackBy, ackFlags: Flag.Read },
      { write: 'move', account, guid: rig.guid(item), parent: archive, ackBy },
    );
  }
}
