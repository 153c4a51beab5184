// The contract's harness over a real Dovecot.
import { type Dovecot, startDovecot } from '../../../../test/peers/dovecot.ts';
import { createImapMailServer, type ImapOptions, type MailServer } from '../../src/index.ts';
import type { ContractHarness } from '../contract/harness.ts';
import { startProxy } from '../proxy.ts';
import { rawMail } from './raw-imap.ts';

/** What Dovecot 2.3 announces, less what the tests take away. */
const ALL =
  'IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED CONDSTORE QRESYNC ESEARCH LIST-STATUS BINARY MOVE LITERAL+ NOTIFY SPECIAL-USE COMPRESS=DEFLATE';

export function without(...capabilities: readonly string[]): string {
  return ALL.split(' ')
    .filter((capability) => !capabilities.includes(capability))
    .join(' ');
}

export function serverOf(dovecot: Dovecot, options: Partial<ImapOptions> = {}): MailServer {
  const [user] = dovecot.users;
  return createImapMailServer({
    host: dovecot.host,
    port: dovecot.imapPort,
    security: 'none',
    user: user?.name ?? '',
    password: user?.password ?? '',
    pollSeconds: 1,
    ...options,
  });
}

export async function openHarness(setup: {
  readonly capability?: string;
  /** More lines for Dovecot's configuration. */
  readonly extra?: string;
  readonly options?: (dovecot: Dovecot) => Partial<ImapOptions>;
}): Promise<ContractHarness> {
  const dovecot = await startDovecot({
    ...(setup.capability === undefined ? {} : { capability: setup.capability }),
    ...(setup.extra === undefined ? {} : { extra: setup.extra }),
  });
  // Dovecot tells APPENDUID and COPYUID even when it does not announce UIDPLUS.
  const hides = setup.capability?.includes('UIDPLUS') === false;
  const proxy = hides ? await startProxy({ port: dovecot.imapPort, fromServer: hideUids }) : undefined;
  const options = { ...(proxy === undefined ? {} : { port: proxy.port }), ...setup.options?.(dovecot) };
  const [user] = dovecot.users;
  const server = serverOf(dovecot, options);
  return {
    server,
    tellsPlacement: !hides,
    deliver: (mail) => dovecot.deliver(user?.address ?? '', mail),
    second: async () => {
      const other = serverOf(dovecot, options);
      await other.open();
      return other;
    },
    refusedLogin: () => serverOf(dovecot, { ...options, password: 'wrong' }),
    raw: (folder, uid) =>
      rawMail({
        port: dovecot.imapPort,
        user: user?.name ?? '',
        password: user?.password ?? '',
        folder,
        uid: Number(uid.slice(uid.indexOf('.') + 1)),
      }),
    close: async () => {
      await server.close();
      await proxy?.close();
      await dovecot.stop();
    },
  };
}

/** A response code of the same length that nobody knows. */
function hideUids(data: Buffer): Buffer {
  return Buffer.from(data.toString('latin1').replaceAll('[APPENDUID', '[XAPPENDED').replaceAll('[COPYUID', '[XCOPIED'), 'latin1');
}
