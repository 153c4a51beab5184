// `packetboat read`: one mail, safe for the terminal; the whole is fetched when only its header is here.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Flag, type OpenMail } from '@packetboat/client';
import type { Command } from 'commander';
import { run, syncingCommand, type CommonOptions } from '../client/command.ts';
import { withClient } from '../client/home.ts';
import { concludeSync, costText } from '../client/report.ts';
import { mailLines, mailObject } from '../client/show.ts';
import { withProgress } from '../client/sync-run.ts';
import { CliError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { print, printJson, tell } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';

interface ReadOptions extends CommonOptions {
  readonly fetch: boolean;
  readonly mark?: boolean;
  readonly save?: string;
}

export function readCommand(): Command {
  return syncingCommand('read', 'show a mail; fetches the whole of it when only its header is here')
    .argument('<luid>', 'number of the mail')
    .option('--no-fetch', 'show what is here and sync nothing')
    .option('--mark', 'mark it as read; sent with the next sync')
    .option('--save <dir>', 'write its attachments into a folder; no file is overwritten')
    .action((luid: string, options: ReadOptions) => run(options, () => read(luid, options)));
}

async function read(luid: string, options: ReadOptions): Promise<number> {
  const mail = await withClient(options, async (client) => {
    const found = await withProgress((progress) => client.read(luid, { fetch: options.fetch, ...progress }));
    if (options.mark === true) await client.mark(luid, Flag.Read, Flag.Read);
    return found;
  });
  const saved = options.save === undefined ? [] : save(mail, options.save);
  if (options.json === true) printJson({ ...mailObject(mail), saved, sync: mail.sync });
  else {
    for (const line of mailLines(mail)) print(line);
    for (const file of saved) tell(`saved ${safeLine(file)}`);
    if (mail.sync?.error === null) tell(`fetched: ${costText(mail.sync)}`);
  }
  return mail.sync === null ? exitCode.done : concludeSync(mail.sync, options.json === true);
}

/** Names come from outside: only their last part is used, and nothing that is there is touched. */
function save(mail: OpenMail, folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true });
  return mail.mail.attachments.map((attachment) => {
    const name = basename(attachment.name ?? '').replace(/^\.+/, '') || `attachment-${attachment.number}`;
    const file = join(folder, name);
    try {
      writeFileSync(file, attachment.content(), { flag: 'wx' });
    } catch (error) {
      throw new CliError('ERR_CLI_INPUT', `${file} cannot be written: ${(error as Error).message}`, { cause: error });
    }
    return file;
  });
}
