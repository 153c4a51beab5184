import { describe, expect, it } from 'vitest';
import { spoolSize, writeSpool } from '../../src/store/spool.ts';
import { makeWorld } from './world.ts';

describe('a spool object', () => {
  it('is written in pieces of any size and read in any range', async () => {
    const world = await makeWorld();
    const whole = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251);
    let at = 0;
    for (const size of [1, 65_535, 65_536, 10, 65_530, 3_388]) {
      await world.commit({ write: 'spool', spool: 'a', at, bytes: whole.subarray(at, at + size) });
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

  it('is the same when a piece is written again, at any place, and keeps nothing behind a gap', async () => {
    const world = await makeWorld();
    const whole = Uint8Array.from({ length: 140_000 }, (_, i) => (i * 7919) % 251);
    const write = (from: number, to: number): Promise<void> =>
      world.commit({ write: 'spool', spool: 'a', at: from, bytes: whole.subarray(from, to) });
    for (const [from, to] of [
      [0, 50_000],
      [0, 50_000],
      [50_000, 65_536],
      [65_536, 131_072],
      [65_536, 131_072],
      [50_000, 131_072],
      [131_072, 139_000],
      [131_072, 140_000],
    ] as const) {
      await write(from, to);
      expect(await world.ask.spool({ spool: 'a', from: 0, length: 200_000 })).toEqual(whole.slice(0, to));
    }
    for (const [spool, at] of [
      ['a', 140_001],
      ['a', 196_608],
      ['b', 1],
      ['b', 65_536],
    ] as const) {
      await world.commit({ write: 'spool', spool, at, bytes: Uint8Array.of(1) });
      expect(await spoolSize(world.store.db, spool)).toBe(spool === 'a' ? 140_000 : null);
    }
  });

  it('is empty where there is none, and gone when it is dropped', async () => {
    const world = await makeWorld();
    expect(await world.ask.spool({ spool: 'a', from: 0, length: 9 })).toEqual(new Uint8Array(0));
    expect(await spoolSize(world.store.db, 'a')).toBeNull();
    await world.store.transaction((tx) => writeSpool(tx, 'a', 0, new Uint8Array(0), 1));
    expect(await spoolSize(world.store.db, 'a')).toBe(0);
    await world.commit(
      { write: 'spool', spool: 'a', at: 0, bytes: Uint8Array.of(1) },
      { write: 'spool', spool: 'b', at: 0, bytes: Uint8Array.of(2) },
    );
    expect(await spoolSize(world.store.db, 'a')).toBe(1);
    await world.commit({ write: 'dropSpool', spool: 'a' });
    expect(await spoolSize(world.store.db, 'a')).toBeNull();
    expect(await spoolSize(world.store.db, 'b')).toBe(1);
  });
});
