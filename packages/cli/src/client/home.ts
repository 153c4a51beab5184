// The client's home: a folder with settings and mails of one account, and a client made from them.
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client, type ClientSettings } from '@packetboat/client';
import { httpTransport, openClientStore, readPasswordFile, readSettings } from '@packetboat/client/node';
import { CliError } from '../errors.ts';
import { askPassword } from '../terminal/input.ts';
import { version } from '../version.ts';

export interface HomeOptions {
  /** `--home`; else PACKETBOAT_HOME; else `~/.packetboat`. */
  readonly home?: string;
  /** `--password-file`, for this run alone. */
  readonly passwordFile?: string;
}

export interface Home {
  readonly folder: string;
  readonly settingsFile: string;
  readonly storeFile: string;
}

export function homeOf(options: HomeOptions): Home {
  const folder = resolve(options.home ?? process.env['PACKETBOAT_HOME'] ?? join(homedir(), '.packetboat'));
  return { folder, settingsFile: join(folder, 'settings.json'), storeFile: join(folder, 'mail.db') };
}

/** Settings of the home. Throws ERR_CLI_USAGE when `init` has not been run. */
export function settingsOf(home: Home): ClientSettings {
  const settings = readSettings(home.settingsFile);
  if (settings !== undefined) return settings;
  throw new CliError('ERR_CLI_USAGE', `${home.folder} is not set up: run packetboat init --server URL --user NAME`);
}

/** Where the password comes from, first found first: the option, the environment, the settings, the terminal. */
export function passwordSource(
  settings: ClientSettings,
  options: HomeOptions,
): { readonly words: string; readonly read: () => Promise<string> } {
  const file = options.passwordFile ?? (process.env['PACKETBOAT_PASSWORD'] === undefined ? settings.passwordFile : null);
  if (file !== null) return { words: `file ${file}`, read: async () => readPasswordFile(file) };
  const given = process.env['PACKETBOAT_PASSWORD'];
  if (given !== undefined) return { words: 'PACKETBOAT_PASSWORD', read: async () => given };
  return { words: 'asked for', read: () => askPassword(`Password of ${settings.user} at ${new URL(settings.server).host}: `) };
}

/** Runs a command's work with a client that is closed afterwards. */
export async function withClient<T>(options: HomeOptions, work: (client: Client) => Promise<T>): Promise<T> {
  const home = homeOf(options);
  const settings = settingsOf(home);
  const client = createClient({
    store: openClientStore(home.storeFile),
    transport: httpTransport(),
    settings,
    password: passwordSource(settings, options).read,
    now: Date.now,
    random: (bytes) => new Uint8Array(randomBytes(bytes)),
    sleep: (ms) => sleep(ms),
    software: { maker: 'Packetboat', model: 'packetboat', version },
  });
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
