// One sync: the session's questions answered from the store and by the transport, under the store's lock.
import {
  clientSync,
  drive,
  type ClientEnv,
  type ClientNeeds,
  type SyncProgress,
  type SyncReport,
  type SyncRequest,
} from '@packetboat/datasync';
import type { ClientOptions } from './options.ts';
import { clientLimits } from './limits.ts';
import { exchangeWithRetries } from './retry.ts';
import type { Traffic } from './transport.ts';

export interface SyncOutcome extends SyncReport {
  /** From the call to the last commit. */
  readonly milliseconds: number;
  /** Bytes on the connection, with HTTP headers and repeats; null where they cannot be counted. */
  readonly traffic: Traffic | null;
}

export async function runSync(
  options: ClientOptions,
  request: SyncRequest,
  onProgress: ((progress: SyncProgress) => void) | undefined,
): Promise<SyncOutcome> {
  const { now, store, transport } = options;
  const release = await store.lock();
  try {
    const started = now();
    const before = transport.traffic();
    const env = clientEnv(options, await options.password(), started);
    const report = await drive<ClientNeeds, SyncReport>(clientSync(request, env), {
      ...store.answers,
      exchange: (ask) => exchange(options, ask),
      progress: (progress) => {
        onProgress?.(progress);
        return null;
      },
    });
    return { ...report, milliseconds: now() - started, traffic: difference(before, transport.traffic()) };
  } finally {
    release();
  }
}

type Exchange = ClientNeeds['exchange'];

/** The log-in goes with messages, so the address may change (RespURI) but not the server. */
async function exchange(options: ClientOptions, ask: Exchange['ask']): Promise<Exchange['answer']> {
  if (!URL.canParse(ask.url) || new URL(ask.url).origin !== new URL(options.settings.server).origin) {
    return { kind: 'failed', reason: 'the server names an address at another server to go on with, which is not followed' };
  }
  const answer = await exchangeWithRetries(options.transport, ask, options);
  if (answer.kind === 'reply') return answer;
  return { kind: 'failed', reason: answer.reason, ...(answer.httpStatus === undefined ? {} : { httpStatus: answer.httpStatus }) };
}

function clientEnv(options: ClientOptions, password: string, now: number): ClientEnv {
  const { settings, software = { maker: 'Packetboat', model: 'client', version: '0' } } = options;
  return {
    now,
    random: options.random,
    url: settings.server,
    user: settings.user,
    password,
    auth: settings.auth,
    ...(options.serverLogin === undefined ? {} : { serverLogin: options.serverLogin }),
    deviceId: settings.deviceId,
    version: settings.version,
    encoding: settings.encoding,
    datastore: settings.datastore,
    profile: settings.profile,
    wanted: settings.mails,
    headers: settings.headers,
    maxMsgSize: clientLimits.messageBytes,
    identity: { man: software.maker, mod: software.model, swV: software.version },
  };
}

function difference(before: Traffic | null, after: Traffic | null): Traffic | null {
  if (before === null || after === null) return null;
  return { up: after.up - before.up, down: after.down - before.down, connections: after.connections - before.connections };
}
