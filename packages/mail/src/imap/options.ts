// What an IMAP account needs to know, and its defaults.
import type { ConnectionOptions } from 'node:tls';
import type { LinkSecurity, MailLogEntry } from '../link-security.ts';

export interface ImapOptions {
  readonly host: string;
  readonly port: number;
  /** Ports: 993 for `tls`, 143 for the others. */
  readonly security: LinkSecurity;
  /** Allows `none` to another host than loopback: for a link that something else protects. */
  readonly allowInsecure?: boolean;
  readonly user: string;
  readonly password: string;
  /** For instance `ca`, `servername`, `minVersion`. */
  readonly tls?: ConnectionOptions;
  readonly log?: (entry: MailLogEntry) => void;
  /** Connections at most: 2 (default) = one for calls, one for watching; 1 = watching is polling on the only one. */
  readonly connections?: 1 | 2;
  /** Minutes after which IDLE is issued anew. Default 9: NAT devices forget a quiet connection, many after 10 minutes or less. */
  readonly idleMinutes?: number;
  /** Seconds between looks at the folders that IDLE does not cover. Default 60; five times as long where the server has no LIST-STATUS. */
  readonly pollSeconds?: number;
  /** Seconds without a call after which the connection for calls is closed. Default 60; it costs about 1 MB with its compression. */
  readonly lingerSeconds?: number;
  /** COMPRESS=DEFLATE on the connection for calls. Default true. Watching never uses it: a deflate pair costs 254 kB a connection. */
  readonly compress?: boolean;
  /** Whether to use QRESYNC where it is offered. Default true, except for hosts whose QRESYNC is known to lose messages. */
  readonly qresync?: boolean;
  /** Hours after which a cursor's uids are compared with the server's in full, whatever it reported. Default 24. */
  readonly compareHours?: number;
  readonly timeouts?: ImapTimeouts;
  /** The time in ms since 1970. Default Date.now. */
  readonly now?: () => number;
}

export interface ImapTimeouts {
  /** Ms for DNS, TCP and TLS. Default 20,000. */
  readonly connect?: number;
  /** Ms for the greeting. Default 10,000. */
  readonly greeting?: number;
  /** Ms without a byte while an answer is due. Default 60,000. */
  readonly answer?: number;
}

/** Hosts that offer QRESYNC and leave out VANISHED responses. */
const BROKEN_QRESYNC = /(^|\.)mail\.me\.com$/i;

export function usesQresync(options: ImapOptions): boolean {
  return options.qresync ?? !BROKEN_QRESYNC.test(options.host);
}
