// Housekeeping with nobody asking: once at the start, then every hour.
import type { Log } from '../account/log.ts';
import { sweep, trimTombstones } from './housekeeping.ts';
import type { Store } from './store.ts';

const interval = 3_600_000;

/** Returns what ends it; that waits for a run under way. */
export function startHousekeeping(store: Store, log: Log): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  const run = async (): Promise<void> => {
    try {
      const now = store.now();
      const tombstones = await trimTombstones(store, now);
      await sweep(store, now);
      if (tombstones > 0) log.debug({ tombstones }, 'tombstones forgotten');
    } catch (error) {
      log.error({ err: error }, 'housekeeping failed');
    }
  };
  const timer = setInterval(() => {
    running = running.then(run);
  }, interval);
  timer.unref();
  running = run();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
