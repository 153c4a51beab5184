// Bounds of the client, each with its reason.

export const clientLimits = {
  /** Attempts for one message: the server answers a repeat with its stored reply, so several are safe; more keep a person waiting. */
  attempts: 4,
  /** Wait before the second attempt, ms; doubled for each further one. Short: most losses are a closed connection. */
  firstWaitMs: 500,
  /** Longest wait before an attempt, ms, whatever the server asks for by Retry-After: a person is waiting. */
  longestWaitMs: 10_000,
  /** Bytes of the largest message taken: what we announce as MaxMsgSize. */
  messageBytes: 65_536,
  /** Bytes of an answer beyond which it is cut off: four times what was announced, for servers that count without the envelope. */
  replyBytes: 262_144,
  /** Mails of one listing when the caller does not say. */
  listing: 50,
} as const;
