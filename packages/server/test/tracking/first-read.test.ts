// A mailbox that is read for the first time: nobody's mails are compared with half of it.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FaultyServer, linkLost, withFaults } from '../account/faults.ts';
import { type Home, openHome, type Rig, testMail } from '../account/world.ts';

let home: Home;
let faulty: FaultyServer;
let rig: Rig;
beforeEach(async () => {
  home = await openHome();
  faulty = withFaults(home.mailStore.mailServer('alice'));
  rig = await home.rig({ server: faulty.server });
});
afterEach(() => home.close());

it('has been read when the last page of its last folder has come, and not before', async () => {
  await home.deliver(testMail('one'));
  const held = Promise.withResolvers<undefined>();
  // INBOX is listed; the folder after it is being listed.
  faulty.faults = { before: ({ method, args }) => (method === 'changes' && args[0] !== 'INBOX' ? held.promise : undefined) };
  rig.worker.start();
  expect(await rig.worker.hasBeenRead(300)).toBe(false);
  expect(await rig.items('mail')).toHaveLength(1);
  const waiting = rig.worker.hasBeenRead(10_000);
  faulty.faults = {};
  held.resolve(undefined);
  expect(await waiting).toBe(true);
});

it('has not been read while the mail server is down, which is told at once', async () => {
  faulty.faults = { before: () => linkLost() };
  rig.worker.start();
  await rig.worker.refresh();
  const began = Date.now();
  expect(await rig.worker.hasBeenRead(10_000)).toBe(false);
  expect(Date.now() - began).toBeLessThan(2_000);
});

it('has been read for good: a restart without the mail server goes on with what is known', async () => {
  rig.worker.start();
  await rig.settled();
  await rig.worker.close();
  const down = withFaults(home.mailStore.mailServer('alice'));
  down.faults = { before: () => linkLost() };
  const again = await home.rig({ server: down.server });
  again.worker.start();
  expect(await again.worker.hasBeenRead(10_000)).toBe(true);
});
