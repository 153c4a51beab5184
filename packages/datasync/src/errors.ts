// Faults of a session. What a peer may do wrong and be answered for is a Status; these end the step.

/**
 * `ERR_SESSION_STALE`: an old message came again after later ones; nothing was changed. `ERR_SESSION_STATE`: the stored session
 * cannot be read. `ERR_SESSION_PROTOCOL`: the peer's answer makes no sense. `ERR_SESSION_AUTH`: the log-in was refused.
 * `ERR_SESSION_TRANSPORT`: no answer came. `ERR_SESSION_REFUSED`: the peer refused what was asked for.
 */
export type SessionErrorCode =
  | 'ERR_SESSION_STALE'
  | 'ERR_SESSION_STATE'
  | 'ERR_SESSION_PROTOCOL'
  | 'ERR_SESSION_AUTH'
  | 'ERR_SESSION_TRANSPORT'
  | 'ERR_SESSION_REFUSED';

export class SessionError extends Error {
  override readonly name = 'SessionError';
  readonly code: SessionErrorCode;

  constructor(code: SessionErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
