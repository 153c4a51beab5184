// The client's settings: where the server is, who syncs, and how. No secret is part of them.
import { ClientError } from './errors.ts';

export interface ClientSettings {
  /** URL of the server's endpoint, `https://…` (or `http://` on this machine). */
  readonly server: string;
  readonly user: string;
  /** The address mails are sent from. */
  readonly address: string;
  /** Name shown with the address; empty for none. */
  readonly name: string;
  /** LocURI of the datastore, such as `./mail`. */
  readonly datastore: string;
  /** The same for the life of the store: the server's map of this device hangs on it. */
  readonly deviceId: string;
  readonly encoding: 'wbxml' | 'xml';
  readonly version: '1.2' | '1.1';
  readonly auth: 'basic' | 'md5' | 'mac';
  /** True: the Packetboat profile is announced; false: plain OMA DS, whoever the server is. */
  readonly profile: boolean;
  /** Whether mails come as headers alone or whole. */
  readonly mails: 'headers' | 'full';
  /** Whether transport headers (Received, DKIM, ARC) come with them. */
  readonly headers: 'needed' | 'all';
  /** Allows http to another machine: password and mails are then readable on the way. */
  readonly insecure: boolean;
  /** File with the password on its first line; null: the environment, or the person is asked. */
  readonly passwordFile: string | null;
}

const choices = {
  encoding: ['wbxml', 'xml'],
  version: ['1.2', '1.1'],
  auth: ['basic', 'md5', 'mac'],
  mails: ['headers', 'full'],
  headers: ['needed', 'all'],
} as const;

const defaults = {
  name: '',
  datastore: './mail',
  encoding: 'wbxml',
  version: '1.2',
  auth: 'basic',
  profile: true,
  mails: 'headers',
  headers: 'needed',
  insecure: false,
  passwordFile: null,
} as const;

/**
 * Checks settings that come from outside and fills in what is left out. `address` is the user name when that is an address.
 * Throws `ClientError` ERR_CLIENT_SETTINGS that names the setting; an unknown one is an error too.
 */
export function checkSettings(value: unknown): ClientSettings {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault('settings', 'must be an object');
  const given: Readonly<Record<string, unknown>> = { ...defaults, ...value };
  const user = text(given, 'user');
  const settings: ClientSettings = {
    server: text(given, 'server'),
    user,
    address: given['address'] === undefined ? user : text(given, 'address'),
    name: optionalText(given, 'name'),
    datastore: text(given, 'datastore'),
    deviceId: text(given, 'deviceId'),
    encoding: choice(given, 'encoding'),
    version: choice(given, 'version'),
    auth: choice(given, 'auth'),
    profile: flag(given, 'profile'),
    mails: choice(given, 'mails'),
    headers: choice(given, 'headers'),
    insecure: flag(given, 'insecure'),
    passwordFile: given['passwordFile'] === null ? null : text(given, 'passwordFile'),
  };
  for (const key of Object.keys(given)) if (!(key in settings)) throw fault(key, 'is not a setting');
  checkServer(settings);
  return settings;
}

/** The log-in goes with the first message, so it must not cross a network in clear. */
function checkServer(settings: ClientSettings): void {
  const url = URL.canParse(settings.server) ? new URL(settings.server) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw fault('server', 'must be a URL such as https://mail.example.org/sync');
  }
  if (url.username !== '' || url.password !== '') throw fault('server', 'must not hold a user or password');
  const local = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'http:' && !local && !settings.insecure) {
    throw fault(
      'server',
      'is http on another machine: password and mails could be read on the way; use https, or allow it with "insecure"',
    );
  }
}

function text(given: Readonly<Record<string, unknown>>, key: string): string {
  const value = optionalText(given, key);
  if (value === '') throw fault(key, 'is missing');
  return value;
}

function optionalText(given: Readonly<Record<string, unknown>>, key: string): string {
  const value = given[key] ?? '';
  if (typeof value !== 'string' || /[\0-\u001f\u007f]/.test(value)) throw fault(key, 'must be text on one line');
  return value;
}

function flag(given: Readonly<Record<string, unknown>>, key: string): boolean {
  const value = given[key];
  if (typeof value !== 'boolean') throw fault(key, 'must be true or false');
  return value;
}

function choice<K extends keyof typeof choices>(given: Readonly<Record<string, unknown>>, key: K): (typeof choices)[K][number] {
  const allowed: readonly string[] = choices[key];
  const value = given[key];
  if (typeof value !== 'string' || !allowed.includes(value)) throw fault(key, `must be ${allowed.join(' or ')}`);
  return value as (typeof choices)[K][number];
}

function fault(key: string, what: string): ClientError {
  return new ClientError('ERR_CLIENT_SETTINGS', `setting "${key}" ${what}`);
}
