// A short journey that is made while somebody is killed at every boundary of its messages, and what must be there at its end.
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type KillWorld, type KillWorldOptions, startKillWorld, type Victim } from './kill-world.ts';
import type { Boundary } from './message-proxy.ts';

/** What the device shows and what the mailboxes hold, a line for each mail. */
interface Result {
  readonly phone: string;
  readonly alice: string;
  readonly bob: string;
}

interface Journey {
  readonly result: Result;
  readonly messages: number;
  readonly kills: number;
}

const mails = 5;
/** The first sync takes two messages at least, the four that follow one each. */
const fewestMessages = 6;

let world: KillWorld | undefined;

/** Tests: for each boundary the journey ends as it does when nobody is killed. */
export function describeKills(victim: Victim, title: string, settings: object, boundaries: readonly Boundary[]): void {
  describe(title, () => {
    let undisturbed: Result;

    beforeAll(async () => {
      const { result, messages } = await journey({ settings, kill: undefined });
      undisturbed = result;
      expect(messages).toBeGreaterThanOrEqual(fewestMessages);
      expect(result.phone).toBe(result.alice);
      // All that were delivered, the late one, and two that were sent.
      expect(result.alice.split('\n')).toHaveLength(mails + 1 + 2);
      expect(result.bob.split('\n')).toHaveLength(2);
    });
    afterEach(async () => {
      await world?.abandon();
      world = undefined;
    });

    test.each(boundaries)(`the ${victim} is killed at each message when it is %s`, { timeout: 120_000 }, async (boundary) => {
      const { result, kills } = await journey({ settings, kill: { victim, boundary } });
      expect(kills).toBeGreaterThanOrEqual(fewestMessages);
      expect(result).toEqual(undisturbed);
    });
  });
}

async function journey(options: KillWorldOptions): Promise<Journey> {
  world = await startKillWorld(options);
  const { phone, tablet, deliver, syncWithKills, end } = world;
  let [messages, kills] = [0, 0];
  const sync = async (): Promise<void> => {
    const done = await syncWithKills();
    messages += done.messages;
    kills += done.kills;
  };
  // More than one message holds.
  for (let number = 1; number <= mails; number += 1) await deliver('alice@example.test', mail(`mail-${number}`, 20_000));
  await sync();
  await tablet.sync();
  await tablet.run({ do: 'mark', subject: 'mail-2' });
  await tablet.sync();
  await phone.run({ do: 'mark', subject: 'mail-1' });
  await sync();
  await phone.run({ do: 'send', to: 'bob@example.test', subject: 'sent' });
  await phone.run({ do: 'remove', subject: 'mail-3' });
  await phone.run({ do: 'reply', subject: 'mail-4' });
  await sync();
  await deliver('alice@example.test', mail('late', 3_000));
  await sync();
  await sync();
  // What the server had accepted it carries out behind the syncs; then there is nothing left to tell.
  while ((await phone.sync()).changes > 0);
  expect((await phone.run({ do: 'state' })).changes).toBe(0);
  const result = await end();
  world = undefined;
  return { result, messages, kills };
}

function mail(subject: string, bytes: number): Uint8Array {
  const line = `${subject} `.repeat(Math.ceil(70 / (subject.length + 1)));
  const header = ['From: bob@example.test', 'To: alice@example.test', `Subject: ${subject}`, 'Date: Mon, 05 Jan 2026 08:00:00 +0000'];
  const body = Array.from({ length: Math.ceil(bytes / (line.length + 2)) }, () => line);
  return Buffer.from([...header, `Message-ID: <${subject}@example.test>`, '', ...body, ''].join('\r\n'));
}
