import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allPeers } from '../all.ts';

/** Runs the test command on one file as on a machine that has no peers; gives its exit code and its output. */
function testWithoutPeers(ci: string): { status: number | null; output: string; lastLine: string | undefined } {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  const command = join(import.meta.dirname, '..', '..', '..', 'tools', 'test.ts');
  const done = spawnSync(process.execPath, [command, 'test/peers/test/wbxml-tools.test.ts'], {
    encoding: 'utf8',
    env: { ...env, PACKETBOAT_PEERS: 'none', CI: ci, NO_COLOR: '1' },
  });
  return { status: done.status, output: done.stdout, lastLine: done.stdout.trimEnd().split('\n').at(-1) };
}

test('skips by name the tests whose peer is missing, and says so in the summary', () => {
  const run = testWithoutPeers('');
  expect(run.output).toMatch(/wbxml-tools: left out by PACKETBOAT_PEERS=none/);
  expect(run.output).toContain('were SKIPPED');
  expect(run.lastLine).toBe('0 passed, 0 failed, 3 skipped');
  expect(run.status).toBe(0);
});

test('fails in CI when a peer is missing', () => {
  const run = testWithoutPeers('true');
  expect(run.output).toMatch(/wbxml-tools: left out by PACKETBOAT_PEERS=none/);
  // One test group that asked for a peer, and each missing peer.
  expect(run.lastLine).toBe(`0 passed, ${allPeers.length + 1} failed`);
  expect(run.status).toBe(1);
});
