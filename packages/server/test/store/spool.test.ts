import { describe, expect, it } from 'vitest';
import { appendSpool, spoolSize } from '../../src/store/spool.ts';
import { makeWorld } from './world.ts';

describe('a spool object', () => {
  it('is appended in pieces of any size and read in any range', async () => {
    const world = await makeWorld();
    const whole = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251);
    let at = 0;
    for (const size of [1, 65_535, 65_536, 10, 65_530, 3_388]) {
      await world.commit({ write: 'spool', spool: 'a', bytes: whole.subarray(at, at + size) });
      at += size;
    }
    expect(at).toBe(whole.length);
    expect(await spoolSize(world.store.db, 'a')).toBe(whole.length);
    const chunks = await world.store.db.selectFrom('spool').select('bytes').orderBy('seq').execute();
    expect(chunks.map((chunk) => chunk.bytes.length)).toEqual([65_536, 65_536, 65_536, 3_392]);
    for (const [from, length] of [
      [0, 200_000],
      [0, 1],
      [65_535, 2],
      [65_536, 65_536],
      [70_000, 100_000],
      [199_999, 50],
      [200_000, 5],
      [5, 0],
    ] as const) {
      expect(await world.ask.spool({ spool: 'a', from, length })).toEqual(whole.slice(from, from + length));
    }
  });

  it('is empty where there is none, and gone when it is dropped', async () => {
    const world = await makeWorld();
    expect(await world.ask.spool({ spool: 'a', from: 0, length: 9 })).toEqual(new Uint8Array(0));
    expect(await spoolSize(world.store.db, 'a')).toBeNull();
    await world.store.transaction((tx) => appendSpool(tx, 'a', new Uint8Array(0), 1));
    expect(await spoolSize(world.store.db, 'a')).toBe(0);
    await world.commit({ write: 'spool', spool: 'a', bytes: Uint8Array.of(1) }, { write: 'spool', spool: 'b', bytes: Uint8Array.of(2) });
    expect(await spoolSize(world.store.db, 'a')).toBe(1);
    await world.commit({ write: 'dropSpool', spool: 'a' });
    expect(await spoolSize(world.store.db, 'a')).toBeNull();
    expect(await spoolSize(world.store.db, 'b')).toBe(1);
  });
});
