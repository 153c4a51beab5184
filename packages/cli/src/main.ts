// The `packetboat` command: finds the command that is called, loads it, runs it.
import { Command, CommanderError } from 'commander';
import { exitCode } from './exit-codes.ts';
import { registry } from './registry.ts';
import { version } from './version.ts';

/** Runs a command line (without node and file); the exit code is in `process.exitCode` when it returns. */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that stops reading (`packetboat ls | head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCode.done);
    throw error;
  });
  const program = new Command('packetboat')
    .description('Email sync over OMA DS (SyncML): the client, the server and tools around them')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(packetboat --help lists the commands)');
  try {
    for (const command of await commandsFor(args)) program.addCommand(command.exitOverride());
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version end with 0; anything else that commander says is a wrong command line.
    process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.usage;
  }
}

/** The command that is named; all of them for help and for names that there are not. */
async function commandsFor(args: readonly string[]): Promise<readonly Command[]> {
  const load = registry[args[0] ?? ''];
  if (load !== undefined) return [await load()];
  return Promise.all(Object.values(registry).map((each) => each()));
}
