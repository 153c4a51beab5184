// Test groups that need real peers: skipped by name where a peer is missing, failed by name in CI.
import { afterEach, describe, test } from 'vitest';
import type { Peer } from './peer.ts';
import { runningPeers } from './process.ts';

/** As vitest's describe. A failing test prints the logs of the peers that are running. */
export function describePeer(name: string, peers: Peer | readonly Peer[], body: () => void): void {
  const missing = [peers]
    .flat()
    .map((peer) => ({ peer, reason: peer.available() }))
    .filter(({ reason }) => reason !== undefined)
    .map(({ peer, reason }) => `${peer.name}: ${reason}`);
  if (missing.length === 0) {
    describe(name, () => {
      afterEach(({ task }) => {
        if (task.result?.state === 'fail') showLogs(task.name);
      });
      body();
    });
  } else if (process.env['CI'] === 'true') {
    describe(name, () => {
      test('has its real peers', () => {
        throw new Error(`missing in CI: ${missing.join('; ')}`);
      });
    });
  } else {
    describe.skip(`${name} [peer missing: ${missing.join('; ')}]`, body);
  }
}

function showLogs(testName: string): void {
  for (const peer of runningPeers()) console.log(`--- ${peer.name}, after the failure of "${testName}"\n${peer.logs()}`);
}
