// What a real peer needs before it can run: the programs it consists of and the Debian packages that bring them.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Peer {
  /** The word used in PACKETBOAT_PEERS and in the summary of `npm test`. */
  readonly name: string;
  /** Debian packages that bring everything the peer needs. */
  readonly packages: readonly string[];
  /** Why the peer cannot run here; undefined when it can. Cheap, looks at the machine only. */
  available(): string | undefined;
}

export interface PeerNeeds {
  readonly name: string;
  readonly packages: readonly string[];
  /** Programs by name (looked up in PATH and the system's folders) or absolute paths of files. */
  readonly programs: readonly string[];
  readonly root?: boolean;
}

/** Makes the peer of these needs. PACKETBOAT_PEERS (names by comma, or "none") leaves out all others. */
export function definePeer(needs: PeerNeeds): Peer {
  return {
    name: needs.name,
    packages: needs.packages,
    available: () => {
      if (!chosen(needs.name)) return `left out by PACKETBOAT_PEERS=${process.env['PACKETBOAT_PEERS']}`;
      if (process.platform !== 'linux') return `runs on Linux only, this is ${process.platform}`;
      const missing = needs.programs.filter((program) => findProgram(program) === undefined);
      if (missing.length > 0) return `${missing.join(', ')} not installed (Debian: ${needs.packages.join(' ')})`;
      if (needs.root === true && process.getuid?.() !== 0) return 'needs root';
      return undefined;
    },
  };
}

function chosen(name: string): boolean {
  const choice = process.env['PACKETBOAT_PEERS'];
  return choice === undefined || choice === '' || choice.split(',').includes(name);
}

/** Absolute path of a program, undefined if it is not there. An ordinary user's PATH often lacks the sbin folders. */
export function findProgram(program: string): string | undefined {
  if (program.startsWith('/')) return isReadable(program) ? program : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin'];
  return folders.map((folder) => join(folder, program)).find(isReadable);
}

/** As findProgram, but its absence is an error. */
export function requireProgram(program: string): string {
  const path = findProgram(program);
  if (path === undefined) throw new Error(`${program} is not installed`);
  return path;
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
