// What the client's commands end with, so that scripts can tell why. `serve` has its own (0, 1, 2 mean the same).

export const exitCode = {
  done: 0,
  /** Something that none of the others says; the message tells. */
  failed: 1,
  /** The command line or the settings are wrong. */
  usage: 2,
  /** There is no such mail or folder. */
  notFound: 3,
  /** The server was not reached, or did not answer. */
  unreachable: 4,
  /** The log-in was refused. */
  login: 5,
  /** The server refused the sync, or answered what makes no sense. */
  refused: 6,
  /** Another sync of the same home is running. */
  busy: 7,
  /** The sync is done, but the server refused some of the changes. */
  partly: 8,
} as const;
