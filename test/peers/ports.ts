// Ports for peers that must be told their port before they start. Several test processes draw at once, so each
// port is reserved by a file holding the owner's process id until it is released or its owner is gone.
import { randomInt } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

// Below 32768, where Linux begins to draw ports for outgoing connections and for listen(0).
const first = 20_000;
const count = 10_000;
// Not os.tmpdir(): runs with their own TMPDIR must see each other's reservations.
const folder = '/tmp/packetboat-ports';
const own = new Set<number>();
let releasing = false;

/** Ports that nobody listens on and nobody else has reserved, on 127.0.0.1. */
export async function reservePorts(wanted: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; tries < 1_000 && ports.length < wanted; tries += 1) {
    const port = first + randomInt(count);
    if (!claim(port)) continue;
    if (await isFree(port)) ports.push(port);
    else releasePorts([port]);
  }
  if (ports.length === wanted) return ports;
  releasePorts(ports);
  throw new Error(`no ${wanted} free ports between ${first} and ${first + count}`);
}

export function releasePorts(ports: readonly number[]): void {
  for (const port of ports) if (own.delete(port)) rmSync(join(folder, String(port)), { force: true });
}

function claim(port: number): boolean {
  makeFolder();
  const file = join(folder, String(port));
  for (const attempt of ['fresh', 'stale']) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' });
      releaseAtExit();
      own.add(port);
      return true;
    } catch {
      if (attempt === 'stale' || ownerLives(file)) return false;
      rmSync(file, { force: true });
    }
  }
  return false;
}

function releaseAtExit(): void {
  if (releasing) return;
  releasing = true;
  process.once('exit', () => releasePorts([...own]));
}

function makeFolder(): void {
  mkdirSync(folder, { recursive: true });
  try {
    chmodSync(folder, 0o777);
  } catch {
    // Another user made it, and opened it for all.
  }
}

function ownerLives(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
