// Random work of another mail program and of a device at the same time, over a link that breaks: in the end both sides agree,
// nothing is lost or doubled, and every mail has kept its GUID.
import { Flag } from '@packetboat/datasync';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { seededRandom } from '../../../../test/support/random.ts';
import { type FaultyServer, later, linkLost, withFaults } from '../account/faults.ts';
import { type Home, openHome, put, type Rig, testMail } from '../account/world.ts';

const FOLDERS = ['INBOX', 'Archive', 'Drafts', 'Junk'];
const STEPS = 150;

let home: Home;
let faulty: FaultyServer;
let rig: Rig;
beforeEach(async () => {
  home = await openHome();
  faulty = withFaults(home.mailStore.mailServer('alice'));
  rig = await home.rig({ server: faulty.server });
});
afterEach(() => home.close());

interface Remote {
  readonly folder: string;
  readonly uid: string;
  readonly flags: number;
}

/** Where each mail is at the mail server, by Message-ID. */
async function remote(): Promise<ReadonlyMap<string, Remote>> {
  const found = new Map<string, Remote>();
  for (const folder of FOLDERS) {
    for await (const page of rig.other.changes(folder, undefined, async () => [])) {
      for (const { messageId = '', uid, flags } of page.added) {
        found.set(messageId, { folder, uid, flags: (flags.read ? Flag.Read : 0) | (flags.flagged ? Flag.Flagged : 0) });
      }
    }
  }
  return found;
}

/** Mails in all folders, doubled ones counted twice. */
async function count(): Promise<number> {
  let mails = 0;
  for (const folder of FOLDERS) for await (const page of rig.other.changes(folder, undefined, async () => [])) mails += page.added.length;
  return mails;
}

async function compare(): Promise<void> {
  const there = await remote();
  const folders = new Map((await rig.items('folder')).map((folder) => [folder.id, folder.remote_path]));
  const here = await rig.items('mail');
  const shown = here.map((item) => [item.message_id, folders.get(item.parent ?? 0), item.remote_uid, item.flags]);
  const expected = [...there].map(([id, mail]) => [id, mail.folder, mail.uid, mail.flags]);
  expect(new Map(shown.map((row) => [row[0], row]))).toEqual(new Map(expected.map((row) => [row[0], row])));
  expect(here.length).toBe(there.size);
  expect(await count()).toBe(there.size);
  expect(await rig.spools()).toEqual([]);
}

const record = (key: string) => ({ key, status: '201', text: null, guid: null, queueId: null, batch: 1 });

it.each([1, 2, 3, 4, 5, 6])('agree after random work, seed %i', { timeout: 60_000 }, async (seed) => {
  const chance = seededRandom(seed);
  const random = (): number => chance.next();
  const below = (n: number): number => Math.floor(random() * n);
  const pick = <T>(list: readonly T[]): T | undefined => list[below(list.length)];
  const folder = (): string => pick(FOLDERS) ?? 'INBOX';
  rig.worker.start();
  await rig.settled();
  const account = String(rig.account);
  const ackBy = (await rig.draft(await rig.folder('inbox'), testMail('unused'))).generations[0] ?? 0;
  const guids = new Map<string, number>();
  const noteGuids = async (): Promise<void> => {
    for (const item of await rig.items('mail')) {
      const id = item.message_id ?? '';
      expect(guids.get(id) ?? item.id, `${id} keeps its GUID`).toBe(item.id);
      guids.set(id, item.id);
    }
  };
  faulty.faults = {
    before: ({ method }) => (method !== 'folders' && random() < 0.05 ? (random() < 0.3 ? linkLost() : later()) : undefined),
    after: ({ method }) => (['append', 'move', 'setFlags', 'remove', 'changes'].includes(method) && random() < 0.1 ? later() : undefined),
  };
  const pickRemote = async (): Promise<Remote | undefined> => pick([...(await remote()).values()]);
  const program: (() => Promise<unknown>)[] = [
    async () => put(rig.other, folder(), testMail(`seed ${seed}`), random() < 0.5 ? { read: true } : {}),
    async () => home.deliver(testMail(`delivered ${seed}`)),
    async () => {
      const mail = await pickRemote();
      if (mail !== undefined) await rig.other.move(mail.folder, [mail.uid], pick(FOLDERS.filter((each) => each !== mail.folder)) ?? 'Junk');
    },
    async () => {
      const mail = await pickRemote();
      if (mail !== undefined) await rig.other.setFlags(mail.folder, [mail.uid], { read: random() < 0.5, flagged: random() < 0.5 });
    },
    async () => {
      const mail = await pickRemote();
      if (mail !== undefined && random() < 0.3) await rig.other.remove(mail.folder, [mail.uid]);
    },
  ];
  const device: (() => Promise<unknown>)[] = [
    async () => {
      const item = pick(await rig.items('mail'));
      const parent = await rig.folder(pick(['inbox', 'archive', 'drafts', 'junk']) ?? 'inbox');
      if (item !== undefined) await rig.commit({ write: 'move', account, guid: rig.guid(item), parent: rig.guid(parent), ackBy });
    },
    async () => {
      const item = pick(await rig.items('mail'));
      const flags = below(2) * Flag.Read + below(2) * Flag.Flagged;
      if (item !== undefined) await rig.commit({ write: 'flags', account, guid: rig.guid(item), flags, ackBy, ackFlags: flags });
    },
    async () => {
      const mail = testMail(`device ${seed}`);
      const parent = await rig.folder(pick(['inbox', 'archive', 'drafts']) ?? 'inbox');
      await rig.commit({ write: 'append', mail: await rig.draft(parent, mail), received: record(mail.messageId) });
    },
  ];
  for (let step = 0; step < STEPS; step += 1) {
    await pick(random() < 0.6 ? program : device)?.();
    if (random() < 0.2) await rig.worker.refresh(200);
    if (random() < 0.1) await noteGuids();
  }
  faulty.faults = {};
  await rig.settled();
  await noteGuids();
  await compare();
});
