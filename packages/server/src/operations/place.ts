// Where mails of the queue are at the mail server, and whether what stands there is really them.
import { mailDigest, messageIdOf } from '@packetboat/mail';
import type { AccountContext } from '../account/context.ts';
import type { Operation } from './rows.ts';

/** Path of a folder item at the mail server; undefined when it has none (yet). */
export async function pathOf(context: AccountContext, folder: number | null): Promise<string | undefined> {
  if (folder === null) return undefined;
  const row = await context.store.db
    .selectFrom('item')
    .select(['remote_path'])
    .where('id', '=', folder)
    .where('gone', '=', 0)
    .executeTakeFirst();
  return row?.remote_path ?? undefined;
}

export interface Checked {
  /** At their place. */
  readonly present: readonly Operation[];
  /** Nothing stands at their place. */
  readonly vanished: readonly Operation[];
  /** Another mail stands there: the folder's uids are void, and the next pass will bind them again. */
  readonly strange: readonly Operation[];
}

/** Looks at mails before they are removed for good: a uid of a folder that was made anew must not take another mail away. */
export async function checkPlaces(context: AccountContext, path: string, operations: readonly Operation[]): Promise<Checked> {
  const byUid = new Map(operations.map((operation) => [operation.remoteUid ?? '', operation]));
  const present: Operation[] = [];
  const strange: Operation[] = [];
  for await (const { uid, header } of context.server.headers(path, [...byUid.keys()])) {
    const operation = byUid.get(uid);
    if (operation === undefined) continue;
    byUid.delete(uid);
    (isSame(operation, header) ? present : strange).push(operation);
  }
  return { present, strange, vanished: [...byUid.values()] };
}

function isSame(operation: Operation, header: Uint8Array): boolean {
  if (operation.messageId !== null) return messageIdOf(header) === operation.messageId;
  return operation.digest === null || mailDigest(header, operation.size) === operation.digest;
}

/** The newest mail of a folder with this item's Message-ID that is no other item: what an attempt of which we do not know the end left there. */
export async function findUnbound(
  context: AccountContext,
  folder: number,
  path: string,
  operation: Operation,
): Promise<string | undefined> {
  if (operation.messageId === null) return undefined;
  const found = await context.server.find(path, operation.messageId);
  if (found.length === 0) return undefined;
  const bound = await context.store.db
    .selectFrom('item')
    .select('remote_uid')
    .where('remote_folder', '=', folder)
    .where('remote_uid', 'in', found)
    .where('id', '!=', operation.item)
    .execute();
  const taken = new Set(bound.map((row) => row.remote_uid));
  return found.findLast((uid) => !taken.has(uid));
}
