// The limits of the store, each with its reason.

const day = 86_400_000;

export const limits: {
  readonly spoolChunk: number;
  readonly listPart: number;
  readonly rowPart: number;
  readonly sessionAge: number;
  readonly spoolAge: number;
  readonly tombstoneAge: number;
  readonly busyTimeout: number;
  readonly statements: number;
  readonly folderDepth: number;
} = {
  /** Bytes of one row of a spool object: what is held in memory at once, and no more than a message carries. */
  spoolChunk: 65_536,
  /** Values in one IN list. SQLite takes 32,766 parameters in all; short lists keep its statement small. */
  listPart: 500,
  /** Map rows in one INSERT, of 17 parameters each. */
  rowPart: 100,
  /** A session that nobody has continued for a day cannot be resumed: its device began anew long ago. */
  sessionAge: day,
  /** A spool object that no item holds, left by a session that died. */
  spoolAge: day,
  /** Design: a device that stayed away for longer does a slow sync. */
  tombstoneAge: 90 * day,
  /** ms that a second process (the operator's command) may hold the file; its transactions are as short as ours. */
  busyTimeout: 5_000,
  /** Prepared statements kept, a few kB each. We have some hundred texts, and more with the lengths of lists. */
  statements: 300,
  /** Steps up from a folder to the top before we believe in a loop. */
  folderDepth: 100,
};
