// The temporary folder of one run: what a killed test leaves behind lies in it and goes with it.
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'packetboat-test-';

/** Makes the folder, sets TMPDIR to it for this process and its children, and removes it at the end. */
export function useScratchFolder(): void {
  sweep(tmpdir());
  const folder = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  // Mail servers work as another user and must get through.
  chmodSync(folder, 0o755);
  process.env['TMPDIR'] = folder;
  process.once('exit', () => remove(folder));
}

/** Removes the folders of runs that were killed. */
function sweep(top: string): void {
  for (const name of readdirSync(top)) {
    const owner = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN;
    if (owner > 0 && !lives(owner)) remove(join(top, name));
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // A peer that is just ending still writes, or it is another user's; the next run tries again.
  }
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
