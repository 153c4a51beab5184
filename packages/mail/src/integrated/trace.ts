// The lines that final delivery puts in front of a mail (RFC 5321 §4.4).

export interface Arrival {
  /** Envelope sender, empty for the null sender; undefined when the mail goes on to another server, which adds Return-Path itself. */
  readonly returnPath: string | undefined;
  /** What the client called itself. */
  readonly helo: string;
  readonly remoteAddress: string;
  /** Our own name. */
  readonly hostname: string;
  /** As in RFC 3848: SMTP, ESMTP, ESMTPSA, LMTP … */
  readonly protocol: string;
  readonly id: string;
  /** When, ms since 1970. */
  readonly time: number;
}

function mailDate(time: number): string {
  return new Date(time).toUTCString().replace('GMT', '+0000');
}

/** An address literal (RFC 5321 §4.1.3). */
function literal(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  if (!/^[0-9A-Fa-f.:]+$/.test(plain)) return 'unknown';
  return plain.includes(':') ? `[IPv6:${plain}]` : `[${plain}]`;
}

/** Return-Path and Received, each line ended. What the client says of itself is taken only where it cannot change their meaning. */
export function traceHeader(arrival: Arrival): Uint8Array {
  const helo = /^[A-Za-z0-9.:[\]_-]{1,255}$/.test(arrival.helo) ? arrival.helo : 'unknown';
  return Buffer.from(
    (arrival.returnPath === undefined ? '' : `Return-Path: <${arrival.returnPath}>\r\n`) +
      `Received: from ${helo} (${literal(arrival.remoteAddress)})\r\n` +
      `\tby ${arrival.hostname} with ${arrival.protocol} id ${arrival.id};\r\n` +
      `\t${mailDate(arrival.time)}\r\n`,
  );
}
