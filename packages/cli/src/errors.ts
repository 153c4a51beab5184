// Faults of the command line, and what any fault means for the person: words and an exit code.
import { exitCode } from './exit-codes.ts';

/** `ERR_CLI_USAGE`: the command line asks for what makes no sense. `ERR_CLI_INPUT`: a file or document cannot be read. */
export type CliErrorCode = 'ERR_CLI_USAGE' | 'ERR_CLI_INPUT';

export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** Exit codes by the code of an error; all others are 1. */
const exits: Readonly<Record<string, number>> = {
  ERR_CLI_USAGE: exitCode.usage,
  ERR_CLIENT_SETTINGS: exitCode.usage,
  ERR_CLIENT_NO_RECIPIENT: exitCode.usage,
  ERR_CLIENT_ADDRESS: exitCode.usage,
  ERR_MESSAGE_HEADER_INJECTION: exitCode.usage,
  ERR_MESSAGE_ADDRESS: exitCode.usage,
  ERR_CLIENT_NOT_FOUND: exitCode.notFound,
  ERR_CLIENT_BUSY: exitCode.busy,
  ERR_SESSION_TRANSPORT: exitCode.unreachable,
  ERR_SESSION_AUTH: exitCode.login,
  ERR_SESSION_REFUSED: exitCode.refused,
  ERR_SESSION_PROTOCOL: exitCode.refused,
};

export function exitOf(code: string | undefined): number {
  return exits[code ?? ''] ?? exitCode.failed;
}

export interface Fault {
  readonly code: string | undefined;
  readonly message: string;
  readonly exit: number;
}

/** An error with a code is for the person; one without is a fault of ours, and its place helps whoever mends it. */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof Error)) return { code: undefined, message: 'unknown fault', exit: exitCode.failed };
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === 'string') return { code, message: error.message, exit: exitOf(code) };
  return { code: undefined, message: error.stack ?? error.message, exit: exitCode.failed };
}

/** What can be done about a failed sync, by its code. */
export const advice: Readonly<Record<string, string>> = {
  ERR_SESSION_TRANSPORT: 'Check the network and the server’s address (packetboat info); nothing is lost, sync again later.',
  ERR_SESSION_AUTH: 'Check user and password (packetboat info shows where the password comes from).',
  ERR_SESSION_REFUSED: 'Check the datastore (packetboat info), or ask who runs the server.',
  ERR_SESSION_PROTOCOL: 'Check that the address is that of a SyncML server (packetboat info).',
};
