import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { DeviceLocks } from '../../src/sync/device-lock.ts';

test('work of one device runs one after the other, in the order it came', async () => {
  const locks = new DeviceLocks();
  const seen: string[] = [];
  const work = (name: string, ms: number) => async (): Promise<void> => {
    seen.push(`${name} begins`);
    await wait(ms);
    seen.push(`${name} ends`);
  };
  await Promise.all([locks.run('d', work('first', 20)), locks.run('d', work('second', 1)), locks.run('d', work('third', 1))]);
  expect(seen).toEqual(['first begins', 'first ends', 'second begins', 'second ends', 'third begins', 'third ends']);
});

test('devices do not wait for each other', async () => {
  const locks = new DeviceLocks();
  const gate = Promise.withResolvers<string>();
  const slow = locks.run('a', () => gate.promise);
  expect(await locks.run('b', () => Promise.resolve('b'))).toBe('b');
  gate.resolve('a');
  expect(await slow).toBe('a');
});

test('a failure lets the next one through, and is told to whom it belongs', async () => {
  const locks = new DeviceLocks();
  const failing = locks.run('d', () => Promise.reject(new Error('no')));
  const next = locks.run('d', () => Promise.resolve(1));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe(1);
});
