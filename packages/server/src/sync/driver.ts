// Runs session steps: answers what they ask from the store, the mailboxes and the configuration, and starts a step again
// when what it read has changed before its commit.
import {
  drive,
  hasOpened,
  readClaim,
  serverStep,
  userSecret,
  type Answers,
  type ServerEnv,
  type ServerNeeds,
  type ServerReply,
  type StoredSession,
} from '@packetboat/datasync';
import { decodeMessage, type Encoding, type Message } from '@packetboat/syncml';
import { SyncError } from './errors.ts';
import { DeviceLocks } from './device-lock.ts';

/** What the mailboxes answer, beside the store. */
export type MailNeeds = Pick<ServerNeeds, 'objects' | 'submit' | 'identify' | 'prepareSend'>;
export type StoredNeeds = Omit<ServerNeeds, keyof MailNeeds | 'secret'>;

export interface DriverOptions {
  readonly store: Answers<StoredNeeds>;
  readonly mail: Answers<MailNeeds>;
  /** Password of a person by log-in name; undefined for an unknown one. */
  readonly password: (user: string) => string | undefined;
  readonly env: () => ServerEnv;
  /** Called when a session of this person is about to open its first datastore, so that it sees what the mail server has now. */
  readonly refresh: (person: string) => Promise<void>;
  /** Whether the mailbox of this account (GUID) has been read in full at least once; waits some seconds for it. */
  readonly hasBeenRead: (account: string) => Promise<boolean>;
}

export interface SyncPost {
  readonly body: Uint8Array;
  readonly encoding: Encoding;
  readonly token: string | null;
}

/** A step is run again this often when other work gets in between; then the peer is told to come back. */
const attempts = 20;

export class SyncDriver {
  readonly #options: DriverOptions;
  readonly #locks = new DeviceLocks();

  constructor(options: DriverOptions) {
    this.#options = options;
  }

  /** Answers one message. Throws what the codecs and the session throw for a message that cannot be answered. */
  async answer(post: SyncPost): Promise<ServerReply> {
    const message = decodeMessage(post.body, post.encoding);
    const stored = post.token === null ? null : await this.#options.store.session({ token: post.token });
    return this.#locks.run(lockOf(message, stored), async () => {
      // It is the first Alert that counts, whichever message it is in: a device may begin with what it is, or a log-in.
      const first = stored === null || !hasOpened(stored.state);
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await drive<ServerNeeds, ServerReply>(serverStep({ message, ...post }, this.#options.env()), this.#answers(first));
        } catch (error) {
          if (!isConflict(error) || attempt === attempts) throw error;
        }
      }
    });
  }

  #answers(first: boolean): Answers<ServerNeeds> {
    const { store, mail, password, refresh, hasBeenRead } = this.#options;
    return {
      ...store,
      ...mail,
      secret: ({ user }) => {
        const found = password(user);
        return found === undefined ? null : { person: user, secret: userSecret(user, found) };
      },
      // The first Alert of a session is where it pays to look at the mail server once more.
      account: async (ask) => {
        if (first) await refresh(ask.person);
        const found = await store.account(ask);
        // Compared with half a mailbox, a device's mails would look new and be filed a second time.
        if (found !== null && !(await hasBeenRead(found.account.guid))) {
          throw new SyncError('ERR_SYNC_MAILBOX_UNREAD', 'the mailbox has not been read in full yet');
        }
        return found;
      },
    };
  }
}

/** A device by its person: nobody makes another person's device wait by using its name. */
function lockOf({ header }: Message, stored: StoredSession | null): string {
  const claim = readClaim(header.cred, header.source.locName);
  const claimed = 'user' in claim ? claim.user : (header.source.locName ?? '');
  return JSON.stringify([stored?.person ?? claimed, header.source.locUri]);
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STORE_CONFLICT';
}
