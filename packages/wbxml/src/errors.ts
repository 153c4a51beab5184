// The one error of this package. Position data point into the input (decoding) or the tree (encoding).

/** What went wrong; stable, to be compared by programs. */
export type WbxmlErrorCode =
  /** The input ends inside a token, string or element. The sender cut it, or a length in it lies. */
  | 'ERR_WBXML_TRUNCATED'
  /** A token that the document's code page does not have, so that nothing after it can be trusted. */
  | 'ERR_WBXML_UNKNOWN_TOKEN'
  /** The declared character set is not UTF-8, or text is not well-formed UTF-8. */
  | 'ERR_WBXML_CHARSET'
  /** The document is larger or deeper than `Limits` allow. */
  | 'ERR_WBXML_LIMIT'
  /** A number, date, name, offset or structure that WBXML does not allow. */
  | 'ERR_WBXML_BAD_VALUE'
  /** A version, public identifier or element that has no WBXML form here. */
  | 'ERR_WBXML_UNSUPPORTED'
  /** Not well-formed XML. */
  | 'ERR_XML_SYNTAX'
  /** Well-formed, but holds an internal DTD subset, which is never read. */
  | 'ERR_XML_FORBIDDEN'
  /** The declared encoding is not UTF-8, or the bytes are not well-formed UTF-8. */
  | 'ERR_XML_CHARSET'
  /** The document is larger or deeper than `Limits` allow. */
  | 'ERR_XML_LIMIT'
  /** Content that XML cannot carry: bytes that are not UTF-8, or characters such as NUL. Use base64 and say so in Meta/Format. */
  | 'ERR_XML_BINARY'
  /** An element or attribute name in the tree that XML does not allow. */
  | 'ERR_XML_BAD_NAME';

/** Where it went wrong. */
export interface WbxmlErrorPlace {
  /** Byte offset into the input; absent when encoding. */
  readonly offset?: number | undefined;
  /** Names of the open elements, outermost first, joined by `/`; `''` outside the root. */
  readonly path?: string | undefined;
  readonly cause?: unknown;
}

/**
 * Thrown by every function of this package that can fail. The message names the reason and the place, never content.
 */
export class WbxmlError extends Error {
  override readonly name = 'WbxmlError';
  readonly code: WbxmlErrorCode;
  readonly offset: number | undefined;
  readonly path: string;

  constructor(code: WbxmlErrorCode, reason: string, place: WbxmlErrorPlace = {}) {
    const path = place.path ?? '';
    const at = place.offset === undefined ? '' : ` at byte ${place.offset}`;
    const within = path === '' ? '' : ` in ${path}`;
    super(`${reason}${at}${within}`, place.cause === undefined ? undefined : { cause: place.cause });
    this.code = code;
    this.offset = place.offset;
    this.path = path;
  }
}
