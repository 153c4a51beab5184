// `packetboat folders`: the folders with their mails.
import type { Command } from 'commander';
import { clientCommand, run, type CommonOptions } from '../client/command.ts';
import { pathOf } from '../client/folder.ts';
import { withClient } from '../client/home.ts';
import { exitCode } from '../exit-codes.ts';
import { print, printJson, tell } from '../terminal/output.ts';
import { fit, safeLine } from '../terminal/safe-text.ts';

export function foldersCommand(): Command {
  return clientCommand('folders', 'list the folders').action((options: CommonOptions) =>
    run(options, async () => {
      const folders = await withClient(options, (client) => client.folders());
      if (options.json === true) printJson(folders);
      else {
        for (const folder of folders) {
          const counts = `${String(folder.mails).padStart(6)} mails ${String(folder.unread).padStart(6)} unread`;
          print(`${folder.luid.padStart(7)}  ${fit(folder.role ?? '', 8)}  ${counts}  ${safeLine(pathOf(folder, folders))}`);
        }
        if (folders.length === 0) tell('no folders here yet: run packetboat sync');
      }
      return exitCode.done;
    }),
  );
}
