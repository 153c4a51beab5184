// Reads of the session: map rows by either id, the account behind a path, its folders, devices and sessions.
import type { AccountRecord, DeviceRecord, ItemRecord, RowItem, ServerNeeds, StoredSession } from '@packetboat/datasync';
import type { Kysely } from 'kysely';
import { storedView } from './generations.ts';
import type { Guids } from './guid.ts';
import { itemRecord, itemsById, mapRow, parts, plainBytes, type StoredRow, withItems } from './rows.ts';
import type { Item } from './revision.ts';
import type { Database } from './schema.ts';
import { accountId } from './unit.ts';
import { inView } from './view.ts';
import { folderDepths } from './work.ts';

type Db = Kysely<Database>;

/** Rows with these LUIDs; unknown ones are left out. */
export async function rowsByLuid(db: Db, guids: Guids, ask: ServerNeeds['rowsByLuid']['ask']): Promise<RowItem[]> {
  const rows: StoredRow[] = [];
  for (const part of parts(ask.luids)) {
    rows.push(...(await db.selectFrom('map_row').selectAll().where('generation', '=', ask.generation).where('luid', 'in', part).execute()));
  }
  return withItems(db, guids, rows);
}

/** Row, item, or both of each GUID, in the order asked; what has neither, or is another account's, is left out. */
export async function rowsByGuid(db: Db, guids: Guids, ask: ServerNeeds['rowsByGuid']['ask']): Promise<RowItem[]> {
  const ids = [...new Set(ask.guids.flatMap((guid) => guids.id(guid) ?? []))];
  const generation = await db.selectFrom('generation').select('account').where('id', '=', ask.generation).executeTakeFirst();
  const rows = new Map<number, StoredRow>();
  for (const part of parts(ids)) {
    const found = await db.selectFrom('map_row').selectAll().where('generation', '=', ask.generation).where('item', 'in', part).execute();
    for (const row of found) rows.set(row.item, row);
  }
  const items = await itemsById(db, ids);
  return ids.flatMap((id): RowItem[] => {
    const row = rows.get(id);
    const item = items.get(id);
    const own = item !== undefined && item.account === generation?.account ? item : undefined;
    if (row === undefined && own === undefined) return [];
    return [{ row: row === undefined ? null : mapRow(guids, row), item: own === undefined ? null : itemRecord(guids, own) }];
  });
}

/** The newest mails of a view. */
export async function selectMails(db: Db, guids: Guids, ask: ServerNeeds['select']['ask']): Promise<string[]> {
  const mails = await db
    .selectFrom('item')
    .select('item.id')
    .where('item.account', '=', accountId(ask.account))
    .where('item.kind', '=', 'mail')
    .where(inView(storedView(guids, ask.view)))
    .orderBy('item.received', 'desc')
    .orderBy('item.id', 'desc')
    .limit(ask.limit)
    .execute();
  return mails.map(({ id }) => guids.of(id));
}

/** Live folders of an account, parents before children. */
export async function foldersOf(db: Db, guids: Guids, account: string): Promise<ItemRecord[]> {
  const id = accountId(account);
  const live = await liveFolders(db, id);
  const depths = await folderDepths(db, id);
  return live
    .toSorted((a, b) => (depths.get(a.id) ?? 0) - (depths.get(b.id) ?? 0) || a.id - b.id)
    .map((folder) => itemRecord(guids, folder));
}

/** The account and folder behind a path: `mail` is the person's first account. Null for what is not there or not theirs. */
export async function accountByPath(
  db: Db,
  guids: Guids,
  { database, epoch }: { readonly database: string; readonly epoch: number },
  ask: ServerNeeds['account']['ask'],
): Promise<ServerNeeds['account']['answer']> {
  const [root, name, ...segments] = ask.path;
  if (root !== 'mail') return null;
  let query = db.selectFrom('account').selectAll().where('person', '=', ask.person);
  if (name !== undefined) query = query.where('name', '=', name);
  const row = await query.orderBy('id').limit(1).executeTakeFirst();
  if (row === undefined) return null;
  const live = await liveFolders(db, row.id);
  const folder = segments.length === 0 ? null : findFolder(live, segments);
  if (folder === undefined) return null;
  const record: AccountRecord = { guid: String(row.id), rev: row.rev, roles: rolesOf(guids, live), database, epoch };
  return { account: record, folder: folder === null ? null : guids.of(folder.id) };
}

function liveFolders(db: Db, account: number): Promise<Item[]> {
  return db
    .selectFrom('item')
    .selectAll()
    .where('account', '=', account)
    .where('kind', '=', 'folder')
    .where('gone', '=', 0)
    .orderBy('id')
    .execute();
}

const roles = ['inbox', 'outbox', 'sent', 'drafts', 'trash', 'archive'] as const;

function rolesOf(guids: Guids, live: readonly Item[]): AccountRecord['roles'] {
  const found: { -readonly [Role in (typeof roles)[number]]?: string } = {};
  for (const role of roles) {
    const folder = live.find((each) => each.role === role);
    if (folder !== undefined) found[role] = guids.of(folder.id);
  }
  return found;
}

/** By name from the top. At the top a role will do too, in any case: INBOX has no case (RFC 9051 §5.1), `Outbox` is how a flat device sends. */
function findFolder(live: readonly Item[], segments: readonly string[]): Item | undefined {
  let folder: Item | undefined;
  for (const [depth, segment] of segments.entries()) {
    const parent = folder?.id ?? null;
    const here = live.filter((each) => each.parent === parent);
    folder =
      here.find((each) => each.name === segment) ?? (depth === 0 ? here.find((each) => each.role === segment.toLowerCase()) : undefined);
    if (folder === undefined) return undefined;
  }
  return folder;
}

export async function readDevice(db: Db, ask: ServerNeeds['device']['ask']): Promise<DeviceRecord | null> {
  const row = await db
    .selectFrom('device')
    .select(['dev_inf', 'nonce_count', 'challenge_used'])
    .where('person', '=', ask.person)
    .where('device_id', '=', ask.deviceId)
    .executeTakeFirst();
  if (row === undefined) return null;
  const nonceUse = { count: row.nonce_count, challenge: row.challenge_used };
  return { devInf: row.dev_inf === null ? null : plainBytes(row.dev_inf), nonceUse };
}

/** By token, or the newest one of that device with that SessionID. */
export async function readSession(db: Db, ask: ServerNeeds['session']['ask']): Promise<StoredSession | null> {
  const query = db.selectFrom('session').selectAll();
  const row = await (
    'token' in ask
      ? query.where('token', '=', ask.token)
      : query.where('person', '=', ask.person).where('device_id', '=', ask.deviceId).where('session_id', '=', ask.sessionId)
  )
    .orderBy('updated', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  return {
    token: row.token,
    person: row.person,
    deviceId: row.device_id,
    sessionId: row.session_id,
    state: row.state,
    lastMsgId: row.last_msg_id,
    lastHash: row.last_hash,
    lastReply: plainBytes(row.last_reply),
    version: row.version,
  };
}
