// The device does not know the anchor that our Alert named as Last: it answers the Alert with 508, and what follows is a slow
// sync, although the Alerts spoke of another. DS Protocol 1.2 §3.4 (both sides check the anchor of the other).
import { AlertCode, StatusCode, type Status } from '@packetboat/syncml';
import { need, type Step } from '../step.ts';
import type { ServerNeeds } from './port.ts';
import { Stage, type DatastoreState, type SyncTypeCode } from './state.ts';
import { setDatastore, type Turn } from './turn.ts';

const slowTypeOf: Readonly<Partial<Record<number, SyncTypeCode>>> = {
  [AlertCode.TwoWay]: AlertCode.SlowSync,
  [AlertCode.OneWayFromServer]: AlertCode.RefreshFromServer,
};

export function* handleRefusedAnchors(turn: Turn, statuses: readonly Status[]): Step<ServerNeeds, void> {
  // A profile client looks at our Last before it goes on, and asks for a slow sync itself.
  if (turn.session.profile) return;
  for (const status of statuses) {
    if (status.cmd !== 'Alert' || status.data !== String(StatusCode.RefreshRequired)) continue;
    const names = [...status.targetRefs, ...status.sourceRefs];
    for (const ds of turn.session.datastores) {
      const isMeant = names.length === 0 || names.includes(ds.clientUri) || names.includes(ds.serverUri);
      if (isMeant && ds.stage === Stage.Alerted && !ds.building) yield* startAnew(turn, ds);
    }
  }
}

/** Builds a new map beside the current one, as after an Alert whose anchors do not fit. Our Next stays as it was told. */
function* startAnew(turn: Turn, ds: DatastoreState): Step<ServerNeeds, void> {
  const { viewHash, view, wanted, clientNext, serverNext } = ds;
  const generation = yield* need<ServerNeeds, 'newGeneration'>('newGeneration', { binding: ds.binding, view, viewHash, wanted });
  const batch = Math.max(ds.batch, generation.lastBatch + 1);
  const type = slowTypeOf[ds.type] ?? ds.type;
  setDatastore(turn, { ...ds, generation: generation.id, otherGeneration: ds.generation, building: true, type, batch });
  const pending = { client: clientNext, server: serverNext, batch };
  turn.writes.push({ write: 'generation', generation: { ...generation, pending, lastBatch: batch } });
}
