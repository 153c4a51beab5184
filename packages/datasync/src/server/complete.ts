// The end of a message: stages move on, anchors are written with the reply that gives them. DS Protocol 1.2 §3.4.
import { need, type Step } from '../step.ts';
import { serverAnchor } from './anchors.ts';
import type { Generation, ServerNeeds } from './port.ts';
import { hasWork } from './send.ts';
import { Stage, type DatastoreState } from './state.ts';
import { batchOf, loadAccount, type Turn } from './turn.ts';
import { datastorePath } from '../loc-uri.ts';

/** The client's package has ended: what it has sent is complete, and the server sends. */
export function advance(turn: Turn): void {
  if (!turn.message.final) return;
  for (const ds of turn.session.datastores) {
    if (ds.stage !== Stage.Receiving || turn.missing.has(ds.key)) continue;
    ds.stage = Stage.Sending;
    // A listing has its end acknowledged, whether or not anything follows from it.
    if (turn.session.profile && ds.building) batchOf(turn, ds);
  }
}

/** Profile: the server's Alert of each datastore that this message spoke to, with the anchors of this reply. */
export function* profileAlerts(turn: Turn): Step<ServerNeeds, void> {
  for (const ds of turn.session.datastores) {
    const spoken = turn.clientNext.has(ds.key) || ds.stage === Stage.Sending;
    if (!spoken) continue;
    if (ds.stage === Stage.Sending && (yield* hasWork(turn, ds))) batchOf(turn, ds);
    const path = datastorePath(ds.key);
    const account = path === undefined ? undefined : yield* loadAccount(turn, ds.key, path);
    if (account !== undefined) ds.serverNext = serverAnchor(account, ds.generation, ds.batch);
    turn.alerts.push({
      data: String(ds.type),
      items: [
        {
          target: { locUri: ds.clientUri },
          source: { locUri: ds.serverUri },
          meta: { anchor: { last: String(ds.executed), next: ds.serverNext } },
        },
      ],
    });
  }
}

/** Writes the anchors: for profile clients with each reply that has a batch, for plain ones when the run is complete. */
export function* complete(turn: Turn, sentBefore: ReadonlySet<string>): Step<ServerNeeds, void> {
  for (const ds of turn.session.datastores) {
    if (turn.session.profile) {
      if (turn.numbered.has(ds.key)) yield* writeBatch(turn, ds);
      continue;
    }
    // A device that only sends may say nothing more: then its next Last tells whether our Statuses have come.
    const answered =
      ds.stage === Stage.Sent && sentBefore.has(ds.key) && turn.message.final && !turn.session.sent.some((sent) => sent.key === ds.key);
    if (answered) yield* commitRun(turn, ds);
  }
}

function* generationOf(turn: Turn, ds: DatastoreState): Step<ServerNeeds, { generation: Generation; building: boolean } | undefined> {
  const binding = yield* need<ServerNeeds, 'binding'>('binding', {
    person: turn.person,
    deviceId: turn.deviceId,
    serverUri: ds.key,
    clientUri: ds.clientUri,
    account: ds.account,
  });
  if (binding.building?.id === ds.generation) return { generation: binding.building, building: true };
  return binding.current?.id === ds.generation ? { generation: binding.current, building: false } : undefined;
}

function* writeBatch(turn: Turn, ds: DatastoreState): Step<ServerNeeds, void> {
  const found = yield* generationOf(turn, ds);
  if (found === undefined) return;
  const pending = { client: ds.clientNext, server: ds.serverNext, batch: ds.batch };
  turn.writes.push({ write: 'generation', generation: { ...found.generation, pending, lastBatch: ds.batch, executed: ds.executed } });
}

function* commitRun(turn: Turn, ds: DatastoreState): Step<ServerNeeds, void> {
  ds.stage = Stage.Done;
  const found = yield* generationOf(turn, ds);
  if (found === undefined) return;
  const { generation, building } = found;
  // The Alert of this very message may be what set it: it is among the writes.
  const written = turn.writes.findLast((write) => write.write === 'generation' && write.generation.id === generation.id);
  const now = written?.write === 'generation' ? written.generation : generation;
  if (now.pending === null) return;
  turn.writes.push({ write: 'generation', generation: { ...now, committed: now.pending, previous: now.committed, pending: null } });
  // What the device sent has been answered, and it has answered ours: a later change of the same words is a new one.
  // A run in which the device sends nothing answers nothing of earlier ones.
  const sends = ds.type === 200 || ds.type === 201 || ds.type === 202;
  if (sends) turn.writes.push({ write: 'forgetReceived', generation: generation.id, batch: now.pending.batch });
  if (building) turn.writes.push({ write: 'switch', binding: ds.binding });
}
