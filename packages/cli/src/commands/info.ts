// `packetboat info`: the settings, where the password comes from, and what is here.
import type { Command } from 'commander';
import { clientCommand, run, type CommonOptions } from '../client/command.ts';
import { homeOf, passwordSource, withClient } from '../client/home.ts';
import { number } from '../client/report.ts';
import { exitCode } from '../exit-codes.ts';
import { print, printJson } from '../terminal/output.ts';
import { safeLine } from '../terminal/safe-text.ts';

export function infoCommand(): Command {
  return clientCommand('info', 'show the settings and what is on this device').action((options: CommonOptions) =>
    run(options, async () => {
      const { folder } = homeOf(options);
      const info = await withClient(options, (client) => client.info());
      const { settings, stats } = info;
      const password = passwordSource(settings, options).words;
      if (options.json === true) {
        printJson({ home: folder, password, ...info });
        return exitCode.done;
      }
      const { encoding, version, auth, profile } = settings;
      const lines: readonly (readonly [string, string])[] = [
        ['home', folder],
        ['server', settings.server],
        ['user', settings.user],
        ['password', password],
        ['sends as', settings.name === '' ? settings.address : `${settings.name} <${settings.address}>`],
        ['datastore', settings.datastore],
        ['device', settings.deviceId],
        ['protocol', `OMA DS ${version} in ${encoding}, log-in ${auth}, ${profile ? 'Packetboat profile' : 'plain'}`],
        [
          'takes',
          `${settings.mails === 'full' ? 'whole mails' : 'headers, the rest when read'}; ${settings.headers === 'all' ? 'all' : 'needed'} header fields`,
        ],
        ['sessions', info.serverKnown ? number(info.sessions) : 'none yet: run packetboat sync'],
        [
          'mails',
          `${number(stats.mails)} in ${number(stats.folders)} folders, ${number(stats.unread)} unread, ${number(stats.whole)} whole`,
        ],
        ['content', `${number(stats.contentBytes)} bytes`],
        ['unsent', `${number(stats.unsentChanges)} changes, ${number(stats.refused)} refused mails`],
      ];
      for (const [name, value] of lines) print(`${name.padEnd(10)} ${safeLine(value)}`);
      return exitCode.done;
    }),
  );
}
