// What this package throws: only when a mail is written. Readers never throw; they show what is there.

/**
 * `ERR_MESSAGE_HEADER_INJECTION`: a header value holds CR, LF or NUL; the caller passed text on unchecked.
 * `ERR_MESSAGE_HEADER_NAME`: not a field name, or one that the composer writes itself.
 * `ERR_MESSAGE_ADDRESS`: not an address that can be written in ASCII (RFC 5322 §3.4.1).
 * `ERR_MESSAGE_ID`: not of the form `<left@right>` (RFC 5322 §3.6.4).
 * `ERR_MESSAGE_DATE`: not a time between the years 0 and 9999.
 * `ERR_MESSAGE_LINE_LENGTH`: a header word is too long for a line (998 bytes, RFC 5322 §2.1.1).
 */
export type MessageErrorCode =
  | 'ERR_MESSAGE_HEADER_INJECTION'
  | 'ERR_MESSAGE_HEADER_NAME'
  | 'ERR_MESSAGE_ADDRESS'
  | 'ERR_MESSAGE_ID'
  | 'ERR_MESSAGE_DATE'
  | 'ERR_MESSAGE_LINE_LENGTH';

/** The message text names the field at fault, never its content. */
export class MessageError extends Error {
  override readonly name = 'MessageError';
  readonly code: MessageErrorCode;

  constructor(code: MessageErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
