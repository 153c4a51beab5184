// The lifetime of a peer: its folder, its processes (all of them, children included), its logs, its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProgram } from './peer.ts';

export interface Launch {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Ports on 127.0.0.1 that answer once the peer is up. */
  readonly ports?: readonly number[];
  /** Files the peer writes its log to; shown with its output when something fails. */
  readonly logFiles?: readonly string[];
  /** Milliseconds between SIGTERM and SIGKILL, default 5,000. Short for a peer that is slow to end and whose files are thrown away. */
  readonly graceMs?: number;
}

export interface PeerProcess {
  readonly name: string;
  readonly pid: number;
  /** The last words of the peer: its output and its log files. */
  logs(): string;
  /** SIGTERM, after the time of grace SIGKILL, to the peer and everything it started; returns when all are gone. */
  stop(): Promise<void>;
}

const startWithinMs = 20_000;
const defaultGraceMs = 5_000;
const logTailChars = 16_000;

const running = new Set<PeerProcess>();
const folders = new Set<string>();
let cleaning = false;

/** Peers started by this test process that have not been stopped. */
export function runningPeers(): readonly PeerProcess[] {
  return [...running];
}

/** A new folder that any user may search (mail servers give up their rights); removed when the test process ends. */
export function temporaryFolder(name: string): string {
  cleanAtExit();
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  chmodSync(folder, 0o755);
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  folders.delete(folder);
}

/** Starts a program as the leader of its own session and waits until its ports answer. */
export async function startProcess(launch: Launch): Promise<PeerProcess> {
  const child = spawnSession(launch);
  const output = new Tail();
  child.stdout?.on('data', (data: Buffer) => output.add(data));
  child.stderr?.on('data', (data: Buffer) => output.add(data));
  let ended: string | undefined;
  const pid = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child.pid ?? 0));
  });
  child.once('exit', (code, signal) => (ended = `exit code ${code}, signal ${signal}`));
  const peer: PeerProcess = {
    name: launch.name,
    pid,
    logs: () => [output.text(), ...(launch.logFiles ?? []).map(tailOfFile)].filter((text) => text !== '').join('\n'),
    stop: async () => {
      await endSession(pid, launch.graceMs);
      running.delete(peer);
    },
  };
  running.add(peer);
  try {
    await untilPortsAnswer(launch.ports ?? [], () => ended);
  } catch (error) {
    await peer.stop();
    throw new Error(`${launch.name} did not start: ${error instanceof Error ? error.message : String(error)}\n${peer.logs()}`, {
      cause: error,
    });
  }
  return peer;
}

/** Starts a program in a session of its own, so that it and its children can be found and ended together. */
export function spawnSession(launch: Launch): ChildProcess {
  cleanAtExit();
  // A test process that is killed runs no exit handler; then the kernel tells the peer.
  const setpriv = findProgram('setpriv');
  const command = setpriv ?? launch.command;
  const args = setpriv === undefined ? launch.args : ['--pdeathsig', 'TERM', '--', launch.command, ...launch.args];
  return spawn(command, args, {
    cwd: launch.cwd ?? '/',
    env: launch.env ?? process.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Ends every process of a session; returns when none is left. */
export async function endSession(session: number, graceMs: number = defaultGraceMs): Promise<void> {
  signalSession(session, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  while (sessionMembers(session).length > 0) {
    if (Date.now() > deadline) signalSession(session, 'SIGKILL');
    await delay(5);
  }
}

/** Ids of the living processes of a session (zombies do not count). */
export function sessionMembers(session: number): number[] {
  if (!existsSync('/proc/self/stat')) return groupLives(session) ? [session] : [];
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => sessionOf(pid) === session);
}

function sessionOf(pid: number): number | undefined {
  try {
    // proc(5): pid (comm) state ppid pgrp session …; comm may hold spaces and parentheses.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? undefined : Number(session);
  } catch {
    return undefined;
  }
}

function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

function signalSession(session: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  const members = sessionMembers(session);
  // The leader alone is asked to end while it lives: a mail server ends its own children in order.
  const targets = signal === 'SIGTERM' && members.includes(session) ? [session] : members;
  for (const pid of targets) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended meanwhile.
    }
  }
}

async function untilPortsAnswer(ports: readonly number[], ended: () => string | undefined): Promise<void> {
  const deadline = Date.now() + startWithinMs;
  for (const port of ports) {
    while (!(await answers(port))) {
      const end = ended();
      if (end !== undefined) throw new Error(end);
      if (Date.now() > deadline) throw new Error(`port ${port} does not answer after ${startWithinMs / 1000} s`);
      await delay(10);
    }
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function cleanAtExit(): void {
  if (cleaning) return;
  cleaning = true;
  process.once('exit', () => {
    for (const peer of running) signalSession(peer.pid, 'SIGKILL');
    for (const folder of folders) removeFolder(folder);
  });
}

/** Keeps the end of an output. */
export class Tail {
  #text = '';

  add(data: Buffer): void {
    this.#text = (this.#text + data.toString('latin1')).slice(-logTailChars);
  }

  text(): string {
    return this.#text;
  }
}

function tailOfFile(path: string): string {
  return existsSync(path) ? readFileSync(path, 'latin1').slice(-logTailChars) : '';
}
