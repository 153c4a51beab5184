// `packetboat serve`: the email sync server as a process. Configuration, the words at its start, signals, exit codes.
import { resolve } from 'node:path';
import { baseOf, boundHeap, ConfigError, loadConfig, startServer, type Config, type RunningServer } from '@packetboat/server';
import { Command } from 'commander';
import { exitCode } from '../exit-codes.ts';
import { untilSignal } from './signals.ts';

export interface ServeOptions {
  /** YAML file; without it defaults and `PACKETBOAT_…` variables alone. */
  readonly config?: string;
  /** Folder of the data; goes before the file and the variable. */
  readonly data?: string;
  /** HOST:PORT; goes before the file and the variable. */
  readonly listen?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function serveCommand(): Command {
  return new Command('serve')
    .description('run the email sync server')
    .option('--config <file>', 'configuration (YAML); see docs/operations.md')
    .option('--data <dir>', 'folder of the data (default: data beside the configuration)')
    .option('--listen <host:port>', 'address to listen on (default: 127.0.0.1:8025)')
    .action(async (options: ServeOptions) => {
      process.exitCode = await serve(options, process.env);
    });
}

/** Runs until a signal; resolves to the exit code: done, failed (it could not start), usage (the configuration is wrong). Words for people go to standard output, the log and faults to standard error. */
export async function serve(options: ServeOptions, env: Environment): Promise<number> {
  // The command's own file starts `serve` with a bounded heap where it can.
  if (!process.execArgv.some((option) => option.startsWith('--max-semi-space-size='))) boundHeap();
  // Heard from the beginning: one that comes while the server starts ends it when it has started.
  const signalled = untilSignal();
  let config: Config;
  let server: RunningServer;
  try {
    config = loadConfig(options.config, withOptions(options, env));
    for (const warning of warnings(config)) console.error(`warning: ${warning}`);
    server = await startServer({ config, base: baseOf(options.config), env });
  } catch (error) {
    console.error(`packetboat serve: ${faultText(error)}`);
    return isConfigurationFault(error) ? exitCode.usage : exitCode.failed;
  }
  for (const line of greeting(config, server, resolve(baseOf(options.config), config.data))) console.log(line);
  const signal = await signalled;
  console.log(`${signal}: closing`);
  await server.close();
  return exitCode.done;
}

/** The command line as the variables that it stands for. What is named there is meant from where the command runs. */
function withOptions({ data, listen }: ServeOptions, env: Environment): Environment {
  return {
    ...env,
    ...(data === undefined ? {} : { PACKETBOAT_DATA: resolve(data) }),
    ...(listen === undefined ? {} : { PACKETBOAT_LISTEN: listen }),
  };
}

/** What is allowed and should be known. */
export function warnings(config: Config): readonly string[] {
  const found: string[] = [];
  if (!isLoopback(hostOf(config.listen)) && config.tls === undefined) found.push(...clearTextWarnings(config));
  for (const [key, address] of [
    ['integrated.smtp', config.integrated.smtp],
    ['integrated.lmtp', config.integrated.lmtp],
  ] as const) {
    if (address !== undefined && !isLoopback(hostOf(address))) {
      found.push(`${key} listens on ${address} without TLS: mail that arrives there travels in clear text.`);
    }
  }
  if (config.people.length === 0) found.push('nobody is configured: no device can log in. Add people to the configuration.');
  return found;
}

/** A server that other machines can reach without TLS. */
function clearTextWarnings({ allowInsecure, listen, publicUrl }: Config): readonly string[] {
  if (allowInsecure === true) {
    return [`allowInsecure: passwords and mail travel to ${listen} in clear text, unless something else protects that network.`];
  }
  // A proxy on this machine reaches any address of it over loopback.
  if (publicUrl !== undefined && new URL(publicUrl).protocol === 'https:') return [];
  return [
    `${listen} has no TLS: devices on other machines are refused there (403). ` +
      'Set tls, or put a proxy with TLS on this machine in front and set publicUrl to its https:// address.',
  ];
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

function greeting(config: Config, server: RunningServer, data: string): readonly string[] {
  const people = config.people.map((person) => person.user);
  const ports = [
    ...(server.smtpPort === undefined ? [] : [`SMTP ${server.smtpPort}`]),
    ...(server.lmtpPort === undefined ? [] : [`LMTP ${server.lmtpPort}`]),
  ];
  return [
    `Packetboat serves ${config.publicUrl ?? server.url}`,
    ...(config.publicUrl === undefined ? [] : [`  listening  ${server.url}`]),
    ...(ports.length === 0 ? [] : [`  mail in    ${ports.join(', ')}`]),
    `  people     ${people.length === 0 ? 'none' : people.slice(0, 10).join(', ')}${people.length > 10 ? ` and ${people.length - 10} more` : ''}`,
    `  data       ${data}`,
  ];
}

/** A `RangeError` is a link to a mail server that would send a password in clear text. */
function isConfigurationFault(error: unknown): boolean {
  return error instanceof ConfigError || error instanceof RangeError;
}

/** For people: what, where, what to do. */
function faultText(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown fault';
  const { code, address, port } = error as NodeJS.ErrnoException & { readonly address?: string; readonly port?: number };
  const place = `${address ?? ''}:${port ?? ''}`;
  if (code === 'EADDRINUSE') return `${place} is taken: stop what listens there, or choose another address with --listen`;
  if (code === 'EACCES' && port !== undefined) return `${place} may not be listened on by this user: choose a port above 1023`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return `${address ?? 'the host of an address'} is no address of this machine: ${error.message}`;
  return code === undefined ? error.message : `${code}: ${error.message}`;
}
