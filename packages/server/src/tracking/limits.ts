// The limits of tracking, each with its reason.

export const limits: {
  readonly part: number;
  readonly suspects: number;
  readonly changes: number;
  readonly missingAge: number;
  readonly eventDelay: number;
  readonly eventDelayMost: number;
  readonly passInterval: number;
  readonly refreshWait: number;
  readonly firstReadWait: number;
  readonly retry: { readonly first: number; readonly most: number };
  readonly loginRetry: { readonly first: number; readonly most: number };
  readonly renameChecks: number;
} = {
  /** Rows read or written by one statement; a page of the mail port has no more. */
  part: 500,
  /** Arrivals held in memory (about 300 bytes each) until it is known whether they were moved or copied. */
  suspects: 5_000,
  /** Changes of a folder (about 300 bytes each) that are written in one transaction, which takes some 0.1 s. */
  changes: 5_000,
  /** Design 4.4: ms after which a disappearance is believed although no full pass has confirmed it. */
  missingAge: 10_000,
  /** ms from a hint to the pass, so that a burst of hints makes one pass. */
  eventDelay: 10,
  /** ms that hints in a row can put a pass off. */
  eventDelayMost: 50,
  /** ms between full passes with nobody asking: what a lost hint costs at most. */
  passInterval: 300_000,
  /** ms that a session waits for a pass. */
  refreshWait: 5_000,
  /** ms that a session waits for a mailbox that is read for the first time; devices wait for an answer for 30 s and more. */
  firstReadWait: 20_000,
  /** A mail server that is down: soon again, then once in five minutes. */
  retry: { first: 1_000, most: 300_000 },
  /** A refused log-in does not heal by itself, and repeated ones lock accounts. */
  loginRetry: { first: 60_000, most: 3_600_000 },
  /** Pairs of folders that are compared when folders have vanished and others have come. */
  renameChecks: 50,
};
