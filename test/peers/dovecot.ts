// A real Dovecot: IMAP, IMAPS, LMTP and its SASL service on ports of its own; any number may run at once.
import { execFile, execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deliverByLmtp } from '../support/lmtp.ts';
import { makeCertificate } from './certificate.ts';
import { dovecotConfig } from './dovecot-config.ts';
import { definePeer, type Peer, requireProgram } from './peer.ts';
import { releasePorts, reservePorts } from './ports.ts';
import { removeFolder, startProcess, temporaryFolder } from './process.ts';

export const dovecotPeer: Peer = definePeer({
  name: 'dovecot',
  packages: ['dovecot-imapd', 'dovecot-lmtpd'],
  programs: ['dovecot', 'doveadm', 'openssl', '/usr/lib/dovecot/imap', '/usr/lib/dovecot/lmtp'],
});

export interface DovecotUser {
  readonly name: string;
  readonly password: string;
  readonly address: string;
}

export interface DovecotOptions {
  /** Default: alice/alicepw, bob/bobpw, carol/carolpw. The address is name@example.test. */
  readonly users?: readonly { readonly name: string; readonly password: string }[];
  /** What CAPABILITY announces after log-in, in place of everything Dovecot can (its imap_capability setting). */
  readonly capability?: string;
  /** More lines for the end of the configuration. */
  readonly extra?: string;
}

export interface Dovecot {
  readonly host: '127.0.0.1';
  readonly imapPort: number;
  readonly imapsPort: number;
  readonly lmtpPort: number;
  /** Dovecot's authentication protocol over TCP, for Postfix. */
  readonly saslPort: number;
  readonly users: readonly DovecotUser[];
  /** PEM text to trust; the names in it are localhost and 127.0.0.1. */
  readonly cert: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly pid: number;
  /** Delivers by LMTP; the bytes arrive as given (plus Return-Path, Delivered-To and Received). Returns when stored. */
  deliver(address: string, mail: Uint8Array): Promise<void>;
  /** The folder of a user's Maildir, INBOX at its top. */
  maildir(user: string): string;
  /** Numeric user and group that own the mail files. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Runs doveadm on this instance; returns its output, rejects when it fails. */
  doveadm(...args: readonly string[]): Promise<string>;
  logs(): string;
  stop(): Promise<void>;
}

const defaultUsers = ['alice', 'bob', 'carol'].map((name) => ({ name, password: `${name}pw` }));
const nobody = { uid: 65_534, gid: 65_534 };

/** Starts a Dovecot with empty mailboxes (about 50 ms). Started by an ordinary user, everything runs as that user. */
export async function startDovecot(options: DovecotOptions = {}): Promise<Dovecot> {
  const folder = temporaryFolder('dovecot');
  const asRoot = process.getuid?.() === 0;
  const owner = asRoot ? nobody : { uid: userInfo().uid, gid: userInfo().gid };
  const users = (options.users ?? defaultUsers).map(({ name, password }) => ({ name, password, address: `${name}@example.test` }));
  for (const name of ['run', 'state', 'log', 'mail']) mkdirSync(join(folder, name), { mode: 0o755 });
  chownSync(join(folder, 'mail'), owner.uid, owner.gid);
  writeFileSync(join(folder, 'users'), users.map((user) => userLine(user, folder, owner)).join(''));
  const certificate = makeCertificate(folder);
  const ports = await reservePorts(4);
  const [imapPort = 0, imapsPort = 0, lmtpPort = 0, saslPort = 0] = ports;
  const config = join(folder, 'dovecot.conf');
  const ordinary = asRoot ? undefined : { user: userInfo().username, group: execFileSync('id', ['-gn'], { encoding: 'utf8' }).trim() };
  const { certFile, keyFile, cert } = certificate;
  const layout = { folder, imapPort, imapsPort, lmtpPort, saslPort, certFile, keyFile, ...owner, ordinary };
  writeFileSync(config, dovecotConfig({ ...layout, capability: options.capability, extra: options.extra ?? '' }));
  const server = await startProcess({
    name: 'Dovecot',
    command: requireProgram('dovecot'),
    args: ['-F', '-c', config],
    ports,
    logFiles: [join(folder, 'log', 'dovecot.log')],
    // Its master sleeps for a second or more before it ends.
    graceMs: 100,
  }).catch((error: unknown) => {
    releasePorts(ports);
    removeFolder(folder);
    throw error;
  });
  const doveadm = requireProgram('doveadm');
  return {
    host: '127.0.0.1',
    imapPort,
    imapsPort,
    lmtpPort,
    saslPort,
    users,
    cert,
    certFile,
    keyFile,
    owner,
    pid: server.pid,
    deliver: (address, mail) => deliverByLmtp({ port: lmtpPort, from: 'sender@example.test', to: address, mail }),
    maildir: (user) => join(folder, 'mail', user, 'Maildir'),
    doveadm: async (...args) => (await promisify(execFile)(doveadm, ['-c', config, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout,
    logs: () => server.logs(),
    stop: async () => {
      await server.stop();
      releasePorts(ports);
      removeFolder(folder);
    },
  };
}

/** A line of a passwd-file: user:password:uid:gid:(gecos):home:(shell). */
function userLine(user: { name: string; password: string }, folder: string, owner: { uid: number; gid: number }): string {
  if (/[:/\s]/.test(user.name) || /[:\s]/.test(user.password)) throw new Error('a name or password cannot stand in a passwd-file');
  return `${user.name}:{PLAIN}${user.password}:${owner.uid}:${owner.gid}::${folder}/mail/${user.name}::\n`;
}
