// `packetboat move`: a mail into another folder.
import type { Command } from 'commander';
import { actingCommand, runAct, type ActOptions } from '../client/act.ts';
import { folderMeant } from '../client/folder.ts';

export function moveCommand(): Command {
  return actingCommand('move', 'move a mail into another folder; a refused one that is moved is tried again')
    .argument('<luid>', 'number of the mail')
    .argument('<folder>', 'number, role or name of the folder')
    .action((luid: string, folder: string, options: ActOptions) =>
      runAct(options, async (client) => {
        const place = await folderMeant(client, folder);
        await client.move(luid, place.luid);
        return `moved ${luid} to ${place.name}`;
      }),
    );
}
