// A real server in which hostile devices live: several lives share one, and after each a well-behaved device must be in step.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { FlagName, FlagSet } from '@packetboat/client';
import type { MailServer } from '@packetboat/mail';
import type { Log } from '@packetboat/server';
import { letter } from '../../test/scenarios/support/clients.ts';
import { flagText, startWorld, type Device, type World } from '../../test/support/world.ts';
import { Finding } from '../engine/subject.ts';

/** A server with what went wrong in it. */
export interface FuzzWorld {
  readonly world: World;
  /** A device that always behaves. */
  readonly steady: Device;
  /** What the server logged as an error, since this was asked last. */
  faults(): readonly string[];
  close(): Promise<void>;
}

/** Memory where there is a file system of it: nothing here has to outlive a cut of the power. */
const temporary = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export async function openWorld(): Promise<FuzzWorld> {
  let faults: string[] = [];
  const note = ({ code, error, stack }: Readonly<Record<string, unknown>>, text: string): void => {
    const what = [code, error].find((word) => typeof word === 'string' && word !== '');
    faults.push(`${text}: ${typeof what === 'string' ? what : ''}\n${typeof stack === 'string' ? stack : ''}`);
  };
  const log: Log = { debug: nothing, info: nothing, warn: nothing, error: note };
  const data = await mkdtemp(join(temporary, 'packetboat-fuzz-'));
  const world = await startWorld({ log, data });
  for (const name of ['one', 'two', 'three', 'four']) await world.deliver(letter(name));
  const steady = world.device({ deviceId: 'steady' });
  await steady.sync();
  return {
    world,
    steady,
    faults: () => {
      const found = faults;
      faults = [];
      return found;
    },
    close: async () => {
      await world.close();
      await rm(data, { recursive: true, force: true });
    },
  };
}

const nothing = (): void => undefined;

function only(a: readonly string[], b: readonly string[]): string {
  return a.filter((each) => !b.includes(each)).join('; ');
}

/** What one sync has changed the next one tells; more than this many means that they never come to rest. */
const mostRounds = 3;

/** Both sides have the same mails with the same flags in the same folders. */
export async function expectInStep({ world }: FuzzWorld, device: Device, who: string): Promise<void> {
  for (let round = 1; ; round += 1) {
    await world.settle();
    const outcome = await device.client.sync({ mode: 'two-way' });
    // A name that hostile messages were sent under may have a session open under its first SessionID: the next one is another.
    if (outcome.outcome !== 'done' && round === 1) continue;
    if (outcome.outcome !== 'done') throw new Finding(`${who} cannot sync: ${outcome.error?.code ?? ''}`, outcome.error?.message);
    const [here, there] = [await deviceMails(device), await mailboxMails(world.mailbox())];
    if (isDeepStrictEqual(here, there)) return;
    const detail = `device ${here.length}, server ${there.length}; only here: ${only(here, there)}; only there: ${only(there, here)}`;
    if (round === mostRounds) throw new Finding(`${who} is not in step`, detail);
  }
}

/** What a mail is told by. Headers that were damaged may have several Message-IDs, or none that is one. */
function lineOf(role: string, messageId: string | null | undefined, isSet: (name: FlagName, bit: FlagSet) => boolean): string {
  const known = messageId !== null && messageId !== undefined && /^<[\w.~-]+@sender\.test>$/.test(messageId) ? messageId : '';
  return `${role} ${known} ${flagText(isSet)}`;
}

const roles = new Set(['inbox', 'outbox', 'drafts', 'sent', 'trash']);
const roleOf = (role: string | null | undefined): string => (role !== null && role !== undefined && roles.has(role) ? role : 'other');

export async function deviceMails({ client }: Device): Promise<readonly string[]> {
  const folders = new Map((await client.folders()).map((folder) => [folder.luid, roleOf(folder.role)]));
  const mails = await client.ls({ limit: 100_000 });
  // What was refused stays on the device alone, with the reason.
  return mails
    .filter((mail) => mail.sendError === null)
    .map((mail) => lineOf(folders.get(mail.folder ?? '') ?? 'other', mail.summary.messageId, (_, bit) => (mail.flags & bit) !== 0))
    .toSorted();
}

export async function mailboxMails(server: MailServer): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const folder of await server.folders()) {
    if (!folder.selectable) continue;
    for await (const page of server.changes(folder.path, undefined, () => Promise.resolve([]))) {
      for (const mail of page.added) lines.push(lineOf(roleOf(folder.role), mail.messageId, (name) => mail.flags[name]));
    }
  }
  return lines.toSorted();
}
