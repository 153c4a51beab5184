// Brings the real peers that tests talk to onto this machine: Debian packages by apt where we are root, and one
// compiled library. What cannot be brought is told by name; the tests that need it say so too.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { allPeers } from '../test/peers/all.ts';
import type { Peer } from '../test/peers/peer.ts';
import { syncEvolutionPreload } from '../test/peers/syncevolution-preload.ts';
import { syncEvolutionPeer } from '../test/peers/syncevolution.ts';

export interface MissingPeer {
  readonly name: string;
  readonly reason: string;
}

const policy = '/usr/sbin/policy-rc.d';

/** Installs what is missing and can be installed; returns the peers that are still missing. */
export function setUpPeers(): MissingPeer[] {
  const wanted = allPeers.filter((peer) => !ready(peer) && !leftOut(peer));
  if (wanted.length > 0 && canInstall()) install(wanted);
  const missing = allPeers.flatMap((peer) => {
    const reason = peer.available();
    return reason === undefined ? [] : [{ name: peer.name, reason }];
  });
  if (ready(syncEvolutionPeer)) syncEvolutionPreload();
  return missing;
}

const ready = (peer: Peer): boolean => peer.available() === undefined;
const leftOut = (peer: Peer): boolean => peer.available()?.startsWith('left out') === true;

function canInstall(): boolean {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get');
}

function install(peers: readonly Peer[]): void {
  const names = [...new Set(peers.flatMap((peer) => peer.packages))];
  console.log(`Installing Debian packages for the real peers (once): ${names.join(' ')}`);
  // Packages that bring a mail server start it; here nothing of the machine's own is to be started.
  const forbidStart = !existsSync(policy);
  if (forbidStart) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    apt(['update']);
    // One peer that cannot be had must not take the others with it.
    if (!apt(['install', ...names])) for (const peer of peers) apt(['install', ...peer.packages]);
  } finally {
    if (forbidStart) rmSync(policy, { force: true });
  }
}

/** Runs apt-get, quietly unless it fails. It never removes a package (Postfix would take another mail server away). */
function apt(command: readonly string[]): boolean {
  const options = ['-q', '-y', '--no-install-recommends', '--no-remove', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  const done = spawnSync('/usr/bin/apt-get', [...options, ...command], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
  });
  if (done.status !== 0) console.log(`apt-get ${command.join(' ')} failed:\n${done.stdout}${done.stderr}`);
  return done.status === 0;
}
