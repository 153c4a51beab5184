// A process that is killed anywhere leaves a store in which every commit is there whole or not at all.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { openClientStore } from '../../src/node/index.ts';
import { ask } from '../contract/harness.ts';

/** Runs the child until it has said `lines` more, then kills it some ms later; returns the last number it said. */
async function runAndKill(file: string, lines: number, laterMs: number): Promise<number> {
  const child = spawn(process.execPath, ['--conditions=packetboat-source', join(import.meta.dirname, 'crash-child.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = 0;
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    said = Number(line);
    count += 1;
    if (count === lines) setTimeout(() => child.kill('SIGKILL'), laterMs);
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return said;
}

it('keeps what it committed, and nothing by half, when its process is killed', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'packetboat-client-'));
  const file = join(folder, 'mail.sqlite');
  for (let round = 0; round < 8; round += 1) {
    const said = await runAndKill(file, 2 + round, round * 3);
    const store = openClientStore(file);
    const n = Number((await ask(store, 'anchors', { datastore: './mail' })).server);
    expect(n).toBeGreaterThanOrEqual(said);
    const fromServer = (await store.list({ limit: 100_000, offset: 0 })).filter((each) => !each.luid.startsWith('~'));
    expect(fromServer.map((each) => Number(each.luid)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: n }, (_, i) => [1, 2, 3].map((k) => (i + 1) * 10 + k)).flat(),
    );
    for (const each of fromServer) expect((await store.get(each.luid))?.content, each.luid).not.toBeNull();
    expect(await ask(store, 'unsentMaps', { limit: 100_000 })).toHaveLength(n);
    expect(await ask(store, 'gathered', { object: 'large' })).toHaveLength(n * 100);
    // The right to sync ended with the process.
    (await store.lock())();
    await store.close();
    const raw = new Database(file, { readonly: true });
    expect(raw.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(raw.pragma('foreign_key_check')).toEqual([]);
    raw.close();
  }
  await rm(folder, { recursive: true });
});
