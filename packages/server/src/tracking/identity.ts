// Whether two mails are one: what pairs a mail that came with one that left, or with one that we are about to file.
import type { RemoteMail } from '@packetboat/mail';
import type { MailRow } from './rows.ts';

/** What a mail can be found again by. */
export type Identity = Pick<RemoteMail, 'emailId' | 'messageId' | 'digest' | 'size' | 'received'>;

/** Proof enough for a move: the server's own id where both have one, else Message-ID (or digest) with size and time of receipt. */
export function isMoved(row: MailRow, mail: Identity): boolean {
  if (row.email_id !== null && mail.emailId !== undefined) return row.email_id === mail.emailId;
  // An INTERNALDATE has whole seconds (RFC 9051 §2.3.3); what we have filed ourselves may have more.
  const isSameTime = Math.floor(row.received / 1000) === Math.floor(mail.received / 1000);
  return row.size === mail.size && isSameTime && hasSameOrigin(row, mail);
}

/** Proof enough where one is expected: the server may have added a line, so that the size counts only without a Message-ID. */
export function hasSameOrigin(row: MailRow, mail: Identity): boolean {
  if (mail.messageId !== undefined || row.message_id !== null) return row.message_id === mail.messageId;
  return row.digest === mail.digest;
}

/** Keys under which the same mail is found, strongest first: how a folder whose uids are void is matched. */
export function identityKeys(mail: Identity): readonly string[] {
  return [
    ...(mail.emailId === undefined ? [] : [`e ${mail.emailId}`]),
    ...(mail.messageId === undefined ? [] : [`m ${mail.size} ${mail.received} ${mail.messageId}`]),
    `d ${mail.digest}`,
  ];
}

export function rowKeys(row: MailRow): readonly string[] {
  return identityKeys({
    size: row.size,
    received: row.received,
    digest: row.digest ?? '',
    ...(row.email_id === null ? {} : { emailId: row.email_id }),
    ...(row.message_id === null ? {} : { messageId: row.message_id }),
  });
}

function looks(emailId: string | null | undefined, messageId: string | null | undefined, digest: string | null): readonly string[] {
  const origin = messageId === null || messageId === undefined ? `d ${digest}` : `m ${messageId}`;
  return emailId === null || emailId === undefined ? [origin] : [`e ${emailId}`, origin];
}

/** Rows by what they look like; each is given out once. */
export class LookAlikes {
  readonly #byKey = new Map<string, MailRow[]>();
  readonly #taken = new Set<number>();

  constructor(rows: Iterable<MailRow>) {
    for (const row of rows) {
      for (const key of looks(row.email_id, row.message_id, row.digest)) {
        const same = this.#byKey.get(key);
        if (same === undefined) this.#byKey.set(key, [row]);
        else same.push(row);
      }
    }
  }

  /** The first row that may be this mail and passes `fits`; it stays here until it is taken. */
  find(mail: Identity, fits: (row: MailRow) => boolean): MailRow | undefined {
    for (const key of looks(mail.emailId, mail.messageId, mail.digest)) {
      const row = this.#byKey.get(key)?.find((candidate) => !this.#taken.has(candidate.id) && fits(candidate));
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** All rows that may be this mail and pass `fits`. */
  findAll(mail: Identity, fits: (row: MailRow) => boolean): readonly MailRow[] {
    const rows = looks(mail.emailId, mail.messageId, mail.digest).flatMap((key) => this.#byKey.get(key) ?? []);
    return [...new Set(rows)].filter((row) => !this.#taken.has(row.id) && fits(row));
  }

  take(row: MailRow): void {
    this.#taken.add(row.id);
  }
}
