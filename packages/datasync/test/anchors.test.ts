import { describe, expect, test } from 'vitest';
import { matchAnchor, serverAnchor, settle } from '../src/server/anchors.ts';
import type { AnchorPair, Binding, Generation } from '../src/server/port.ts';

const pair = (n: number): AnchorPair => ({ client: `c${n}`, server: `s${n}`, batch: n });
const generation = (id: number, pairs: Partial<Pick<Generation, 'committed' | 'pending' | 'previous'>>): Generation => ({
  id,
  planned: 0,
  view: { kind: 'hierarchical' },
  viewHash: '',
  wanted: 'full',
  backfilled: true,
  committed: null,
  pending: null,
  previous: null,
  lastBatch: 9,
  executed: 0,
  ...pairs,
});
const binding: Binding = {
  id: 1,
  account: '1',
  current: generation(4, { previous: pair(1), committed: pair(2), pending: pair(3) }),
  building: generation(5, { pending: pair(7) }),
};

describe('which run the device names', () => {
  test.each([
    ['c3', 'pending', 4],
    ['c2', 'committed', 4],
    ['c1', 'previous', 4],
    ['c7', 'pending', 5],
  ] as const)('a plain client says %s: %s', (last, found, id) => {
    expect(matchAnchor(binding, last, false)).toMatchObject({ found, generation: { id } });
  });

  test.each([
    ['s3', 'pending', 4],
    ['s2', 'committed', 4],
    ['s7', 'pending', 5],
  ] as const)('a profile client says %s: %s', (last, found, id) => {
    expect(matchAnchor(binding, last, true)).toMatchObject({ found, generation: { id } });
  });

  test('a profile client acknowledges: what was before the committed batch is unknown', () => {
    expect(matchAnchor(binding, 's1', true).found).toBe('none');
  });

  test('of two runs in one second of a plain client, the one that it is known to have completed', () => {
    const second = { ...pair(3), client: 'c2' };
    for (const current of [
      generation(4, { previous: pair(1), committed: pair(2), pending: second }),
      generation(4, { previous: second, committed: pair(2) }),
    ])
      expect(matchAnchor({ ...binding, current }, 'c2', false)).toMatchObject({ found: 'committed', pair: pair(2) });
    const building = generation(5, { pending: second });
    expect(matchAnchor({ ...binding, building }, 'c2', false)).toMatchObject({ found: 'committed', generation: { id: 4 } });
  });

  test('nothing and anything else is unknown', () => {
    for (const last of [undefined, '', 'c9', 's3']) expect(matchAnchor(binding, last, false).found).toBe('none');
    expect(matchAnchor({ ...binding, current: null, building: null }, 'c2', false).found).toBe('none');
  });
});

function settled(last: string): ReturnType<typeof settle> {
  const match = matchAnchor(binding, last, false);
  if (match.found === 'none') throw new Error('unknown anchor');
  return settle(match, binding, false);
}

describe('what follows', () => {
  test('a completed run is promoted and its rows acknowledged', () => {
    const { writes, generation: next } = settled('c3');
    expect(next).toMatchObject({ committed: pair(3), previous: pair(2), pending: null });
    expect(writes.map((write) => write.write)).toEqual(['acknowledge', 'forgetReceived', 'generation']);
  });

  test('a run that was not completed goes out again', () => {
    const { writes, generation: next } = settled('c2');
    expect(next).toMatchObject({ committed: pair(2), pending: null });
    expect(writes[0]).toEqual({ write: 'requeue', generation: 4, batch: 2 });
  });

  test('a slow sync that was completed takes the place of the old map', () => {
    expect(settled('c7').writes.map((write) => write.write)).toEqual(['acknowledge', 'forgetReceived', 'generation', 'switch']);
  });

  test('with nothing on the way nothing is written', () => {
    const quiet: Binding = { ...binding, current: generation(4, { committed: pair(2) }) };
    const match = matchAnchor(quiet, 'c2', false);
    expect(match.found === 'none' ? [] : settle(match, quiet, false).writes).toEqual([]);
  });
});

test('a server anchor names database, epoch, generation and run, and is short', () => {
  const account = { guid: '1', rev: 1, roles: {}, database: 'k3f9', epoch: 0 };
  expect(serverAnchor(account, 12, 345)).toBe('k3f9.0.c.9l');
  expect(serverAnchor({ ...account, database: 'other' }, 12, 345)).not.toBe(serverAnchor(account, 12, 345));
  expect(serverAnchor({ ...account, epoch: 1 }, 12, 345)).not.toBe(serverAnchor(account, 12, 345));
});
