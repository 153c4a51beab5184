// What a person types or pipes in: a password that is not shown, and text up to its end.
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CliError } from '../errors.ts';

/** Asks on the terminal, without showing what is typed. Throws ERR_CLI_USAGE when there is no terminal. */
export async function askPassword(question: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new CliError('ERR_CLI_USAGE', 'no password: set PACKETBOAT_PASSWORD, or name a file with --password-file');
  }
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    return await new Promise((resolve, reject) => {
      line.once('line', resolve);
      line.once('SIGINT', () => reject(new CliError('ERR_CLI_USAGE', 'no password was given')));
      line.once('close', () => reject(new CliError('ERR_CLI_USAGE', 'no password was given')));
    });
  } finally {
    line.close();
    process.stderr.write('\n');
  }
}

/** All of standard input. */
export async function readStdin(): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for await (const piece of process.stdin as AsyncIterable<Buffer>) pieces.push(piece);
  return new Uint8Array(Buffer.concat(pieces));
}

/** Text of `--body`: as given; `-` or nothing: standard input. */
export async function bodyText(given: string | undefined): Promise<string> {
  if (given !== undefined && given !== '-') return given;
  if (process.stdin.isTTY) process.stderr.write('Text of the mail, ended by Ctrl-D on a line of its own:\n');
  return new TextDecoder().decode(await readStdin());
}
