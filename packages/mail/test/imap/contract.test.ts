// The contract of the mail server port, kept over a real Dovecot with all its extensions and with some of them missing.
import { describePeer } from '../../../../test/peers/describe-peer.ts';
import { dovecotPeer } from '../../../../test/peers/dovecot.ts';
import { mailServerContract } from '../contract/mail-server.contract.ts';
import { openHarness, without } from './dovecot-harness.ts';

describePeer('IMAP', dovecotPeer, () => {
  mailServerContract('IMAP with all extensions', () => openHarness({}));
  mailServerContract('IMAP with all folders below INBOX and a dot between names', () =>
    openHarness({ extra: 'namespace inbox {\n  prefix = INBOX.\n  separator = .\n}' }),
  );
  mailServerContract('IMAP over TLS', () =>
    openHarness({ options: (dovecot) => ({ security: 'tls', port: dovecot.imapsPort, tls: { ca: dovecot.cert } }) }),
  );
  mailServerContract('IMAP without QRESYNC and MOVE', () => openHarness({ capability: without('QRESYNC', 'MOVE') }));
  mailServerContract('IMAP without CONDSTORE, QRESYNC, LIST-STATUS and COMPRESS, over STARTTLS', () =>
    openHarness({
      capability: without('CONDSTORE', 'QRESYNC', 'LIST-STATUS', 'COMPRESS=DEFLATE', 'ESEARCH'),
      options: (dovecot) => ({ security: 'starttls', host: 'localhost', tls: { ca: dovecot.cert } }),
    }),
  );
  mailServerContract('IMAP without MOVE and UIDPLUS, on one connection', () =>
    openHarness({ capability: without('MOVE', 'UIDPLUS'), options: () => ({ connections: 1, compress: false }) }),
  );
});
