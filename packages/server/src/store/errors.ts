// What the store throws. A refused change of a device is never thrown: it is a Status that the session decides.

/**
 * `ERR_STORE_CONFLICT`: what was read has changed since; run the step again from the start.
 * `ERR_STORE_NOT_FOUND`: a row that the caller names is not there, or belongs to another account: a fault of ours.
 * `ERR_STORE_BAD_GUID`: the text is no item id.
 * `ERR_STORE_MIGRATION`: the database could not be brought to the newest step; it is as the last good step left it.
 */
export type StoreErrorCode = 'ERR_STORE_CONFLICT' | 'ERR_STORE_NOT_FOUND' | 'ERR_STORE_BAD_GUID' | 'ERR_STORE_MIGRATION';

/** The text names the kind of row at fault, never its content. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** A read that was decided on is out of date. */
export function conflict(what: string): StoreError {
  return new StoreError('ERR_STORE_CONFLICT', `${what} has changed meanwhile`);
}

export function notFound(what: string): StoreError {
  return new StoreError('ERR_STORE_NOT_FOUND', `no such ${what}`);
}
