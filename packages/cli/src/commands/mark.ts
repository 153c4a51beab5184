// `packetboat mark`: the status of mails.
import { Flag } from '@packetboat/client';
import type { Command } from 'commander';
import { actingCommand, runAct, type ActOptions } from '../client/act.ts';
import { CliError } from '../errors.ts';

interface MarkOptions extends ActOptions {
  readonly read?: boolean;
  readonly unread?: boolean;
  readonly flag?: boolean;
  readonly unflag?: boolean;
  readonly replied?: boolean;
}

export function markCommand(): Command {
  return actingCommand('mark', 'change the status of mails')
    .argument('<luid...>', 'numbers of mails')
    .option('--read', 'read')
    .option('--unread', 'not read')
    .option('--flag', 'flagged')
    .option('--unflag', 'not flagged')
    .option('--replied', 'replied to')
    .action((luids: readonly string[], options: MarkOptions) =>
      runAct(options, async (client) => {
        const { named, set, words } = markOf(options);
        for (const luid of luids) await client.mark(luid, named, set);
        return `marked ${luids.join(', ')} as ${words}`;
      }),
    );
}

function markOf(options: MarkOptions): { readonly named: number; readonly set: number; readonly words: string } {
  const given = [
    { wanted: options.read, bit: Flag.Read, value: true, words: 'read' },
    { wanted: options.unread, bit: Flag.Read, value: false, words: 'unread' },
    { wanted: options.flag, bit: Flag.Flagged, value: true, words: 'flagged' },
    { wanted: options.unflag, bit: Flag.Flagged, value: false, words: 'not flagged' },
    { wanted: options.replied, bit: Flag.Replied, value: true, words: 'replied to' },
  ].filter((mark) => mark.wanted === true);
  const named = given.reduce((sum, mark) => sum | mark.bit, 0);
  if (given.length === 0) throw new CliError('ERR_CLI_USAGE', 'say how to mark: --read, --unread, --flag, --unflag or --replied');
  if (new Set(given.map((mark) => mark.bit)).size < given.length) {
    throw new CliError('ERR_CLI_USAGE', '--read and --unread exclude each other, as do --flag and --unflag');
  }
  const set = given.reduce((sum, mark) => (mark.value ? sum | mark.bit : sum), 0);
  return { named, set, words: given.map((mark) => mark.words).join(', ') };
}
