// `packetboat rm`: mails into the trash, and out of it for good.
import type { Command } from 'commander';
import { actingCommand, runAct, type ActOptions } from '../client/act.ts';

export function rmCommand(): Command {
  return actingCommand('rm', 'delete mails: into the trash, and from there for good')
    .argument('<luid...>', 'numbers of mails')
    .action((luids: readonly string[], options: ActOptions) =>
      runAct(options, async (client) => {
        for (const luid of luids) await client.rm(luid);
        return `deleted ${luids.join(', ')}`;
      }),
    );
}
