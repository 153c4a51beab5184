// What a client is made of.
import type { ClientSettings } from './settings.ts';
import type { ClientStore } from './store/port.ts';
import type { Transport } from './transport.ts';

export interface ClientOptions {
  readonly store: ClientStore;
  readonly transport: Transport;
  readonly settings: ClientSettings;
  /** Asked for when a sync begins, never kept. */
  readonly password: () => Promise<string>;
  /** What the server must log in with before anything of it is taken; absent: TLS has to be enough. */
  readonly serverLogin?: { readonly name: string; readonly password: string };
  /** ms since 1970. */
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  /** Waits before a message is sent again. */
  readonly sleep: (ms: number) => Promise<void>;
  /** The program that syncs, as the server is told. */
  readonly software?: { readonly maker: string; readonly model: string; readonly version: string };
}
