// The folders of one person: list, find, make, rename, remove.
import type { Kysely, Transaction } from 'kysely';
import { MailError } from '../errors.ts';
import type { FolderRole, RemoteFolder } from '../port.ts';
import { checkPath, INBOX, nameOf, normalPath, parentOf, refusedFolder } from './folder-path.ts';
import type { FolderRow } from './mail-rows.ts';
import type { Tables } from './tables.ts';

const UID_VALIDITY = 'uid_validity';

/** The row of a folder. Throws `ERR_MAIL_REFUSED` when the person has none of this path, `ERR_MAIL_AUTH` when there is no such person. */
export async function findFolder(db: Kysely<Tables>, login: string, path: string): Promise<FolderRow> {
  const row = await db
    .selectFrom('folder')
    .innerJoin('person', 'person.id', 'folder.person_id')
    .select(['folder.id', 'uid_validity', 'uid_next', 'revision', 'tombstone_floor'])
    .where('login', '=', login)
    .where('path', '=', normalPath(path))
    .executeTakeFirst();
  if (row === undefined) {
    await findPerson(db, login);
    throw refusedFolder('there is no such folder');
  }
  return {
    id: row.id,
    uidValidity: row.uid_validity,
    uidNext: row.uid_next,
    revision: row.revision,
    tombstoneFloor: row.tombstone_floor,
  };
}

/** The row id of a person. Throws `ERR_MAIL_AUTH` when there is none. */
export async function findPerson(db: Kysely<Tables>, login: string): Promise<number> {
  const row = await db.selectFrom('person').select('id').where('login', '=', login).executeTakeFirst();
  if (row === undefined) throw new MailError('ERR_MAIL_AUTH', 'there is no such person', { scope: 'account', retryable: false });
  return row.id;
}

export async function listFolders(db: Kysely<Tables>, login: string): Promise<readonly RemoteFolder[]> {
  const person = await findPerson(db, login);
  const rows = await db.selectFrom('folder').select(['path', 'role']).where('person_id', '=', person).orderBy('id').execute();
  return rows.map(({ path, role }) => remoteFolder(path, role));
}

function remoteFolder(path: string, role: FolderRole | null): RemoteFolder {
  const parent = parentOf(path);
  return {
    path,
    name: nameOf(path),
    selectable: true,
    ...(parent === undefined ? {} : { parent }),
    ...(role === null ? {} : { role }),
  };
}

/** A number that no folder of this store ever had. It follows the clock, so that a store made anew does not repeat those of the old one. */
async function nextUidValidity(trx: Transaction<Tables>, now: number): Promise<number> {
  const last = await trx.selectFrom('counter').select('value').where('name', '=', UID_VALIDITY).executeTakeFirst();
  const value = Math.max((last?.value ?? 0) + 1, Math.floor(now / 1000));
  await trx
    .insertInto('counter')
    .values({ name: UID_VALIDITY, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
  return value;
}

export async function insertFolder(
  trx: Transaction<Tables>,
  folder: { readonly person: number; readonly path: string; readonly role: FolderRole | null; readonly now: number },
): Promise<void> {
  const uidValidity = await nextUidValidity(trx, folder.now);
  await trx
    .insertInto('folder')
    .values({
      person_id: folder.person,
      path: folder.path,
      role: folder.role,
      uid_validity: uidValidity,
      uid_next: 1,
      revision: 0,
      tombstone_floor: 0,
    })
    .execute();
}

async function pathsOf(trx: Transaction<Tables>, person: number): Promise<Set<string>> {
  const rows = await trx.selectFrom('folder').select('path').where('person_id', '=', person).execute();
  return new Set(rows.map((row) => row.path));
}

async function insertParents(trx: Transaction<Tables>, person: number, path: string, taken: Set<string>, now: number): Promise<void> {
  const parent = parentOf(path);
  if (parent === undefined || taken.has(parent)) return;
  await insertParents(trx, person, parent, taken, now);
  await insertFolder(trx, { person, path: parent, role: null, now });
}

/** Makes a folder, and those above it that are missing. */
export async function createFolder(
  db: Kysely<Tables>,
  login: string,
  path: string,
  options: { maxPathLength: number; now: number },
): Promise<void> {
  const normal = normalPath(path);
  checkPath(normal, options.maxPathLength);
  await db.transaction().execute(async (trx) => {
    const person = await findPerson(trx, login);
    const taken = await pathsOf(trx, person);
    if (taken.has(normal)) throw refusedFolder('the folder exists');
    await insertParents(trx, person, normal, taken, options.now);
    await insertFolder(trx, { person, path: normal, role: null, now: options.now });
  });
}

/** Renames a folder and those below it; their mails keep their uids. */
export async function renameFolder(
  db: Kysely<Tables>,
  login: string,
  names: { readonly from: string; readonly to: string },
  options: { maxPathLength: number; now: number },
): Promise<void> {
  const [from, to] = [normalPath(names.from), normalPath(names.to)];
  checkPath(to, options.maxPathLength);
  if (from === INBOX) throw refusedFolder('the inbox cannot be renamed');
  if (to.startsWith(`${from}/`)) throw refusedFolder('a folder cannot go below itself');
  await db.transaction().execute(async (trx) => {
    const person = await findPerson(trx, login);
    const taken = await pathsOf(trx, person);
    if (!taken.has(from)) throw refusedFolder('there is no such folder');
    if (taken.has(to)) throw refusedFolder('the folder exists');
    await insertParents(trx, person, to, taken, options.now);
    for (const path of taken) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      const renamed = to + path.slice(from.length);
      checkPath(renamed, options.maxPathLength);
      await trx.updateTable('folder').set({ path: renamed }).where('person_id', '=', person).where('path', '=', path).execute();
    }
  });
}

/** Takes a folder out of sight at once; the sweeper removes its mails. Folders with a role and folders with others below them stay. */
export async function removeFolder(db: Kysely<Tables>, login: string, path: string): Promise<void> {
  const normal = normalPath(path);
  await db.transaction().execute(async (trx) => {
    const { id } = await findFolder(trx, login, normal);
    const person = await findPerson(trx, login);
    const { role } = await trx.selectFrom('folder').select('role').where('id', '=', id).executeTakeFirstOrThrow();
    if (role !== null) throw refusedFolder(`the folder for ${role} mail cannot be removed`);
    for (const other of await pathsOf(trx, person)) {
      if (other.startsWith(`${normal}/`)) throw refusedFolder('there are folders below it');
    }
    await trx.updateTable('folder').set({ person_id: null }).where('id', '=', id).execute();
  });
}
