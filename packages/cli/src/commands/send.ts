// `packetboat send`: a new mail into the Outbox, then a sync.
import type { Command } from 'commander';
import { attachmentOf } from '../client/attach.ts';
import { run, syncingCommand, type CommonOptions } from '../client/command.ts';
import { withClient } from '../client/home.ts';
import { concludeSent } from '../client/sent.ts';
import { withProgress } from '../client/sync-run.ts';
import { bodyText } from '../terminal/input.ts';

interface SendOptions extends CommonOptions {
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly bcc: readonly string[];
  readonly subject: string;
  readonly body?: string;
  readonly attach: readonly string[];
  readonly sync: boolean;
}

export function sendCommand(): Command {
  return syncingCommand('send', 'write a mail and send it')
    .requiredOption('--to <address>', 'whom to send it to; may be repeated', collect, [])
    .option('--cc <address>', 'who gets a copy; may be repeated', collect, [])
    .option('--bcc <address>', 'who gets a copy that the others do not see; may be repeated', collect, [])
    .requiredOption('--subject <text>', 'subject')
    .option('--body <text>', 'text of the mail; - or nothing reads it from standard input')
    .option('--attach <file>', 'file to send with it; may be repeated', collect, [])
    .option('--no-sync', 'leave it in the Outbox for the next sync')
    .action((options: SendOptions) => run(options, () => send(options)));
}

export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

async function send(options: SendOptions): Promise<number> {
  const { bcc, cc, subject, to } = options;
  const attachments = options.attach.map(attachmentOf);
  const draft = { to, cc, bcc, subject, text: await bodyText(options.body), ...(attachments.length > 0 && { attachments }) };
  const sent = await withClient(options, (client) => withProgress((progress) => client.send(draft, { sync: options.sync, ...progress })));
  return concludeSent(sent, options.json === true);
}
