// How tests run: from the packages' sources (no build), two files at a time, each file in a process of its own.
import { defineConfig } from 'vitest/config';

const conditions = ['packetboat-source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    // What our sides write is judged by a program of others, whichever test makes them write it.
    setupFiles: ['test/support/judge-emitted.ts'],
    // Peers end with the process that started them; a worker thread would leave them to the whole run.
    pool: 'forks',
    // Real peers take their time on a busy machine.
    testTimeout: 30_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
