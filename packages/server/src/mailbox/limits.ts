// The limits of making objects, each with its reason.

export const limits: {
  readonly object: number;
  readonly header: number;
  readonly cache: number;
  readonly parallel: number;
  readonly spoolWrite: number;
} = {
  /** Bytes of an object that is handed over in memory; larger ones go to the spool (design 3). */
  object: 65_536,
  /** Bytes in which the end of a header is looked for; a mail with a longer one is sent as it is. */
  header: 262_144,
  /** Bytes of objects kept, for a message that is made again and a second device that syncs at the same time: 16 messages' worth. */
  cache: 1_048_576,
  /** Mails opened at once: enough to hide the way to the mail server, and 64 kB each. */
  parallel: 4,
  /** Bytes written to the spool in one transaction: a few milliseconds of a database that does one thing at a time. */
  spoolWrite: 262_144,
};
