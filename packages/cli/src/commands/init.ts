// `packetboat init`: writes the settings of this device; once more to change them.
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { checkSettings, type ClientSettings } from '@packetboat/client';
import { readSettings, writeSettings } from '@packetboat/client/node';
import { Option, type Command } from 'commander';
import { clientCommand, run, type CommonOptions } from '../client/command.ts';
import { homeOf, type Home } from '../client/home.ts';
import { CliError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { print, printJson } from '../terminal/output.ts';

interface InitOptions extends CommonOptions {
  readonly server: string;
  readonly user: string;
  readonly address?: string;
  readonly name?: string;
  readonly datastore?: string;
  readonly encoding?: string;
  readonly protocol?: string;
  readonly auth?: string;
  readonly plain?: boolean;
  readonly profile?: boolean;
  readonly mails?: string;
  readonly headers?: string;
  readonly insecure?: boolean;
  readonly new?: boolean;
}

export function initCommand(): Command {
  return clientCommand('init', 'set up this device, or change its settings')
    .requiredOption('--server <url>', 'address of the sync server, such as https://mail.example.org/sync')
    .requiredOption('--user <name>', 'log-in name')
    .option('--password-file <file>', 'file with the password on its first line (else PACKETBOAT_PASSWORD, or it is asked for)')
    .option('--address <address>', 'address that mails are sent from (default: the log-in name)')
    .option('--name <name>', 'name shown with it')
    .option('--datastore <uri>', 'datastore at the server (default: ./mail)')
    .addOption(new Option('--encoding <form>', 'form of the messages (default: wbxml)').choices(['wbxml', 'xml']))
    .addOption(new Option('--protocol <version>', 'version of OMA DS (default: 1.2)').choices(['1.2', '1.1']))
    .addOption(new Option('--auth <kind>', 'kind of log-in tried first (default: basic)').choices(['basic', 'md5', 'mac']))
    .option('--plain', 'plain OMA DS: do not announce the Packetboat profile')
    .option('--profile', 'announce the Packetboat profile (default)')
    .addOption(new Option('--mails <part>', 'what comes of a mail (default: headers)').choices(['headers', 'full']))
    .addOption(new Option('--headers <set>', 'which header fields come (default: needed)').choices(['needed', 'all']))
    .option('--insecure', 'allow http to another machine: password and mails can be read on the way')
    .option('--new', 'forget the mails and changes that are here, for another account or server')
    .action((options: InitOptions) => run(options, () => init(options)));
}

async function init(options: InitOptions): Promise<number> {
  const home = homeOf(options);
  const before = readSettings(home.settingsFile);
  const settings = settingsFrom(options, options.new === true ? undefined : before);
  if (options.new === true) forget(home);
  else if (before !== undefined && !sameAccount(before, settings)) {
    const owner = `${before.user} at ${before.server} (${before.datastore})`;
    throw new CliError('ERR_CLI_USAGE', `${home.folder} holds the mails of ${owner}: use another --home, or --new to forget them`);
  }
  writeSettings(home.settingsFile, settings);
  if (options.json === true) printJson({ home: home.folder, settings });
  else
    print(
      `${before === undefined ? 'set up' : 'changed'} ${home.folder} for ${settings.user} at ${settings.server}; now run packetboat sync`,
    );
  return exitCode.done;
}

/** What the options say over what was set before. */
function settingsFrom(options: InitOptions, before: ClientSettings | undefined): ClientSettings {
  const { address, auth, datastore, encoding, headers, insecure, mails, name, passwordFile, plain, profile, protocol, server, user } =
    options;
  if (plain === true && profile === true) throw new CliError('ERR_CLI_USAGE', '--plain and --profile exclude each other');
  const given = { address, auth, datastore, encoding, headers, insecure, mails, name, version: protocol };
  return checkSettings({
    deviceId: `PB-${randomBytes(8).toString('hex')}`,
    ...before,
    server,
    user,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...(plain === true ? { profile: false } : profile === true ? { profile: true } : {}),
    ...(passwordFile === undefined ? {} : { passwordFile: resolve(passwordFile) }),
  });
}

/** Mails, map and anchors belong to one account at one server. */
function sameAccount(a: ClientSettings, b: ClientSettings): boolean {
  return a.server === b.server && a.user === b.user && a.datastore === b.datastore;
}

function forget(home: Home): void {
  for (const suffix of ['', '-wal', '-shm', '-lock']) rmSync(`${home.storeFile}${suffix}`, { force: true });
}
