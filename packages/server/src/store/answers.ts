// The store's answers to what a session asks. What needs the mail server or secrets is answered elsewhere.
import type { Answers, ServerNeeds } from '@packetboat/datasync';
import { commit } from './commit.ts';
import { binding, newGeneration } from './generations.ts';
import { accountByPath, foldersOf, readDevice, readSession, rowsByGuid, rowsByLuid, selectMails } from './lookup.ts';
import { match } from './match.ts';
import { plan } from './plan.ts';
import { received } from './received.ts';
import { readSpool } from './spool.ts';
import type { Store } from './store.ts';
import { inUnit } from './unit.ts';
import { unmapped } from './unmapped.ts';
import { work, workCount } from './work.ts';

/** What the store answers by itself. */
export type StoreNeeds = Pick<
  ServerNeeds,
  | 'device'
  | 'session'
  | 'account'
  | 'binding'
  | 'newGeneration'
  | 'plan'
  | 'work'
  | 'workCount'
  | 'rowsByLuid'
  | 'rowsByGuid'
  | 'folders'
  | 'select'
  | 'match'
  | 'unmapped'
  | 'received'
  | 'spool'
  | 'commit'
>;

/** Throws `ERR_STORE_CONFLICT` where a step has to be run again from the start. */
export function storeAnswers(store: Store): Answers<StoreNeeds> {
  const { db, guids } = store;
  return {
    device: (ask) => readDevice(db, ask),
    session: (ask) => readSession(db, ask),
    account: (ask) => accountByPath(db, guids, store, ask),
    binding: (ask) => inUnit(store, (unit) => binding(unit, ask)),
    newGeneration: (ask) => inUnit(store, (unit) => newGeneration(unit, ask)),
    plan: (ask) => inUnit(store, (unit) => plan(unit, ask)),
    work: (ask) => inUnit(store, (unit) => work(unit, ask)),
    workCount: (ask) => workCount(db, ask.generation),
    rowsByLuid: (ask) => rowsByLuid(db, guids, ask),
    rowsByGuid: (ask) => rowsByGuid(db, guids, ask),
    select: (ask) => selectMails(db, guids, ask),
    folders: (ask) => foldersOf(db, guids, ask.account),
    match: (ask) => match(db, guids, ask),
    unmapped: (ask) => unmapped(db, guids, ask),
    received: (ask) => received(db, guids, ask),
    spool: (ask) => readSpool(db, ask.spool, ask.from, ask.length),
    commit: (ask) => inUnit(store, (unit) => commit(unit, ask)),
  };
}
