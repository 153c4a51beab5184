// What was accepted is there after a kill, what was not is not there by half, and nothing is left over.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openIntegratedStore } from '../../src/integrated/store.ts';
import { RawClient, readAll, stuffed, temporaryFile } from './support.ts';

const CHILD = fileURLToPath(new URL('crash-child.ts', import.meta.url));

async function start(file: string): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const child = spawn(process.execPath, ['--conditions=packetboat-source', CHILD, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const line of createInterface({ input: child.stdout })) return { child, port: Number(line) };
  throw new Error('the store process did not start');
}

/** Large and small mails in turn; every line carries the number, so that a mixture would show. */
function mail(sender: number, n: number): string {
  const id = `${sender}-${n}`;
  const lines = n % 3 === 0 ? 12_000 : 20;
  return `Subject: ${id}\r\nMessage-ID: <${id}@crash.test>\r\n\r\n${`${id} and nothing else of this line matters\r\n`.repeat(lines)}`;
}

/** Sends mail after mail until the connection breaks; notes what was begun and what both recipients' replies accepted. */
async function sendUntilCut(port: number, sender: number, begun: Set<string>, accepted: Set<string>): Promise<void> {
  const client = await RawClient.connect(port);
  try {
    await client.command('LHLO test');
    for (let n = 0; ; n++) {
      const text = mail(sender, n);
      await client.command('MAIL FROM:<ann@outside.test>');
      await client.command('RCPT TO:<alice@example.test>');
      await client.command('RCPT TO:<bob@example.test>');
      await client.command('DATA');
      begun.add(text);
      client.send(stuffed(text));
      if ((await client.reply()).startsWith('250')) accepted.add(text);
      await client.reply();
    }
  } catch {
    client.cut();
  }
}

/** What the tables say of bodies that no mail names, asked with the store closed. */
function leftovers(file: string): unknown {
  const database = new Database(file, { readonly: true });
  try {
    return database
      .prepare(
        `select (select count(*) from body where refs = 0) as unnamed,
                (select count(*) from chunk where body_id not in (select body_id from mail)) as pieces,
                (select count(*) from body where refs <> (select count(*) from mail where body_id = body.id)) as miscounted`,
      )
      .get();
  } finally {
    database.close();
  }
}

/** Kills the process when it has accepted some mails more, a little later each round, so that it is caught at other work. */
async function killInTheMiddle(file: string, round: number, begun: Set<string>, accepted: Set<string>): Promise<void> {
  const { child, port } = await start(file);
  const enough = accepted.size + 4 + round * 3;
  const senders = [0, 1, 2, 3].map((n) => sendUntilCut(port, round * 10 + n, begun, accepted));
  await expect.poll(() => accepted.size, { timeout: 20_000, interval: 1 }).toBeGreaterThanOrEqual(enough);
  await new Promise((resolve) => setTimeout(resolve, round * 7));
  child.kill('SIGKILL');
  await once(child, 'exit');
  await Promise.all(senders);
}

describe('a store whose process is killed', () => {
  it('has every mail that it accepted, whole, at both recipients, and none by half', { timeout: 90_000 }, async () => {
    const { folder, path } = await temporaryFile();
    const [begun, accepted] = [new Set<string>(), new Set<string>()];
    for (let round = 0; round < 5; round++) await killInTheMiddle(path, round, begun, accepted);
    expect(begun.size, 'the kill came in the middle of some').toBeGreaterThan(accepted.size);

    const store = await openIntegratedStore({ file: path, now: Date.now });
    const [alice, bob] = [await readAll(store, 'alice'), await readAll(store, 'bob')];
    await store.close();
    expect(alice.filter((text) => !begun.has(text))).toEqual([]);
    expect(new Set(alice).size).toBe(alice.length);
    const kept = new Set(alice);
    expect([...accepted].filter((text) => !kept.has(text))).toEqual([]);
    expect(bob).toEqual(alice);
    expect(leftovers(path)).toEqual({ unnamed: 0, pieces: 0, miscounted: 0 });
    await rm(folder, { recursive: true });
  });

  it('removes at opening what a killed process had received of a mail', { timeout: 60_000 }, async () => {
    const { folder, path } = await temporaryFile();
    const { child, port } = await start(path);
    const client = await RawClient.connect(port);
    await client.command('LHLO test');
    await client.command('MAIL FROM:<ann@outside.test>');
    await client.command('RCPT TO:<alice@example.test>');
    await client.command('DATA');
    client.send(`Subject: half\r\n\r\n${'half a mail\r\n'.repeat(150_000)}`);
    await client.flush();
    await new Promise((resolve) => setTimeout(resolve, 400));
    child.kill('SIGKILL');
    await once(child, 'exit');
    client.cut();
    const pieces = { unnamed: 1, pieces: expect.toSatisfy((n: number) => n > 4), miscounted: 0 };
    expect(leftoversOf(path)).toMatchObject(pieces);
    const store = await openIntegratedStore({ file: path, now: Date.now });
    expect(await readAll(store, 'alice')).toEqual([]);
    await store.close();
    expect(leftovers(path)).toEqual({ unnamed: 0, pieces: 0, miscounted: 0 });
    await rm(folder, { recursive: true });
  });
});

/** As `leftovers`, of a file that was not closed: its log has to be read in first. */
function leftoversOf(file: string): unknown {
  new Database(file).close();
  return leftovers(file);
}
