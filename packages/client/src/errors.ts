// Faults of the client that the person at it can do something about. What a sync did or failed to do is in its report instead.

/**
 * `ERR_CLIENT_NOT_FOUND`: no mail or folder of that number here. `ERR_CLIENT_NO_OUTBOX`: no folder from which mail is sent is known
 * yet; sync first. `ERR_CLIENT_NOT_HERE`: only a part of the mail is on this device. `ERR_CLIENT_NO_RECIPIENT`: a mail without
 * anybody to send it to. `ERR_CLIENT_ADDRESS`: not an address. `ERR_CLIENT_SETTINGS`: a setting is missing or makes no sense.
 * `ERR_CLIENT_BUSY`: another sync of the same store is running. `ERR_CLIENT_STORE`: the file is no store of ours, or of a newer
 * version, or damaged.
 */
export type ClientErrorCode =
  | 'ERR_CLIENT_NOT_FOUND'
  | 'ERR_CLIENT_NO_OUTBOX'
  | 'ERR_CLIENT_NOT_HERE'
  | 'ERR_CLIENT_NO_RECIPIENT'
  | 'ERR_CLIENT_ADDRESS'
  | 'ERR_CLIENT_SETTINGS'
  | 'ERR_CLIENT_BUSY'
  | 'ERR_CLIENT_STORE';

/** The message says what, where and what to do; never a password or content of a mail. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code: ClientErrorCode;

  constructor(code: ClientErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
