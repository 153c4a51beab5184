// What the integrated store takes and how much it does at once. Every number has its reason.

export interface IntegratedLimits {
  /** Largest mail in bytes. 50 MB is what large providers take; a larger one is refused, not cut. */
  readonly maxMailBytes: number;
  /** How much of a mail can be its header, in bytes. Postfix takes 100 kB; what lies behind is treated as body. */
  readonly maxHeaderBytes: number;
  /** Recipients of one envelope. RFC 5321 §4.5.3.1.8 asks for at least 100. */
  readonly maxRecipients: number;
  /** Characters in a folder path. Keeps the unique index on paths within a database page. */
  readonly maxPathLength: number;
  /** How long a vanished mail is remembered, ms. Older cursors are answered by comparing uids, so this only costs speed. */
  readonly tombstoneAge: number;
  /** How long the key of an accepted submission is remembered, ms. A sender that repeats does so within days (RFC 5321 §4.5.4.1). */
  readonly keyAge: number;
}

export const defaultLimits: IntegratedLimits = {
  maxMailBytes: 50_000_000,
  maxHeaderBytes: 262_144,
  maxRecipients: 1000,
  maxPathLength: 1000,
  tombstoneAge: 90 * 86_400_000,
  keyAge: 30 * 86_400_000,
};

/** Bytes of a stored piece. Small enough to stream, large enough that 20 MB are 320 rows; the port's pieces are the same. */
export const CHUNK_BYTES = 65_536;

/** Bytes written in one transaction: SQLite is synchronous, and 256 kB are a few milliseconds. */
export const BYTES_PER_WRITE = 262_144;

/** Rows of a page, a flag change, a move or a removal done in one transaction. */
export const ROWS_PER_STEP = 500;

/** Header blocks read at once: at most this many times CHUNK_BYTES in memory. */
export const HEADERS_PER_STEP = 50;

/** Connections that one inbound listener serves at a time. Each may hold a few hundred kB of a mail on its way. */
export const INBOUND_CLIENTS = 200;

/** Silence after which a connection ends, ms (RFC 5321 §4.5.3.2.7). */
export const INBOUND_PATIENCE = 300_000;

/** Wrong passwords in one connection before it ends. */
export const AUTH_ATTEMPTS = 3;

/** How long connections may finish what they do when a listener closes, ms. */
export const INBOUND_CLOSING = 2000;

/** Room for the lines that we put in front of a mail, so that what SIZE promises also fits with them, bytes. */
export const TRACE_BYTES = 2048;
