// A row of the scenario table: what both sides have, what happens to it, how the device syncs then, and what both sides show at the end.
import type { ClientSettings, FlagName } from '@packetboat/client';

/** A folder by its role, or by its name where it has none. */
export type Place = string;

/** One edit on one side. Mails are named; `bytes`: about how large a new one is. */
export type Edit =
  | { readonly on: 'device'; readonly edit: 'mark'; readonly mail: string; readonly flags: readonly FlagName[]; readonly value: boolean }
  | { readonly on: 'device'; readonly edit: 'move'; readonly mail: string; readonly to: Place }
  | { readonly on: 'device'; readonly edit: 'remove'; readonly mail: string }
  | { readonly on: 'device'; readonly edit: 'draft'; readonly mail: string; readonly bytes: number }
  | { readonly on: 'device'; readonly edit: 'send'; readonly mail: string; readonly bytes: number }
  | { readonly on: 'server'; readonly edit: 'deliver'; readonly mail: string; readonly bytes: number }
  | { readonly on: 'server'; readonly edit: 'mark'; readonly mail: string; readonly flags: readonly FlagName[]; readonly value: boolean }
  | { readonly on: 'server'; readonly edit: 'move'; readonly mail: string; readonly to: Place }
  | { readonly on: 'server'; readonly edit: 'expunge'; readonly mail: string }
  | { readonly on: 'server'; readonly edit: 'file'; readonly mail: string; readonly to: Place; readonly flags: readonly FlagName[] }
  | { readonly on: 'server'; readonly edit: 'make folder'; readonly name: string }
  | { readonly on: 'server'; readonly edit: 'rename folder'; readonly name: string; readonly to: string }
  | { readonly on: 'server'; readonly edit: 'remove folder'; readonly name: string }
  /** The device syncs in the middle of the row, so that both sides have seen what happened so far. */
  | { readonly on: 'line'; readonly edit: 'sync' };

/** Folders with their mails, each `name` or `name flag,flag`; empty folders are left out. */
export type Content = Readonly<Record<string, readonly string[]>>;

export type SyncMode = 'two-way' | 'slow' | 'send' | 'receive' | 'refresh';

export interface Row {
  readonly name: string;
  /** Mails of the inbox before the first sync; `one`, `two` and `three` when absent. */
  readonly begin?: readonly string[];
  readonly edits: readonly Edit[];
  /** How the device syncs after the edits; two-way when absent. */
  readonly sync?: SyncMode;
  readonly settings?: Partial<ClientSettings>;
  /** What both sides show after the sync. Of a one-way sync: what each of them shows. Absent: that both show the same, each mail once. */
  readonly expected?: Content | { readonly device: Content; readonly server: Content };
  /** What has come to the other person. */
  readonly delivered?: readonly string[];
}

const list = (flags: FlagName | readonly FlagName[]): readonly FlagName[] => (typeof flags === 'string' ? [flags] : flags);

/** What a person does on the device. */
export const onDevice = {
  mark: (mail: string, flags: FlagName | readonly FlagName[] = 'read'): Edit => ({
    on: 'device',
    edit: 'mark',
    mail,
    flags: list(flags),
    value: true,
  }),
  unmark: (mail: string, flags: FlagName | readonly FlagName[] = 'read'): Edit => ({
    on: 'device',
    edit: 'mark',
    mail,
    flags: list(flags),
    value: false,
  }),
  move: (mail: string, to: Place): Edit => ({ on: 'device', edit: 'move', mail, to }),
  remove: (mail: string): Edit => ({ on: 'device', edit: 'remove', mail }),
  draft: (mail: string, bytes = 300): Edit => ({ on: 'device', edit: 'draft', mail, bytes }),
  send: (mail: string, bytes = 300): Edit => ({ on: 'device', edit: 'send', mail, bytes }),
} as const;

/** What another program does at the mail server. */
export const onServer = {
  deliver: (mail: string, bytes = 300): Edit => ({ on: 'server', edit: 'deliver', mail, bytes }),
  mark: (mail: string, flags: FlagName | readonly FlagName[] = 'read'): Edit => ({
    on: 'server',
    edit: 'mark',
    mail,
    flags: list(flags),
    value: true,
  }),
  unmark: (mail: string, flags: FlagName | readonly FlagName[] = 'read'): Edit => ({
    on: 'server',
    edit: 'mark',
    mail,
    flags: list(flags),
    value: false,
  }),
  move: (mail: string, to: Place): Edit => ({ on: 'server', edit: 'move', mail, to }),
  expunge: (mail: string): Edit => ({ on: 'server', edit: 'expunge', mail }),
  file: (mail: string, to: Place, flags: readonly FlagName[] = []): Edit => ({ on: 'server', edit: 'file', mail, to, flags }),
  makeFolder: (name: string): Edit => ({ on: 'server', edit: 'make folder', name }),
  renameFolder: (name: string, to: string): Edit => ({ on: 'server', edit: 'rename folder', name, to }),
  removeFolder: (name: string): Edit => ({ on: 'server', edit: 'remove folder', name }),
} as const;

export const sync: Edit = { on: 'line', edit: 'sync' };
