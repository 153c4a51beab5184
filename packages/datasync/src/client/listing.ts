// What a device has, as it is told in a slow sync: folders as objects, mails by what they are known again by. DS Protocol 1.2 §3.4.
import { contentTypes, generateEmail, generateFolder, type Add, type Replace } from '@packetboat/syncml';
import { emailFlags } from '../flags.ts';
import type { MessageWriter, Unnumbered } from '../message/message-writer.ts';
import { describedExt } from '../profile.ts';
import { need, type Step } from '../step.ts';
import type { ClientItem, ClientNeeds } from './port.ts';
import type { ClientSession } from './session.ts';
import { data } from './upload.ts';

/** All folders, each behind the one that it is in. */
export function* foldersFromTheTop(): Step<ClientNeeds, readonly ClientItem[]> {
  const folders: ClientItem[] = [];
  for (let after: string | null = null; ;) {
    const items: readonly ClientItem[] = yield* need<ClientNeeds, 'listing'>('listing', { after, limit: 1_000, withContent: false });
    folders.push(...items.filter((item) => item.kind === 'folder'));
    after = items.at(-1)?.luid ?? null;
    if (after === null) break;
  }
  const parents = new Map(folders.map((folder) => [folder.luid, folder.parent]));
  const depth = (luid: string | null): number => {
    let steps = 0;
    for (let above = luid; above !== null && steps <= folders.length; above = parents.get(above) ?? null) steps += 1;
    return steps;
  };
  return folders.toSorted((a, b) => depth(a.parent) - depth(b.parent));
}

export function folderCommand(session: ClientSession, item: ClientItem): Unnumbered<Add> {
  const bytes = generateFolder({
    name: item.name ?? '',
    ...(item.role === null ? {} : { role: item.role === 'trash' ? 'deleted' : item.role }),
    ext: [],
  });
  return {
    name: 'Add',
    meta: { type: contentTypes.folder },
    items: [{ source: { locUri: item.luid }, sourceParent: item.parent ?? '/', data: data(session, bytes) }],
  };
}

/** Where the describing of the device's items is. */
export interface Description {
  folders: readonly ClientItem[] | undefined;
  /** LUID of the mail described last. */
  after: string | null;
  done: boolean;
}

/** Mails looked at for one message: a description is some 300 bytes. */
const describedPage = 200;

/**
 * For a server that knows none of the numbers here: folders from the top, then mails with the header fields that they are known again by.
 * Puts as many as there is room for; true when all have been put.
 */
export function* putDescriptions(session: ClientSession, d: Description, writer: MessageWriter): Step<ClientNeeds, boolean> {
  d.folders ??= yield* foldersFromTheTop();
  while (d.folders.length > 0) {
    const [folder] = d.folders;
    if (folder === undefined || writer.putItemInside(folderCommand(session, folder)) === undefined) return false;
    d.folders = d.folders.slice(1);
  }
  while (!d.done) {
    const items = yield* need<ClientNeeds, 'listing'>('listing', { after: d.after, limit: describedPage, withContent: 'identity' });
    for (const item of items) {
      if (item.kind === 'mail' && writer.putItemInside(description(session, item)) === undefined) return false;
      d.after = item.luid;
    }
    d.done = items.length < describedPage;
  }
  return true;
}

function description(session: ClientSession, item: ClientItem): Unnumbered<Replace> {
  const object = generateEmail({
    ...emailFlags(item.flags),
    ...(item.content === null ? {} : { emailItem: item.content }),
    ext: [
      { xNam: 'x-funambol-size', xVal: [String(item.size)] },
      { xNam: describedExt, xVal: [item.shape === 'full' ? 'full' : 'headers'] },
    ],
  });
  return {
    name: 'Replace',
    meta: { type: contentTypes.email },
    items: [{ source: { locUri: item.luid }, sourceParent: item.parent ?? '/', data: data(session, object) }],
  };
}
