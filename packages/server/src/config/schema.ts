// The configuration file: YAML, every key checked, errors name the key. Secrets stand in files or variables, never in it.
import { z } from 'zod';
import { proxyList } from '../http/address.ts';

/** Where a secret stands: a file, or a variable of the environment. */
export type SecretSource = { readonly file: string } | { readonly variable: string };

/** How a server is reached. `none` is taken for loopback addresses only. */
export interface LinkSettings {
  readonly host: string;
  readonly port: number;
  readonly security: 'tls' | 'starttls' | 'none';
  /** The account's address when absent. */
  readonly user?: string | undefined;
  /** The person's own password when absent. */
  readonly password?: SecretSource | undefined;
  /** PEM file of the certificate authorities that are trusted in place of the system's. */
  readonly ca?: string | undefined;
}

export interface AccountSettings {
  readonly name: string;
  readonly address: string;
  readonly aliases: readonly string[];
  readonly displayName?: string | undefined;
  /** Without it the account lives in the integrated store. */
  readonly imap?: LinkSettings | undefined;
  readonly smtp?: LinkSettings | undefined;
}

export interface PersonSettings {
  readonly user: string;
  readonly password: SecretSource;
  readonly accounts: readonly AccountSettings[];
}

/** The configuration with its defaults. */
export interface Config {
  readonly listen: string;
  readonly publicUrl?: string | undefined;
  readonly data: string;
  /** Files in PEM form; paths from the configuration file's folder. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  readonly allowInsecure?: boolean | undefined;
  /** Addresses and networks (`10.1.0.0/16`) of reverse proxies. */
  readonly trustProxy?: readonly string[] | undefined;
  readonly challenge: 'basic' | 'md5' | 'mac';
  /** As what, and with which password, the server logs in to devices that ask it to. */
  readonly serverLogin?: { readonly name: string; readonly password: SecretSource } | undefined;
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent' };
  readonly integrated: { readonly smtp?: string | undefined; readonly lmtp?: string | undefined; readonly maxSize: number };
  readonly people: readonly PersonSettings[];
}

const secret = z.union([
  z.strictObject({ file: z.string().min(1) }),
  z.strictObject({ variable: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/) }),
]);
const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'HOST:PORT is wanted');
const address = z.email();

const link = {
  host: z.string().min(1),
  port: z.int().min(1).max(65_535),
  /** `none` is taken for loopback addresses only. */
  security: z.enum(['tls', 'starttls', 'none']).default('tls'),
  user: z.string().min(1).optional(),
  password: secret.optional(),
  /** For a mail server with a certificate of its own making. */
  ca: z.string().min(1).optional(),
};

const account = z.strictObject({
  /** Its name on devices: `./mail/NAME`. The first account of a person is `./mail`. */
  name: z.string().regex(/^[^\s/.][^\s/]*$/, 'a name without blanks and slashes, not beginning with a dot'),
  address,
  /** Further addresses that may stand in From. */
  aliases: z.array(address).default([]),
  displayName: z.string().min(1).optional(),
  imap: z.strictObject(link).optional(),
  smtp: z.strictObject(link).optional(),
});

const person = z.strictObject({
  /** Log-in name of devices. */
  user: z.string().regex(/^[^:\s]+$/, 'a name without blanks and colons'),
  password: secret,
  accounts: z.array(account).min(1),
});

function isNetwork(text: string): boolean {
  try {
    proxyList([text]);
    return true;
  } catch {
    return false;
  }
}

/** `accounts` without `imap` live in the integrated store. */
export const configSchema: z.ZodType<Config> = z.strictObject({
  listen: hostPort.default('127.0.0.1:8025'),
  /** The address of `/sync` as devices reach it, when it is not the listening one (reverse proxy). */
  publicUrl: z.url().optional(),
  data: z.string().min(1).default('data'),
  /** The server's own TLS; without it a proxy on the same machine has to do it. */
  tls: z.strictObject({ key: z.string().min(1), cert: z.string().min(1) }).optional(),
  /** Takes log-ins without TLS from other machines; for a network that is protected otherwise. */
  allowInsecure: z.boolean().optional(),
  /** Proxies whose X-Forwarded-For says where a device is. */
  trustProxy: z.array(z.string().refine(isNetwork, 'an IP address, or a network such as 10.1.0.0/16, is wanted')).optional(),
  /** What devices may be asked for when they send no credentials. */
  challenge: z.enum(['basic', 'md5', 'mac']).default('md5'),
  /** What the server tells devices that ask who it is (Status 407). */
  serverLogin: z.strictObject({ name: z.string().regex(/^[^:\s]+$/, 'a name without blanks and colons'), password: secret }).optional(),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') }).default({ level: 'info' }),
  integrated: z
    .strictObject({
      smtp: hostPort.optional(),
      lmtp: hostPort.optional(),
      /** Largest mail taken, bytes. */
      maxSize: z.int().min(65_536).default(33_554_432),
    })
    .default({ maxSize: 33_554_432 }),
  people: z.array(person).default([]),
});
