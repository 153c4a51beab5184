// Faults of a mail server or of the link to it. Everything here is thrown; what a server refuses is a result, not an error.

/** Stable codes. `ERR_MAIL_AUTH`: log-in refused. `_CONNECTION`: no link. `_PROTOCOL`: the server's answer makes no sense. `_REFUSED`: it said no. `_QUOTA`: the mailbox is full. `_LIMIT`: larger than we take. */
export type MailErrorCode =
  | 'ERR_MAIL_AUTH'
  | 'ERR_MAIL_CONNECTION'
  | 'ERR_MAIL_PROTOCOL'
  | 'ERR_MAIL_REFUSED'
  | 'ERR_MAIL_QUOTA'
  | 'ERR_MAIL_LIMIT';

/** How much is touched by a fault: the caller gives up no more than that. */
export type MailErrorScope = 'message' | 'folder' | 'account';

export class MailError extends Error {
  override readonly name = 'MailError';
  readonly code: MailErrorCode;
  readonly scope: MailErrorScope;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  constructor(code: MailErrorCode, message: string, options: { scope: MailErrorScope; retryable: boolean; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = code;
    this.scope = options.scope;
    this.retryable = options.retryable;
  }
}
