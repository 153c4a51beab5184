// The limits of the queues towards the mail server, each with its reason.

const hour = 3_600_000;

export const limits: {
  readonly batch: number;
  readonly look: number;
  readonly retry: { readonly first: number; readonly most: number };
  readonly loginRetry: { readonly first: number; readonly most: number };
  readonly submitWait: number;
  readonly submitRetry: { readonly first: number; readonly most: number };
  readonly submitAge: number;
  readonly headerBytes: number;
  readonly textLength: number;
} = {
  /** Mails told to the mail server by one command: a device's hundred status changes are one STORE. */
  batch: 200,
  /** Rows looked at to find a batch. */
  look: 500,
  /** Between two attempts at one operation. */
  retry: { first: 1_000, most: 300_000 },
  /** A refused log-in does not heal by itself, and repeated ones lock accounts. */
  loginRetry: { first: 60_000, most: hour },
  /** Design 4.2: ms that a session waits for the outcome of a submission. */
  submitWait: 2_000,
  /** RFC 5321 §4.5.4.1 says at least 30 minutes between attempts in the long run; the first ones come sooner. */
  submitRetry: { first: 5_000, most: hour / 2 },
  /** A mail that could not be sent for two days is given back to its writer. */
  submitAge: 48 * hour,
  /** Where a header is looked for in a mail to be sent; a longer one is refused. */
  headerBytes: 262_144,
  /** Characters of the mail server's words that are kept. */
  textLength: 400,
};
