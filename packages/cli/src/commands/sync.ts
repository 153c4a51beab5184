// `packetboat sync`: syncs once and tells what moved and what it cost.
import type { SyncRequest } from '@packetboat/client';
import type { Command } from 'commander';
import { run, syncingCommand, type CommonOptions } from '../client/command.ts';
import { withClient } from '../client/home.ts';
import { concludeSync, reportLines } from '../client/report.ts';
import { withProgress } from '../client/sync-run.ts';
import { CliError } from '../errors.ts';
import { print, printJson } from '../terminal/output.ts';

interface SyncOptions extends CommonOptions {
  readonly receive?: boolean;
  readonly send?: boolean;
  readonly both?: boolean;
  readonly slow?: boolean;
  readonly refresh?: boolean;
}

export function syncCommand(): Command {
  return syncingCommand('sync', 'bring this device and the server into step')
    .option('--receive', 'take from the server only; changes made here wait')
    .option('--send', 'send changes made here only')
    .option('--both', 'both ways (default)')
    .option('--slow', 'compare everything, as after a fault')
    .option('--refresh', 'throw away what is here and fetch everything anew; unsent new mails stay, other unsent changes are lost')
    .action((options: SyncOptions) => run(options, () => sync(options)));
}

async function sync(options: SyncOptions): Promise<number> {
  const request = { mode: modeOf(options) };
  const outcome = await withClient(options, (client) => withProgress((progress) => client.sync(request, progress)));
  if (options.json === true) printJson(outcome);
  else for (const line of reportLines(outcome)) print(line);
  return concludeSync(outcome, options.json === true);
}

function modeOf({ both, receive, refresh, send, slow }: SyncOptions): SyncRequest['mode'] {
  const chosen = [
    ...(receive === true ? ['receive' as const] : []),
    ...(send === true ? ['send' as const] : []),
    ...(both === true ? ['two-way' as const] : []),
    ...(slow === true ? ['slow' as const] : []),
    ...(refresh === true ? ['refresh' as const] : []),
  ];
  const [mode, ...others] = chosen;
  // A slow sync goes both ways by its nature, so saying so does no harm.
  if (others.length > 0 && !(both === true && slow === true && chosen.length === 2)) {
    throw new CliError('ERR_CLI_USAGE', '--receive, --send, --both, --slow and --refresh exclude each other');
  }
  return slow === true ? 'slow' : (mode ?? 'two-way');
}
