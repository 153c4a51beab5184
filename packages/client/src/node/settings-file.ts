// The settings as a JSON file that only its owner can read, and where the password comes from.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { ClientError } from '../errors.ts';
import { checkSettings, type ClientSettings } from '../settings.ts';

/** Undefined when there is no such file. Throws ERR_CLIENT_SETTINGS with file and setting. */
export function readSettings(file: string): ClientSettings | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ClientError('ERR_CLIENT_SETTINGS', `${file} cannot be read`, { cause: error });
  }
  try {
    return checkSettings(JSON.parse(text));
  } catch (error) {
    if (error instanceof ClientError) throw new ClientError(error.code, `${file}: ${error.message}`, { cause: error });
    throw new ClientError('ERR_CLIENT_SETTINGS', `${file} is not JSON`, { cause: error });
  }
}

/** Whole or not at all, mode 0600 in a folder of mode 0700. */
export function writeSettings(file: string, settings: ClientSettings): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const next = `${file}.new`;
  writeFileSync(next, `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
}

/** The first line of a password file. Throws ERR_CLIENT_SETTINGS when it cannot be read or is empty. */
export function readPasswordFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ClientError('ERR_CLIENT_SETTINGS', `the password file ${file} cannot be read`, { cause: error });
  }
  const password = text.split(/\r?\n/, 1)[0] ?? '';
  if (password === '') throw new ClientError('ERR_CLIENT_SETTINGS', `the password file ${file} has nothing on its first line`);
  return password;
}
