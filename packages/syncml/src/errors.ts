// The one error of this package: what a peer sent (or a caller asked for) that is no SyncML. Positions are element paths.
import type { SyncHdr } from './types.ts';

/**
 * - `ERR_SYNCML_MALFORMED`: not the document or text format that was expected at all. Answer: 400.
 * - `ERR_SYNCML_VERSION`: a version we do not speak, or an element that the asked version does not have. Answer: 505 or 513.
 * - `ERR_SYNCML_MISSING_ELEMENT`: an element that is needed is not there; `path` names it. Answer: 412 (400 in the header).
 * - `ERR_SYNCML_BAD_VALUE`: an element's content is not of the form that it must have; `path` names it. Answer: 400.
 */
export type SyncmlErrorCode = 'ERR_SYNCML_MALFORMED' | 'ERR_SYNCML_VERSION' | 'ERR_SYNCML_MISSING_ELEMENT' | 'ERR_SYNCML_BAD_VALUE';

/** Where the error happened, as far as it was known. */
export interface SyncmlErrorPlace {
  /** Element names from the root, `/` between, `[n]` (from 1) where an element repeats: `SyncML/SyncBody/Add[2]/CmdID`. */
  readonly path?: string;
  /** The header of the message, when that much could be read: enough to answer with a Status. */
  readonly header?: SyncHdr;
  /** CmdID and name of the outermost command at fault, when they could be read. */
  readonly cmdId?: string;
  readonly cmd?: string;
  readonly cause?: unknown;
}

/** Thrown by everything in this package. The text never holds what an element contained. Check `code`, not the class. */
export class SyncmlError extends Error {
  override readonly name = 'SyncmlError';
  readonly code: SyncmlErrorCode;
  readonly path: string;
  readonly header: SyncHdr | undefined;
  readonly cmdId: string | undefined;
  readonly cmd: string | undefined;
  /** The text without the path. */
  readonly reason: string;

  constructor(code: SyncmlErrorCode, reason: string, place: SyncmlErrorPlace = {}) {
    super(place.path === undefined ? reason : `${place.path}: ${reason}`, place.cause === undefined ? undefined : { cause: place.cause });
    this.code = code;
    this.reason = reason;
    this.path = place.path ?? '';
    this.header = place.header;
    this.cmdId = place.cmdId;
    this.cmd = place.cmd;
  }

  /** The same error with more known about where it happened. */
  at(place: SyncmlErrorPlace): SyncmlError {
    return new SyncmlError(this.code, this.reason, {
      path: this.path,
      cause: this.cause,
      ...(this.header && { header: this.header }),
      ...(this.cmdId !== undefined && { cmdId: this.cmdId }),
      ...(this.cmd !== undefined && { cmd: this.cmd }),
      ...place,
    });
  }
}
