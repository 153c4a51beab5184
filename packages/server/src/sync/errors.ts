// What a session cannot be held for, and what is passing.

/** `ERR_SYNC_MAILBOX_UNREAD`: the mailbox has never been read in full; come back when it has. */
export class SyncError extends Error {
  override readonly name = 'SyncError';
  readonly code: 'ERR_SYNC_MAILBOX_UNREAD';

  constructor(code: SyncError['code'], message: string) {
    super(message);
    this.code = code;
  }
}
