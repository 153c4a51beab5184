// Bounds of a session, each with its reason.

export const limits = {
  /** Our cap per message and what we announce as MaxMsgSize, bytes: a reply is stored before it is sent, and a slow link needs acknowledged progress. */
  messageBytes: 65_536,
  /** Largest object we take, bytes: a mail with attachments as mail servers commonly allow it. Announced as MaxObjSize. */
  objectBytes: 33_554_432,
  /** Bytes kept free in each message: sizes are sums of parts, and a part may be a few bytes longer beside others. */
  messageReserve: 32,
  /** Data bytes below which a piece of an object is not put behind other items, but into the next message. */
  leastChunk: 512,
  /**
   * Data bytes that a message must have room for beside a Status for its header and one more, or the device is refused: with less,
   * a mail of 6 kB would be more than a hundred messages, and a command that cannot be cut (the status of a mail) might never fit.
   */
  leastData: 64,
  /** Mails that an INCLUSIVE filter without LUIDs gives: a device that wants more asks with a window. */
  selected: 1_000,
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
  /**
   * Commands and their items in one message: 64 kB hold fewer of the shortest that there are, and each costs the store some
   * questions while the device's other messages wait.
   */
  messageCommands: 10_000,
  /** Commands of a refused message that get a Status each: who has not logged in is not answered at length. */
  refusedCommands: 50,
  /** Characters of an address in a header, the DevID among them, and of a SessionID or MsgID: stored and logged, or repeated in every answer. */
  addressLength: 256,
  sessionIdLength: 64,
  /** Characters of a LUID: it is stored and echoed in every Status. */
  luidLength: 255,
  /** Datastores that one session may open. */
  datastores: 16,
  /** Messages in one session: a loop guard far above 1,000,000 headers in 64 kB messages. */
  sessionMessages: 100_000,
} as const;
