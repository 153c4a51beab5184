// `packetboat decode`: what is in a SyncML message or another document, WBXML or XML.
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { run } from '../client/command.ts';
import { decodeDocument, type DecodedDocument } from '../decode/document.ts';
import { documentLines, hexLines } from '../decode/lines.ts';
import { CliError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { readStdin } from '../terminal/input.ts';
import { print, printJson } from '../terminal/output.ts';

interface DecodeOptions {
  readonly json?: boolean;
  readonly hex?: boolean;
  readonly full?: boolean;
  readonly secrets?: boolean;
}

export function decodeCommand(): Command {
  return new Command('decode')
    .description('print a SyncML message, device information, email or folder object, XML or WBXML')
    .argument('<file>', 'file; - for standard input')
    .option('--json', 'print JSON for programs')
    .option('--hex', 'print the bytes too')
    .option('--full', 'print long texts whole')
    .option('--secrets', 'print log-ins too')
    .action((file: string, options: DecodeOptions) => run(options.json === true ? { json: true } : {}, () => decode(file, options)));
}

async function decode(file: string, options: DecodeOptions): Promise<number> {
  const bytes = await readInput(file);
  const document = readDocument(file, bytes, options.secrets === true);
  if (options.json === true) printJson(document);
  else for (const line of documentLines(document, { full: options.full === true })) print(line);
  if (options.hex === true && options.json !== true) for (const line of ['', ...hexLines(bytes)]) print(line);
  return exitCode.done;
}

async function readInput(file: string): Promise<Uint8Array> {
  if (file === '-') return readStdin();
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new CliError('ERR_CLI_INPUT', `${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

function readDocument(file: string, bytes: Uint8Array, secrets: boolean): DecodedDocument {
  const name = file === '-' ? 'standard input' : file;
  if (bytes.length === 0) throw new CliError('ERR_CLI_INPUT', `${name} is empty`);
  try {
    return decodeDocument(bytes, { secrets });
  } catch (error) {
    throw new CliError('ERR_CLI_INPUT', `${name} is no document that can be read: ${(error as Error).message}`, { cause: error });
  }
}
