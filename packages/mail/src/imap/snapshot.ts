// A look at all folders at once (LIST-STATUS, RFC 5819), to see which of them have changed since the last one.
import type { MailEvent } from '../port.ts';
import type { Connection } from './connection.ts';
import { isSelectable } from './folders.ts';

/** What STATUS tells of each selectable folder, as a text to be compared. */
export type Snapshot = ReadonlyMap<string, string>;

export async function takeSnapshot({ client }: Connection): Promise<Snapshot> {
  const statusQuery = { messages: true, uidNext: true, uidValidity: true, unseen: true, highestModseq: true };
  const snapshot = new Map<string, string>();
  for (const entry of await client.list({ statusQuery })) {
    if (!isSelectable(entry)) continue;
    const { uidValidity, uidNext, messages, unseen, highestModseq } = entry.status ?? {};
    snapshot.set(entry.path, [uidValidity, uidNext, messages, unseen, highestModseq].join(' '));
  }
  return snapshot;
}

/** For a connection that does not idle: STATUS of its selected folder tells only what it has been told of it so far. */
export async function takeFreshSnapshot(connection: Connection): Promise<Snapshot> {
  if (connection.client.mailbox !== false) await connection.client.noop();
  return takeSnapshot(connection);
}

/** One event for each changed folder; one for everywhere when folders came or went. */
export function compareSnapshots(before: Snapshot, after: Snapshot): MailEvent[] {
  const events: MailEvent[] = [];
  let same = before.size === after.size;
  for (const [folder, status] of after) {
    const earlier = before.get(folder);
    if (earlier === undefined) same = false;
    else if (earlier !== status) events.push({ folder });
  }
  return same ? events : [...events, {}];
}
