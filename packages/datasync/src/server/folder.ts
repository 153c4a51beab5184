// Into which folder the device puts an item. DS 1.2 SourceParent; a flat datastore is one folder.
import type { Item } from '@packetboat/syncml';
import type { Guid } from './port.ts';
import type { Receiving } from './receive.ts';

/** Undefined for a folder that is none. Without a name it is the inbox. */
export function parentOf(r: Receiving, item: Item): Guid | undefined {
  if (r.ds.view.kind === 'flat') return r.ds.view.folder;
  const luid = item.sourceParent ?? item.targetParent;
  if (luid === undefined || luid === '/' || luid === 'ROOT' || luid === '') return folderOfRole(r, 'inbox');
  const parent = r.rows.get(luid)?.item;
  return parent?.kind === 'folder' && !parent.gone ? parent.guid : undefined;
}

function folderOfRole(r: Receiving, role: string): Guid | undefined {
  for (const [guid, folder] of r.folders) if (folder.role === role) return guid;
  return undefined;
}

/** Whether an item is put into the Outbox: what lies there is sent. A flat device has its Outbox as a datastore. */
export function goesOut(r: Receiving, item: Item): boolean {
  const parent = parentOf(r, item);
  return parent !== undefined && r.folders.get(parent)?.role === 'outbox';
}
