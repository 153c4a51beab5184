// What every contract of the client's store works with: a store, a few folders and mails, and short words for both.
import { drive, Flag, need, type ClientItem, type ClientWrite, type OutgoingChange, type Step } from '@packetboat/datasync';
import type { ClientStore, MailView, StoreNeeds } from '../../src/index.ts';

export interface StoreHarness {
  readonly name: string;
  open(): Promise<OpenedStore>;
}

export interface OpenedStore {
  readonly store: ClientStore;
  /** The same store after its process has ended, where it outlives that. */
  readonly reopen?: () => Promise<ClientStore>;
  readonly remove: () => Promise<void>;
}

export const inbox = '1';
export const outbox = '2';
export const trash = '3';
export const drafts = '4';

export function folder(luid: string, name: string, role: string | null): ClientItem {
  return { luid, kind: 'folder', parent: null, flags: 0, name, role, shape: 'none', size: 0, received: 0, sendError: null, content: null };
}

export function mail(luid: string, more: Partial<ClientItem> = {}): ClientItem {
  const content = mailBytes(luid);
  const base = { kind: 'mail', parent: inbox, flags: 0, name: null, role: null, shape: 'full', sendError: null } as const;
  return { luid, ...base, size: content.length, received: 1_000 + Number.parseInt(luid, 36), content, ...more };
}

export function mailBytes(subject: string, text = 'Hello'): Uint8Array {
  return new TextEncoder().encode(`From: Anna <anna@example.org>\r\nSubject: ${subject}\r\n\r\n${text}\r\n`);
}

export const folders: readonly ClientWrite[] = [
  { write: 'item', item: folder(inbox, 'INBOX', 'inbox') },
  { write: 'item', item: folder(outbox, 'Outbox', 'outbox') },
  { write: 'item', item: folder(trash, 'Trash', 'trash') },
  { write: 'item', item: folder(drafts, 'Drafts', 'drafts') },
];

/** Asks the store as a session does. */
export async function ask<K extends keyof StoreNeeds>(
  store: ClientStore,
  kind: K,
  question: StoreNeeds[K]['ask'],
): Promise<StoreNeeds[K]['answer']> {
  function* step(): Step<StoreNeeds, StoreNeeds[K]['answer']> {
    return yield* need<StoreNeeds, keyof StoreNeeds>(kind, question);
  }
  return drive(step(), store.answers);
}

export async function commit(store: ClientStore, ...writes: readonly ClientWrite[]): Promise<void> {
  await ask(store, 'commit', { writes });
}

/** As a session reads them: what it has read counts as on its way. */
export async function changes(store: ClientStore, after = 0): Promise<readonly OutgoingChange[]> {
  return ask(store, 'changes', { after, limit: 1_000, maxContent: 1_000_000 });
}

/** A change in short: what it does to which mail. */
export async function changeLines(store: ClientStore): Promise<string[]> {
  return (await changes(store)).map(({ luid, named, op, parent, set }) => {
    if (op === 'flags') return `${luid} flags ${flagText(named)}=${flagText(set)}`;
    return op === 'delete' ? `${luid} delete` : `${luid} ${op} ${parent}`;
  });
}

function flagText(flags: number): string {
  return Object.entries(Flag)
    .filter(([, bit]) => (flags & bit) !== 0)
    .map(([name]) => name)
    .join('+');
}

export async function view(store: ClientStore, luid: string): Promise<MailView> {
  const found = await store.get(luid);
  if (found === null) throw new Error(`mail ${luid} is not shown`);
  return found;
}
