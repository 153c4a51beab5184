// The items of a SyncEvolution store: files in a folder, the file's name is the LUID, its bytes are the item's Data.
import { readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface FileItems {
  readonly folder: string;
  /** LUIDs, sorted. */
  list(): string[];
  /** Throws when there is no such item. */
  read(luid: string): Uint8Array;
  /** Adds or changes an item; the next session sends it. */
  write(luid: string, data: Uint8Array): void;
  delete(luid: string): void;
}

export function fileItems(folder: string): FileItems {
  let writes = 0;
  return {
    folder,
    list: () => readdirSync(folder).toSorted(),
    read: (luid) => readFileSync(join(folder, luid)),
    write: (luid, data) => {
      const path = join(folder, luid);
      writeFileSync(path, data);
      // The client sees a change by the time of the file, in whole seconds: two writes within one must differ.
      writes += 1;
      const time = Date.now() / 1000 + writes;
      utimesSync(path, time, time);
    },
    delete: (luid) => rmSync(join(folder, luid)),
  };
}
