// A device of the demo: the client library over HTTP with a store of its own, and what it shows.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  checkSettings,
  createClient,
  flagBits,
  type Client,
  type ClientStore,
  type ListedMail,
  type SyncOutcome,
} from '@packetboat/client';
import { httpTransport, openClientStore } from '@packetboat/client/node';
import { addressBook } from './letter.ts';
import { passwords, type DemoUser, type World } from './world.ts';

/** What syncs have cost. Bytes are TCP payload with HTTP headers. */
export interface Cost {
  readonly up: number;
  readonly down: number;
  /** Messages sent, each a wait for the server. */
  readonly turns: number;
  readonly milliseconds: number;
}

export interface ShownMail {
  readonly folder: string;
  readonly luid: string;
  readonly messageId: string;
  readonly flags: string;
  readonly size: number;
  readonly mail: ListedMail;
}

export class Device {
  readonly client: Client;
  readonly store: ClientStore;
  readonly name: string;
  readonly user: DemoUser;
  readonly #transport: ReturnType<typeof httpTransport>;
  #turns = 0;
  #milliseconds = 0;

  constructor(world: World, user: DemoUser, name: string) {
    this.name = `${user}'s ${name}`;
    this.user = user;
    this.#transport = httpTransport();
    this.store = openClientStore(join(world.folder, `${user}-${name}.db`));
    const settings = checkSettings({
      server: world.url(),
      user,
      address: addressBook[user].address,
      name: addressBook[user].name,
      deviceId: `demo-${user}-${name}`,
    });
    this.client = createClient({
      store: this.store,
      transport: this.#transport,
      settings,
      password: () => Promise.resolve(passwords[user]),
      now: Date.now,
      random: (bytes) => new Uint8Array(randomBytes(bytes)),
      sleep: async (ms) => {
        await sleep(ms);
      },
    });
  }

  /** Syncs; a sync that failed, or in which something was refused, is thrown. */
  async sync(): Promise<SyncOutcome> {
    return this.took(await this.client.sync());
  }

  /** Counts a sync that a call of the client made, and checks it like `sync`. */
  took(outcome: SyncOutcome | null): SyncOutcome {
    if (outcome === null) throw new Error(`${this.name} did not sync`);
    this.#turns += outcome.roundTrips;
    this.#milliseconds += outcome.milliseconds;
    if (outcome.error !== null) throw new Error(`${this.name}: ${outcome.error.code}: ${outcome.error.message}`);
    const [refused] = outcome.refused;
    if (refused !== undefined) throw new Error(`${this.name}: ${refused.luid} was refused with ${refused.status} ${refused.text ?? ''}`);
    return outcome;
  }

  /** All syncs so far. */
  cost(): Cost {
    const traffic = this.#transport.traffic();
    return { up: traffic?.up ?? 0, down: traffic?.down ?? 0, turns: this.#turns, milliseconds: this.#milliseconds };
  }

  /** Everything it shows. */
  async shown(): Promise<readonly ShownMail[]> {
    const folders = new Map((await this.client.folders()).map(({ luid, role, name }) => [luid, role ?? name]));
    const mails = await this.client.ls({ limit: 1_000_000 });
    return mails.map((mail) => ({
      folder: folderKey(folders.get(mail.folder ?? '') ?? ''),
      luid: mail.luid,
      messageId: mail.summary.messageId ?? '',
      flags: flagBits.flatMap(([name, bit]) => ((mail.flags & bit) === 0 ? [] : [name])).join(' '),
      size: mail.size,
      mail,
    }));
  }

  /** The one mail with this Message-ID. */
  async find(messageId: string): Promise<ShownMail> {
    const found = (await this.shown()).filter((mail) => mail.messageId === messageId);
    const [first] = found;
    if (first === undefined || found.length > 1) throw new Error(`${this.name} shows the mail ${messageId} ${found.length} times`);
    return first;
  }

  /** LUID of the folder with a role, or of that name. */
  async folder(key: string): Promise<string> {
    const folders = await this.client.folders();
    const found = folders.find(({ role, name }) => folderKey(role ?? name) === folderKey(key));
    if (found === undefined) throw new Error(`${this.name} has no folder ${key}`);
    return found.luid;
  }

  close(): Promise<void> {
    return this.client.close();
  }
}

/** OMA DS calls the trash `deleted`, and has no role for the archive and for junk: these go by their names. */
function folderKey(key: string): string {
  const lower = key.toLowerCase();
  return lower === 'deleted' ? 'trash' : lower;
}
