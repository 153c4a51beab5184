// What a session cannot be held for, and what is passing.

/**
 * `ERR_SYNC_MAILBOX_UNREAD`: the mailbox has never been read in full; come back when it has. `ERR_SYNC_TRIES`: too many wrong
 * log-ins; the message was not looked at.
 */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code: 'ERR_SYNC_MAILBOX_UNREAD' | 'ERR_SYNC_TRIES';
  /** Seconds after which it is worth trying again. */
  readonly after: number;

  constructor(code: SyncError['code'], message: string, after: number) {
    super(message);
    this.code = code;
    this.after = after;
  }
}
