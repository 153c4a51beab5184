// How an item is named to the device: by its LUID once that is known, by our GUID before; its folder likewise. DS 1.2 SourceParent, TargetParent.
import { need, type Step } from '../step.ts';
import type { Guid, ItemRecord, MapRow, ServerNeeds } from './port.ts';
import type { DatastoreState, SessionState } from './state.ts';

/** The part of an Item that says which item it is. */
export interface Address {
  readonly target?: { readonly locUri: string };
  readonly source?: { readonly locUri: string };
  readonly sourceParent?: string;
  readonly targetParent?: string;
}

/** LUIDs of folders, looked up as they are needed. */
export class ParentAddresses {
  readonly #ds: DatastoreState;
  readonly #session: Pick<SessionState, 'profile' | 'version'>;
  readonly #luids = new Map<Guid, string | null>();

  constructor(ds: DatastoreState, session: Pick<SessionState, 'profile' | 'version'>) {
    this.#ds = ds;
    this.#session = session;
  }

  *load(items: readonly ItemRecord[]): Step<ServerNeeds, void> {
    if (this.#ds.view.kind === 'flat') return;
    const guids = [...new Set(items.flatMap((item) => (item.parent === null || this.#luids.has(item.parent) ? [] : [item.parent])))];
    if (guids.length === 0) return;
    for (const guid of guids) this.#luids.set(guid, null);
    for (const { row } of yield* need<ServerNeeds, 'rowsByGuid'>('rowsByGuid', { generation: this.#ds.generation, guids })) {
      if (row !== null) this.#luids.set(row.guid, row.luid);
    }
  }

  /** The parent of an item that has been loaded. A folder new in this session is named by its GUID. */
  of(item: ItemRecord): Pick<Address, 'sourceParent' | 'targetParent'> {
    if (this.#ds.view.kind === 'flat') return {};
    if (item.parent === null) return this.#session.profile ? {} : { sourceParent: '/' };
    const luid = this.#luids.get(item.parent) ?? null;
    // SyncML 1.1 knows no TargetParent: there the folder is named as we name it.
    if (this.#session.version !== '1.2') return { sourceParent: item.parent };
    return luid === null || this.#session.profile ? { sourceParent: luid ?? item.parent } : { targetParent: luid };
  }
}

/** A new item is named by our GUID, a known one by its LUID. */
export function addressOf(row: MapRow | null, item: ItemRecord, isNew: boolean): Pick<Address, 'target' | 'source'> {
  return isNew || row === null || row.luid === null ? { source: { locUri: item.guid } } : { target: { locUri: row.luid } };
}
