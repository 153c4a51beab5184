// Every real peer that tests may ask for; `npm test` sets them up before it runs anything.
import { dovecotPeer } from './dovecot.ts';
import type { Peer } from './peer.ts';
import { postfixPeer } from './postfix.ts';
import { pythonPeer, swaksPeer } from './programs.ts';
import { syncEvolutionPeer } from './syncevolution.ts';
import { wbxmlToolsPeer } from './wbxml-tools.ts';

export const allPeers: readonly Peer[] = [dovecotPeer, postfixPeer, syncEvolutionPeer, wbxmlToolsPeer, swaksPeer, pythonPeer];
