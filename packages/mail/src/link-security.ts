// How a link to a mail server is protected, and what may be logged of it.

/** `tls`: TLS from the first byte. `starttls`: upgraded, or the connection fails. `none`: clear text, for loopback only. */
export type LinkSecurity = 'tls' | 'starttls' | 'none';

/** What happened to a connection; never holds a password, a folder name or anything of a mail. */
export interface MailLogEntry {
  readonly level: 'debug' | 'info' | 'warn';
  /** For instance `connected`, `connection lost`, `mails left out of a listing`. */
  readonly event: string;
  readonly host: string;
  /** An error code, a count or a number of milliseconds. */
  readonly detail?: string | number;
}

/** @throws RangeError when a password would go in clear text over a network */
export function checkSecurity(link: { readonly host: string; readonly security: LinkSecurity; readonly allowInsecure?: boolean }): void {
  if (link.security === 'none' && link.allowInsecure !== true && !isLoopback(link.host)) {
    throw new RangeError('security "none" is for loopback only; set allowInsecure to send the password in clear text');
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
