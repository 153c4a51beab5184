// Bounds of a session, each with its reason.

export const limits = {
  /** Our cap per message and what we announce as MaxMsgSize, bytes: a reply is stored before it is sent, and a slow link needs acknowledged progress. */
  messageBytes: 65_536,
  /** Largest object we take, bytes: a mail with attachments as mail servers commonly allow it. Announced as MaxObjSize. */
  objectBytes: 33_554_432,
  /** Least room for a message that we believe in: smaller values would not hold a Status for each command (peers raise lower values themselves). */
  leastMessageBytes: 1_024,
  /** Bytes kept free in each message for the closing elements and a RespURI. */
  messageReserve: 160,
  /** Data bytes below which cutting an object is not worth a message of its own. */
  leastChunk: 512,
  /** Rows looked at for one message: more never fit into it. */
  workPage: 200,
  /** Mails opened at once for one message: what does not fit is opened again, so few, but enough for one fetch at the mail server. */
  openPage: 20,
  /** Bytes of a mail above which it is opened by itself, when it is its turn: two of them fill a message. */
  openAhead: 32_768,
  /** Messages of a session whose hashes are kept: the network repeats what is seconds old, not what is hours old. */
  rememberedMessages: 64,
  /** Statuses that may wait for room in later messages: a device that sends and never reads would fill the session. */
  spilledStatuses: 5_000,
  /** Commands of a refused message that get a Status each: who has not logged in is not answered at length. */
  refusedCommands: 50,
  /** Characters of a DevID, and of a SessionID or MsgID: all of them are stored and logged. */
  deviceIdLength: 256,
  sessionIdLength: 64,
  /** Characters of a LUID: it is stored and echoed in every Status. */
  luidLength: 255,
  /** Datastores that one session may open. */
  datastores: 16,
  /** Messages in one session: a loop guard far above 1,000,000 headers in 64 kB messages. */
  sessionMessages: 100_000,
} as const;
