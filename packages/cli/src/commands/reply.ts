// `packetboat reply`: an answer to a mail, into the Outbox, then a sync.
import type { Command } from 'commander';
import { run, syncingCommand, type CommonOptions } from '../client/command.ts';
import { withClient } from '../client/home.ts';
import { concludeSent } from '../client/sent.ts';
import { withProgress } from '../client/sync-run.ts';
import { bodyText } from '../terminal/input.ts';

interface ReplyOptions extends CommonOptions {
  readonly all?: boolean;
  readonly body?: string;
  readonly quote: boolean;
  readonly sync: boolean;
}

export function replyCommand(): Command {
  return syncingCommand('reply', 'answer a mail')
    .argument('<luid>', 'number of the mail')
    .option('--all', 'to everybody it went to')
    .option('--body <text>', 'text of the answer; - or nothing reads it from standard input')
    .option('--no-quote', 'do not quote the mail below')
    .option('--no-sync', 'leave it in the Outbox for the next sync')
    .action((luid: string, options: ReplyOptions) => run(options, () => reply(luid, options)));
}

async function reply(luid: string, options: ReplyOptions): Promise<number> {
  const draft = { text: await bodyText(options.body), all: options.all === true, quote: options.quote };
  const sent = await withClient(options, (client) =>
    withProgress((progress) => client.reply(luid, draft, { sync: options.sync, ...progress })),
  );
  return concludeSent(sent, options.json === true);
}
