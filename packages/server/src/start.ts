// Puts the server together and takes it apart: store, mailboxes, sync sessions, listeners.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ServerEnv } from '@packetboat/datasync';
import { openIntegratedStore, startInbound, type Inbound, type InboundAddress, type IntegratedStore } from '@packetboat/mail';
import { startAccounts, type Accounts } from './account/accounts.ts';
import type { Log } from './account/log.ts';
import { resolvePeople, type ResolvedPeople } from './config/accounts.ts';
import { readSecret, readTls } from './config/load.ts';
import type { Config } from './config/schema.ts';
import { addressKey, proxyList } from './http/address.ts';
import { Admission } from './http/admission.ts';
import { startHttp, type Health } from './http/http-server.ts';
import { openLog } from './log.ts';
import { storeAnswers } from './store/answers.ts';
import { startHousekeeping } from './store/housekeeper.ts';
import { openStore, type Store } from './store/store.ts';
import { SyncDriver } from './sync/driver.ts';
import { LogInTries, type Attempt } from './sync/log-in-tries.ts';
import { mailAnswers } from './sync/mail-answers.ts';
import { version } from './version.ts';

export interface ServerOptions {
  readonly config: Config;
  /** Folder that relative paths of the configuration are meant from. */
  readonly base: string;
  /** Where secrets named as variables are. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log?: Log;
}

export interface RunningServer {
  readonly port: number;
  /** Address of the sync endpoint. */
  readonly url: string;
  readonly smtpPort?: number;
  readonly lmtpPort?: number;
  /** Present when somebody's mail is kept here. */
  readonly integrated?: IntegratedStore;
  readonly accounts: Accounts;
  /** Finishes what runs and closes everything; what is queued goes on at the next start. */
  close(): Promise<void>;
}

