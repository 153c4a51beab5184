// The items that objects are asked of, with where their content is.
import type { Guid } from '@packetboat/datasync';
import type { Store } from '../store/store.ts';
import { parts } from '../tracking/rows.ts';

export interface MailItem {
  readonly guid: Guid;
  readonly id: number;
  readonly rev: number;
  readonly kind: 'mail' | 'folder';
  readonly flags: number;
  readonly size: number;
  readonly received: number;
  readonly name: string | null;
  readonly role: string | null;
  readonly sendError: string | null;
  readonly spool: string | null;
  /** Folder at the mail server, by item and by path, and uid in it; missing for what only we have. */
  readonly place?: { readonly folder: number; readonly path: string; readonly uid: string };
}

/** Live items of the account among these GUIDs. */
export async function itemsOf(store: Store, account: number, guids: readonly Guid[]): Promise<ReadonlyMap<Guid, MailItem>> {
  const ids = new Map(
    guids.flatMap((guid) => {
      const id = store.guids.id(guid);
      return id === null ? [] : [[id, guid] as const];
    }),
  );
  const items = new Map<Guid, MailItem>();
  for (const part of parts([...ids.keys()])) {
    const rows = await store.db
      .selectFrom('item')
      .leftJoin('item as folder', 'folder.id', 'item.remote_folder')
      .select([
        'item.id',
        'item.account',
        'item.gone',
        'item.rev',
        'item.kind',
        'item.flags',
        'item.size',
        'item.received',
        'item.name',
        'item.role',
        'item.send_error as sendError',
        'item.spool',
        'item.remote_folder as folder',
        'item.remote_uid as uid',
        'folder.remote_path as path',
      ])
      // By row id alone: offered the account too, SQLite would rather read all items of it than look up many ids.
      .where('item.id', 'in', part)
      .execute();
    for (const { account: owner, gone, folder, uid, path, ...row } of rows) {
      if (owner !== account || gone === 1) continue;
      const guid = ids.get(row.id) ?? '';
      items.set(guid, { guid, ...row, ...(folder === null || uid === null || path === null ? {} : { place: { folder, path, uid } }) });
    }
  }
  return items;
}
