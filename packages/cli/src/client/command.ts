// What the client's commands have in common: --home, --json, and a fault that is told the same way everywhere.
import { Command } from 'commander';
import { faultOf } from '../errors.ts';
import { printJson, tell } from '../terminal/output.ts';
import { safeText } from '../terminal/safe-text.ts';
import type { HomeOptions } from './home.ts';

export interface CommonOptions extends HomeOptions {
  readonly json?: boolean;
}

/** A command with the common options. */
export function clientCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--home <dir>', 'folder of settings and mails (default: PACKETBOAT_HOME, else ~/.packetboat)')
    .option('--json', 'print JSON for programs');
}

/** With --password-file, for commands that may sync. */
export function syncingCommand(name: string, description: string): Command {
  return clientCommand(name, description).option('--password-file <file>', 'file with the password on its first line, for this run');
}

/** Runs a command's work and turns its fault into words and an exit code. */
export async function run(options: CommonOptions, work: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await work();
  } catch (error) {
    const fault = faultOf(error);
    if (options.json === true) printJson({ error: { code: fault.code ?? 'ERR_CLI_UNEXPECTED', message: fault.message } });
    else tell(`packetboat: ${safeText(fault.message)}`);
    process.exitCode = fault.exit;
  }
}
