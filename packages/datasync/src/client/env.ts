// What surrounds a sync of the client: who it is, to whom it speaks, and how.
import type { Encoding } from '@packetboat/syncml';
import type { AuthType } from '../security/credential.ts';

export interface ClientEnv {
  /** ms since 1970. */
  readonly now: number;
  readonly random: (bytes: number) => Uint8Array;
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly auth: AuthType;
  /** What the server has to log in with before anything of it is taken; absent: it need not. */
  readonly serverLogin?: { readonly name: string; readonly password: string };
  /** DevID: the same for the life of the device's store. */
  readonly deviceId: string;
  readonly version: '1.1' | '1.2';
  readonly encoding: Encoding;
  /** LocURI of the datastore at the server, such as `./mail`. */
  readonly datastore: string;
  /** Announces the Packetboat profile; without it the sync is plain OMA DS. */
  readonly profile: boolean;
  /** Whether mails come as headers alone or whole. */
  readonly wanted: 'headers' | 'full';
  /** Profile: whether transport headers are wanted with them. */
  readonly headers: 'all' | 'needed';
  /** Bytes of the largest message taken. */
  readonly maxMsgSize: number;
  readonly identity: { readonly man: string; readonly mod: string; readonly swV: string };
}
