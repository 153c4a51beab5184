// How much the IMAP client asks for at once and takes at most. Every number has its reason.

/** Mails of one page of a listing: all of a page is in memory at once, as answers, as items and as rows. The port allows 500. */
export const PAGE_MAILS = 200;

/** Bytes of content fetched by one command: few round trips, and other calls get their turn in between. */
export const PIECE_BYTES = 262_144;

/** Bytes of one piece handed to the caller; the port's own bound. */
export const CHUNK_BYTES = 65_536;

/** Mails whose header blocks are fetched by one command: at 64 kB each, about 3 MB in memory. */
export const HEADERS_PER_COMMAND = 50;

/** Bytes of a header block fetched at first; most headers are below 10 kB, Postfix takes 100 kB. */
export const HEADER_PIECE_BYTES = 65_536;

/** A header block is cut here: more is an attack, and it would be held in memory. */
export const MAX_HEADER_BYTES = 1_048_576;

/** Characters of one UID set. Servers take command lines of 8,000 octets (RFC 7162 §4); half of that leaves room for the rest. */
export const SET_CHARS = 4_000;

/** Mails moved by one command: named one by one they fit into SET_CHARS. */
export const MOVED_AT_ONCE = 300;

/** The IMAP library takes the mail of an APPEND as one Buffer, so its size is memory; larger than any common server takes (25–50 MB). */
export const MAX_APPEND_BYTES = 67_108_864;

/** Bytes of one literal that we accept. We ask for pieces of 256 kB and selected header fields; more is a broken server. */
export const MAX_LITERAL_BYTES = 16_777_216;

/** Changes of flags along the uids that a cursor may hold where the server has no CONDSTORE: about 25 kB of text. */
export const MAX_FLAG_RUNS = 4_096;

/** Characters of the server's words that an error text repeats. */
export const SERVER_TEXT_CHARS = 200;
