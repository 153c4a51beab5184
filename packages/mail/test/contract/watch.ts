// Watching: hints of what another connection or a delivery did.
import { describe, expect, it } from 'vitest';
import type { MailEvent, MailServer } from '../../src/index.ts';
import { plainMail, unique } from './harness.ts';
import type { Harness } from './mail-server.contract.ts';
import { put } from './replica.ts';

const QUIET = 700;
const PATIENCE = 12_000;

export function watchContract(harness: Harness): void {
  describe('watch', () => {
    it('tells of a delivery', async () => {
      await expectHint(harness, async (folder, _other) => {
        await harness().deliver(plainMail('delivered').bytes);
        return folder;
      });
    });

    it('tells of a changed flag', async () => {
      const uid = await put(harness().server, await inbox(harness().server), plainMail('to be read'));
      await expectHint(harness, async (folder, other) => {
        await other.setFlags(folder, [uid], { read: true });
        return folder;
      });
    });

    it('tells of a removed mail', async () => {
      const uid = await put(harness().server, await inbox(harness().server), plainMail('to be removed'));
      await expectHint(harness, async (folder, other) => {
        await other.remove(folder, [uid]);
        return folder;
      });
    });

    it('tells of a mail in a folder that is not the inbox', async () => {
      const { server } = harness();
      const path = await server.childPath(undefined, unique('Watched'));
      await server.createFolder(path);
      await expectHint(harness, async (_folder, other) => {
        await put(other, path, plainMail('filed'));
        return path;
      });
    });

    it('tells of a new folder', async () => {
      await expectHint(harness, async (_folder, other) => {
        const path = await other.childPath(undefined, unique('New'));
        await other.createFolder(path);
        return path;
      });
    });

    it('tells nothing more once it is closed, and others go on', async () => {
      const { server, deliver } = harness();
      const [closed, open]: [MailEvent[], MailEvent[]] = [[], []];
      const first = await server.watch((event) => closed.push(event));
      const second = await server.watch((event) => open.push(event));
      await first.close();
      await first.close();
      const before = closed.length;
      const had = open.length;
      await deliver(plainMail('after close').bytes);
      await expect.poll(() => open.length, { timeout: PATIENCE }).toBeGreaterThan(had);
      expect(closed.length).toBe(before);
      await second.close();
    });
  });
}

async function inbox(server: MailServer): Promise<string> {
  const found = (await server.folders()).find((folder) => folder.role === 'inbox');
  if (found === undefined) throw new Error('no inbox');
  return found.path;
}

/** Watches, waits until earlier changes have been told, acts by a second connection, and expects a hint that covers the folder that `act` names. */
async function expectHint(harness: Harness, act: (inboxPath: string, other: MailServer) => Promise<string>): Promise<void> {
  const { server, second } = harness();
  const events: { event: MailEvent; at: number }[] = [];
  const started = Date.now();
  const watch = await server.watch((event) => events.push({ event, at: Date.now() }));
  const other = await second();
  try {
    const quiet = (): boolean => Date.now() - (events.at(-1)?.at ?? started) > QUIET;
    await expect.poll(quiet, { timeout: PATIENCE }).toBe(true);
    const before = events.length;
    const folder = await act(await inbox(server), other);
    const told = (): boolean => events.slice(before).some(({ event }) => event.folder === undefined || event.folder === folder);
    await expect.poll(told, { timeout: PATIENCE, interval: 20 }).toBe(true);
  } finally {
    await other.close();
    await watch.close();
  }
}
