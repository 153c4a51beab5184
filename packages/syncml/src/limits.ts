// Bounds on what is read from a peer. Bytes and depth of the documents themselves are bounded by the codec beneath.

/** Largest number in any element: integers beyond are not exact in JavaScript. */
export const maxNumber: number = Number.MAX_SAFE_INTEGER;

/** Sync, Atomic and Sequence may nest; real peers use two levels. */
export const maxCommandDepth = 8;

/** Commands in one message, nested ones counted: at least 20 bytes each, so a message of 1 MB stays below. */
export const maxCommands = 50_000;

/** Bytes of a flag batch: 10,000 scattered changes take about 40 kB. */
export const maxFlagBatchBytes = 1_048_576;

/** Changes in a flag batch: more than that is a slow sync. */
export const maxFlagBatchEntries = 100_000;

/** Bytes of one LUID in a flag batch; devices use up to 64. */
export const maxLuidBytes = 255;

/** Bytes of an email or folder object: mail servers take mails up to about 50 MB, base64 adds a third. */
export const maxObjectBytes = 67_108_864;

/** Record expressions: far above what clients send, and little enough to be turned into one query of a database. */
export const recordLimits = {
  /** Characters of an expression. */
  characters: 4_096,
  /** Brackets in brackets. */
  depth: 16,
  /** Comparisons of an expression. */
  tests: 64,
} as const;
