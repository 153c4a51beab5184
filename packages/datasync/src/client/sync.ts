// One sync of the device, from what the user asked for to a report of what was done: the client role.
import { SyncmlError } from '@packetboat/syncml';
import { SessionError } from '../errors.ts';
import { need, type Step } from '../step.ts';
import type { ClientEnv } from './env.ts';
import { plainRun } from './plain.ts';
import type { ClientNeeds, SyncReport, SyncRequest } from './port.ts';
import { profileRun } from './profile.ts';
import { serverHasProfile, type Run } from './run.ts';
import { drawSessionBase, newSession, sessionIdOf } from './session.ts';

const modes: Readonly<Record<SyncRequest['mode'], SyncReport['type']>> = {
  'two-way': 'two-way',
  slow: 'slow',
  send: 'send',
  receive: 'receive',
  refresh: 'refresh',
};

/**
 * Syncs once. Never throws for what the server or the link did: the report says it. A sync that failed has kept everything
 * that was durably exchanged; the next one goes on from there.
 */
export function* clientSync(request: SyncRequest, env: ClientEnv): Step<ClientNeeds, SyncReport> {
  const reports: SyncReport[] = [];
  const targets = request.fetch === undefined || request.fetch.length === 0 ? [null] : request.fetch;
  for (const fetch of targets) {
    reports.push(yield* once(request, fetch, env, false));
    if (reports.at(-1)?.outcome === 'failed') break;
  }
  return reports.reduce(sum);
}

function* once(request: SyncRequest, fetch: string | null, env: ClientEnv, forceSlow: boolean): Step<ClientNeeds, SyncReport> {
  const knowledge = yield* need<ClientNeeds, 'knowledge'>('knowledge', {});
  const anchors = yield* need<ClientNeeds, 'anchors'>('anchors', { datastore: env.datastore });
  const sessionBase = knowledge.sessionBase ?? drawSessionBase(env);
  const lastSessionId = knowledge.lastSessionId + 1;
  const session = newSession(env, knowledge, sessionIdOf(sessionBase, lastSessionId));
  yield* need<ClientNeeds, 'commit'>('commit', {
    // What an earlier, cut session gathered of large objects is void.
    writes: [{ write: 'knowledge', knowledge: { lastSessionId, sessionBase } }, { write: 'dropAllGathered' }],
  });
  // With no anchors both sides have to compare, even if one of them has nothing yet.
  const fresh = anchors.server === null && request.mode !== 'refresh';
  const run: Run = {
    env,
    session,
    request,
    fetch: fresh ? null : fetch,
    knowledge,
    anchors,
    type: forceSlow || fresh ? 'slow' : modes[request.mode],
    upload: { session, profile: false, last: 0, open: null, waiting: new Map(), counts: { added: 0, changed: 0, deleted: 0, moved: 0 } },
    gathering: { object: null, size: 0, received: 0, format: undefined, refused: null },
    received: { added: 0, changed: 0, deleted: 0, moved: 0 },
    numbers: new Map(),
    empties: 0,
    refused: [],
  };
  try {
    // A server that is not known yet is spoken to in the profile's way: our DevInf comes first, and its answer says what it is.
    const profile = env.profile && env.version === '1.2' && (knowledge.devInf === null || serverHasProfile(knowledge));
    if (profile) {
      Object.assign(run.upload, { profile: true });
      const end = yield* profileRun(run);
      // It knows us now, and we know it: the next attempt is a plain one.
      if (end === 'plain wanted') return yield* once(request, fetch, env, forceSlow);
      // With nothing known of it the next attempt begins with both DevInfs, so it does not end like this.
      if (end === 'strange') return sum(report(run, null), yield* once(request, fetch, env, forceSlow));
    } else {
      const end = yield* plainRun(run);
      if (end === 'strange') return sum(report(run, null), yield* once(request, fetch, env, forceSlow));
      if (end === 'slow wanted' && !forceSlow) return yield* once(request, fetch, env, true);
    }
    return report(run, null);
  } catch (error) {
    if (error instanceof SessionError || error instanceof SyncmlError) return report(run, { code: error.code, message: error.message });
    throw error;
  }
}

function report(run: Run, error: SyncReport['error']): SyncReport {
  return {
    outcome: error === null ? 'done' : 'failed',
    error,
    type: run.type,
    received: { ...run.received },
    sent: { ...run.upload.counts },
    refused: run.refused,
    roundTrips: run.session.roundTrips,
    bytesUp: run.session.bytesUp,
    bytesDown: run.session.bytesDown,
  };
}

function add(x: SyncReport['sent'], y: SyncReport['sent']): SyncReport['sent'] {
  return { added: x.added + y.added, changed: x.changed + y.changed, deleted: x.deleted + y.deleted, moved: x.moved + y.moved };
}

function sum(a: SyncReport, b: SyncReport): SyncReport {
  return {
    ...b,
    received: add(a.received, b.received),
    sent: add(a.sent, b.sent),
    refused: [...a.refused, ...b.refused],
    roundTrips: a.roundTrips + b.roundTrips,
    bytesUp: a.bytesUp + b.bytesUp,
    bytesDown: a.bytesDown + b.bytesDown,
  };
}
