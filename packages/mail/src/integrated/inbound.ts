// The listeners for mail that arrives: SMTP as the mail exchanger and submission server of our people, LMTP behind another mail server.
import { hostname as machineName } from 'node:os';
import { callbackify } from 'node:util';
import {
  SMTPServer,
  type SMTPServerAddress,
  type SMTPServerAuthentication,
  type SMTPServerDataResult,
  type SMTPServerDataStream,
  type SMTPServerOptions,
  type SMTPServerSession,
} from 'smtp-server';
import { InboundSessions, type InboundRules, type PasswordCheck, type Reply, replyTo } from './inbound-session.ts';
import { INBOUND_CLIENTS, INBOUND_CLOSING, INBOUND_PATIENCE, TRACE_BYTES } from './limits.ts';
import type { IntegratedStore } from './store.ts';
import { type IntegratedLog, silentLog } from './store-core.ts';

/** Where a listener is. Port 0 = any free one. */
export interface InboundAddress {
  readonly host: string;
  readonly port: number;
}

export interface InboundOptions {
  readonly store: IntegratedStore;
  readonly smtp?: InboundAddress;
  readonly lmtp?: InboundAddress;
  /** Checks user name and password of somebody who submits by SMTP. Without it nobody can, and SMTP takes mail for our people only. */
  readonly auth?: PasswordCheck;
  /** Key and certificate in PEM form. Without them STARTTLS is off, and log-ins are taken only from this machine. */
  readonly tls?: { readonly key: string | Buffer; readonly cert: string | Buffer };
  /** Largest mail in bytes; announced, and enforced. At most what the store takes. */
  readonly maxSize: number;
  /** Whether Return-Path and Received are put in front; default true. */
  readonly traceHeaders?: boolean;
  /** Our name in greetings and Received; default: the machine's. */
  readonly hostname?: string;
  /** The clock of Received, ms since 1970; default: the machine's. */
  readonly now?: () => number;
  readonly log?: IntegratedLog;
}

export interface Inbound {
  /** Where the listeners are, with their real ports. */
  readonly smtp?: InboundAddress;
  readonly lmtp?: InboundAddress;
  /** Takes no more connections; mails that are on their way are finished or refused. */
  close(): Promise<void>;
}

function fromThisMachine(session: SMTPServerSession): boolean {
  return /^(?:::ffff:)?127\.|^::1$/i.test(session.remoteAddress);
}

/** The commands that this connection cannot use as it is now. */
function disabledIn(session: SMTPServerSession, options: InboundOptions, protocol: 'smtp' | 'lmtp'): string[] {
  const disabled = ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD'];
  if (options.tls === undefined) disabled.push('STARTTLS');
  // A password never travels readable over a network.
  const mayLogIn = protocol === 'smtp' && options.auth !== undefined && (session.secure || fromThisMachine(session));
  if (!mayLogIn) disabled.push('AUTH');
  return disabled;
}

/** A step of the library that ends with "250" or with a reply of ours; a fault becomes a reply too. */
function step<Subject>(
  log: IntegratedLog,
  work: (subject: Subject, session: SMTPServerSession) => Promise<Reply | undefined>,
): (subject: Subject, session: SMTPServerSession, callback: (error: Error | null) => void) => void {
  return callbackify(async (subject: Subject, session: SMTPServerSession): Promise<void> => {
    const refusal = await work(subject, session).catch((error: unknown) => {
      log.error({ err: error }, 'an inbound command failed');
      return replyTo(error);
    });
    if (refusal !== undefined) throw refusal;
  });
}

function serverOptions(options: InboundOptions, rules: InboundRules, sessions: InboundSessions): SMTPServerOptions {
  const { protocol, log } = rules;
  const disable = (session: SMTPServerSession): void => {
    session.disabledCommands = disabledIn(session, options, protocol);
  };
  return {
    lmtp: protocol === 'lmtp',
    name: rules.hostname,
    size: rules.maxSize,
    ...(options.tls === undefined ? { hideSTARTTLS: true, disabledCommands: ['STARTTLS'] } : { ...options.tls }),
    authOptional: true,
    authMethods: ['PLAIN', 'LOGIN'],
    // `disabledIn` decides for each connection.
    allowInsecureAuth: true,
    hideENHANCEDSTATUSCODES: false,
    disableReverseLookup: true,
    maxRecipients: rules.store.limits.maxRecipients,
    maxClients: INBOUND_CLIENTS,
    socketTimeout: INBOUND_PATIENCE,
    closeTimeout: INBOUND_CLOSING,
    // Replies are small and each is waited for.
    noDelay: true,
    logger: false,
    onConnect: (session, callback) => {
      disable(session);
      callback();
    },
    onSecure: (_socket, session, callback) => {
      disable(session);
      callback();
    },
    onAuth: callbackify((auth: SMTPServerAuthentication, session: SMTPServerSession) =>
      sessions.logIn(auth, session).catch((error: unknown) => {
        log.error({ err: error }, 'a log-in could not be checked');
        return { responseCode: 454, message: 'the log-in could not be checked, try again later' };
      }),
    ),
    onMailFrom: step(log, (address: SMTPServerAddress, session) => sessions.mailFrom(address, session)),
    onRcptTo: step(log, (address: SMTPServerAddress, session) => sessions.recipient(address.address, session)),
    onData: callbackify(async (stream: SMTPServerDataStream, session: SMTPServerSession): Promise<SMTPServerDataResult[] | undefined> => {
      const replies = await sessions.data(stream, session);
      if (protocol === 'lmtp') return replies.map((each) => each ?? 'delivered');
      const [refusal] = replies;
      if (refusal !== undefined) throw refusal;
      return undefined;
    }),
  };
}

interface Listener {
  readonly address: InboundAddress;
  close(): Promise<void>;
}

async function listen(options: InboundOptions, protocol: 'smtp' | 'lmtp', at: InboundAddress): Promise<Listener> {
  const log = options.log ?? silentLog;
  const rules: InboundRules = {
    store: options.store,
    protocol,
    ...(options.auth === undefined ? {} : { auth: options.auth }),
    maxSize: Math.min(options.maxSize, options.store.limits.maxMailBytes - TRACE_BYTES),
    hostname: options.hostname ?? machineName(),
    traceHeaders: options.traceHeaders ?? true,
    now: options.now ?? Date.now,
    log,
  };
  const sessions = new InboundSessions(rules);
  const server = new SMTPServer(serverOptions(options, rules, sessions));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => log.warn({ protocol, err: error }, 'an inbound connection failed'));
  const bound = server.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : at.port;
  log.info({ protocol, host: at.host, port }, 'mail is taken');
  return {
    address: { host: at.host, port },
    close: async () => {
      await new Promise<void>((resolve) => server.close(resolve));
      await sessions.idle();
    },
  };
}

/** Starts the listeners that are named. Throws the system's error when one cannot be started; then none is. */
export async function startInbound(options: InboundOptions): Promise<Inbound> {
  const smtp = options.smtp === undefined ? undefined : await listen(options, 'smtp', options.smtp);
  let lmtp: Listener | undefined;
  try {
    lmtp = options.lmtp === undefined ? undefined : await listen(options, 'lmtp', options.lmtp);
  } catch (error) {
    await smtp?.close();
    throw error;
  }
  return {
    ...(smtp === undefined ? {} : { smtp: smtp.address }),
    ...(lmtp === undefined ? {} : { lmtp: lmtp.address }),
    close: async () => {
      await Promise.all([smtp?.close(), lmtp?.close()]);
    },
  };
}
