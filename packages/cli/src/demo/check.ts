// How the demo's steps are judged: what a device shows against a fresh read of the mail server, until they agree or time is up.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Device } from './device.ts';
import { readBytes, readMailbox, type ServedMail } from './mailbox.ts';
import type { DemoUser, World } from './world.ts';

/** How long the mail server may take to be told what a device did. */
const patienceMs = 10_000;
const lookEveryMs = 20;

/** A step did not hold. */
export class StepFault extends Error {
  override readonly name = 'StepFault';
}

export function ensure(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new StepFault(otherwise);
}

/** The mailbox as a new connection finds it. */
export async function served(world: World, user: DemoUser): Promise<readonly ServedMail[]> {
  const mailbox = world.mailbox(user);
  try {
    return await readMailbox(mailbox);
  } finally {
    await mailbox.close();
  }
}

/** The one mail with this Message-ID at the mail server. */
export async function servedMail(world: World, user: DemoUser, messageId: string): Promise<ServedMail> {
  const found = (await served(world, user)).filter((mail) => mail.messageId === messageId);
  const [first] = found;
  ensure(first !== undefined && found.length === 1, `${user}'s mailbox holds the mail ${messageId} ${found.length} times`);
  return first;
}

/** Its bytes at the mail server. */
export async function servedBytes(world: World, user: DemoUser, mail: ServedMail): Promise<Uint8Array> {
  const mailbox = world.mailbox(user);
  try {
    const bytes = await readBytes(mailbox, mail);
    ensure(bytes !== undefined, `the mail ${mail.messageId} has no content at the mail server`);
    return bytes;
  } finally {
    await mailbox.close();
  }
}

/** Looks again until `look` does not throw. */
export async function eventually<T>(look: () => Promise<T>): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof StepFault) || Date.now() > end) throw error;
    }
    await sleep(lookEveryMs);
  }
}

interface Mail {
  readonly folder: string;
  readonly messageId: string;
  readonly flags: string;
  readonly size: number;
}

/** The first differences between two mailboxes, in words; empty when every mail has the same folder, flags and size. */
export function differences(left: readonly Mail[], right: readonly Mail[], names: readonly [string, string]): readonly string[] {
  const [ours, theirs] = [left.map(line).toSorted(), right.map(line).toSorted()];
  return [
    ...surplus(ours, theirs).map((each) => `only ${names[0]}: ${each}`),
    ...surplus(theirs, ours).map((each) => `only ${names[1]}: ${each}`),
  ];
}

function line({ folder, messageId, flags, size }: Mail): string {
  return `${folder} ${messageId} [${flags}] ${size} B`;
}

/** What is in `list` more often than in `other`. */
function surplus(list: readonly string[], other: readonly string[]): readonly string[] {
  const rest = new Map<string, number>();
  for (const each of other) rest.set(each, (rest.get(each) ?? 0) + 1);
  return list.filter((each) => {
    const count = rest.get(each) ?? 0;
    rest.set(each, count - 1);
    return count <= 0;
  });
}

/** The device shows what the mail server has: every mail in its folder, with its flags and size, and no other. */
export async function ensureSame(world: World, device: Device): Promise<void> {
  const found = differences(await device.shown(), await served(world, device.user), [`on ${device.name}`, 'at the mail server']);
  ensure(found.length === 0, `${device.name} and the mail server differ in ${found.length} places: ${found.slice(0, 3).join('; ')}`);
}
