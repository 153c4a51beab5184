// From the configuration to accounts that can be followed: links with their secrets, people of the integrated store.
import type { Person } from '@packetboat/mail';
import type { AccountConfig } from '../account/accounts.ts';
import { ConfigError, readAuthorities, readSecret } from './load.ts';
import type { AccountSettings, Config, LinkSettings, PersonSettings } from './schema.ts';

export interface ResolvedPeople {
  /** Passwords of the people by log-in name. */
  readonly passwords: ReadonlyMap<string, string>;
  readonly accounts: readonly AccountConfig[];
  /** Those whose mail is kept here. */
  readonly local: readonly Person[];
}

export function resolvePeople(config: Config, base: string, env: Readonly<Record<string, string | undefined>>): ResolvedPeople {
  const passwords = new Map<string, string>();
  const accounts: AccountConfig[] = [];
  const local: Person[] = [];
  for (const person of config.people) {
    const password = readSecret(person.password, base, env);
    passwords.set(person.user, password);
    const link = (settings: LinkSettings, address: string): { user: string; password: string } => ({
      user: settings.user ?? address,
      password: settings.password === undefined ? password : readSecret(settings.password, base, env),
    });
    for (const account of person.accounts) {
      const { name, address, aliases, displayName } = account;
      const common = { person: person.user, name, address, identities: [address, ...aliases] };
      if (account.imap === undefined) {
        const user = integratedUser(person, account);
        local.push({ user, address, aliases: [...aliases], ...(displayName === undefined ? {} : { displayName }) });
        accounts.push({ ...common, source: { kind: 'integrated', user } });
        continue;
      }
      if (account.smtp === undefined)
        throw new ConfigError(
          'ERR_CONFIG_INVALID',
          `people ${person.user}: the account ${name} has imap but no smtp: where shall its mail be sent?`,
        );
      accounts.push({
        ...common,
        source: {
          kind: 'imap',
          imap: { ...place(account.imap, base), ...link(account.imap, address) },
          smtp: { ...place(account.smtp, base), login: link(account.smtp, address) },
        },
      });
    }
  }
  return { passwords, accounts, local };
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly security: LinkSettings['security'];
  readonly tls?: { readonly ca: string };
}

function place({ host, port, security, ca }: LinkSettings, base: string): Place {
  return { host, port, security, ...(ca === undefined ? {} : { tls: { ca: readAuthorities(ca, base) } }) };
}

/** A person's first integrated account has the person's own log-in name, so that SMTP log-ins are what one expects. No log-in name has a colon. */
function integratedUser(person: PersonSettings, account: AccountSettings): string {
  const first = person.accounts.find((candidate) => candidate.imap === undefined);
  return first === account ? person.user : `${person.user}:${account.name}`;
}
