// Item rows as tracking reads them.
import type { RemoteMail } from '@packetboat/mail';
import type { Kysely, Selectable, Transaction } from 'kysely';
import type { Database, ItemTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { limits } from './limits.ts';

export type ItemRow = Selectable<ItemTable>;

const mailColumns = [
  'id',
  'parent',
  'flags',
  'gone',
  'size',
  'received',
  'message_id',
  'digest',
  'email_id',
  'remote_folder',
  'remote_uid',
  'spool',
  'missing_since',
] as const;

/** A mail, as far as tracking needs to know it. */
export type MailRow = Pick<ItemRow, (typeof mailColumns)[number]>;
/** A folder that the mail server has. */
export type FolderRow = Pick<ItemRow, 'id' | 'parent' | 'name' | 'role' | 'selectable' | 'remote_cursor' | 'missing_since'> & {
  readonly remote_path: string;
};

/** Cuts a list into parts that a statement can take. */
export function* parts<T>(list: readonly T[], size: number = limits.part): Generator<readonly T[]> {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

/** The rows that are, or were, at these uids of a folder, tombstones included. */
export async function mailsAt(tx: Transaction<Database>, folder: number, uids: readonly string[]): Promise<MailRow[]> {
  const rows: MailRow[] = [];
  for (const part of parts(uids)) {
    rows.push(
      ...(await tx
        .selectFrom('item')
        .select(mailColumns)
        .where('remote_folder', '=', folder)
        .where('remote_uid', 'in', part)
        .where('kind', '=', 'mail')
        .execute()),
    );
  }
  return rows;
}

/** Live mails of a folder at the mail server, whether their uid is known or not. */
export function mailsIn(tx: Transaction<Database>, folder: number): Promise<MailRow[]> {
  return tx
    .selectFrom('item')
    .select(mailColumns)
    .where('remote_folder', '=', folder)
    .where('kind', '=', 'mail')
    .where('gone', '=', 0)
    .orderBy('id')
    .execute();
}

/** Mails of the account that may be one of `mails`, by what identifies them: live ones, and tombstones that the mail server has still to be told of. */
export async function lookAlikes(tx: Transaction<Database>, account: number, mails: readonly RemoteMail[]): Promise<MailRow[]> {
  const wanted = [
    ['email_id', mails.flatMap((mail) => mail.emailId ?? [])],
    ['message_id', mails.flatMap((mail) => mail.messageId ?? [])],
    ['digest', mails.flatMap((mail) => (mail.messageId === undefined ? mail.digest : []))],
  ] as const;
  const found = new Map<number, MailRow>();
  for (const [column, values] of wanted) {
    for (const part of parts([...new Set(values)])) {
      const rows = await tx
        .selectFrom('item')
        .select(mailColumns)
        .where('account', '=', account)
        .where(column, 'in', part)
        .where('kind', '=', 'mail')
        .where((eb) =>
          eb.or([
            eb('gone', '=', 0),
            eb.exists(eb.selectFrom('operation').select('operation.id').whereRef('operation.item', '=', 'item.id')),
          ]),
        )
        .orderBy('id')
        .execute();
      for (const row of rows) found.set(row.id, row);
    }
  }
  return [...found.values()];
}

/** The uids that a folder is known to hold. */
export async function knownUids(store: Pick<Store, 'db'>, folder: number): Promise<readonly string[]> {
  const rows = await store.db
    .selectFrom('item')
    .select('remote_uid')
    .where('remote_folder', '=', folder)
    .where('remote_uid', 'is not', null)
    .where('gone', '=', 0)
    .execute();
  return rows.flatMap((row) => row.remote_uid ?? []);
}

/** The item of the folder with this role; undefined where the mail server has none. */
export async function folderOfRole(tx: Kysely<Database>, account: number, role: string): Promise<number | undefined> {
  const row = await tx
    .selectFrom('item')
    .select('id')
    .where('account', '=', account)
    .where('kind', '=', 'folder')
    .where('role', '=', role)
    .where('gone', '=', 0)
    .orderBy('id')
    .limit(1)
    .executeTakeFirst();
  return row?.id;
}

function order({ role }: { readonly role: string | null }): number {
  if (role === 'inbox') return 0;
  return role === null ? 2 : 1;
}

/** The folders that the mail server has and that can hold mails: the inbox first, then those with a role, then the others by age. */
export async function watchedFolders(db: Kysely<Database>, account: number): Promise<readonly FolderRow[]> {
  const rows = await db
    .selectFrom('item')
    .select(['id', 'parent', 'name', 'role', 'selectable', 'remote_cursor', 'remote_path', 'missing_since'])
    .where('account', '=', account)
    .where('kind', '=', 'folder')
    .where('gone', '=', 0)
    .where('remote_path', 'is not', null)
    .orderBy('id')
    .execute();
  return rows
    .flatMap((row) =>
      row.remote_path === null || row.selectable === 0 || row.missing_since !== null ? [] : [{ ...row, remote_path: row.remote_path }],
    )
    .toSorted((a, b) => order(a) - order(b));
}
