import { expect, test } from 'vitest';
import { completeLock, type Lock, missingFromLock } from '../../../tools/lock.ts';

const lock: Lock = {
  lockfileVersion: 3,
  packages: {
    '': {},
    'node_modules/tool': {
      version: '1.0.0',
      dev: true,
      optionalDependencies: {
        '@tool/linux-x64-musl': '1.0.0',
        '@tool/linux-arm64-gnu': '1.0.0',
        '@tool/darwin-arm64': '1.0.0',
        loose: '^2.0.0',
      },
    },
    'node_modules/@tool/linux-arm64-gnu': { version: '1.0.0', optional: true },
  },
};

test('finds the compiled parts for other systems that npm left out of the lock, and adds them', () => {
  expect(missingFromLock(lock).map((missing) => missing.path)).toEqual([
    'node_modules/@tool/linux-x64-musl',
    'node_modules/@tool/darwin-arm64',
  ]);
  const complete = completeLock(lock);
  expect(missingFromLock(complete)).toEqual([]);
  expect(complete.packages['node_modules/@tool/linux-x64-musl']).toEqual({
    version: '1.0.0',
    cpu: ['x64'],
    dev: true,
    libc: ['musl'],
    optional: true,
    os: ['linux'],
  });
  expect(complete.packages['node_modules/tool']).toEqual(lock.packages['node_modules/tool']);
});
