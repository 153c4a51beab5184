// Reads the configuration: the file, then `PACKETBOAT_…` variables over it, then the secrets that it names.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { configSchema, type Config, type SecretSource } from './schema.ts';

/** `ERR_CONFIG_FILE`: it cannot be read. `ERR_CONFIG_INVALID`: a key is wrong; the text names it. `ERR_CONFIG_SECRET`: a secret is not where the file says. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: 'ERR_CONFIG_FILE' | 'ERR_CONFIG_INVALID' | 'ERR_CONFIG_SECRET';

  constructor(code: ConfigError['code'], message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/** Variables and the key that each overrides. */
const variables: Readonly<Record<string, readonly string[]>> = {
  PACKETBOAT_LISTEN: ['listen'],
  PACKETBOAT_PUBLIC_URL: ['publicUrl'],
  PACKETBOAT_DATA: ['data'],
  PACKETBOAT_LOG_LEVEL: ['log', 'level'],
};

/** `file` undefined: defaults and variables alone. Relative paths of the file are meant from its folder. */
export function loadConfig(file: string | undefined, env: Readonly<Record<string, string | undefined>>): Config {
  let raw: unknown = {};
  if (file !== undefined) {
    try {
      raw = parse(readFileSync(file, 'utf8')) ?? {};
    } catch (cause) {
      throw new ConfigError('ERR_CONFIG_FILE', `${file}: ${cause instanceof Error ? cause.message : 'cannot be read'}`, { cause });
    }
  }
  for (const [name, path] of Object.entries(variables)) {
    const value = env[name];
    if (value !== undefined && value !== '') raw = withValue(raw, path, value);
  }
  const parsed = configSchema.safeParse(raw);
  if (!parsed.success) throw new ConfigError('ERR_CONFIG_INVALID', `${file ?? 'configuration'}:\n${z.prettifyError(parsed.error)}`);
  return checked(parsed.data, file);
}

function withValue(raw: unknown, path: readonly string[], value: string): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const object = typeof raw === 'object' && raw !== null ? raw : {};
  return { ...object, [key]: withValue((object as Record<string, unknown>)[key], rest, value) };
}

function twice(names: readonly string[]): string | undefined {
  return names.find((name, i) => names.indexOf(name) !== i);
}

/** What the schema cannot say: names that may occur once only. */
function checked(config: Config, file: string | undefined): Config {
  const user = twice(config.people.map((person) => person.user));
  if (user !== undefined)
    throw new ConfigError('ERR_CONFIG_INVALID', `${file ?? 'configuration'}: people: the user ${user} is there twice`);
  for (const person of config.people) {
    const name = twice(person.accounts.map((account) => account.name));
    if (name !== undefined)
      throw new ConfigError('ERR_CONFIG_INVALID', `${file ?? 'configuration'}: people ${person.user}: the account ${name} is there twice`);
  }
  return config;
}

/** The secret that a source names; a trailing line end of a file is not part of it. */
export function readSecret(source: SecretSource, base: string, env: Readonly<Record<string, string | undefined>>): string {
  if ('variable' in source) {
    const value = env[source.variable];
    if (value === undefined || value === '') throw new ConfigError('ERR_CONFIG_SECRET', `the variable ${source.variable} is not set`);
    return value;
  }
  const path = resolve(base, source.file);
  try {
    const value = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    if (value === '') throw new ConfigError('ERR_CONFIG_SECRET', `${path} is empty`);
    return value;
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError('ERR_CONFIG_SECRET', `${path} cannot be read`, { cause });
  }
}

/** Certificate authorities, PEM, from the file that a link names. */
export function readAuthorities(file: string, base: string): string {
  const path = resolve(base, file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigError('ERR_CONFIG_FILE', `${path} cannot be read`, { cause });
  }
  // An empty list would be taken for "trust nobody" only when somebody connects.
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new ConfigError('ERR_CONFIG_FILE', `${path} holds no certificate (PEM)`);
  return text;
}

/** Key and certificate of the server itself. */
export function readTls(tls: { readonly key: string; readonly cert: string }, base: string): { key: string; cert: string } {
  const read = (name: string): string => {
    const path = resolve(base, name);
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      throw new ConfigError('ERR_CONFIG_SECRET', `${path} cannot be read`, { cause });
    }
  };
  return { key: read(tls.key), cert: read(tls.cert) };
}

/** The folder that relative paths of a configuration file are meant from. */
export function baseOf(file: string | undefined): string {
  return file === undefined ? process.cwd() : dirname(resolve(file));
}
