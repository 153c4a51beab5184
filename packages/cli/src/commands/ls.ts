// `packetboat ls`: the mails of a folder, newest first.
import type { MailQuery } from '@packetboat/client';
import { InvalidArgumentError, type Command } from 'commander';
import { clientCommand, run, type CommonOptions } from '../client/command.ts';
import { folderMeant } from '../client/folder.ts';
import { withClient } from '../client/home.ts';
import { listLine, listObject } from '../client/show.ts';
import { exitCode } from '../exit-codes.ts';
import { print, printJson, tell } from '../terminal/output.ts';

interface LsOptions extends CommonOptions {
  readonly all?: boolean;
  readonly unread?: boolean;
  readonly limit: number;
  readonly offset: number;
}

export function lsCommand(): Command {
  return clientCommand('ls', 'list mails, newest first')
    .argument('[folder]', 'number, role or name of a folder (default: the inbox)')
    .option('--all', 'mails of all folders')
    .option('--unread', 'unread mails only')
    .option('--limit <count>', 'at most so many', count, 50)
    .option('--offset <count>', 'leave out the newest so many', count, 0)
    .action((folder: string | undefined, options: LsOptions) => run(options, () => ls(folder, options)));
}

export function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('a whole number is wanted.');
  return Number(text);
}

async function ls(folder: string | undefined, options: LsOptions): Promise<number> {
  const { limit, offset } = options;
  const mails = await withClient(options, async (client) => {
    // Without folders (a flat view) all mails are those of the inbox.
    const flat = (await client.folders()).length === 0;
    const place = options.all === true || (flat && folder === undefined) ? undefined : (await folderMeant(client, folder ?? 'inbox')).luid;
    const query: MailQuery = {
      limit,
      offset,
      ...(place === undefined ? {} : { folder: place }),
      ...(options.unread === true ? { unread: true } : {}),
    };
    return client.ls(query);
  });
  if (options.json === true) printJson(mails.map(listObject));
  else {
    for (const mail of mails) print(listLine(mail, process.stdout.columns ?? 100));
    if (mails.length === 0) tell('no mails here');
    if (mails.length === limit) tell(`the newest ${limit}; more with --offset ${offset + limit}`);
  }
  return exitCode.done;
}
