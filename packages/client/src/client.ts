// The email sync client: a store, a transport and settings made into what a person does. No I/O of its own, no clock, no chance.
import { Flag, type FlagSet, type SyncProgress, type SyncRequest } from '@packetboat/datasync';
import { htmlToText, readMail, replyTo, summarise, type MailSummary, type ReadableMail } from '@packetboat/message';
import { compose, mailOf, newMessageId, ownAddress, type Draft, type Stamp } from './draft.ts';
import { ClientError } from './errors.ts';
import { clientLimits } from './limits.ts';
import type { ClientOptions } from './options.ts';
import type { ClientSettings } from './settings.ts';
import type { ClientStore, FolderView, MailQuery, MailView, StoreStats } from './store/port.ts';
import { runSync, type SyncOutcome } from './sync.ts';

/** A mail in a list, with what its header says. */
export interface ListedMail extends MailView {
  readonly summary: MailSummary;
}

/** A mail to read. `whole` false: parts of it are still at the server. */
export interface OpenMail extends ListedMail {
  readonly whole: boolean;
  readonly mail: ReadableMail;
  /** What came over the line for it; null when it was here. */
  readonly sync: SyncOutcome | null;
}

export interface SentMail {
  readonly luid: string;
  readonly bytes: number;
  /** Null when it was told not to sync. */
  readonly sync: SyncOutcome | null;
}

export interface ClientInfo {
  readonly settings: ClientSettings;
  readonly stats: StoreStats;
  /** Whether the server has been spoken to. */
  readonly serverKnown: boolean;
  readonly sessions: number;
  /** What the server said last that it stands at; null before the first sync. */
  readonly anchor: string | null;
}

export interface SyncOptions {
  readonly onProgress?: (progress: SyncProgress) => void;
}

export interface SendOptions extends SyncOptions {
  /** False: the mail waits in the Outbox for the next sync. */
  readonly sync?: boolean;
}

export interface ReplyDraft {
  readonly text: string;
  readonly all?: boolean;
  /** Whether the original is quoted below; default true. */
  readonly quote?: boolean;
}

export interface Client {
  /** Syncs once; a failure of the server or the link is in the outcome. Throws ERR_CLIENT_BUSY. */
  sync(request?: SyncRequest, options?: SyncOptions): Promise<SyncOutcome>;
  folders(): Promise<readonly FolderView[]>;
  ls(query?: Partial<MailQuery>): Promise<readonly ListedMail[]>;
  /** With `fetch` the whole mail is fetched when only its header is here. Throws ERR_CLIENT_NOT_FOUND. */
  read(luid: string, options?: SyncOptions & { readonly fetch?: boolean }): Promise<OpenMail>;
  mark(luid: string, named: FlagSet, set: FlagSet): Promise<void>;
  move(luid: string, folder: string): Promise<void>;
  rm(luid: string): Promise<void>;
  /** Puts a mail into the Outbox and syncs. */
  send(draft: Draft, options?: SendOptions): Promise<SentMail>;
  /** Answers a mail, marks it as replied to, and syncs. */
  reply(luid: string, draft: ReplyDraft, options?: SendOptions): Promise<SentMail>;
  info(): Promise<ClientInfo>;
  close(): Promise<void>;
}

/** A client over a store and a transport; `close` closes both. */
export function createClient(options: ClientOptions): Client {
  const { store, settings, transport } = options;
  const sync: Client['sync'] = (request = { mode: 'two-way' }, more = {}) => runSync(options, request, more.onProgress);
  const stamp = (): Stamp => ({ now: options.now(), random: options.random });
  const post = async (mail: Uint8Array, { sync: wanted = true, ...more }: SendOptions, then?: () => Promise<void>): Promise<SentMail> => {
    const outbox = (await store.folders()).find((folder) => folder.role === 'outbox');
    if (outbox === undefined) throw new ClientError('ERR_CLIENT_NO_OUTBOX', 'no Outbox is known yet: sync first, then send again');
    const luid = await store.write(mail, outbox.luid, Flag.Read, options.now());
    await then?.();
    return { luid, bytes: mail.length, sync: wanted ? await sync({ mode: 'two-way' }, more) : null };
  };
  return {
    sync,
    folders: () => store.folders(),
    ls: async (query = {}) => {
      const mails = await store.list({ limit: clientLimits.listing, offset: 0, ...query });
      return mails.map(listed);
    },
    read: (luid, more = {}) => read(store, sync, luid, more),
    mark: (luid, named, set) => store.mark(luid, named, set),
    move: (luid, folder) => store.move(luid, folder),
    rm: (luid) => store.remove(luid),
    send: async (draft, more = {}) => post(mailOf(draft, settings, stamp()), more),
    reply: async (luid, draft, more = {}) => {
      const mail = await replyMail(store, settings, stamp(), luid, draft);
      return post(mail, more, () => store.mark(luid, Flag.Replied, Flag.Replied));
    },
    info: () => info(store, settings),
    close: async () => {
      await transport.close();
      await store.close();
    },
  };
}

function listed(mail: MailView): ListedMail {
  return { ...mail, summary: summarise(mail.header) };
}

async function read(
  store: ClientStore,
  sync: Client['sync'],
  luid: string,
  { fetch = false, onProgress }: SyncOptions & { readonly fetch?: boolean },
): Promise<OpenMail> {
  let found = await store.get(luid);
  let outcome: SyncOutcome | null = null;
  if (found !== null && found.shape !== 'full' && fetch) {
    outcome = await sync({ mode: 'two-way', fetch: [luid] }, onProgress === undefined ? {} : { onProgress });
    found = await store.get(luid);
  }
  if (found === null) throw notHere(luid);
  const { content, ...view } = found;
  const mail = readMail(content ?? new Uint8Array());
  return { ...view, summary: mail.summary, whole: view.shape === 'full', mail, sync: outcome };
}

async function replyMail(store: ClientStore, settings: ClientSettings, stamp: Stamp, luid: string, draft: ReplyDraft): Promise<Uint8Array> {
  const original = await store.get(luid);
  if (original === null) throw notHere(luid);
  if (original.content === null) {
    throw new ClientError('ERR_CLIENT_NOT_HERE', `nothing of mail ${luid} is on this device: read it with --fetch first`);
  }
  ownAddress(settings);
  const { text, html } = readMail(original.content);
  // Of a mail of which only the header is here there is nothing to quote.
  const quote = original.shape === 'full' && draft.quote !== false ? (text ?? (html === undefined ? '' : htmlToText(html))) : '';
  const reply = replyTo(original.content, {
    all: draft.all === true,
    self: [settings.address],
    text: draft.text,
    date: stamp.now,
    messageId: newMessageId(settings, stamp),
    ...(quote.trim() !== '' && { quote }),
  });
  return compose({ ...reply, from: ownAddress(settings) });
}

function notHere(luid: string): ClientError {
  return new ClientError('ERR_CLIENT_NOT_FOUND', `there is no mail ${luid} on this device`);
}

async function info(store: ClientStore, settings: ClientSettings): Promise<ClientInfo> {
  const [knowledge, anchors, stats] = await Promise.all([
    store.answers.knowledge({}),
    store.answers.anchors({ datastore: settings.datastore }),
    store.stats(),
  ]);
  return { settings, stats, serverKnown: knowledge.devInf !== null, sessions: knowledge.lastSessionId, anchor: anchors.server };
}
