// Anchors of two generations: which of the pairs we gave does the device's Last name, and what follows from it.
// DS Protocol 1.2 §3.4 (anchors). Plain clients name their own Next of the last run they completed; profile clients name
// our Next of the newest batch they durably applied, which acknowledges everything up to it.
import type { AccountRecord, AnchorPair, Binding, Generation, ServerWrite } from './port.ts';

/** Our Next: database, restore epoch, generation, run or batch. Never the same twice; opaque, but for the database to profile clients. */
export function serverAnchor(account: AccountRecord, generation: number, batch: number): string {
  return `${account.database}.${account.epoch.toString(36)}.${generation.toString(36)}.${batch.toString(36)}`;
}

export type AnchorMatch =
  /** The device completed the run (applied the batch) whose answers we never saw. */
  | { readonly found: 'pending'; readonly generation: Generation; readonly pair: AnchorPair; readonly building: boolean }
  /** It did not complete it: what was on the way goes out again. */
  | { readonly found: 'committed' | 'previous'; readonly generation: Generation; readonly pair: AnchorPair }
  | { readonly found: 'none' };

export function matchAnchor(binding: Binding, last: string | undefined, profile: boolean): AnchorMatch {
  if (last === undefined || last === '') return { found: 'none' };
  const names = (pair: AnchorPair | null): pair is AnchorPair => pair !== null && (profile ? pair.server : pair.client) === last;
  const { current, building } = binding;
  // Devices that count time in seconds can give two runs one Next. The older one it is then: what goes out again is known by
  // its GUID, and a device that had completed the newer one does not know our Last and asks for a slow sync.
  if (!profile && current !== null && current.committed?.client === last)
    return { found: 'committed', generation: current, pair: current.committed };
  if (building !== null && names(building.pending))
    return { found: 'pending', generation: building, pair: building.pending, building: true };
  if (current === null) return { found: 'none' };
  if (names(current.pending)) return { found: 'pending', generation: current, pair: current.pending, building: false };
  if (names(current.committed)) return { found: 'committed', generation: current, pair: current.committed };
  if (!profile && names(current.previous)) return { found: 'previous', generation: current, pair: current.previous };
  return { found: 'none' };
}

/** What has to be written before the run goes on, and the generation as it is then. */
export function settle(
  match: Exclude<AnchorMatch, { found: 'none' }>,
  binding: Binding,
  profile: boolean,
): { readonly writes: readonly ServerWrite[]; readonly generation: Generation } {
  const { generation, pair } = match;
  if (match.found === 'pending') {
    const next: Generation = { ...generation, committed: pair, pending: null, previous: generation.committed };
    const writes: ServerWrite[] = [
      { write: 'acknowledge', generation: generation.id, batch: pair.batch, luidIsGuid: profile },
      { write: 'forgetReceived', generation: generation.id, batch: pair.batch },
      { write: 'generation', generation: next },
    ];
    if (match.building) writes.push({ write: 'switch', binding: binding.id });
    return { writes, generation: next };
  }
  if (generation.pending === null) return { writes: [], generation };
  const next: Generation = { ...generation, pending: null };
  const batch = generation.committed?.batch ?? 0;
  return {
    writes: [
      { write: 'requeue', generation: generation.id, batch },
      { write: 'generation', generation: next },
    ],
    generation: next,
  };
}
