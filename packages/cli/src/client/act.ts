// Commands that change a mail here; the server hears of it with the next sync, or at once with --sync.
import type { Client } from '@packetboat/client';
import type { Command } from 'commander';
import { exitCode } from '../exit-codes.ts';
import { print, printJson } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';
import { run, syncingCommand, type CommonOptions } from './command.ts';
import { withClient } from './home.ts';
import { concludeSync, reportLines } from './report.ts';
import { withProgress } from './sync-run.ts';

export interface ActOptions extends CommonOptions {
  readonly sync?: boolean;
}

export function actingCommand(name: string, description: string): Command {
  return syncingCommand(name, description).option('--sync', 'tell the server at once');
}

/** `act` changes mails and says in words what was done. */
export async function runAct(options: ActOptions, act: (client: Client) => Promise<string>): Promise<void> {
  await run(options, () =>
    withClient(options, async (client) => {
      const words = await act(client);
      const outcome = options.sync === true ? await withProgress((progress) => client.sync({ mode: 'two-way' }, progress)) : null;
      if (options.json === true) printJson({ done: words, sync: outcome });
      else {
        print(safeLine(outcome === null ? `${words} (told to the server with the next sync)` : words));
        if (outcome !== null) for (const line of reportLines(outcome)) print(line);
      }
      return outcome === null ? exitCode.done : concludeSync(outcome, options.json === true);
    }),
  );
}