/** Throws `ConfigError` for secrets that are not there, and the errors of the network for addresses that are taken. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { config, base, env } = options;
  const log = options.log ?? openLog(config.log.level);
  const people = resolvePeople(config, base, env);
  const data = resolve(base, config.data);
  mkdirSync(data, { recursive: true, mode: 0o700 });
  // Closed in the order opposite to that of opening, also when opening fails half-way.
  const closers: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close();
  };
  try {
    // First, so that a health check is answered from the beginning to the end; devices are answered while there is a driver.
    const open: { driver?: SyncDriver; accounts?: Accounts } = {};
    const admission = new Admission();
    const listen = hostPort(config.listen);
    const http = await startHttp({
      ...listen,
      driver: () => open.driver,
      log,
      allowInsecure: config.allowInsecure === true,
      proxies: proxyList(config.trustProxy ?? []),
      admission,
      health: () => health(open),
      ...(config.tls === undefined ? {} : { tls: readTls(config.tls, base) }),
    });
    closers.push(() => http.close());
    const scheme = config.tls === undefined ? 'http' : 'https';
    const url = `${scheme}://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${http.port}/sync`;
    const store = await openStore({ file: join(data, 'packetboat.db'), now: Date.now });
    closers.push(() => store.close());
    closers.push(startHousekeeping(store, log));
    const integrated = people.local.length === 0 ? undefined : await openLocal(data, config, people, log);
    if (integrated !== undefined) closers.push(() => integrated.close());
    const accounts = await startAccounts({
      store,
      accounts: people.accounts,
      ...(integrated === undefined ? {} : { integrated }),
      now: Date.now,
      random: Math.random,
      log,
    });
    closers.push(() => accounts.close());
    const tries = new LogInTries();
    const inbound = integrated === undefined ? undefined : await listenForMail(integrated, config, base, people, { log, tries });
    if (inbound !== undefined) closers.push(() => inbound.close());
    const driver = await openDriver(store, accounts, people, config, {
      url: config.publicUrl ?? url,
      tries,
      ...(config.serverLogin === undefined
        ? {}
        : { ownLogin: { name: config.serverLogin.name, password: readSecret(config.serverLogin.password, base, env) } }),
    });
    Object.assign(open, { driver, accounts });
    closers.push(async () => {
      delete open.driver;
      await admission.idle(admission.limits.closeTime);
    });
    log.info({ url: config.publicUrl ?? url, accounts: people.accounts.length, version }, 'serving');
    return {
      port: http.port,
      url,
      ...(inbound?.smtp === undefined ? {} : { smtpPort: inbound.smtp.port }),
      ...(inbound?.lmtp === undefined ? {} : { lmtpPort: inbound.lmtp.port }),
      ...(integrated === undefined ? {} : { integrated }),
      accounts,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openLocal(data: string, config: Config, people: ResolvedPeople, log: Log): Promise<IntegratedStore> {
  const integrated = await openIntegratedStore({
    file: join(data, 'mail.db'),
    now: Date.now,
    log,
    limits: { maxMailBytes: config.integrated.maxSize },
  });
  try {
    await integrated.placePersons(people.local);
    return integrated;
  } catch (error) {
    await integrated.close();
    throw error;
  }
}

async function listenForMail(
  store: IntegratedStore,
  config: Config,
  base: string,
  people: ResolvedPeople,
  { log, tries }: { readonly log: Log; readonly tries: LogInTries },
): Promise<Inbound | undefined> {
  const { smtp, lmtp, maxSize } = config.integrated;
  if (smtp === undefined && lmtp === undefined) return undefined;
  return startInbound({
    store,
    maxSize,
    log,
    ...(config.tls === undefined ? {} : { tls: readTls(config.tls, base) }),
    auth: async (user, password, remote) => mailPassword(people, tries, { user, deviceId: 'smtp', address: addressKey(remote) }, password),
    ...(smtp === undefined ? {} : { smtp: hostPort(smtp) }),
    ...(lmtp === undefined ? {} : { lmtp: hostPort(lmtp) }),
  });
}

async function openDriver(
  store: Store,
  accounts: Accounts,
  people: ResolvedPeople,
  config: Config,
  { url, tries, ...more }: { readonly url: string; readonly tries: LogInTries } & Pick<ServerEnv, 'ownLogin'>,
): Promise<SyncDriver> {
  const secret = await serverSecret(store);
  const env = (): ServerEnv => ({
    now: Date.now(),
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    secret,
    url,
    identity: { devId: secretId(secret), man: 'Packetboat', mod: 'Packetboat', swV: version },
    challenge: config.challenge,
    ...more,
  });
  const answers = storeAnswers(store);
  return new SyncDriver({
    store: {
      ...answers,
      commit: async (ask) => {
        await answers.commit(ask);
        // What devices did goes to the mail server at once, not with the next look at the queue.
        for (const write of ask.writes) {
          if ('account' in write) accounts.byGuid(write.account)?.worker.wake();
          else if ('mail' in write) accounts.byGuid(write.mail.account)?.worker.wake();
        }
        return null;
      },
    },
    mail: mailAnswers(accounts, async (queueIds) => {
      const rows = await store.db.selectFrom('submission').select(['queue_id', 'account']).where('queue_id', 'in', queueIds).execute();
      return new Map(rows.map((row) => [row.queue_id, String(row.account)]));
    }),
    password: (user) => people.passwords.get(user),
    env,
    tries,
    hasBeenRead: async (account) => (await accounts.byGuid(account)?.worker.hasBeenRead()) ?? true,
    refresh: async (person) => {
      await Promise.all(accounts.list().flatMap(({ config: account, worker }) => (account.person === person ? [worker.refresh()] : [])));
    },
  });
}

/** A log-in to send mail: counted with those of devices. */
function mailPassword(people: ResolvedPeople, tries: LogInTries, attempt: Attempt, password: string): boolean | 'later' {
  if (tries.wait(attempt, Date.now()) > 0) return 'later';
  const isRight = equalText(people.passwords.get(attempt.user), password);
  if (isRight) tries.accepted(attempt, Date.now());
  else tries.refused(attempt, Date.now());
  return isRight;
}

/** Compares without telling by its time how much of it was right. */
function equalText(known: string | undefined, given: string): boolean {
  return timingSafeEqual(sha256(known ?? ''), sha256(given)) && known !== undefined;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Made once and kept: nonces and the server's DevID follow from it. */
async function serverSecret(store: Store): Promise<Uint8Array> {
  const known = await store.meta.get('secret');
  if (known !== undefined) return new Uint8Array(Buffer.from(known, 'hex'));
  const secret = randomBytes(32);
  await store.meta.set('secret', secret.toString('hex'));
  return new Uint8Array(secret);
}

function secretId(secret: Uint8Array): string {
  // Eight bytes name the server; they tell nothing of the rest, which is what nonces are made with.
  return `packetboat-${Buffer.from(secret.subarray(0, 4)).toString('hex')}`;
}

/** Ready while there is a driver: the store is open and brought up to date, and nobody has asked to close. */
function health({ driver, accounts }: { readonly driver?: SyncDriver; readonly accounts?: Accounts }): Health {
  const states = Map.groupBy(accounts?.states().values() ?? [], (state) => state.tracking);
  return { ready: driver !== undefined, accounts: Object.fromEntries([...states].map(([state, same]) => [state, same.length])) };
}

function hostPort(text: string): InboundAddress {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}
