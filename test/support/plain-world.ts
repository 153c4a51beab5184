// A server with the mailboxes of several people, and real SyncEvolution devices for it whose every message is recorded.
// Each person is a world of their own, so tests can share one server.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createImapMailServer, type MailFlags, type MailServer } from '@packetboat/mail';
import { startServer, type AccountSettings, type Config } from '@packetboat/server';
import type { Dovecot } from '../peers/dovecot.ts';
import { createSyncEvolution, type SyncEvolution, type SyncEvolutionOptions } from '../peers/syncevolution.ts';
import { deliverMail, folderPath, readFolder, type ServerMail } from './mailbox-content.ts';
import { type Exchange, startRecordProxy } from './record-proxy.ts';

export interface PlainWorldOptions {
  readonly people: readonly string[];
  /** Their mail is there then, by the same names and passwords; otherwise in the integrated store. */
  readonly dovecot?: Dovecot;
}

export type PhoneOptions = Partial<Pick<SyncEvolutionOptions, 'syncMlVersion' | 'wbxml' | 'auth' | 'password' | 'stores' | 'deviceId'>>;

export interface PlainWorld {
  /** Everything that went between devices and server, in order. */
  readonly exchanges: readonly Exchange[];
  /** Address of the sync endpoint, through the recording proxy. */
  readonly url: string;
  /** Loses the `count`th message from now, or its reply. */
  lose(what: 'request' | 'reply', count: number): void;
  mailbox(user: string): Mailbox;
  /** A device that has never synchronised; XML 1.2 with MD5 unless said otherwise. */
  phone(user: string, options?: PhoneOptions): Promise<SyncEvolution>;
  close(): Promise<void>;
}

/** A person's mail as the mail server has it, past our server. */
export interface Mailbox {
  readonly server: MailServer;
  /** Delivers to the inbox. */
  deliver(mail: Uint8Array): Promise<void>;
  /** All mails of a folder by its role. */
  mails(role?: string): Promise<ServerMail[]>;
  setFlags(uids: string | readonly string[], flags: Partial<MailFlags>): Promise<void>;
  /** Moves from the inbox. */
  move(uid: string, role: string): Promise<void>;
  /** Removes from the inbox for good. */
  remove(uids: string | readonly string[]): Promise<void>;
}

/** Of every person, in our server and at Dovecot. */
export const passwordOf = (user: string): string => `${user}pw`;

export async function startPlainWorld(options: PlainWorldOptions): Promise<PlainWorld> {
  const data = await mkdtemp(join(tmpdir(), 'packetboat-plain-'));
  const proxy = await startRecordProxy();
  const url = `http://127.0.0.1:${proxy.port}/sync`;
  const server = await startServer({
    config: configuration(options, data, url),
    base: data,
    env: Object.fromEntries(options.people.map((user) => [`PW_${user}`, passwordOf(user)])),
  });
  proxy.forwardTo(`http://127.0.0.1:${server.port}`);
  const phones: SyncEvolution[] = [];
  const connections: MailServer[] = [];
  return {
    exchanges: proxy.exchanges,
    url,
    lose: (what, count) => proxy.lose(what, count),
    mailbox: (user) => {
      const connection =
        server.integrated?.mailServer(user) ?? createImapMailServer({ ...imapPlace(options.dovecot), user, password: passwordOf(user) });
      connections.push(connection);
      return mailbox(connection, async (mail) => {
        if (options.dovecot !== undefined) await options.dovecot.deliver(`${user}@example.test`, mail);
        else if (server.integrated !== undefined) await deliverMail(server.integrated, `${user}@example.test`, mail);
      });
    },
    phone: async (user, more = {}) => {
      const phone = await createSyncEvolution({
        serverUrl: url,
        user,
        password: passwordOf(user),
        deviceId: `sc-${user}`,
        syncMlVersion: '1.2',
        wbxml: false,
        auth: 'md5',
        stores: [{ name: 'email', uri: 'mail', contentType: 'application/vnd.omads-email+xml' }],
        ...more,
      });
      phones.push(phone);
      return phone;
    },
    close: async () => {
      for (const phone of phones) phone.remove();
      for (const connection of connections) await connection.close();
      await server.close();
      await proxy.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

function configuration({ people, dovecot }: PlainWorldOptions, data: string, publicUrl: string): Config {
  const account = (user: string): AccountSettings => ({
    name: 'home',
    address: `${user}@example.test`,
    aliases: [],
    ...(dovecot === undefined
      ? {}
      : { imap: { ...imapPlace(dovecot), user }, smtp: { host: '127.0.0.1', port: dovecot.lmtpPort, security: 'none' as const } }),
  });
  return {
    listen: '127.0.0.1:0',
    publicUrl,
    data,
    allowInsecure: false,
    challenge: 'md5',
    log: { level: 'warn' },
    integrated: { maxSize: 33_554_432 },
    people: people.map((user) => ({ user, password: { variable: `PW_${user}` }, accounts: [account(user)] })),
  };
}

function imapPlace(dovecot: Dovecot | undefined): { host: string; port: number; security: 'none' } {
  if (dovecot === undefined) throw new Error('this world has no Dovecot');
  return { host: dovecot.host, port: dovecot.imapPort, security: 'none' };
}

function mailbox(server: MailServer, deliver: (mail: Uint8Array) => Promise<void>): Mailbox {
  const inbox = (): Promise<string> => folderPath(server, 'inbox');
  return {
    server,
    deliver,
    mails: async (role = 'inbox') => readFolder(server, await folderPath(server, role)),
    setFlags: async (uids, flags) => {
      await server.setFlags(await inbox(), [uids].flat(), flags);
    },
    move: async (uid, role) => {
      await server.move(await inbox(), [uid], await folderPath(server, role));
    },
    remove: async (uids) => server.remove(await inbox(), [uids].flat()),
  };
}
