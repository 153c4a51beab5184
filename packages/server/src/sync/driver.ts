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
import type { Attempt, LogInTries } from './log-in-tries.ts';

/** What the mailboxes answer, beside the store. */
export type MailNeeds = Pick<ServerNeeds, 'objects' | 'submit' | 'identify' | 'prepareSend'>;
export type StoredNeeds = Omit<ServerNeeds, keyof MailNeeds | 'secret' | 'mayTry'>;

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
  /** Counts wrong log-ins. */
  readonly tries: LogInTries;
}

export interface SyncPost {
  readonly body: Uint8Array;
  readonly encoding: Encoding;
  readonly token: string | null;
  /** The header `x-syncml-hmac`, when there was one. */
  readonly mac?: string;
  /** Where it comes from, as `addressKey` writes it. */
  readonly address: string;
}

/** What a message from outside may grow to while it is answered: a body has 262,144 bytes at most, and many are answered at once. */
const messageLimits = {
  /** Bytes of text: an entry of the string table counts each time it is used. A message of a real device does not grow. */
  expandedBytes: 1_048_576,
  /** Elements, some 150 bytes each: 64 kB of the smallest status changes have 3,000. */
  nodes: 50_000,
};

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
    const message = decodeMessage(post.body, post.encoding, { limits: messageLimits });
    const attempt = this.#attemptOf(message, post);
    const stored = post.token === null ? null : await this.#options.store.session({ token: post.token });
    return this.#locks.run(lockOf(attempt, stored), async () => {
      // It is the first Alert that counts, whichever message it is in: a device may begin with what it is, or a log-in.
      const first = stored === null || !hasOpened(stored.state);
      for (let run = 1; ; run += 1) {
        try {
          const reply = await drive<ServerNeeds, ServerReply>(
            serverStep({ message, ...post }, this.#options.env()),
            this.#answers(first, attempt),
          );
          const { tries } = this.#options;
          if (reply.logIn === 'accepted') tries.accepted(attempt, this.#now());
          if (reply.logIn === 'refused') tries.refused(attempt, this.#now());
          return reply;
        } catch (error) {
          if (!isConflict(error) || run === attempts) throw error;
        }
      }
    });
  }

  #now(): number {
    return this.#options.env().now;
  }

  #attemptOf({ header }: Message, { mac, body, address }: SyncPost): Attempt {
    const claim = readClaim(header.cred, header.source.locName, mac === undefined ? undefined : { header: mac, body });
    return { user: 'user' in claim ? claim.user : (header.source.locName ?? ''), deviceId: header.source.locUri, address };
  }

  #answers(first: boolean, attempt: Attempt): Answers<ServerNeeds> {
    const { store, mail, password, refresh, hasBeenRead, tries } = this.#options;
    return {
      ...store,
      ...mail,
      mayTry: () => {
        const wait = tries.wait(attempt, this.#now());
        if (wait > 0) throw new SyncError('ERR_SYNC_TRIES', 'too many wrong log-ins', Math.ceil(wait / 1_000));
        return null;
      },
      secret: ({ user }) => {
        const found = password(user);
        // The same work for an unknown user as for a known one.
        const secret = userSecret(user, found ?? '');
        return found === undefined ? null : { person: user, secret };
      },
      // The first Alert of a session is where it pays to look at the mail server once more.
      account: async (ask) => {
        if (first) await refresh(ask.person);
        const found = await store.account(ask);
        // Compared with half a mailbox, a device's mails would look new and be filed a second time.
        if (found !== null && !(await hasBeenRead(found.account.guid))) {
          throw new SyncError('ERR_SYNC_MAILBOX_UNREAD', 'the mailbox has not been read in full yet', 5);
        }
        return found;
      },
    };
  }
}

/** A device by its person: nobody makes another person's device wait by using its name. */
function lockOf({ user, deviceId }: Attempt, stored: StoredSession | null): string {
  return JSON.stringify([stored?.person ?? user, deviceId]);
}

function isConflict(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STORE_CONFLICT';
}
