// Real programs that tests start by themselves, without a launcher: an SMTP client and another mail library.
import { definePeer, type Peer } from './peer.ts';

/** An SMTP and LMTP client; TLS by Net::SSLeay. */
export const swaksPeer: Peer = definePeer({
  name: 'swaks',
  packages: ['swaks', 'libnet-ssleay-perl'],
  programs: ['swaks', '/usr/share/doc/libnet-ssleay-perl/copyright'],
});

/** Its email package reads and writes mail independently of ours. */
export const pythonPeer: Peer = definePeer({ name: 'python', packages: ['python3'], programs: ['python3'] });
