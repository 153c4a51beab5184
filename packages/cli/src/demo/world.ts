// The demo's world: a server with the integrated mail store on loopback, and two people with mail.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startServer, type Config, type RunningServer } from '@packetboat/server';
import { fillMailbox } from './fill.ts';
import { addressBook } from './letter.ts';
import { readMailbox, type MailboxAtServer } from './mailbox.ts';

export type DemoUser = 'alice' | 'bob';

/** For loopback only, so that they may be known to everybody. */
export const passwords: Readonly<Record<DemoUser, string>> = { alice: 'alice-demo', bob: 'bob-demo' };

const users: readonly DemoUser[] = ['alice', 'bob'];

export interface World {
  /** Address of the sync endpoint. */
  url(): string;
  smtpPort(): number;
  /** Where the demo's files are. */
  readonly folder: string;
  /** A new connection to a mailbox at the mail server. */
  mailbox(user: DemoUser): MailboxAtServer;
  /** Stops the server and starts it again on the same data and address. */
  restart(): Promise<void>;
  /** Stops the server; a folder that was made for it goes. */
  close(): Promise<void>;
}

export interface WorldOptions {
  /** Kept, and used again; without it a new folder that goes at the end. */
  readonly data?: string;
  /** Where to listen if it is free; any free port otherwise. */
  readonly ports: { readonly sync: number; readonly smtp: number };
}

export async function startWorld(options: WorldOptions): Promise<World> {
  const folder = options.data === undefined ? await mkdtemp(join(tmpdir(), 'packetboat-demo-')) : resolve(options.data);
  const remove = async (): Promise<void> => {
    if (options.data === undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    let server = await startOnFreePorts(folder, options.ports);
    for (const user of users) {
      const mailbox = integrated(server).mailServer(user);
      // A folder that has been used before has mail.
      if ((await readMailbox(mailbox)).length === 0) await fillMailbox(user, mailbox);
    }
    return {
      folder,
      url: () => server.url,
      smtpPort: () => server.smtpPort ?? 0,
      mailbox: (user) => integrated(server).mailServer(user),
      restart: async () => {
        const ports = { sync: server.port, smtp: server.smtpPort ?? 0 };
        await server.close();
        server = await start(folder, ports);
      },
      close: async () => {
        await server.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

function integrated(server: RunningServer): NonNullable<RunningServer['integrated']> {
  if (server.integrated === undefined) throw new Error('the demo server keeps no mail');
  return server.integrated;
}

async function startOnFreePorts(folder: string, wanted: WorldOptions['ports']): Promise<RunningServer> {
  let ports = wanted;
  for (;;) {
    try {
      return await start(folder, ports);
    } catch (error) {
      const { code, port } = error as NodeJS.ErrnoException & { readonly port?: number };
      if (code !== 'EADDRINUSE' || port === undefined || port === 0) throw error;
      ports = { sync: ports.sync === port ? 0 : ports.sync, smtp: ports.smtp === port ? 0 : ports.smtp };
    }
  }
}

function start(folder: string, ports: WorldOptions['ports']): Promise<RunningServer> {
  const config: Config = {
    listen: `127.0.0.1:${ports.sync}`,
    data: join(folder, 'server'),
    challenge: 'md5',
    log: { level: 'warn' },
    integrated: { smtp: `127.0.0.1:${ports.smtp}`, maxSize: 33_554_432 },
    people: users.map((user) => ({
      user,
      password: { variable: user },
      accounts: [{ name: 'home', address: addressBook[user].address, aliases: [], displayName: addressBook[user].name }],
    })),
  };
  return startServer({ config, base: folder, env: passwords });
}
