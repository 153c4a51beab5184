// The bytes of a mail, from wherever they are: our own spool while the mail server does not have them, else the mail server.
import type { MailServer } from '@packetboat/mail';
import { splitHeader } from '@packetboat/message';
import { spoolBytes } from '../operations/spool-source.ts';
import { readSpool } from '../store/spool.ts';
import type { Store } from '../store/store.ts';
import type { MailItem } from './items.ts';
import { limits } from './limits.ts';

export interface ContentSource {
  readonly store: Store;
  readonly server: MailServer;
}

/** All bytes in pieces; undefined when they are nowhere (any more). Throws `MailError`. */
export async function openContent({ store, server }: ContentSource, item: MailItem): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (item.place !== undefined) return server.content(item.place.path, item.place.uid);
  return item.spool === null ? undefined : spoolBytes(store.db, item.spool, 0, item.size);
}

/** Whole headers by item id, one question for each folder. Those of vanished mails are missing. Throws `MailError`. */
export async function headersOf(source: ContentSource, items: readonly MailItem[]): Promise<ReadonlyMap<number, Uint8Array>> {
  const found = new Map<number, Uint8Array>();
  for (const [path, same] of Map.groupBy(items, (item) => item.place?.path)) {
    if (path === undefined) {
      for (const item of same) {
        const header = await ownHeader(source, item);
        if (header !== undefined) found.set(item.id, header);
      }
      continue;
    }
    const ids = new Map(same.map((item) => [item.place?.uid, item.id]));
    for await (const { uid, header } of source.server.headers(
      path,
      same.flatMap((item) => item.place?.uid ?? []),
    )) {
      const id = ids.get(uid);
      if (id !== undefined) found.set(id, header);
    }
  }
  return found;
}

async function ownHeader({ store }: ContentSource, item: MailItem): Promise<Uint8Array | undefined> {
  if (item.spool === null) return undefined;
  const start = await readSpool(store.db, item.spool, 0, limits.header);
  return start.length === 0 && item.size > 0 ? undefined : splitHeader(start).header;
}
