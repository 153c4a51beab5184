// A real Postfix: an MX port and a submission port that asks Dovecot who may send, delivering to Dovecot by LMTP.
import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dovecot } from './dovecot.ts';
import { definePeer, type Peer, requireProgram } from './peer.ts';
import { releasePorts, reservePorts } from './ports.ts';
import { mainConfig, masterConfig } from './postfix-config.ts';
import { removeFolder, startProcess, temporaryFolder } from './process.ts';

export const postfixPeer: Peer = definePeer({
  name: 'postfix',
  packages: ['postfix'],
  programs: ['postfix', '/usr/lib/postfix/sbin/master', '/usr/lib/postfix/sbin/smtpd'],
  root: true,
});

export interface Postfix {
  readonly host: '127.0.0.1';
  /** Takes mail for the domain example.test from anyone, for any other domain from nobody. */
  readonly smtpPort: number;
  /** Takes mail only after AUTH (the users of Dovecot); STARTTLS with Dovecot's certificate. */
  readonly submissionPort: number;
  readonly pid: number;
  logs(): string;
  stop(): Promise<void>;
}

/** Starts a Postfix of its own beside the machine's; mail to example.test is delivered to the given Dovecot. */
export async function startPostfix({ dovecot }: { readonly dovecot: Dovecot }): Promise<Postfix> {
  const folder = temporaryFolder('postfix');
  const ports = await reservePorts(2);
  const [smtpPort = 0, submissionPort = 0] = ports;
  const config = join(folder, 'etc');
  for (const name of ['etc', 'spool', 'data']) mkdirSync(join(folder, name), { mode: 0o755 });
  chownSync(join(folder, 'data'), userId('postfix'), 0);
  writeFileSync(join(config, 'main.cf'), mainConfig({ folder, dovecot }));
  writeFileSync(join(config, 'master.cf'), masterConfig({ smtpPort, submissionPort }));
  // `postfix start` would put the server into a session of its own; this is the same in two steps.
  execFileSync(requireProgram('postfix'), ['-c', config, 'check'], { stdio: 'pipe' });
  const server = await startProcess({
    name: 'Postfix',
    command: '/usr/lib/postfix/sbin/master',
    args: ['-c', config, '-d'],
    env: { PATH: process.env['PATH'] },
    ports,
    logFiles: [join(folder, 'maillog')],
    graceMs: 500,
  }).catch((error: unknown) => {
    releasePorts(ports);
    removeFolder(folder);
    throw error;
  });
  return {
    host: '127.0.0.1',
    smtpPort,
    submissionPort,
    pid: server.pid,
    logs: () => server.logs(),
    stop: async () => {
      await server.stop();
      releasePorts(ports);
      removeFolder(folder);
    },
  };
}

function userId(name: string): number {
  return Number(execFileSync('id', ['-u', name], { encoding: 'utf8' }));
}
